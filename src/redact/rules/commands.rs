//! Secrets by where they stand: options of programs, headers, and files of credentials.

use crate::redact::patterns::{PatternRule, ValueCheck};

pub(crate) static PATTERNS: [PatternRule; 43] = [
    // The client's manual: `-p` takes its password without a blank.
    PatternRule::new(
        "password",
        &["mysql", "mysqldump", "mariadb", "mysqladmin"],
        r#"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)(?:\.exe)?\s(?:[^\n|;&]{0,300}?\s)?-p["']?([^\s"'\\]{4,})"#,
        ValueCheck::Password,
    ),
    PatternRule::new("password", &["sshpass"], r#"\bsshpass\s+-p\s*(?:\\?["'])?([^\s"'\\]{3,})"#, ValueCheck::Value),
    PatternRule::new(
        "password",
        &["curl", "wget", "http"],
        r#"(?:\s-[A-Za-z]{0,6}u\s*|\s--user[ =]|\s--proxy-user[ =]|\s-U\s*|\s-a\s+)(?:\\?["'])?[^\s:"'\\]{0,80}:([^\s"'\\@]{3,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["redis-cli"],
        r#"\bredis-cli\s[^\n|;]{0,200}?-a\s*["']?([^\s"'\\]{4,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &[
            "docker login",
            "podman login",
            "helm registry login",
            "az login",
            "oc login",
            "cf login",
            "mongo",
            "mongosh",
            "mongodump",
            "influx",
            "cqlsh",
            "sqlcmd",
            "snowsql",
            "beeline",
            "rdesktop",
            "ipmitool",
            "mosquitto_",
            "bcp ",
            "ldapsearch",
            "ldapadd",
            "smbclient",
            "net use",
            "skopeo",
        ],
        r#"(?:login|mongo(?:sh|dump|restore|export|import)?|influx|cqlsh|sqlcmd|snowsql|beeline|rdesktop|ipmitool|mosquitto_[ps]ub|bcp|ldap[a-z]+|smbclient|skopeo)\s(?:[^\n|;&]{0,300}?\s)?(?:-p|-P|-w|-U\s*[^\s%]+%|--pass)[ =]?["']?([^\s"'\\-][^\s"'\\]{3,})"#,
        ValueCheck::Password,
    ),
    PatternRule::new("password", &["openssl", "keytool", "pass:"], r#"\bpass:([^\s"'\\]{3,})"#, ValueCheck::Value),
    PatternRule::new(
        "password",
        &["keytool", "jarsigner", "openvpn", "zip ", "7z ", "unzip "],
        r#"(?:-storepass|-keypass|-srcstorepass|-deststorepass|\b(?:zip|unzip)\s[^\n]{0,80}?-P|\b7z[a-z]?\s[^\n]{0,80}?\s-p)\s*["']?([^\s"'\\]{4,})"#,
        ValueCheck::Value,
    ),
    // netrc(5): `machine x login y password z`.
    PatternRule::new(
        "password",
        &["machine ", "login "],
        r"\b(?:machine\s+\S+\s+)?(?:login|user)\s+\S+[\s+-]+(?:account\s+\S+\s+)?password\s+(\S{3,})",
        ValueCheck::Value,
    ),
    // .pgpass: host:port:database:user:password.
    PatternRule::new(
        "password",
        &[":5432:", ":5433:", ":6432:", ":*:*:"],
        r#"[A-Za-z0-9.*-]{1,100}:(?:\d{2,5}|\*):[^\s:]{1,63}:[^\s:]{1,63}:([^\s"'\\]{3,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["useradd", "chpasswd", "net user", "htpasswd"],
        r#"(?:echo\s+["']?[a-z_][a-z0-9_-]{0,31}:([^\s"'|]{4,})["']?\s*\|\s*(?:sudo\s+)?chpasswd|net user \S+ ([^\s/"']{4,})|htpasswd\s+-[A-Za-z]*b[A-Za-z]*\s+(?:\S+\s+)?\S+\s+([^\s"']{4,}))"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["IDENTIFIED BY", "WITH PASSWORD", "ENCRYPTED PASSWORD", "SET PASSWORD", "IDENTIFIED WITH"],
        r#"(?i)(?:IDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS)|PASSWORD\s*(?:FOR\s+\S+\s*)?=?)\s*\(?\s*\\?["']([^"'\n\\]{3,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "basic-auth",
        &["basic "],
        r"(?i)\bbasic\s+([A-Za-z0-9+/]{12,}={0,2})(?:[^A-Za-z0-9+/=]|$)",
        ValueCheck::Random,
    ),
    PatternRule::new("bearer-token", &["bearer "], r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{16,})", ValueCheck::Random)
        .with_run(16),
    // `Authorization: Digest`, `AWS4-HMAC-SHA256`: the signature is all that is secret, and it is worthless later.
    PatternRule::new(
        "cookie",
        &["cookie:"],
        r#"(?i)\bcookie:\s*(?:[^\n;=]{1,60}=[^\n;]{0,8};\s*){0,8}([A-Za-z0-9_.-]{1,60}=[^\s;"'\\]{16,}(?:;\s*[A-Za-z0-9_.-]{1,60}=[^\s;"'\\]+){0,20})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "registry-auth",
        &["\"auth\"", "_auth", "\\\"auth\\\""],
        r#"(?:"auth"\s*:\s*"|_auth(?:Token)?(?:\s*=\s*|\s+)"?)([A-Za-z0-9+/=_.-]{12,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "kube-credential",
        &["client-key-data", "client-certificate-data", "certificate-authority-data"],
        r#"client-key-data["']?\s*:\s*["']?([A-Za-z0-9+/=]{24,})"#,
        ValueCheck::Format,
    ),
    PatternRule::new("password", &["jdbc:oracle"], r"jdbc:oracle:\w+:[^\s/:@]{1,64}/([^\s@]{3,})@", ValueCheck::Value),
    PatternRule::new(
        "passphrase",
        &["ssh-keygen", "ssh-add", "puttygen"],
        r#"\bssh-keygen\s[^\n|;]{0,200}?-[NP]\s*\\?["']?([^\s"'\\]{4,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "secret",
        &["secret set", "secrets set", "secrets:set", "config:set", "secret put", "env add", "variable set"],
        r#"(?:secrets? set|secrets:set|config:set|secret put|env add|variable set)\s[^\n|;]{0,120}?(?:--body[ =]|--value[ =]|-b |=)\\?["']?([^\s"'\\]{8,})"#,
        ValueCheck::Random,
    ),
    PatternRule::new(
        "password",
        &[
            " as the password",
            " as password",
            " as the passphrase",
            " as my password",
            " as the api key",
            " as the token",
            " for the password",
        ],
        r#"[\s"'`]([^\s"'`]{6,100})["'`]? (?:as|for) (?:the |my )?(?:password|passphrase|api key|token)"#,
        ValueCheck::Strong,
    ),
    PatternRule::new(
        "password",
        &["login", "credential", "creds", "username", "log in ", "sign in ", "logged in "],
        r#"(?i)\b(?:login|credentials?|creds|username|(?:log|sign|logged|signed) in (?:with|as))(?: is| are)?[:= ]{1,3}["'`]?[A-Za-z0-9_.@+-]{2,64}["'`]?(?: ?/ ?|:| with )["'`]?([^\s"'`]{6,100})"#,
        ValueCheck::Strong,
    ),
    PatternRule::new(
        "password",
        &["net use"],
        r"(?i)\bnet use\s(?:[^\n]{0,120}?/user:\S+ ([^\s/]{4,})|(?:\S+ )?\\\\\S+ ([^\s/*]{4,}) /user:)",
        ValueCheck::Value,
    ),
    // What `sudo -S` and the like read from a pipe or a here-string.
    PatternRule::new(
        "password",
        &["sudo -", "--password-stdin", "--stdin", "--passphrase-fd", "<<<"],
        r#"(?:\b(?:echo|printf)\s+(?:-[a-z]+\s+|["']%s(?:\\n)?["']\s+)*["']?([^\s"'|]{4,})["']?\s*\|\s*(?:\S+\s+){0,6}?(?:-S|-kS|--password-stdin|--stdin|--passphrase-fd)|(?:-S|--password-stdin|--stdin|--with-token|secret put|\bkinit)\s[^\n]{0,120}?<<<\s*["']?([^\s"']{4,}))"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["wpa_passphrase"],
        r#"\bwpa_passphrase\s+(?:"[^"\n]+"|'[^'\n]+'|\S+)\s+["']?([^\s"']{8,63})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["openssl"],
        r#"\bopenssl\s[^\n|;]{0,200}?\s-(?:k|K)\s+["']?([^\s"'\\]{4,})"#,
        ValueCheck::Password,
    ),
    // `-u name -p x`, whatever the program is.
    PatternRule::new(
        "password",
        &[" -u ", " -U "],
        r#"\s-[uU]\s+[^\s-]\S*\s+-[pPw]\s*["']?([^\s"'\\-][^\s"'\\]{3,})"#,
        ValueCheck::Password,
    ),
    PatternRule::new(
        "password",
        &["lftp", "sqlplus", "expdp", "impdp", "sqlldr", "xfreerdp", "add-generic-password", "add-internet-password"],
        r#"(?:\blftp\s[^\n|;]{0,80}?-u\s*[^\s,]{1,64},([^\s"']{3,})|\b(?:sqlplus|expdp|impdp|sqlldr)\s+(?:-\S+\s+){0,4}["']?[^\s/@"']{1,64}/["']?([^\s@/"']{3,})|\bxfreerdp\s[^\n]{0,200}?/p:["']?([^\s"']{3,})|\badd-(?:generic|internet)-password\s[^\n]{0,200}?-w\s+["']?([^\s"']{3,}))"#,
        ValueCheck::Value,
    ),
    PatternRule::new("password", &["IDENTIFIED BY"], r#"(?i)IDENTIFIED\s+BY\s+([^\s"';]{4,})"#, ValueCheck::Password),
    // Name and password as the two arguments of a call.
    PatternRule::new(
        "password",
        &["auth(", "auth=(", "auth = (", "auth::new(", "login(", "credentials(", "credential(", "authenticate("],
        r#"(?i)(?:auth|login|credentials?|authenticate)(?:::new)?(?:\s?=\s?)?\(\s*\\?["'][^"'\n\\]{1,80}\\?["']\s*,\s*\\?["']([^"'\s\\]{4,})\\?["']"#,
        ValueCheck::Password,
    ),
    // Name and password in one option: HTTPie and its relatives, ab, hey; and whatever calls the option so.
    PatternRule::new(
        "password",
        &[" -a ", " --auth"],
        r#"\b(?:https?|httpie|xhs?|curlie|hey|oha|ab|siege)\s(?:[^\n|;&]{0,140}?\s)?(?:-[aA]|--auth)[ =]\s{0,4}(?:\\?["'])?[A-Za-z0-9_.@%+-]{1,80}:([^\s"'\\]{3,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["-auth", "--basic", "--cred", "--login", "--userpwd"],
        r#"\s--?(?:(?:proxy|http|basic|remote)-?)?(?:auth|basic|creds?|credentials?|login|userpwd)[ =]\s{0,4}(?:\\?["'])?[A-Za-z0-9_.@%+-]{1,80}:([^\s"'\\]{3,})"#,
        ValueCheck::Password,
    ),
    // Another option, or the command, says that the value of one is secret.
    PatternRule::new(
        "secret",
        &["curestring"],
        r#"(?i)(?:--type[ =]["']?SecureString\b[^\n;|&]{0,300}?\s--value[ =]|\btype["']?\s{0,4}[=:]\s{0,4}["']SecureString["'][^{}]{0,200}?\bvalue["']?\s{0,4}[=:]\s{0,4})(?:\\?["']([^"'\n\\]{4,})|([^\s"'\\]{4,}))|\bvalue["']?(?:[ =]|\s{0,4}[:=]\s{0,4})(?:\\?["']([^"'\n\\]{4,})\\?["']|([^\s"'\\,]{4,}))[^\n;|&{}]{0,120}?\btype["']?(?:[ =]|\s{0,4}[:=]\s{0,4})["']?SecureString\b"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "secret",
        &["keyvault secret set", "ssm put-", "--secret-", "--from-literal"],
        r#"(?:keyvault secret set\s[^\n|;]{0,200}?--value|put-parameter\s[^\n|;]{0,200}?--name[ =]["']?[^\s"']{0,100}(?i:pass|secret|token|key|cred)[^\n|;]{0,200}?--value|(?:put-secret-value|create-secret|update-secret)\s[^\n|;]{0,200}?--secret-(?:string|binary)|create secret generic\s[^\n|;]{0,200}?--from-literal[ =]["']?[\w.-]{1,80})[ =]\\?["']?([^\s"'\\{][^\s"'\\]{3,})"#,
        ValueCheck::Password,
    ),
    PatternRule::new(
        "secret",
        &["--secret"],
        r#"\bconfig set\s(?:(?:[^\n|;]{0,80}?\s)?--secret\s+(?:-\S+\s+){0,2}[\w:.-]{1,80}\s+["']?([^\s"'-][^\s"']{3,})|[\w:.-]{1,80}\s+["']?([^\s"'-][^\s"']{3,})["']?\s[^\n|;]{0,80}?--secret\b)"#,
        ValueCheck::Password,
    ),
    // Consul, Nomad and Vault: an id that is a secret.
    PatternRule::new(
        "secret",
        &["secretid", "secret_id", "secret id", "secret-id"],
        r#"(?i)secret[_ -]?id(?:[ \t"'`*\\|:=>,]|\bis\b|\bist\b){1,60}([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"#,
        ValueCheck::Format,
    )
    .with_run(36),
    // A row of a table in Markdown.
    PatternRule::new(
        "password",
        &[
            "| password",
            "| passwort",
            "| token",
            "| secret",
            "| api key",
            "password |",
            "token |",
            "secret |",
            "api key |",
        ],
        r#"(?im)^\s*\|[^|\n]{0,40}(?:password|passwort|token|secret|api key)[ *]{0,6}\|[ `*]{0,6}([^\s|`]{8,100})[ `*]{0,6}\|"#,
        ValueCheck::Strong,
    ),
    // A dialogue as expect(1) holds it: what is sent after a question for a password.
    PatternRule::new(
        "password",
        &["expect"],
        r#"(?i)\bexpect[^\n]{0,80}?ass(?:word|phrase)[^\n]{0,40}\s{1,40}\{?\s{0,8}send(?:_user)?\s+(?:--\s+)?"([^"\\\s]{4,})"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "password",
        &["http-basic", "pypi-token"],
        r#"(?:\bhttp-basic[.\w-]*\s+\S+\s+["']?([^\s"']{4,})|\bpypi-token[.\w-]*\s+["']?([^\s"']{16,}))"#,
        ValueCheck::Value,
    ),
    PatternRule::new(
        "access-token",
        &["github-oauth", "gitlab-oauth", "gitlab-token", "bitbucket-oauth"],
        r#""(?:github|gitlab|bitbucket)-(?:oauth|token)"\s*:\s*\{\s*"[^"\n]+"\s*:\s*"([^"\s]{16,})""#,
        ValueCheck::Key,
    ),
    // The first argument of a program's own login: `snyk auth <token>`.
    PatternRule::new(
        "access-token",
        &[" auth ", " login ", "authtoken "],
        r#"\b(?:snyk|ngrok|cargo|railway|doctl|sentry-cli|vault|netlify|expo|eas|pulumi|vercel|glab|gh|jf|wandb|huggingface-cli|hf|infisical|doppler|hcloud|argocd|travis|surge|codecov|npm|yarn|pnpm|uv|dagger|depot|modal|replicate|cf|ibmcloud|scw)(?: [a-z][a-z-]{1,20}){0,2} (?:auth|login|authtoken|add-authtoken)(?: init)?\s+(?:(?:-t|--token|--github-token|--with-token|-a)[ =])?["']?([^\s"'-][^\s"']{15,})"#,
        ValueCheck::Key,
    ),
    // `use x, it's the database password`
    PatternRule::new(
        "password",
        &[" password", " passphrase", " passwort", " kennwort"],
        r#"[\s"'`(]([^\s"'`,;]{6,100})["'`]?,? (?:it'?s|that'?s|this is|which is|das ist) (?:the|my|our|your|das|mein)(?: [a-z]{2,16}){0,3} (?:password|passphrase|passwort|kennwort)\b"#,
        ValueCheck::Strong,
    ),
    PatternRule::new(
        "private-key-xml",
        &["<RSAKeyValue>"],
        r"<RSAKeyValue>[\s\S]{0,1500}?<D>([A-Za-z0-9+/=\s]{40,})</D>",
        ValueCheck::Format,
    ),
    PatternRule::new("twilio-key", &["AC"], r#"\bAC[0-9a-f]{32}["'\s,:;/|]{1,8}([0-9a-f]{32})\b"#, ValueCheck::Format)
        .with_run(34)
        .with_exact_keyword(),
];

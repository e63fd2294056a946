//! Secrets by where they stand: options of programs, headers, and files of credentials.

use crate::redact::patterns::{Check, PatternRule};

pub(crate) static PATTERNS: [PatternRule; 24] = [
    // The client's manual: `-p` takes its password without a blank.
    PatternRule::new(
        "password",
        &["mysql", "mysqldump", "mariadb", "mysqladmin"],
        r#"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)(?:\.exe)?\s(?:[^\n|;&]{0,300}?\s)?-p["']?([^\s"'\\]{4,})"#,
        Check::Password,
    ),
    PatternRule::new("password", &["sshpass"], r#"\bsshpass\s+-p\s*(?:\\?["'])?([^\s"'\\]{3,})"#, Check::Value),
    PatternRule::new(
        "password",
        &["curl", "wget", "http"],
        r#"(?:\s-u\s*|\s--user[ =]|\s--proxy-user[ =]|\s-U\s*|\s-a\s+)(?:\\?["'])?[^\s:"'\\]{0,80}:([^\s"'\\@]{3,})"#,
        Check::Value,
    ),
    PatternRule::new(
        "password",
        &["redis-cli"],
        r#"\bredis-cli\s[^\n|;]{0,200}?-a\s*["']?([^\s"'\\]{4,})"#,
        Check::Value,
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
            "bcp ",
            "ldapsearch",
            "ldapadd",
            "smbclient",
            "net use",
            "skopeo",
        ],
        r#"(?:login|mongo(?:sh|dump|restore|export|import)?|influx|cqlsh|sqlcmd|bcp|ldap[a-z]+|smbclient|skopeo)\s[^\n|;&]{0,300}?\s(?:-p|-P|-w|-U\s*[^\s%]+%|--pass)[ =]?["']?([^\s"'\\-][^\s"'\\]{3,})"#,
        Check::Password,
    ),
    PatternRule::new("password", &["openssl", "keytool", "pass:"], r#"\bpass:([^\s"'\\]{3,})"#, Check::Value),
    PatternRule::new(
        "password",
        &["keytool", "jarsigner", "openvpn", "zip ", "7z ", "unzip "],
        r#"(?:-storepass|-keypass|-srcstorepass|-deststorepass|\b(?:zip|unzip)\s[^\n]{0,80}?-P|\b7z[a-z]?\s[^\n]{0,80}?\s-p)\s*["']?([^\s"'\\]{4,})"#,
        Check::Value,
    ),
    // netrc(5): `machine x login y password z`.
    PatternRule::new(
        "password",
        &["machine ", "login "],
        r"\b(?:machine\s+\S+\s+)?(?:login|user)\s+\S+[\s+-]+(?:account\s+\S+\s+)?password\s+(\S{3,})",
        Check::Value,
    ),
    // .pgpass: host:port:database:user:password.
    PatternRule::new(
        "password",
        &[":5432:", ":5433:", ":6432:", ":*:*:"],
        r#"[A-Za-z0-9.*-]{1,100}:(?:\d{2,5}|\*):[^\s:]{1,63}:[^\s:]{1,63}:([^\s"'\\]{3,})"#,
        Check::Value,
    ),
    PatternRule::new(
        "password",
        &["useradd", "chpasswd", "net user", "htpasswd"],
        r#"(?:echo\s+["']?[a-z_][a-z0-9_-]{0,31}:([^\s"'|]{4,})["']?\s*\|\s*(?:sudo\s+)?chpasswd|net user \S+ ([^\s/"']{4,})|htpasswd\s+-[A-Za-z]*b[A-Za-z]*\s+(?:\S+\s+)?\S+\s+([^\s"']{4,}))"#,
        Check::Value,
    ),
    PatternRule::new(
        "password",
        &["IDENTIFIED BY", "WITH PASSWORD", "ENCRYPTED PASSWORD", "SET PASSWORD", "IDENTIFIED WITH"],
        r#"(?i)(?:IDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS)|PASSWORD\s*(?:FOR\s+\S+\s*)?=?)\s*\(?\s*\\?["']([^"'\n\\]{3,})"#,
        Check::Value,
    ),
    PatternRule::new(
        "basic-auth",
        &["basic "],
        r"(?i)\bbasic\s+([A-Za-z0-9+/]{12,}={0,2})(?:[^A-Za-z0-9+/=]|$)",
        Check::Random,
    ),
    PatternRule::new("bearer-token", &["bearer "], r"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{16,})", Check::Random),
    // `Authorization: Digest`, `AWS4-HMAC-SHA256`: the signature is all that is secret, and it is worthless later.
    PatternRule::new(
        "cookie",
        &["cookie:"],
        r#"(?i)\bcookie:\s*(?:[^\n;=]{1,60}=[^\n;]{0,8};\s*){0,8}([A-Za-z0-9_.-]{1,60}=[^\s;"'\\]{16,}(?:;\s*[A-Za-z0-9_.-]{1,60}=[^\s;"'\\]+){0,20})"#,
        Check::Value,
    ),
    PatternRule::new(
        "registry-auth",
        &["\"auth\"", "_auth", "\\\"auth\\\""],
        r#"(?:"auth"\s*:\s*"|_auth(?:Token)?\s*=\s*"?)([A-Za-z0-9+/=_.-]{12,})"#,
        Check::Value,
    ),
    PatternRule::new(
        "kube-credential",
        &["client-key-data", "client-certificate-data", "certificate-authority-data"],
        r#"client-key-data["']?\s*:\s*["']?([A-Za-z0-9+/=]{24,})"#,
        Check::Format,
    ),
    PatternRule::new("password", &["jdbc:oracle"], r"jdbc:oracle:\w+:[^\s/:@]{1,64}/([^\s@]{3,})@", Check::Value),
    PatternRule::new(
        "passphrase",
        &["ssh-keygen", "ssh-add", "puttygen"],
        r#"\bssh-keygen\s[^\n|;]{0,200}?-[NP]\s*\\?["']?([^\s"'\\]{4,})"#,
        Check::Value,
    ),
    PatternRule::new(
        "secret",
        &["secret set", "secrets set", "secrets:set", "config:set", "secret put", "env add", "variable set"],
        r#"(?:secrets? set|secrets:set|config:set|secret put|env add|variable set)\s[^\n|;]{0,120}?(?:--body[ =]|--value[ =]|-b |=)\\?["']?([^\s"'\\]{8,})"#,
        Check::Random,
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
        Check::Strong,
    ),
    PatternRule::new(
        "password",
        &["login", "credential", "creds", "username", "log in with", "sign in with"],
        r#"(?i)\b(?:login|credentials?|creds|username|(?:log|sign) in with)(?: is| are)?[:= ]{1,3}["'`]?[A-Za-z0-9_.@+-]{2,64}["'`]?(?: ?/ ?|:)["'`]?([^\s"'`]{6,100})"#,
        Check::Strong,
    ),
    PatternRule::new("password", &["net use"], r"(?i)\bnet use\s[^\n]{0,120}?/user:\S+ ([^\s/]{4,})", Check::Value),
    PatternRule::new(
        "private-key-xml",
        &["<RSAKeyValue>"],
        r"<RSAKeyValue>[\s\S]{0,1500}?<D>([A-Za-z0-9+/=\s]{40,})</D>",
        Check::Format,
    ),
    PatternRule::new("twilio-key", &["AC"], r#"\bAC[0-9a-f]{32}["'\s,:;/|]{1,8}([0-9a-f]{32})\b"#, Check::Format),
];

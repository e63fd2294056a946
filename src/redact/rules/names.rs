//! Names whose values are secrets, as data: the words a name is made of, and words that say it is something else.

/// Keywords that bring a name to our attention.
pub(crate) const KEYWORDS: &[&str] = &[
    "pw",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "secret",
    "token",
    "key",
    "auth",
    "credential",
    "cred",
    "bearer",
    "mnemonic",
    "seed",
    "cookie",
    "session",
    "sessid",
    "totp",
    "otp",
    "pin",
    "dsn",
    "webhook",
    "private",
    "pat",
    "jwt",
    "psk",
    "license",
    "sas",
    "salt",
    "hmac",
];

/// What a password is called in other languages: stems, as they are written within a sentence and at its start.
#[rustfmt::skip]
pub(crate) const FOREIGN: &[&str] = &[
    // German, Dutch, Danish, Norwegian, Swedish, Icelandic
    "passwort", "passwoert", "kennwort", "kennwoert", "zugangscode", "wachtwoord", "adgangskode", "kodeord", "passord", "lösenord", "Lösenord", "losenord", "lykilorð",
    // French, Spanish, Catalan, Portuguese, Galician, Italian, Romanian
    "mot de passe", "mots de passe", "mdp", "contraseña", "contrasena", "contrasenya", "contrasinal", "la clave", "clave de", "clave del", "senha", "palavra-passe", "palavra passe",
    "parola d'ordine", "parola", "parolă", "parolei",
    // Polish, Czech, Slovak, Slovenian, Croatian, Serbian, Russian, Ukrainian, Bulgarian
    "hasło", "haslo", "hasła", "hasłem", "heslo", "heslem", "hesla", "geslo", "lozink", "zaporka", "парол", "Парол", "ПАРОЛ", "лозинк", "Лозинк",
    // Finnish, Estonian, Latvian, Lithuanian, Hungarian, Greek, Turkish, Albanian
    "salasana", "parool", "salasõna", "parole ir", "slaptažod", "jelszó", "jelszav", "jelszo", "κωδικός", "κωδικό", "Κωδικός", "συνθηματικό", "şifre", "Şifre", "sifre", "fjalëkalim",
    // Vietnamese, Indonesian, Malay, Tagalog, Swahili
    "mật khẩu", "Mật khẩu", "kata sandi", "kata laluan", "nenosiri",
    // Arabic, Persian, Hebrew, Hindi, Bengali, Tamil, Thai
    "كلمة المرور", "كلمة السر", "كلمة مرور", "رمز عبور", "گذرواژه", "סיסמ", "पासवर्ड", "কূটশব্দ", "পাসওয়ার্ড", "கடவுச்சொல்", "รหัสผ่าน",
    // Chinese, Japanese, Korean
    "密码", "密碼", "口令", "パスワード", "パスフレーズ", "暗証番号", "비밀번호", "비번", "암호", "패스워드",
];

/// How much the name alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// A person may have chosen the value.
    Password,
    /// Passphrases and seed phrases: words count too.
    Phrase,
    /// Tokens, secrets and API keys: drawn at random.
    Secret,
    /// `key`, `auth` and the like with a word that makes it a secret.
    Key,
}

impl Strength {
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Phrase => "passphrase",
            Self::Secret => "secret",
            Self::Key => "api-key",
        }
    }
}

const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "pass",
    "passcode",
    "pw",
    "passwort",
    "kennwort",
    "senha",
    "bindpw",
    "rootpw",
    "userpass",
    "dbpass",
    "dbpassword",
    "pgpassword",
    "sshpass",
    "psk",
    "requirepass",
    "masterauth",
    "userpassword",
    "rootpassword",
    "adminpassword",
    "storepass",
    "keypass",
    "mysqlpwd",
    "pgpass",
];
const PHRASES: &[&str] = &["passphrase", "mnemonic", "seed", "seedphrase"];
const SECRETS: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "apikey",
    "apitoken",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "secretkey",
    "accesskey",
    "privatekey",
    "clientsecret",
    "appsecret",
    "credential",
    "credentials",
    "cred",
    "creds",
    "bearer",
    "authorization",
    "pat",
    "jwt",
    "totp",
    "otp",
    "hmac",
    "webhook",
    "cookie",
    "sessionid",
    "sessid",
    "phpsessid",
    "jsessionid",
    "sas",
    "appkey",
    "licensekey",
    "authkey",
    "accountkey",
    "signingkey",
    "encryptionkey",
    "sharedaccesskey",
];
/// With one of these, a `key` is a secret.
const KEY_WORDS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "crypto",
    "app",
    "application",
    "account",
    "service",
    "license",
    "licence",
    "master",
    "admin",
    "client",
    "deploy",
    "shared",
    "storage",
    "write",
    "admin",
    "integration",
    "ingest",
    "ingestion",
    "server",
    "rest",
    "security",
    "master",
    "consumer",
    "subscription",
    "jwt",
    "session",
    "cookie",
    "hmac",
    "aes",
    "rsa",
    "ssh",
    "wg",
    "wireguard",
    "preshared",
    "team",
    "org",
    "user",
    "project",
    "bot",
    "webhook",
    "maps",
    "my",
    "the",
    "dev",
    "prod",
    "test",
    "staging",
    "stripe",
    "openai",
    "anthropic",
    "weather",
    "functions",
    "host",
    "x",
    "default",
    "connection",
    "sdk",
    "cluster",
    "data",
    "base",
    "instrumentation",
    "seal",
    "unseal",
    "recovery",
    "root",
    "backup",
    "fernet",
    "django",
    "flask",
    "rails",
    "nextauth",
    "laravel",
];
/// A name with one of these means something else.
const OTHER: &[&str] = &[
    "public",
    "publishable",
    "pub",
    "primary",
    "foreign",
    "cache",
    "cached",
    "sort",
    "partition",
    "idempotency",
    "idempotent",
    "dedup",
    "max",
    "min",
    "num",
    "total",
    "count",
    "input",
    "output",
    "completion",
    "completions",
    "usage",
    "budget",
    "next",
    "page",
    "continuation",
    "cursor",
    "pad",
    "eos",
    "bos",
    "unk",
    "stop",
    "mask",
    "row",
    "column",
    "index",
    "object",
    "hot",
    "arrow",
    "i18n",
    "shard",
    "routing",
    "map",
    "event",
    "resource",
    "group",
    "type",
    "keyboard",
    "press",
    "code",
    "fingerprint",
    "checksum",
    "digest",
    "integrity",
    "sha256",
    "sha1",
    "sha512",
    "md5",
    "etag",
    "known",
    "authorized",
    "nonce",
    "per",
    "limit",
    "len",
    "length",
    "size",
    "tokenizer",
    "kms",
    "first",
    "last",
    "left",
    "right",
    "metric",
    "label",
    "dict",
    "json",
    "yaml",
    "query",
    "lookup",
    "composite",
    "unique",
    "translation",
    "color",
    "enc",
    "csrf",
    "site",
    "sitekey",
];
/// Those of them that say what a token is for, where a variable of the environment holds it: `SHOP_PAGE_TOKEN`.
const OPAQUE: &[&str] = &[
    "page",
    "event",
    "group",
    "resource",
    "object",
    "map",
    "query",
    "routing",
    "site",
    "json",
    "metric",
    "index",
    "input",
    "output",
    "usage",
    "code",
    "i18n",
    "translation",
    "label",
    "per",
    "primary",
    "row",
    "sort",
    "cache",
    "shard",
];
/// Who gives out keys: `the datadog key`, said in words. In code such a name may hold any key.
#[rustfmt::skip]
const PROVIDERS: &[&str] = &[
    "datadog", "sendgrid", "mailgun", "mailchimp", "mandrill", "postmark", "resend", "sparkpost", "klaviyo", "braze", "twilio", "vonage", "nexmo", "messagebird", "algolia",
    "cloudflare", "fastly", "heroku", "pagerduty", "opsgenie", "newrelic", "sentry", "rollbar", "bugsnag", "honeycomb", "grafana", "splunk", "logdna", "loggly", "papertrail",
    "segment", "amplitude", "mixpanel", "posthog", "intercom", "zendesk", "freshdesk", "hubspot", "salesforce", "shopify", "square", "paypal", "braintree", "adyen", "mollie",
    "plaid", "github", "gitlab", "bitbucket", "jira", "atlassian", "slack", "discord", "telegram", "notion", "airtable", "linear", "asana", "trello", "clickup", "dropbox",
    "zoom", "gemini", "mistral", "cohere", "groq", "deepseek", "perplexity", "huggingface", "replicate", "pinecone", "azure", "aws", "gcp", "google", "firebase",
    "supabase", "vercel", "netlify", "render", "railway", "digitalocean", "linode", "vultr", "hetzner", "scaleway", "snowflake", "databricks", "mongodb", "elastic",
    "elasticsearch", "kibana", "launchdarkly", "contentful", "sanity", "mapbox", "okta", "auth0", "wandb", "rapidapi", "openweather", "openweathermap", "etherscan", "infura",
    "alchemy", "coinbase", "binance", "kraken", "circleci", "buildkite", "jenkins", "sonarqube", "snyk", "codecov", "deepl", "elevenlabs", "spotify", "tmdb", "zapier",
];
/// A name that ends with one of these says something about the secret.
const ENDS: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "url",
    "uri",
    "path",
    "file",
    "filename",
    "dir",
    "type",
    "types",
    "len",
    "length",
    "count",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "at",
    "size",
    "limit",
    "field",
    "policy",
    "param",
    "params",
    "header",
    "headers",
    "prefix",
    "suffix",
    "regex",
    "pattern",
    "patterns",
    "hint",
    "reset",
    "env",
    "var",
    "version",
    "algorithm",
    "alg",
    "ref",
    "arn",
    "format",
    "rotation",
    "manager",
    "provider",
    "service",
    "store",
    "class",
    "position",
    "required",
    "enabled",
    "present",
    "valid",
    "error",
    "errors",
    "message",
    "label",
    "title",
    "placeholder",
    "input",
    "form",
    "page",
    "test",
    "tests",
    "rs",
    "ts",
    "js",
    "py",
    "go",
    "md",
    "rb",
    "java",
    "endpoint",
    "host",
    "port",
    "user",
    "username",
    "email",
    "kind",
    "status",
    "state",
    "source",
    "scope",
    "scopes",
    "strength",
    "validator",
    "confirmation",
    "ring",
    "chain",
    "board",
    "code",
    "codes",
    "words",
    "word",
    "map",
    "set",
    "list",
    "pair",
    "usage",
    "mode",
    "index",
    "stream",
    "fingerprint",
    "count",
    "s",
    "through",
    "by",
    "timeout",
    "interval",
    "date",
    "time",
    "age",
    "hash",
    "location",
    "mount",
    "keys",
    "tokens",
    "passwords",
    "helper",
    "plugin",
    "module",
    "middleware",
    // What stands for an account or a program in a public ledger.
    "address",
    "addresses",
    "addr",
    "mint",
    "pubkey",
];

/// What a name says about its value; `None` when nothing.
pub(crate) fn strength(name: &[u8]) -> Option<Strength> {
    if !name.is_ascii() {
        return FOREIGN.iter().any(|word| name.starts_with(word.as_bytes())).then_some(Strength::Password);
    }
    let words = words_of(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let last = *words.last()?;
    let is = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let ends_otherwise = words.len() > 1 && ENDS.contains(&last);
    if ends_otherwise && !(last == "hash" || last == "test") {
        return None;
    }
    // `--- PASS: a_test` is the result of a test.
    if name == b"PASS" || name == b"Pass" {
        return None;
    }
    // One word in the languages that join them: `wifipassword`, `datenbankpasswort`.
    let joined = ["password", "passwort", "kennwort", "wachtwoord"].iter().any(|word| last.ends_with(word));
    if is(PASSWORDS) || joined || words.windows(2).any(|pair| matches!(pair, ["pass", "word"])) {
        return Some(Strength::Password);
    }
    if is(PHRASES) {
        return (!is(&["random", "rng", "shuffle", "db", "data", "torch"])).then_some(Strength::Phrase);
    }
    let upper = !name.iter().any(u8::is_ascii_lowercase) && words.len() > 1;
    if is(OTHER)
        && !(upper && last == "token" && words.iter().all(|word| !OTHER.contains(word) || OPAQUE.contains(word)))
    {
        return None;
    }
    if is(SECRETS) {
        return Some(Strength::Secret);
    }
    let key = matches!(last, "key" | "auth" | "license" | "salt" | "dsn" | "pin")
        || words.contains(&"key") && words.len() > 1;
    let said = name.contains(&b' ') && is(PROVIDERS);
    (key && words.len() > 1 && (upper || said || is(KEY_WORDS))).then_some(Strength::Key)
}

/// `key for Mailgun`, `a key from the Honeycomb account`: whether what is said after the name tells whose key it is.
pub(crate) fn is_of_provider(name: &[u8], after: &[u8]) -> bool {
    let bare =
        name.eq_ignore_ascii_case(b"key") || name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(b" key");
    if !bare || !after.starts_with(b" ") {
        return false;
    }
    let mut words =
        after[..after.len().min(40)].split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let leads = words.next().is_some_and(|word| [&b"for"[..], b"from", b"of", b"to"].contains(&word));
    let whose = words.find(|word| ![&b"the"[..], b"our", b"my", b"your"].contains(word));
    leads && whose.is_some_and(|word| PROVIDERS.iter().any(|provider| word.eq_ignore_ascii_case(provider.as_bytes())))
}

/// Whether a name is that of a program that takes or makes passwords: words after it are its arguments.
pub(crate) fn is_program(name: &[u8]) -> bool {
    const PROGRAMS: [&[u8]; 12] = [
        b"sshpass",
        b"htpasswd",
        b"chpasswd",
        b"gpasswd",
        b"mkpasswd",
        b"makepasswd",
        b"ldappasswd",
        b"smbpasswd",
        b"vncpasswd",
        b"kpasswd",
        b"gopass",
        b"lpass",
    ];
    PROGRAMS.contains(&name)
}

/// Whether a name is one for accounts in a public ledger, as the interfaces of Solana have it: there the addresses are the keys.
pub(crate) fn is_of_accounts(name: &[u8]) -> bool {
    let words = words_of(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        [.., "token", "account" | "accounts"] | ["account" | "accounts", "keys"] | ["static", "account", "keys"]
    )
}

/// What a name of several says about each of them: `passwords`, `api_keys`. They stand in a list.
pub(crate) fn is_plural(name: &[u8]) -> Option<Strength> {
    let one = name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S"))?;
    let ends = ["password", "token", "secret", "key"];
    let plural = ends
        .iter()
        .any(|end| one.len() >= end.len() && one[one.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes()));
    if plural { strength(one) } else { None }
}

/// The words of `clientSecret`, `client_secret`, `CLIENT-SECRET`, in lower case. `APIKey` is `api`, `key`.
fn words_of(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(6);
    let mut current = String::with_capacity(16);
    for (index, &byte) in name.iter().enumerate() {
        let next_lower = name.get(index + 1).is_some_and(u8::is_ascii_lowercase);
        let before_lower = index > 0 && name[index - 1].is_ascii_lowercase();
        let starts = byte.is_ascii_uppercase()
            && (before_lower || (next_lower && index > 0 && name[index - 1].is_ascii_uppercase()));
        let separates = matches!(byte, b'_' | b'-' | b'.' | b' ');
        if (starts || separates) && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if !separates {
            current.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_its_value_is_judged() {
        let rows = [
            ("DB_PASSWORD", Some(Strength::Password)),
            ("clientSecret", Some(Strength::Secret)),
            ("CO_API_KEY", Some(Strength::Key)),
            ("max_tokens", None),
            ("token_count", None),
            ("aws_access_key_id", None),
            ("publicKey", None),
            ("primary_key", None),
            ("STRIPE_PUBLISHABLE_KEY", None),
        ];
        for (name, expected) in rows {
            assert_eq!(strength(name.as_bytes()), expected, "{name}");
        }
    }
}

//! Secrets by where code, settings and addresses put them: fields that are filled in, calls of providers, codes of logins.

use crate::redact::patterns::{PatternRule, ValueCheck};

pub(crate) static PATTERNS: [PatternRule; 22] = [
    // Tests of a page: the field is named, then filled.
    PatternRule::new(
        "password",
        &[".fill(", "send_keys(", "sendkeys(", ".type(", "setvalue(", ".settext(", "entertext("],
        r#"(?i)(?:pass(?:word|wd|wort|phrase|code)|pwd|contrase|kennwort|mot de passe|senha|secret|token)[^\n;\\]{0,60}?(?:\.fill|send_keys|sendkeys|\.type|setvalue|settext|entertext)\(\s{0,8}["']([^"'\n\s\\]{5,200})["']"#,
        ValueCheck::Password,
    ),
    PatternRule::new(
        "password",
        &[".type(", ".fill(", "fill_in", ".change(", ".input("],
        r#"(?i)(?:\.type|\.fill|fill_in|\.change|\.input)\(?\s{0,4}[^\n;\\]{0,80}?pass(?:word|wd|wort|phrase|code)[^\n;\\]{0,20}?[,:]\s{0,4}(?:with:\s*)?["']([^"'\n\s\\]{5,200})["']"#,
        ValueCheck::Password,
    ),
    PatternRule::new(
        "password",
        &["type=\"password\"", "type='password'", "type=\\\"password\\\"", "type=password"],
        r#"(?i)(?:type=\\?["']?password\\?["']?[^>\n]{0,160}?\svalue=\\?["']([^"'\n\\]{4,200})|\svalue=\\?["']([^"'\n\\]{4,200})\\?["'][^>\n]{0,160}?type=\\?["']?password)"#,
        ValueCheck::Password,
    ),
    PatternRule::new("password", &["WIFI:"], r#"WIFI:(?:[A-Z]:(?:[^;\n\\]|\\.){0,80};){0,5}P:"?((?:\\.|[^;\\"\n]){4,100})"#, ValueCheck::Value).with_exact_keyword(),
    PatternRule::new("password", &["nmcli"], r#"\bnmcli\s[^\n]{0,160}?\b(?:password|psk)\s+["']?([^\s"']{5,})"#, ValueCheck::Password),
    PatternRule::new(
        "password",
        &["convertto-securestring"],
        r#"(?i)convertto-securestring(?:\s+-(?:asplaintext|force|string))*\s+["']([^"'\n$]{4,200})["']"#,
        ValueCheck::Value,
    ),
    PatternRule::new("secret", &["secretstring\"", "secretstring\\\""], r#"(?i)secretstring\\?"\s*:\s*\\?"([^"\\{\s]{6,400})"#, ValueCheck::Password),
    // The data source name of Go's driver for MySQL.
    PatternRule::new("url-password", &["@tcp(", "@unix("], r#"[A-Za-z0-9_.-]{1,64}:([^\s"'`:@]{3,100})@(?:tcp|unix)\("#, ValueCheck::Value),
    PatternRule::new(
        "password",
        &["rabbitmqctl", "mysqladmin", "ldappasswd", "user add ", "alias set "],
        r#"\b(?:rabbitmqctl\s+(?:-\S+\s+){0,4}(?:add_user|change_password)\s+\S+\s+["']?([^\s"']{4,})|mysqladmin\s[^\n]{0,120}?\spassword\s+["']?([^\s"']{4,})|ldappasswd\s[^\n]{0,200}?-[sa]\s*["']?([^\s"']{4,})|mc\s+(?:admin\s+user\s+add|alias\s+set)\s+\S+\s+\S+\s+(?:\S+\s+)?["']?([^\s"']{8,})\s*$)"#,
        ValueCheck::Password,
    ),
    PatternRule::new("totp-secret", &["oathtool"], r#"\boathtool\s[^\n]{0,80}?(?:-b|--base32)\s+["']?([A-Za-z2-7]{16,})"#, ValueCheck::Format),
    // Signatures of addresses and requests: CloudFront, Google, AWS.
    PatternRule::new("signature", &["signature="], r"(?i)(?:[?&]|,\s?)signature=([A-Za-z0-9%+/_~=-]{32,})", ValueCheck::Value).with_run(32),
    PatternRule::new("signature", &["response="], r#"\bresponse="?([0-9a-f]{32,128})\b"#, ValueCheck::Format).with_run(32),
    // OAuth 2: the proof of RFC 7636, the code of a device of RFC 8628, a code of Google.
    PatternRule::new(
        "oauth-code",
        &["code_verifier", "codeverifier", "device_code", "devicecode"],
        r#"(?i)\b(?:code_?verifier|device_?code)\\?["']?\s{0,2}[=:]\s{0,2}\\?["']?([A-Za-z0-9._~-]{30,160})"#,
        ValueCheck::Random,
    )
    .with_run(30),
    PatternRule::new("oauth-code", &["code="], r"[?&]code=(4(?:/|%2F)[A-Za-z0-9_-]{20,}|[A-Za-z0-9._~-]{32,})", ValueCheck::Random).with_run(20),
    // Private keys of accounts in development settings, where addresses and hashes look the same.
    PatternRule::new(
        "private-key",
        &["accounts:", "privatekeys", "private_keys", "private keys", "privkeys", "deployer"],
        r#"(?i)(?:accounts|private_?keys?|privkeys?|deployer)["']?\s{0,2}[:=]\s{0,2}\[?[^\]\n]{0,20}?["'](?:0x)?([0-9a-f]{64})\b"#,
        ValueCheck::Format,
    )
    .with_run(64),
    PatternRule::new(
        "private-key",
        &["private key"],
        r#"(?i)["'](?:0x)?([0-9a-f]{64}(?:["'],\s{0,4}["'](?:0x)?[0-9a-f]{64}){0,10})["'][^\n]{0,20}private key"#,
        ValueCheck::Format,
    )
    .with_run(64),
    PatternRule::new("zhipu-key", &["zhipu", "bigmodel", "z.ai", "glm_"], r"\b([0-9a-f]{32}\.[A-Za-z0-9]{16})\b", ValueCheck::Format).with_run(49),
    // Files of keys in base64: PKCS #12, Java, accounts of services.
    PatternRule::new(
        "private-key",
        &["p12_", "_p12", "p12=", "pfx_", "_pfx", "pfx=", "pkcs12", "keystore", "service_account", "serviceaccount", "kubeconfig", "provisioning"],
        r#"(?i)(?:p12|pfx|pkcs12|keystore|service_?account|kubeconfig|provisioning)[A-Za-z0-9_-]{0,40}["']?\s{0,2}[=:]\s{0,2}["']?([A-Za-z0-9+/]{60,}={0,2})"#,
        ValueCheck::Random,
    )
    .with_run(60),
    PatternRule::new("private-key", &["ciphertext"], r#""cipher"[^}\n]{0,300}?"ciphertext"\s{0,2}:\s{0,2}"([0-9a-f]{64})""#, ValueCheck::Format).with_run(64),
    PatternRule::new("password", &["bundle config"], r"\bbundle config (?:set )?(?:--\w+ )?\S+ [^\s:/]{1,60}:([^\s/]{6,})", ValueCheck::Value),
    PatternRule::new("webhook", &[".m.pipedream.net", ".x.pipedream.net"], r"https?://([a-z0-9]{12,})\.[mx]\.pipedream\.net", ValueCheck::Value),
    PatternRule::new("convex-key", &["prod:", "dev:", "preview:", "project:"], r"\b(?:prod|dev|preview|project):[a-z0-9:-]{4,60}\|([A-Za-z0-9+/=_-]{40,})", ValueCheck::Random).with_run(40),
];

//! Measures the redactor on the shared corpus of synthetic secrets and look-alikes, and holds it to its targets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use backstory::record::text::Raw;
use backstory::redact::{RedactionOptions, Redactor, UserRule};
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    class: String,
    context: String,
    text: String,
    secret: String,
}

const OBFUSCATED: [&str; 7] =
    ["base64_wrapped", "url_encoded", "html_escaped", "term_wrap", "backslash_split", "string_concat", "zero_width"];

#[derive(Default)]
struct Tally {
    right: usize,
    of: usize,
}

impl Tally {
    fn count(&mut self, right: bool) {
        self.of += 1;
        self.right += usize::from(right);
    }

    fn percent(&self) -> f64 {
        100.0 * self.right as f64 / self.of.max(1) as f64
    }
}

#[test]
fn the_corpus_of_secrets_is_redacted_and_look_alikes_survive() {
    let Some(cases) = corpus() else { return };
    let redactor = |strict| {
        Redactor::new(RedactionOptions { strict, ..RedactionOptions::default() }).expect("the default policy is valid")
    };
    let (redactor, strict) = (redactor(false), redactor(true));
    let mut tallies: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
    for case in &cases {
        let chosen = if case.class == "pii" { &strict } else { &redactor };
        let (clean, _) = chosen.text(Raw::new(case.text.clone()));
        let (again, more) = chosen.text(Raw::new(clean.as_str()));
        assert_eq!(again, clean, "{} twice is not once: {more:?}", case.id);
        let (group, right) = match case.class.as_str() {
            "negative" => ("look-alikes", clean.as_str().contains(&case.secret)),
            class => {
                let obfuscated = OBFUSCATED.contains(&case.context.as_str());
                let group = if class == "pii" {
                    "personal"
                } else if obfuscated {
                    "obfuscated"
                } else {
                    "plain"
                };
                (group, is_gone(&clean.as_str().replace(['\u{200b}', '\u{200c}', '\u{200d}'], ""), case))
            }
        };
        let part = if is_held_out(&case.kind) { "held out" } else { "developed on" };
        tallies.entry((part, group)).or_default().count(right);
        tallies.entry(("all", group)).or_default().count(right);
        if group == "plain" || group == "obfuscated" {
            tallies.entry((part, "secrets")).or_default().count(right);
            tallies.entry(("all", "secrets")).or_default().count(right);
        }
        if !right {
            show(&format!("{part}: {} {} {} {}", case.id, case.class, case.kind, case.context));
            if std::option_env!("SHOW_CASES").is_some() && part != "held out" {
                show(&format!("   {:?}\n   {:?}", case.text, clean.as_str()));
            }
        }
    }
    for ((part, group), tally) in &tallies {
        show(&format!("{part:13} {group:12} {:3} of {:3}  {:5.1} %", tally.right, tally.of, tally.percent()));
    }
    let percent = |group| tallies[&("all", group)].percent();
    assert!(percent("plain") >= 97.0);
    assert!(percent("obfuscated") >= 80.0);
    assert!(percent("secrets") >= 95.0);
    assert!(percent("look-alikes") >= 99.0);
}

/// A secret is gone when at most a quarter of it, and at most 8 of its characters in a row, are left, and what was
/// encoded is no longer there to decode.
fn is_gone(text: &str, case: &Case) -> bool {
    let left = |secret: &str| {
        let secret: Vec<char> = secret.chars().collect();
        let run = (secret.len() / 4).min(8) + 1;
        secret.windows(run).any(|window| text.contains(&window.iter().collect::<String>()))
    };
    let encoded = case.text.split_whitespace().max_by_key(|word| word.len()).unwrap_or_default();
    !left(&case.secret) && (case.context != "base64_wrapped" || !left(encoded))
}

/// A third of the kinds was not looked at while the rules were written.
fn is_held_out(kind: &str) -> bool {
    Sha256::digest(format!("holdout{kind}"))[0].is_multiple_of(3)
}

fn corpus() -> Option<Vec<Case>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/security/secrets.jsonl.gz");
    if !path.exists() {
        show(&format!("skipped: {} is not there", path.display()));
        return None;
    }
    let Ok(output) = Command::new("gzip").arg("-dc").arg(&path).output() else {
        show("skipped: gzip is not installed");
        return None;
    };
    let text = String::from_utf8(output.stdout).expect("the corpus is UTF-8");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a line is a case")).collect())
}

#[allow(clippy::print_stderr, reason = "a test tells what it measured or why it was skipped")]
fn show(line: &str) {
    eprintln!("{line}");
}

/// Letters drawn by a linear congruential generator: tests hold no literal that looks like a token.
fn drawn(mut seed: u64, letters: &str, len: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut draw = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(seed >> 33) as usize % letters.len()]
    };
    (0..len).map(|_| draw()).collect()
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn clean(text: &str) -> String {
    let redactor = Redactor::new(RedactionOptions::default()).expect("the default policy is valid");
    redactor.text(Raw::new(text)).0.as_str().to_owned()
}

/// The text with every tag as `#`.
fn without_tags(text: &str) -> String {
    let mut parts = text.split("[REDACTED:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (placeholder, rest) = part.split_once(']').expect("a placeholder is closed");
        let (kind, _) = placeholder.split_once(':').expect("a placeholder has a tag");
        out.push_str(&format!("[{kind}]{rest}"));
    }
    out
}

#[test]
fn a_secret_becomes_a_placeholder_and_the_rest_stays() {
    let token = format!("{}{}", concat!("gh", "p_"), drawn(1, LETTERS, 36));
    let password = format!("{}!7x", drawn(2, LETTERS, 9));
    let rows = [
        (format!("export GITHUB_TOKEN={token}; make"), "export GITHUB_TOKEN=[github-token]; make"),
        (format!("{{\"out\":\"password: \\\"{password}\\\"\\n\"}}"), "{\"out\":\"password: \\\"[password]\\\"\\n\"}"),
        (format!("mysql -u root -p{password} shop"), "mysql -u root -p[password] shop"),
        (format!("postgres://api:{password}@db:5432/x"), "postgres://api:[url-password]@db:5432/x"),
        (format!("the admin password is {password}, try it"), "the admin password is [password], try it"),
        (format!("{}\\\n{} done", &token[..20], &token[20..]), "[github-token] done"),
        ("a <private>b\nc</private> d".to_owned(), "a [private] d"),
        ("a <private>b<PRIVATE>c</private>d</private> e".to_owned(), "a [private] e"),
        ("a <private>b\nc".to_owned(), "a [private]"),
    ];
    for (input, expected) in rows {
        assert_eq!(without_tags(&clean(&input)), expected, "{input}");
    }
}

/// Passwords as people choose them, and drawn ones.
fn chosen() -> [String; 3] {
    let number = |seed| drawn(seed, "123456789", 2);
    [
        format!("blue{}whale{}", number(6), number(7)),
        format!("river9{}", drawn(8, LETTERS, 9)),
        format!("Zx{}!q", drawn(9, LETTERS, 7)),
    ]
}

#[test]
fn a_password_is_found_wherever_it_stands_beside_its_name() {
    for text in [
        "password: >-\n  §",
        "password: |\n  §",
        "Password:\n\n    §\n",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"§\"}",
        "- name: DB_PASSWORD\n  value: §",
        "<add key=\"Password\" value=\"§\"/>",
        "<key>Password</key>\n<string>§</string>",
        "<password>§</password>",
        "setPassword(\"§\")",
        "getenv('DB_PASSWORD') or '§'",
        "HTTPBasicAuth('joe', '§')",
        "ENV DB_PASSWORD §",
        "Password\t§",
        "**Password:** §",
        "**password**: `§`",
        "requirepass §",
        "Enter password: §",
        "my password: §",
        "contraseña: §",
        "mot de passe : §",
        "Пароль: §",
        "密码：§",
        "das Passwort lautet §",
        "snowsql -p §",
        "smbclient -U joe%§ //host/share",
        "echo '§' | sudo -S ls",
        "sudo -S ls <<< '§'",
        "net use Z: \\\\host\\share § /user:joe",
        "wpa_passphrase home §",
        "openssl enc -aes-256-cbc -k § -d",
        "sqlplus joe/§@db",
        "lftp -u joe,§ host",
        "poetry config http-basic.corp joe §",
        "curl -sSLu joe:§ https://host",
        "twine upload -u joe -p §",
        "security add-generic-password -a joe -s x -w §",
        "expect \"*assword:\"\nsend \"§\\r\"",
    ] {
        for password in chosen() {
            let text = text.replace('§', &password);
            let json = serde_json::json!({ "content": text }).to_string();
            for input in [text, json] {
                assert!(!clean(&input).contains(&password), "{input}");
            }
        }
    }
}

#[test]
fn personal_data_is_found_in_the_forms_that_people_write() {
    let strict =
        Redactor::new(RedactionOptions { strict: true, ..RedactionOptions::default() }).expect("the policy is valid");
    let clean = |text: &str| without_tags(strict.text(Raw::new(text)).0.as_str());
    for (text, expected) in [
        ("to ann.lee+x@sub.firm.co.uk, now", "to [email], now"),
        ("jürgen@bücher.de", "[email]"),
        ("+33 1 23 45 67 89", "[phone]"),
        ("+81-3-1234-5678", "[phone]"),
        ("call 0171 1234567 or 06 12 34 56 78", "call [phone] or [phone]"),
        ("(030) 1234567", "[phone]"),
        ("phone: 13800138000", "phone: [phone]"),
        ("\"mobile\": \"9876543210\"", "\"mobile\": \"[phone]\""),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
        ("fa:ce:b0:0c:aa:bb and 00-1A-2B-3C-4D-5E", "[mac-address] and [mac-address]"),
        ("2a00:1450:4001:82b::200e", "[ip-address]"),
        ("84.12.33.201:8080", "[ip-address]:8080"),
    ] {
        assert_eq!(clean(text), expected);
    }
    for text in [
        "2026-02-11T10:11:12.123Z",
        "version 10.15.7.1, 1.2.3.4",
        "192.168.1.1 fe80::1 2001:db8::1 ::1",
        "std::fmt::Display face:b00c 12:34:56",
        "git@github.com:x/y.git foo@1.2.3 @angular/core@12.0.1 icon@2x.png",
        "2247d1f1-629d-4cdf-8ddb-5664144afa7e 1761900000000",
        "lines 100-200, 3000 4000 5000",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn a_token_is_found_after_the_command_that_takes_it() {
    let token = drawn(10, "abcdefghijklmnopqrstuvwxyz0123456789", 24);
    for text in [
        "snyk auth §",
        "ngrok config add-authtoken §",
        "gh auth login --with-token <<< §",
        "npm config set //host/:_authToken §",
        "{\"github-oauth\": {\"github.com\": \"§\"}}",
        "set -x API_TOKEN §",
        "setx API_TOKEN §",
        "the token: |\n  §",
    ] {
        let text = text.replace('§', &token);
        assert!(!clean(&text).contains(&token), "{text}");
    }
}

#[test]
fn a_password_of_words_and_digits_is_found_in_a_sentence_that_says_it() {
    for password in ["copper.kettle84", "t1mb3r-lake", "plum_window2041", "ember.t0rch.v1olin"] {
        for text in [
            "the admin password is § until Monday",
            "The root password of the staging box is now §.",
            "the password is now §!",
            "password for the demo account: §",
            "Passwort für den Kundenbereich: §",
            "Das Kennwort lautet §, bitte ändern",
            "le mot de passe du serveur est §",
            "what is the password?\n§\n",
        ] {
            let text = text.replace('§', password);
            assert!(!clean(&text).contains(password), "{text}");
        }
    }
    for text in [
        "the password for db.cluster01 must be rotated",
        "the password is set on prod.cluster01",
        "the password moved to vault.storage02 yesterday",
        "the password is argon2id-hashed",
        "the password is base64-encoded with utf-8",
        "the password of deploy@web17.example.net is in the vault",
        "the password is for root@10.20.30.41",
        "Das Passwort steht in der Datei node.config12",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn an_option_for_name_and_password_gives_the_password() {
    for text in [
        "http --auth ann:§ GET api.corp.net/items",
        "https -a ann:§ POST :8080/x",
        "xh -a 'ann:§' api.corp.net",
        "hey -a ann:§ https://api.corp.net",
        "ab -n 10 -A ann:§ https://api.corp.net/",
        "siphon --proxy-auth=ann:§ up",
        "skopeo copy --creds ann:§ a b",
        "tool --basic-auth \"ann:§\" x",
        "tool --credentials ann:§",
    ] {
        for password in chosen() {
            let text = text.replace('§', &password);
            assert!(!clean(&text).contains(&password), "{text}");
        }
    }
    for text in [
        "tool --auth localhost:8080",
        "http --auth ann:$PASSWORD GET x",
        "tool --auth-type basic:digest",
        "rsync -a web1:data2024 .",
        "docker run --user 1000:1000 x",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn an_id_that_is_a_secret_is_found_in_every_notation() {
    let id = ["9b2d41f7", "63ac", "4e08", "b5d9", "17c0fa82e36b"].join("-");
    for text in [
        "AccessorID:       a\nSecretID:         §\nPolicies:\n",
        "Secret ID    = §",
        "secret_id             §",
        "{\"secret_id\": \"§\"}",
        "VAULT_SECRET_ID=§",
        "bao write auth/approle/login role_id=x secret_id=§",
        "the secret id is §",
        "| Secret ID | `§` |",
    ] {
        let text = text.replace('§', &id);
        assert!(!clean(&text).contains(&id[..8]), "{text}");
    }
    for text in ["AccessorID: §", "role_id §", "secret_id = \"db-password\"\nuid: §", "secret_id_accessor   §"] {
        let text = text.replace('§', &id);
        assert_eq!(clean(&text), text);
    }
}

#[test]
fn a_variable_for_a_token_holds_one_whatever_the_token_is_for() {
    let token = drawn(21, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789", 48);
    for name in ["SHOP_PAGE_TOKEN", "FACEBOOK_GROUP_TOKEN", "EVENT_TOKEN", "CHAT_INPUT_TOKEN"] {
        for text in [format!("ENV {name}=\"{token}\""), format!("export {name}={token}"), format!("{name}: {token}")] {
            assert!(!clean(&text).contains(&token), "{text}");
        }
    }
    for text in [
        format!("NEXT_PAGE_TOKEN={token}"),
        format!("nextPageToken: \"{token}\""),
        "PAD_TOKEN=\"[PAD]\"".to_owned(),
        "INPUT_TOKEN=user_prompt".to_owned(),
        "STOP_TOKEN=\"<|endoftext|>\"".to_owned(),
    ] {
        assert_eq!(clean(&text), text);
    }
}

#[test]
fn a_key_is_found_after_its_providers_name_in_a_sentence() {
    let key = drawn(22, "0123456789abcdef", 32);
    for text in [
        "this is the pagerduty key for the new account, use it in the tests: §  ok?",
        "the Algolia key is §",
        "our Cloudflare key for staging is now §",
        "Key for Mailgun: §",
        "the key from Honeycomb is: §",
    ] {
        let text = text.replace('§', &key);
        assert!(!clean(&text).contains(&key), "{text}");
    }
    for text in [
        "the datadog key rotation landed in commit: §",
        "the sort key is §",
        "the cache key for this build: §",
        "a key for the map of Algolia: §",
        "figma key and digest: §",
    ] {
        let text = text.replace('§', &key);
        assert_eq!(clean(&text), text);
    }
}

#[test]
fn the_value_of_an_option_is_secret_where_another_option_says_so() {
    for password in ["Teapot-Comet31", "Lantern+Quartz7", "q8Zr!fT2w"] {
        for text in [
            "aws ssm put-parameter --name /shop/x --type SecureString --value '§'",
            "aws ssm put-parameter --value §  --name /shop/x --type=SecureString",
            "aws ssm put-parameter \\\n  --name /shop/x \\\n  --type SecureString \\\n  --value \"§\" --overwrite",
            "aws ssm put-parameter --name /shop/db/password --value §",
            "ssm.put_parameter(Name='/shop/x', Value='§', Type='SecureString')",
            "{\"Name\": \"/shop/x\", \"Type\": \"SecureString\", \"Value\": \"§\"}",
            "az keyvault secret set --vault-name v --name x --value '§'",
            "aws secretsmanager create-secret --name x --secret-string '§'",
            "kubectl create secret generic x --from-literal=admin='§'",
            "pulumi config set --secret shop:db §",
            "pulumi config set shop:db § --secret",
        ] {
            let text = text.replace('§', password);
            assert!(!clean(&text).contains(password), "{text}");
        }
    }
    for text in [
        "aws ssm put-parameter --name /shop/region --type String --value 'eu-west-1'",
        "aws ssm put-parameter --name /shop/x --type SecureString --value \"$VALUE\"",
        "kubectl create configmap x --from-literal=level=debug2",
        "pulumi config set aws:region eu-west-1",
        "aws secretsmanager create-secret --name x --secret-string file://secret.json",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn a_value_that_ends_in_an_equals_sign_takes_nothing_of_the_next_line() {
    let key = drawn(23, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789", 43) + "=";
    for value in ["Summer2031x=", "Tr0ub4dor&3=", &key, &format!("{}{key}", &key[..28])] {
        for name in ["DB_PASSWORD=", "export API_TOKEN=", "api_token: ", "  password: "] {
            for next in
                ["football99", "build42 is done", "NODE_ENV=prod2", "next: x1y2", "a1b2c3d4", "DEBUG=true", "done"]
            {
                for end in ["\n", "\r\n"] {
                    let text = format!("{name}{value}{end}{next}{end}more{end}");
                    let clean = clean(&text);
                    assert!(!clean.contains(&value[..value.len() - 1]), "{text}");
                    assert!(clean.ends_with(&format!("{end}{next}{end}more{end}")), "{text}--->\n{clean}");
                }
            }
        }
    }
}

#[test]
fn the_machine_that_a_password_is_for_stays() {
    for (text, kept) in [
        ("sshpass -p§ ssh deploy@10.20.30.41 uptime", " ssh deploy@10.20.30.41 uptime"),
        ("sshpass -p '§' ssh deploy@web17.corp.net", "' ssh deploy@web17.corp.net"),
        ("sshpass -p § scp -P 2222 a.txt root@db02:/srv/a2", " scp -P 2222 a.txt root@db02:/srv/a2"),
        ("sshpass -e ssh -p 2222 deploy2@web17.corp.net", " -e ssh -p 2222 deploy2@web17.corp.net"),
        ("sshpass -f ~/.pw7 rsync -av x deploy@10.20.30.41:/srv", " -f ~/.pw7 rsync -av x deploy@10.20.30.41:/srv"),
        ("SSHPASS=§ sshpass -e sftp ci@web17.corp.net:22", " sshpass -e sftp ci@web17.corp.net:22"),
        ("the password § is for deploy@web17.corp.net", " is for deploy@web17.corp.net"),
    ] {
        for password in chosen() {
            let text = text.replace('§', &password);
            let clean = clean(&text);
            assert!(clean.ends_with(kept) && !clean.contains(&password), "{text}\n--->\n{clean}");
        }
    }
}

#[test]
fn what_only_looks_like_a_password_stays() {
    for text in [
        "use password auth2024 style hashing",
        "fn login(user: &str, password: String64) -> Result",
        "const password = await prompt('Password');",
        "const secret = process.env.SECRET ?? 'changeme';",
        "setPassword(\"newPassword\")",
        "| password | string |",
        "password: |\n  must be 8 characters",
        "password:\n  type: string",
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:",
        "{\"name\":\"API_TOKEN\",\"value\":\"$(TOKEN)\"}",
        "ENV TOKEN_PATH /run/secrets/token",
        "docker run -u 1000:1000 -p 8080:80 nginx",
        "docker run -u root -p 127.0.0.1:8080:80 nginx",
        "git push -u origin feature",
        "echo \"$TOKEN\" | docker login --password-stdin",
        "gh auth login --hostname github.enterprise.com",
        "'password' => Hash::make($request->password),",
        "'password' => 'required|min:8'",
        "token 3fa94c5d1b2e8f7a6c0d9e8b7a6f5c4d3e2b1a09",
        "密码: 必填",
        "log in as root / admin",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn the_same_secret_has_the_same_tag_and_another_key_another_tag() {
    let token = format!("{}{}", concat!("gh", "p_"), drawn(3, LETTERS, 36));
    let text = |key| {
        let redactor = Redactor::new(RedactionOptions { key, ..RedactionOptions::default() })
            .expect("the default policy is valid");
        redactor.text(Raw::new(format!("{token} {token}"))).0.as_str().to_owned()
    };
    let (one, other) = (text([1; 32]), text([2; 32]));
    let (first, second) = one.split_once(' ').expect("two placeholders");
    assert_eq!(first, second);
    assert_ne!(one, other);
}

#[test]
fn paths_become_relative_to_the_repository_or_the_home() {
    let policy = RedactionOptions {
        home: Some("/home/kim".to_owned()),
        roots: vec!["/home/kim/shop".to_owned()],
        ..RedactionOptions::default()
    };
    let redactor = Redactor::new(policy).expect("the policy is valid");
    let rows = [
        ("edit /home/kim/shop/src/a.rs", "edit src/a.rs"),
        ("cd /home/kim/shop && ls", "cd . && ls"),
        ("see /home/kim/notes.md", "see ~/notes.md"),
        ("C:\\Users\\Kim.Lee\\x.log", "~\\x.log"),
        ("/home/runner/x", "/home/runner/x"),
    ];
    for (input, expected) in rows {
        assert_eq!(redactor.text(Raw::new(input)).0.as_str(), expected);
    }
}

#[test]
fn the_settings_add_rules_and_allow_values() {
    let rule =
        UserRule { kind: "ticket".to_owned(), pattern: r"ACME-(\d+)".to_owned(), keywords: vec!["acme".to_owned()] };
    let policy = RedactionOptions {
        rules: vec![rule],
        allow: vec!["^shop-Test4711$".to_owned()],
        ..RedactionOptions::default()
    };
    let redactor = Redactor::new(policy).expect("the policy is valid");
    let (clean, counts) = redactor.text(Raw::new("ACME-4711 password=shop-Test4711 password=shop-Test4712"));
    assert_eq!(without_tags(clean.as_str()), "ACME-[ticket] password=shop-Test4711 password=[password]");
    assert_eq!(counts.get("ticket"), Some(&1));
}

#[test]
fn no_setting_lets_a_providers_token_a_key_or_a_private_part_stay() {
    let token = format!("{}{}", concat!("gh", "p_"), drawn(4, LETTERS, 36));
    let key = format!("-----BEGIN {} KEY-----\n{}\n-----END {0} KEY-----", "PRIVATE", drawn(5, LETTERS, 64));
    let allow = vec![format!("^{token}$"), "^MII".to_owned(), "secret-plan".to_owned(), format!("={}", &token[4..10])];
    let redactor =
        Redactor::new(RedactionOptions { allow, ..RedactionOptions::default() }).expect("the policy is valid");
    let text = format!("{token} GITHUB_TOKEN={token} {key} <private>secret-plan</private>");
    let clean = redactor.text(Raw::new(text)).0;
    assert_eq!(without_tags(clean.as_str()), "[github-token] GITHUB_TOKEN=[github-token] [private-key] [private]");
}

#[test]
fn what_is_allowed_hides_no_other_secret_in_it() {
    let redactor =
        Redactor::new(RedactionOptions { allow: vec!["^shop-db;".to_owned()], ..RedactionOptions::default() })
            .expect("a policy");
    let inner = drawn(11, LETTERS, 20);
    let clean = redactor.text(Raw::new(format!("password=\"shop-db;password={inner}\"")));
    assert!(!clean.0.as_str().contains(&inner), "{:?}", clean.0);
}

#[test]
fn a_private_tag_is_known_in_every_form() {
    for text in [
        "a <private>§</private> b",
        "a <private reason='x'>§</private> b",
        "a <private reason=\"x > y\">§</private> b",
        "a <PRIVATE id=1>§</PRIVATE > b",
        "a < private >§< / private > b",
        "a <\tPrivate\n>§</\nprivate> b",
        "a <private/>§</private> b",
        "a <private>§",
        "a <private\n§",
        "a <private §</private> b",
        "a <private>x</privat>§</private> b",
        "a <private><b>x</b>§</private> b",
        "a <private>x<private>y</private>§</private> b",
        "§</private> b",
        "a\nb § c\n</ private > b",
        "a &lt;private&gt;§&lt;/private&gt; b",
        "a &lt;private&gt;x\n\n\ny\n\n\n§\nz",
        "a &lt;private&gt;x\n\n\ny\n\n§\n\n&lt;/private&gt; b",
        "x\n\n\n§\n\n\ny &lt;/private&gt; b",
        "a \\u003cprivate\\u003e§\\u003c/private\\u003e b",
        "a \\<private\\>§\\</private\\> b",
        "a <pri\u{200b}vate>§</private> b",
        "a \u{ff1c}private\u{ff1e}§\u{ff1c}/private\u{ff1e} b",
        "```\n<private>\n§\n</private>\n```",
        "a <private-note>§</private-note> b",
        "a <private_note id=1>§</ PRIVATE_NOTE> b",
        "a <PrivateNote>x<b>§</b></PrivateNote> b",
        "a <privates>§</privates> b",
        "a <private.part>x<private-x>§</private.part> b",
        "a <private:team>§</private:team> b",
        "a &lt;private-note&gt;§&lt;/private-note&gt; b",
        "a <privates>§</private> b",
        "a <private>x</privates>§</private> b",
        "a <!-- private -->§<!-- /private --> b",
        "a <!--private-->§<!--/private--> b",
        "a <!-- PRIVATE start -->§<!-- private end --> b",
        "a <!-- private -->§<!-- end private --> b",
        "a <!-- private -->x</private>§",
        "a <!-- private: § --> b",
        "a <!-- private note -->§<!-- /private note --> b",
        "a <!-- private §",
        "§<!-- /private --> b",
    ] {
        let found = clean(&text.replace('§', "our plan"));
        assert!(!found.contains("our plan"), "{text:?}: {found:?}");
        assert!(!text.ends_with(" b") || found.ends_with(" b"), "{text:?}: {found:?}");
    }
    for text in [
        "#include <private/header.h>",
        "a < privately",
        "a <private-key> b",
        "private fn",
        "x<privateKey>",
        "Vec<PrivateKey>, Option<PrivateKey>",
        "a <!-- not private -->",
        "<private-a> b </private-b>",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn an_address_keeps_its_host_and_path_and_a_bracket_its_partner() {
    let token = format!("{}{}", concat!("gh", "s_"), drawn(12, LETTERS, 36));
    let cipher = format!("ENC[AES256_GCM,data:{},iv:{},type:str]", drawn(13, LETTERS, 12), drawn(14, LETTERS, 20));
    for (text, expected) in [
        (
            format!("https://x-access-token:{token}@github.com/o/r.git"),
            "https://x-access-token:[github-token]@github.com/o/r.git",
        ),
        (format!("https://{token}@github.com/o/r.git/"), "https://[github-token]@github.com/o/r.git/"),
        (
            format!("git push \"https://oauth2:{token}@git.corp/o/r.git\" main"),
            "git push \"https://oauth2:[github-token]@git.corp/o/r.git\" main",
        ),
    ] {
        let found = without_tags(&clean(&text)).replace("url-password", "github-token");
        assert_eq!(found, expected);
    }
    let found = clean(&format!("password: {cipher}\nuser: x"));
    assert!(!found.contains("]]") && found.ends_with("\nuser: x"), "{found}");
}

#[test]
fn a_key_in_one_string_takes_nothing_of_the_next() {
    let body = |seed| drawn(seed, LETTERS, 64);
    let (begin, end) = ("-----BEGIN PRIVATE", "-----END PRIVATE");
    let text = serde_json::json!({
        "a": format!("{begin} KEY-----\n{}\n", body(15)),
        "between": "stays here",
        "b": format!("{}\n{end} KEY-----", body(16)),
    })
    .to_string();
    let found = clean(&text);
    let value: serde_json::Value = serde_json::from_str(&found).expect("it is JSON still");
    assert_eq!(value["between"], "stays here");
    assert!(!found.contains(&body(15)[..20]) && !found.contains(&body(16)[..20]), "{found}");
}

#[test]
fn the_ids_of_agents_sessions_are_no_secrets() {
    let id = |seed, len| drawn(seed, LETTERS, len);
    let hex = |seed| drawn(seed, "0123456789abcdef", 32);
    for text in [
        format!("Claude-Session: https://claude.ai/code/session_01{}", id(20, 22)),
        format!("Claude-Session: session_01{}", id(21, 22)),
        format!("https://chatgpt.com/codex/tasks/task_e_{}", hex(22)),
        "Backstory-Session: claude-code/2247d1f1-629d-4cdf-8ddb-5664144afa7e".to_owned(),
        "Amp-Thread-ID: https://ampcode.com/threads/T-2247d1f1-629d-4cdf-8ddb-5664144afa7e".to_owned(),
        "Cursor: https://cursor.com/agents?id=bc-2247d1f1-629d-4cdf-8ddb-5664144afa7e".to_owned(),
        format!("Link to Devin run: https://app.devin.ai/sessions/{}", hex(23)),
        "Jules: https://jules.google.com/task/1234567890123456789".to_owned(),
        format!("message msg_01{} of toolu_01{}", id(24, 22), id(25, 22)),
        format!("Replit-Commit-Session-Id: {}", "2247d1f1-629d-4cdf-8ddb-5664144afa7e"),
        "https://github.com/o/r/agents/sessions/2247d1f1-629d-4cdf-8ddb-5664144afa7e".to_owned(),
    ] {
        assert_eq!(clean(&text), text);
    }
}

#[test]
fn a_placeholder_of_anothers_making_hides_nothing() {
    let token = format!("{}{}", concat!("gh", "p_"), drawn(5, LETTERS, 36));
    assert!(!clean(&format!("[REDACTED:{token}:0123abcd]")).contains(&token));
}

const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

#[test]
fn what_a_name_calls_a_secret_is_one_in_the_alphabet_of_addresses_too() {
    for len in [33, 34, 43, 44, 47, 48, 56, 95, 106] {
        for (seed, first) in (0..10).zip("13TDLrA548".chars()) {
            let value = format!("{first}{}", drawn(seed, BASE58, len - 1));
            for text in [
                "SECRET_KEY=§",
                "API_TOKEN=\"§\"",
                "ACCOUNT_KEY=§",
                "WALLET_SECRET=§ npm start",
                "password: §",
                "{\"clientSecret\": \"§\"}",
                "api_keys = [\"§\", \"§\"]",
                "name,password\njoe,§\nann,§\n",
                "| user | api_token |\n|---|---|\n| joe | § |\n",
                "the admin password is § for now",
                "What is the API token?\n§\n",
            ] {
                let text = text.replace('§', &value);
                assert!(!clean(&text).contains(&value), "{text}");
            }
        }
    }
}

#[test]
fn what_a_name_calls_an_address_stays() {
    for (seed, len) in (0..40).map(|seed| (seed, 43 + seed as usize % 2)) {
        let value = drawn(seed, BASE58, len);
        for text in [
            "address: §",
            "the mint is §",
            "mint: \"§\"",
            "token_mint = \"§\"",
            "tokenAddress: '§'",
            "TOKEN_PROGRAM_ID=§",
            "pubkey: §",
            "signer_pubkey=§",
            "public_key = \"§\"",
            "program_id = \"§\"",
            "declare_id!(\"§\");",
            "\"accountKeys\": [\"§\", \"§\"]",
            "tokenAccount: \"§\"",
            "send 2 SOL to § now",
        ] {
            let text = text.replace('§', &value);
            assert_eq!(clean(&text), text);
        }
    }
}

#[test]
fn a_private_part_that_begins_or_ends_on_a_placeholder_is_private() {
    let placeholder = "[REDACTED:jwt:0123abcd]";
    for text in [
        "§ and Globex said\n</private> after",
        "§</private> after",
        "§\n§ Globex </private> after",
        "<private>§ Globex §</private> after",
        "<private>§ G §</private> after",
        "before <private>Globex § x",
    ] {
        let found = clean(&text.replace('§', placeholder));
        assert!(!found.contains('G') && !found.contains("private>") && !found.contains(" x"), "{text}: {found}");
        assert!(!text.ends_with("after") || found.ends_with(" after"), "{text}: {found}");
        assert_eq!(clean(&found), found);
    }
}

#[test]
fn no_setting_lets_a_private_key_stay_in_whatever_file_it_is() {
    let hex = drawn(40, "0123456789abcdef", 64);
    let base64 = drawn(41, LETTERS, 80);
    let numbers: Vec<String> = (0..64).map(|index| (index * 37 % 256).to_string()).collect();
    let stellar = format!("S{}", drawn(42, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 55));
    for (text, key) in [
        (format!("accounts: [\"0x{hex}\"]"), hex.as_str()),
        (format!("// \"{hex}\" is the private key"), &hex),
        (format!("keystore_base64: {base64}"), &base64),
        (format!("key [{}]", numbers.join(",")), "37,74,111"),
        (format!("signer {stellar}"), &stellar),
    ] {
        let allow = vec![key.to_owned()];
        let redactor =
            Redactor::new(RedactionOptions { allow, ..RedactionOptions::default() }).expect("the policy is valid");
        let clean = redactor.text(Raw::new(text.as_str())).0;
        assert!(!clean.as_str().contains(key), "{clean:?}");
    }
}

/// Before each of these lengths and at it some search stops: see the constants of the rules.
const BORDERS: [usize; 26] = [
    8, 16, 24, 40, 48, 60, 64, 80, 96, 100, 120, 128, 140, 160, 200, 240, 280, 300, 400, 512, 600, 1024, 1500, 1536,
    2000, 2048,
];

#[test]
fn no_distance_between_a_name_and_what_follows_is_too_much() {
    let redactor = Redactor::new(RedactionOptions { strict: true, ..RedactionOptions::default() }).expect("a policy");
    let leads = [
        "recovery code",
        "password",
        "password: ",
        "token=",
        "What is the password?\n",
        "пароль ",
        "://",
        "/hooks/",
        "/reset?",
        "insert into t (a, password) values ",
        "<th>Password</th>",
        "| password |",
        "-----BEGIN RSA PRIVATE KEY-----",
        "<private ",
        "curl -u a:",
        "ghp_a1B2",
        "{\"password\": {",
        "passwords: [",
        "mail a@b",
        "tel ",
        "\u{1b}[",
        "WIFI:S:a;",
        "ENV TOKEN ",
        "a1b2c-d3e4f\n",
        "key [",
    ];
    let tails = ["1234 x", "12-a4 567\"x", "é，x'", "('x',1)\n<td>x</td></tr"];
    for (lead, border) in leads.iter().flat_map(|lead| BORDERS.map(|border| (lead, border))) {
        for tail in tails {
            // The border is met within the tail, and right before and behind it.
            for back in 0..=tail.len().min(border) + 1 {
                let filler = (border + 1).saturating_sub(back);
                for sign in [".", " "].into_iter().take(if border > 200 { 1 } else { 2 }) {
                    redactor.spans(&format!("{lead}{}{tail} y", sign.repeat(filler)));
                }
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_token_never_survives_and_twice_is_once(seed: u64, before in "[ -~\n]{0,60}", after in "[ -~\n]{0,60}") {
        let token = format!("{}{}", concat!("gh", "p_"), drawn(seed, LETTERS, 36));
        let once = clean(&format!("{before} {token} {after}"));
        proptest::prop_assert!(!once.contains(&token[4..]));
        proptest::prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn any_text_is_read_without_panic_and_twice_is_once(text in "(\\PC|[\\\\\"'%&;=:/@<>\n\u{1b}│\u{200b}]|password|token|://|-----BEGIN |<private>){0,80}") {
        let once = clean(&text);
        proptest::prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn words_stay_as_they_are(text in "[a-z]{1,9}( [a-z]{1,9}){0,30}") {
        proptest::prop_assume!(!["pass", "pw", "key", "secret", "token", "seed", "mnemonic", "wallet", "auth", "pin", "cred"].iter().any(|word| text.contains(word)));
        proptest::prop_assert_eq!(clean(&text), text);
    }
}

//! Measures the redactor on the shared corpus of synthetic secrets and look-alikes, and holds it to its targets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use backstory::record::text::Raw;
use backstory::redact::{Policy, Redactor};
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
    let redactor = |strict| Redactor::new(Policy { strict, ..Policy::default() }).expect("the default policy is valid");
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

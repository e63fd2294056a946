//! `backstory redact` as a person runs it: inside a repository with its rules, its list of what may stay, its mode and
//! its key; outside without.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use support::{PROGRAM, Ran, Sandbox, run};

const RULES: &str = "redaction:\n  rules: [{kind: customer, pattern: 'KD-(\\d+)'}]\n  allow: ['^hunter2-7x$']\n";

fn redact(sandbox: &Sandbox, arguments: &[&str], text: &str) -> Ran {
    run(sandbox.command(PROGRAM).arg("redact").args(arguments), text)
}

/// The tag of the only placeholder in a text.
fn tag(text: &str) -> &str {
    text.rsplit_once(':').and_then(|(_, rest)| rest.split_once(']')).map(|(tag, _)| tag).unwrap()
}

#[test]
fn inside_a_repository_its_rules_and_its_list_of_what_may_stay_count() {
    let sandbox = Sandbox::new();
    let text = "KD-4711 password: hunter2-7x mail ann.lee@firm.io";
    let before = redact(&sandbox, &[], text).good();
    assert!(before.starts_with("KD-4711 password: [REDACTED:password:"), "{before}");
    sandbox.write(".backstory.yml", RULES);
    let after = redact(&sandbox, &[], text).good();
    assert!(after.starts_with("KD-[REDACTED:customer:"), "{after}");
    assert!(after.ends_with("] password: hunter2-7x mail ann.lee@firm.io"), "{after}");
    let spans = redact(&sandbox, &["--json"], text).good();
    assert_eq!(spans, "{\"end\":7,\"kind\":\"customer\",\"start\":3}\n");
    sandbox.write(".backstory.yml", &format!("{RULES}  strict: true\n"));
    assert!(redact(&sandbox, &[], text).good().contains("mail [REDACTED:email:"));
    sandbox.write(".backstory.yml", "");
    assert!(redact(&sandbox, &["--strict"], text).good().contains("mail [REDACTED:email:"));
}

#[test]
fn inside_a_repository_a_secret_has_the_tag_that_it_has_in_records_and_elsewhere_another() {
    let [one, other] = [Sandbox::new(), Sandbox::new()];
    let text = "password: hunter2-7x";
    let first = redact(&one, &[], text).good();
    assert_eq!(redact(&one, &[], text).good(), first);
    assert_eq!(redact(&one, &[], &first).good(), first);
    assert_ne!(tag(&redact(&other, &[], text).good()), tag(&first));
    one.write("src/a.txt", "");
    assert_eq!(run(one.command(PROGRAM).current_dir(one.root.join("src")).arg("redact"), text).good(), first);
}

#[test]
fn outside_a_repository_the_built_in_rules_count_and_a_tag_cannot_be_guessed() {
    let sandbox = Sandbox::without_repository("folder");
    let text = "KD-4711 password: hunter2-7x";
    let first = redact(&sandbox, &[], text).good();
    assert!(first.starts_with("KD-4711 password: [REDACTED:password:"), "{first}");
    // A key that everybody knows would let everybody try passwords against the tag.
    assert_ne!(redact(&sandbox, &[], text).good(), first);
    assert_eq!(redact(&sandbox, &[], &first).good(), first);
}

#[test]
fn what_was_redacted_and_what_was_kept_is_said_on_standard_error() {
    let sandbox = Sandbox::new();
    let alphabet = format!("{}{}", concat!("gh", "p_"), "abcdefghijklmnopqrstuvwxyz0123456789");
    let key = concat!("sk-ant-", "api03-abcdefghijklmnopqrstuvwxyz");
    let drawn = ["q7Xw2Lp9ZrT4", "vKd8BnM3q7Xw", "aLp9ZrT4cV"].concat();
    let rows: [(&[&str], String, &str); 14] = [
        (&[], "nothing to see".to_owned(), "0 redacted"),
        (&[], alphabet.clone(), "0 redacted; 1 looks like an example and was kept"),
        (&[], format!("{alphabet} {key}"), "0 redacted; 2 look like examples and were kept"),
        (&[], concat!("AKIA", "IOSFODNN7EXAMPLE").to_owned(), "0 redacted; 1 looks like an example and was kept"),
        (&["--strict"], "mail ann@example.org".to_owned(), "0 redacted; 1 looks like an example and was kept"),
        (&[], "password: hunter2-7x".to_owned(), "1 redacted (1 password)"),
        (&["--json"], "password: hunter2-7x".to_owned(), "1 redacted (1 password)"),
        // An example in what is taken out is not kept, and neither is a word or a part of a name kept as an example.
        (
            &[],
            format!("-----BEGIN PRIVATE KEY-----\n{}\n{alphabet}\n-----END PRIVATE KEY-----", drawn.repeat(2)),
            "1 redacted (1 private-key)",
        ),
        (&[], format!("<private>{alphabet}</private>"), "1 redacted (1 private)"),
        (
            &["--json"],
            format!("<private>{alphabet}</private> {key}"),
            "1 redacted (1 private); 1 looks like an example and was kept",
        ),
        (&["--strict"], "https://ann:hunter2-7x@example.org/".to_owned(), "1 redacted (1 url-password)"),
        (&[], "sdk-javascript-client and app-router-provider".to_owned(), "0 redacted"),
        (&[], format!("{}{drawn}", concat!("gh", "p_")), "1 redacted (1 github-token)"),
        (&[], format!("{}{}", concat!("gh", "p_"), "x".repeat(36)), "0 redacted; 1 looks like an example and was kept"),
    ];
    for (arguments, text, said) in rows {
        let ran = redact(&sandbox, arguments, &text);
        assert_eq!(ran.err, format!("backstory: {said}\n"), "{text}");
    }
}

#[test]
fn settings_with_a_mistake_let_no_text_pass() {
    let sandbox = Sandbox::new();
    for settings in ["redaction: {rulez: []}\n", "redaction: {rules: [{kind: a, pattern: '('}]}\n"] {
        sandbox.write(".backstory.yml", settings);
        let ran = redact(&sandbox, &[], "KD-4711");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains(".backstory.yml"), "{ran:?}");
    }
}

#[test]
fn a_long_text_is_kept_in_a_file_or_in_memory_where_none_can_be_made() {
    let sandbox = Sandbox::new();
    let filler = format!("{}\n", "word ".repeat(40)).repeat(11_000);
    let text = format!("hunter2-7Xq\n{filler}password: hunter2-7Xq\n{filler}the end");
    let short = redact(&sandbox, &[], "hunter2-7Xq\npassword: hunter2-7Xq\nthe end").good();
    for folder in [sandbox.root.clone(), sandbox.root.join("is not there")] {
        let ran = run(sandbox.command(PROGRAM).env("TMPDIR", folder).arg("redact"), &text);
        assert_eq!(ran.err, "backstory: 2 redacted (2 password)\n");
        let clean = ran.good();
        assert!(clean.len() > 4 << 20 && clean.replace(&filler, "") == short, "{}", &clean[..200]);
    }
    assert!(
        !std::fs::read_dir(&sandbox.root).unwrap().any(|it| it
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".tmp"))
    );
}

/// The text is looked at in windows: less than one, one, and some.
#[test]
fn a_text_of_any_length_is_redacted() {
    let sandbox = Sandbox::new();
    let line = "password = \"x7-Kq9wz-4hT\" stands here\n";
    for length in [1_000, 120_000, 700_000, 1_100_000, 2_500_000] {
        let text = line.repeat(length / line.len());
        let clean = redact(&sandbox, &[], &text).good();
        assert_eq!(clean.lines().count(), text.lines().count(), "{length}");
        assert!(!clean.contains("x7-Kq9wz"), "{length}");
    }
}

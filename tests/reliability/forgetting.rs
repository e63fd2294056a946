//! What `forget` and `prune` take out stays out.

use std::fs;

use crate::stage::{SESSION, Shop, content_of, now, record};
use crate::support::{PROGRAM, run};

const WORDS: &str = "unrepeatable words";

/// Two records, of `one` by Ann and of `two` by the test's own author; an export of both.
fn with_two_records() -> (Shop, String, String) {
    let shop = Shop::new();
    let ann = [("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.invalid")];
    assert_eq!(shop.agent_commit("one.rs", &ann).code, 0);
    let one = shop.head();
    let other = "5f0c7a2e-0000-4000-8000-0000000000ee";
    shop.session(other, "two.rs", &[&content_of("two.rs")]);
    shop.sandbox.write("two.rs", &content_of("two.rs"));
    shop.sandbox.git(&["add", "two.rs"]);
    assert_eq!(shop.commit("Two").code, 0);
    let two = shop.head();
    shop.sandbox.backstory(&["export", "--format", "record", "--out", "out/record"]).good();
    (shop, one, two)
}

fn history(shop: &Shop) -> String {
    let sandbox = &shop.sandbox;
    sandbox.git(&["log", "-p", "refs/notes/backstory"]) + &sandbox.git(&["log", "-p", "-g", "--all", "--", "."])
}

#[test]
fn forget_takes_a_session_out_of_records_history_index_and_exports() {
    let (shop, one, two) = with_two_records();
    assert!(history(&shop).contains(&format!("{WORDS} into one.rs")));
    let before = record(&shop, &one);
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION, "--exports", "out/record"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in ["git push --force REMOTE refs/notes/backstory", "git itself deletes it", "In every other clone"] {
        assert!(ran.out.contains(part), "{ran:?}");
    }
    let after = record(&shop, &one);
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    assert!(history(&shop).contains(&format!("{WORDS} into two.rs")), "the other session stays");
    assert_eq!((&after["lines"], &after["files"]), (&before["lines"], &before["files"]));
    assert_eq!(after["forgotten"]["why"], "session");
    assert_eq!(record(&shop, &two)["forgotten"], serde_json::Value::Null);
    assert!(!shop.ours().join("index.db").exists());
    let exported = shop.sandbox.exported("out/record", "record");
    assert!(!exported.contains("into one.rs") && exported.contains("into two.rs"), "{exported}");
    let manifest: serde_json::Value = serde_json::from_str(&shop.sandbox.read("out/record/manifest.json")).unwrap();
    let counts = &manifest["counts"]["record"];
    let rows: u64 = counts["rows"].as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum();
    assert_eq!((rows, &counts["left_out"]["forgotten"]), (1, &1.into()), "{manifest}");
    // What nothing leads to is gone with the next collection.
    shop.sandbox.git(&["gc", "-q", "--prune=now"]);
    let blobs = shop.sandbox.git(&["cat-file", "--batch-all-objects", "--batch"]);
    assert!(!blobs.contains(&format!("{WORDS} into one.rs")));
    shop.sandbox.git(&["fsck", "--strict"]);
    // Neither backfill nor an amend brings it back, though the transcript is still there.
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    assert_eq!(record(&shop, &one), after);
    shop.agent_commit("three.rs", &[]);
    assert!(!history(&shop).contains("into three.rs"));
}

#[test]
fn what_is_forgotten_or_pruned_goes_from_notes_that_git_joined_too() {
    for (name, arguments) in [
        ("a session", &["forget", "--session", SESSION][..]),
        ("an author", &["forget", "--author", "ann@example.invalid"]),
        ("by age", &["prune", "--older-than", "365d"]),
    ] {
        let (shop, one, two) = with_two_records();
        let note = |commit: &str| shop.sandbox.git(&["notes", "--ref", "backstory", "show", commit]);
        let (first, own) = (note(&one), note(&two));
        let mut first: serde_json::Value = serde_json::from_str(&first).unwrap();
        if name == "by age" {
            first["committed_at"] = "2020-01-02T03:04:05Z".into();
        }
        // As a rebase without our hooks leaves it: the record of another commit stands beside the commit's own.
        for joined in [format!("{first}\n\n{own}\nnot ours\n"), format!("{own}\n\n{first}\nnot ours\n")] {
            shop.sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &joined, &two]);
            shop.sandbox.git(&["notes", "--ref", "backstory", "remove", "--ignore-missing", &one]);
            assert!(note(&two).contains("into one.rs"), "{name}");
            shop.sandbox.backstory(arguments).good();
            let left = note(&two);
            assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")), "{name}: {left}");
            assert!(left.contains("into two.rs") && left.contains("not ours"), "{name}: {left}");
            assert_eq!(left.matches("\"forgotten\":{").count(), 1, "{name}: {left}");
        }
    }
}

#[test]
fn forget_takes_the_text_of_an_author_out() {
    let (shop, one, two) = with_two_records();
    shop.sandbox.backstory(&["forget", "--author", "ANN@example.invalid", "--exports", "out/record"]).good();
    assert_eq!(record(&shop, &one)["forgotten"]["why"], "author");
    assert_eq!(record(&shop, &two)["forgotten"], serde_json::Value::Null);
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    let exported = shop.sandbox.exported("out/record", "record");
    assert!(!exported.contains("into one.rs") && exported.contains("into two.rs"), "{exported}");
    assert_eq!(shop.sandbox.backstory(&["forget"]).code, 2);
}

#[test]
fn forget_changes_nothing_where_nobody_or_more_than_one_is_meant_and_with_a_dry_run() {
    let (shop, one, _) = with_two_records();
    let state = || (shop.sandbox.snapshot(), shop.sandbox.git(&["for-each-ref"]));
    let before = state();
    let short = &SESSION[..8];
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["--session", "ffffffff"], 2, &["no session `ffffffff` here, nothing was changed", SESSION]),
        (&["--session", "5f0c"], 2, &["`5f0c` is the beginning of 2 sessions, nothing was changed", SESSION]),
        (&["--session", "5f"], 2, &["give at least 4 characters"]),
        (&["--session", &format!("codex/{short}")], 2, &["no session", "nothing was changed"]),
        (&["--author", "nobody@example.invalid"], 2, &["no record of a commit by `nobody@example.invalid`", "ann@"]),
        (&["--author", "an@example.invalid"], 2, &["ann@example.invalid"]),
        (&["--session", SESSION, "--dry-run", "--exports", "out/record"], 0, &["1 record and 1 exported row"]),
        (&["--author", "ann", "--dry-run"], 0, &["commits by ann@example.invalid: 1 record", "nothing was changed"]),
    ];
    for (arguments, code, parts) in cases {
        let ran = shop.sandbox.backstory(&[&["forget"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(parts.iter().all(|part| ran.err.contains(part)), "{arguments:?}: {ran:?}");
        assert_eq!(state(), before, "{arguments:?}");
    }
    // The beginning that only it has, and then again: it is known, and nothing is left to remove.
    let unique = &SESSION[..SESSION.len() - 1];
    for _ in 0..2 {
        let ran = shop.sandbox.backstory(&["forget", "--session", unique]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(record(&shop, &one)["forgotten"]["why"], "session");
    }
    let list = fs::read_to_string(shop.ours().join("forgotten")).unwrap();
    assert!(list.lines().all(|line| line.ends_with(SESSION)) && list.lines().count() == 1, "{list}");
}

#[test]
fn what_was_forgotten_does_not_come_back_from_a_clone_that_still_has_it() {
    let (shop, one, _) = with_two_records();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.sandbox.backstory(&["init"]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    shop.sandbox.git(&["fetch", "-q", "origin"]);
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION]);
    assert!(ran.out.contains("refs/notes/remotes/origin/backstory was a copy"), "{ran:?}");
    let force = ran.out.lines().find(|line| line.contains("git push --force-with-lease=refs/notes/backstory:"));
    assert!(force.is_some_and(|line| line.ends_with(" refs/backstory/afresh/origin:refs/notes/backstory")), "{ran:?}");
    // Without the push by force: what the remote still has is merged in, and the record without text wins.
    shop.agent_commit("more.rs", &[("CLAUDE_CODE_SESSION_ID", "")]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    assert_eq!(record(&shop, &one)["forgotten"]["why"], "session");
    let shown = run(
        shop.sandbox.command("git").current_dir(shop.sandbox.base().join("hub.git")).args([
            "notes",
            "--ref",
            "backstory",
            "show",
            &one,
        ]),
        "",
    );
    assert!(!shown.good().contains(WORDS));
}

#[test]
fn prune_takes_the_text_out_of_old_records_and_keeps_the_figures() {
    let (shop, one, _) = with_two_records();
    assert_eq!(shop.sandbox.backstory(&["prune"]).code, 2, "no age is given");
    shop.sandbox.backstory(&["prune", "--older-than", "365d"]).good();
    assert!(history(&shop).contains(WORDS), "nothing is that old");
    // The same record, of a commit two years ago.
    let old = shop.sandbox.git(&["notes", "--ref", "backstory", "show", &one]);
    let year = now().strftime("%Y").to_string();
    let two_years_ago = (year.parse::<u32>().unwrap() - 2).to_string();
    let committed = format!("\"committed_at\":\"{year}");
    let old = old.replace(&committed, &format!("\"committed_at\":\"{two_years_ago}"));
    shop.sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &old, &one]);
    fs::write(shop.sandbox.root.join(".backstory.yml"), "retention: 365d\n").unwrap();
    let ran = shop.sandbox.backstory(&["prune"]);
    assert!(ran.out.starts_with("1 record older than 365 days without their text; figures stay.\n"), "{ran:?}");
    let after = record(&shop, &one);
    assert_eq!((&after["forgotten"]["why"], &after["lines"]["agent"]), (&"age".into(), &8.into()));
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    assert!(history(&shop).contains(&format!("{WORDS} into two.rs")));
}

#[test]
fn the_push_by_force_that_forget_names_takes_the_text_out_of_the_remote_and_no_private_record_along() {
    let (shop, one, _) = with_two_records();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.sandbox.backstory(&["init"]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    shop.sandbox.git(&["checkout", "-q", "-b", "secret"]);
    shop.agent_commit("three.rs", &[("CLAUDE_CODE_SESSION_ID", "")]);
    let secret = shop.sandbox.git(&["rev-parse", "HEAD"]);
    let there = || shop.sandbox.git(&["-C", "../hub.git", "log", "-p", "--raw", "refs/notes/backstory"]);
    assert!(there().contains(&format!("{WORDS} into one.rs")) && !there().contains(&secret[..30]));
    shop.sandbox.git(&["clone", "-q", "../hub.git", "../other"]);
    for name in ["refs/notes/backstory", "refs/backstory/remotes/origin"] {
        shop.sandbox.git(&["-C", "../other", "fetch", "-q", "origin", &format!("refs/notes/backstory:{name}")]);
    }
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION]);
    let line = ran.out.lines().find(|line| line.contains("--force-with-lease")).unwrap_or_else(|| panic!("{ran:?}"));
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    shop.sandbox.git(&words);
    let left = there();
    assert!(!left.contains(&format!("{WORDS} into one.rs")) && !left.contains(&secret[2..30]), "{left}");
    assert!(left.contains(&one[2..30]), "{left}");
    // And the next ordinary push goes on from there.
    shop.sandbox.git(&["push", "-q", "origin", "secret"]);
    assert!(there().contains(&secret[2..30]) && !there().contains(&format!("{WORDS} into one.rs")));
    // In another clone that had pushed and fetched the text nothing leads to it after the line that is given for it.
    let told = ran.out.lines().find_map(|line| line.strip_prefix("- In every other clone: "));
    let told = told.unwrap_or_else(|| panic!("{ran:?}")).replacen("backstory", PROGRAM, 1);
    let other = || {
        shop.sandbox.git(&["-C", "../other", "log", "-p", "--all", "-g"])
            + &shop.sandbox.git(&["-C", "../other", "log", "-p", "--all"])
    };
    assert!(other().contains(&format!("{WORDS} into one.rs")));
    run(shop.sandbox.command("sh").current_dir(shop.sandbox.base().join("other")).args(["-c", &told]), "").good();
    assert!(!other().contains(&format!("{WORDS} into one.rs")));
}

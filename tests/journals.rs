//! Journals in `.backstory/sessions`: what people write down counts for the commits it was written for.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::agents::{CART, CLAUDE_ID, claude};
use support::{Ran, Sandbox};

const FULL: &str = "backstory: 1
agent: replit
agent_version: '2'
model: some-model
entries:
- at: 2026-01-02T08:00:00Z
  prompt: Make the login faster
- context: It must work without JavaScript
- at: 2026-01-02T08:10:00Z
  tried: Cached the session in a cookie
  error: 413 Request Entity Too Large
  why: The cookie grew past 4 KB
  changed: Kept an id in the cookie, the rest on the server
- correction: Renamed the cookie
  why: The old name is taken
  file: src/login.py
- verified: Logged in by hand, 0.2 s
";

/// Commits everything at this time of the day.
fn commit_at(sandbox: &Sandbox, time: &str, message: &str) -> Ran {
    sandbox.git(&["add", "-A"]);
    let at = format!("2026-01-02T{time}Z");
    sandbox.git_with(&[("GIT_AUTHOR_DATE", &at), ("GIT_COMMITTER_DATE", &at)], &["commit", "-q", "-m", message])
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    let one = |item: &Value| item[key].as_str().unwrap_or_default().to_owned();
    list.as_array().map(|items| items.iter().map(one).collect()).unwrap_or_default()
}

#[test]
fn a_journal_in_the_commit_is_a_stated_contribution_with_all_it_says() {
    let sandbox = Sandbox::ready();
    sandbox.write(".backstory/sessions/login.yaml", FULL);
    sandbox.write("login.py", "x = 1\n");
    let ran = commit_at(&sandbox, "09:00:00", "Faster login");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        sandbox.message("HEAD"),
        "Faster login\n\nAssisted-by: Replit Agent (some-model)\nBackstory-Session: replit/login"
    );
    let record = sandbox.record("HEAD");
    let one = &record["contributions"][0];
    assert_eq!(
        (&one["agent"], &one["session"], &one["confidence"]),
        (&"replit".into(), &"login".into(), &"stated".into())
    );
    let evidence = one["evidence"].as_array().unwrap();
    assert!(evidence.contains(&serde_json::json!({"kind": "trailer", "key": "journal"})), "{one}");
    assert_eq!(texts(&one["prompts"], "text"), ["Make the login faster"]);
    assert_eq!(one["context"], serde_json::json!(["It must work without JavaScript"]));
    assert_eq!(texts(&one["attempts"], "error"), ["413 Request Entity Too Large"]);
    assert_eq!(texts(&one["attempts"], "why"), ["The cookie grew past 4 KB"]);
    assert_eq!(texts(&one["corrections"], "reason"), ["The old name is taken"]);
    assert_eq!(texts(&one["checks"], "command"), ["Logged in by hand, 0.2 s"]);
    for command in [&["show"][..], &["describe", "HEAD~..HEAD"]] {
        let text = sandbox.backstory(command).good();
        for said in
            ["Make the login faster", "Cached the session in a cookie", "Logged in by hand", "Renamed the cookie"]
        {
            assert!(text.contains(said), "{command:?} does not say {said}: {text}");
        }
    }
}

#[test]
fn entries_count_for_the_commit_before_which_they_were_written() {
    let sandbox = Sandbox::ready();
    sandbox.write(".gitignore", ".backstory/\n");
    sandbox.write(
        ".backstory/sessions/day.yaml",
        "backstory: 1\nentries:\n- at: 2026-01-02T08:00:00Z\n  prompt: First\n- at: 2026-01-02T10:00:00Z\n  prompt: Second\n\
         - at: 2026-01-02T12:00:00Z\n  prompt: Later\n",
    );
    sandbox.write("a", "1\n");
    commit_at(&sandbox, "09:00:00", "One");
    sandbox.write("a", "2\n");
    commit_at(&sandbox, "11:00:00", "Two");
    let prompts = |revision: &str| texts(&sandbox.record(revision)["contributions"][0]["prompts"], "text");
    assert_eq!((prompts("HEAD~"), prompts("HEAD")), (vec!["First".to_owned()], vec!["Second".to_owned()]));
    // A person who keeps a journal is no agent.
    assert_eq!(sandbox.message("HEAD"), "Two");
    // The same afterwards, without the hooks' work.
    sandbox.git(&["update-ref", "-d", "refs/notes/backstory"]);
    sandbox.backstory(&["backfill", "HEAD~2..HEAD"]).good();
    assert_eq!((prompts("HEAD~"), prompts("HEAD")), (vec!["First".to_owned()], vec!["Second".to_owned()]));
    assert_eq!(sandbox.note("HEAD~2"), None);
}

#[test]
fn only_what_a_commit_adds_to_a_journal_counts_for_it() {
    let sandbox = Sandbox::ready();
    let path = ".backstory/sessions/day.yaml";
    sandbox.write(path, "backstory: 1\nagent: cursor\nentries:\n- prompt: First\n");
    commit_at(&sandbox, "09:00:00", "One");
    sandbox.write(path, "backstory: 1\nagent: cursor\nentries:\n- prompt: First\n- prompt: Second\n");
    commit_at(&sandbox, "11:00:00", "Two");
    sandbox.write("a", "");
    commit_at(&sandbox, "12:00:00", "Three");
    let prompts = |revision: &str| texts(&sandbox.record(revision)["contributions"][0]["prompts"], "text");
    assert_eq!((prompts("HEAD~2"), prompts("HEAD~")), (vec!["First".to_owned()], vec!["Second".to_owned()]));
    assert_eq!(sandbox.note("HEAD"), None);
}

#[test]
fn a_rebase_gives_each_commit_its_own_entries() {
    let sandbox = Sandbox::ready();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.write(
        ".backstory/sessions/day.yaml",
        "backstory: 1\nentries:\n- at: 2026-01-02T08:00:00Z\n  prompt: First\n- at: 2026-01-02T10:00:00Z\n  prompt: Second\n",
    );
    std::fs::write(sandbox.root.join(".git/info/exclude"), ".backstory/\n").unwrap();
    for (time, name) in [("09:00:00", "one"), ("11:00:00", "two")] {
        sandbox.write(name, "");
        commit_at(&sandbox, time, name);
    }
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("other", "");
    commit_at(&sandbox, "07:00:00", "Other");
    sandbox.git(&["checkout", "-q", "side"]);
    let later = "2026-01-05T00:00:00Z";
    sandbox.git_with(&[("GIT_COMMITTER_DATE", later)], &["rebase", "-q", "main"]).good();
    let prompts = |revision: &str| texts(&sandbox.record(revision)["contributions"][0]["prompts"], "text");
    assert_eq!((prompts("side~"), prompts("side")), (vec!["First".to_owned()], vec!["Second".to_owned()]));
}

#[test]
fn a_journal_about_a_session_adds_to_what_its_transcript_says() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    let journal =
        format!("backstory: 1\nsession: {CLAUDE_ID}\nentries:\n- tried: Rounding first\n  why: off by a cent\n");
    sandbox.write(".backstory/sessions/cart.yaml", &journal);
    commit_at(&sandbox, "03:10:00", "Add a discount");
    let record = sandbox.record("HEAD");
    let contributions = record["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), 1);
    assert_eq!((&contributions[0]["agent"], &contributions[0]["lines"]), (&"claude-code".into(), &4.into()));
    assert!(texts(&contributions[0]["attempts"], "tried").contains(&"Rounding first".to_owned()));
    assert_eq!(contributions[0]["prompts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_broken_journal_is_named_with_its_line_and_loses_no_other() {
    let sandbox = Sandbox::ready();
    sandbox.write(".backstory/sessions/a.yaml", "backstory: 1\nentries:\n- tryed: x\n");
    sandbox.write(".backstory/sessions/b.yaml", "backstory: 1\nentries:\n- prompt: Do it\n");
    let ran = commit_at(&sandbox, "09:00:00", "One");
    assert_eq!((ran.code, ran.err.lines().count()), (0, 1), "{ran:?}");
    assert!(
        ran.err.contains(".backstory/sessions/a.yaml is no valid journal: ") && ran.err.contains("line 3"),
        "{ran:?}"
    );
    assert_eq!(texts(&sandbox.record("HEAD")["contributions"][0]["prompts"], "text"), ["Do it"]);
    let ran = sandbox.backstory(&["backfill", "HEAD"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("a.yaml is no valid journal: ") && ran.err.contains("line 3"), "{ran:?}");
}

#[test]
fn secrets_in_a_journal_do_not_reach_the_record() {
    let sandbox = Sandbox::ready();
    let secret = format!("ghp_{}", "x7Kq2mZ9vT4bN8wR1yL6cH3fJ5dS0gPaQeUi");
    sandbox.write(".backstory/sessions/a.yaml", &format!("backstory: 1\nentries:\n- prompt: use {secret} for it\n"));
    commit_at(&sandbox, "09:00:00", "One");
    let note = sandbox.note("HEAD").unwrap();
    assert!(!note.contains(&secret) && note.contains("for it"), "{note}");
}

#[test]
fn a_prompt_that_is_written_down_for_an_amend_is_kept() {
    let sandbox = Sandbox::ready();
    sandbox.write("a", "1\n");
    commit_at(&sandbox, "09:00:00", "One");
    sandbox.write(
        ".backstory/sessions/day.yaml",
        "backstory: 1\nagent: replit\nentries:\n- at: 2026-01-02T10:00:00Z\n  prompt: Do it\n",
    );
    let amend = ["commit", "-q", "--amend", "--no-edit"];
    sandbox.git_with(&[("GIT_COMMITTER_DATE", "2026-01-02T11:00:00Z")], &amend).good();
    assert_eq!(texts(&sandbox.record("HEAD")["contributions"][0]["prompts"], "text"), ["Do it"]);
}

/// Entries for each minute from 08:00 on this day, as one who wants to speak for all commits would write them.
fn for_each_minute() -> String {
    let entry = |minute: u32| {
        format!("- at: 2026-01-02T{:02}:{:02}:00Z\n  verified: all passed, {minute}\n", 8 + minute / 60, minute % 60)
    };
    format!("backstory: 1\nagent: replit\nentries:\n{}", (0..600).map(entry).collect::<String>())
}

#[test]
fn a_committed_journal_speaks_for_no_commit_after_it() {
    let sandbox = Sandbox::ready();
    sandbox.write(".backstory/sessions/all.yaml", &for_each_minute());
    commit_at(&sandbox, "09:00:00", "Journal");
    for (time, name) in [("10:00:00", "one"), ("11:00:00", "two")] {
        sandbox.write(name, "a person's line of this time\n");
        commit_at(&sandbox, time, name);
        assert_eq!((sandbox.message("HEAD"), sandbox.note("HEAD")), (name.to_owned(), None));
    }
    sandbox.backstory(&["backfill", "HEAD~2..HEAD"]).good();
    assert_eq!((sandbox.note("HEAD~"), sandbox.note("HEAD")), (None, None));
    // Nor on a branch that does not have it, once it is checked out again.
    sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~3"]);
    sandbox.write("side", "a person's line of this time\n");
    sandbox.git(&["config", "user.email", "other@example.invalid"]);
    commit_at(&sandbox, "12:00:00", "side");
    assert_eq!(sandbox.note("side"), None);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.backstory(&["backfill", "main..side"]).good();
    assert_eq!(sandbox.note("side"), None);
    // A merge brings it in: the commits after it are as free of it.
    sandbox.git(&["checkout", "-q", "side"]);
    let at = "2026-01-02T12:30:00Z";
    sandbox
        .git_with(&[("GIT_AUTHOR_DATE", at), ("GIT_COMMITTER_DATE", at)], &["merge", "-q", "--no-edit", "main"])
        .good();
    sandbox.write("after", "a person's line of this time\n");
    commit_at(&sandbox, "13:00:00", "after");
    assert_eq!(sandbox.note("HEAD"), None);
    // What is added to it and not committed counts as ever.
    sandbox.write(
        ".backstory/sessions/all.yaml",
        &format!("{}- at: 2026-01-02T13:30:00Z\n  prompt: Do it\n", for_each_minute()),
    );
    sandbox.write("last", "1\n");
    sandbox.git(&["add", "last"]);
    let at = "2026-01-02T14:00:00Z";
    sandbox.git_with(&[("GIT_AUTHOR_DATE", at), ("GIT_COMMITTER_DATE", at)], &["commit", "-q", "-m", "last"]).good();
    let record = sandbox.record("HEAD");
    assert_eq!(texts(&record["contributions"][0]["prompts"], "text"), ["Do it"]);
    assert_eq!(record["contributions"][0]["checks"], Value::Null);
}

#[test]
fn a_journal_that_is_renamed_or_copied_says_nothing_again() {
    let journal = "backstory: 1\nagent: replit\nentries:\n- at: 2026-01-02T09:30:00Z\n  prompt: Of before\n- at: 2026-01-02T09:40:00Z\n  verified: Of before\n";
    for (name, new) in [
        ("renamed", journal.to_owned()),
        ("renamed and added to", format!("{journal}- at: 2026-01-02T09:50:00Z\n  prompt: Of now\n")),
        (
            "one entry taken over",
            "backstory: 1\nentries:\n- at: 2026-01-02T09:30:00Z\n  prompt: Of before\n- at: 2026-01-02T09:50:00Z\n  prompt: Of now\n"
                .to_owned(),
        ),
        (
            "without times",
            journal
                .lines()
                .filter(|line| !line.contains("at: "))
                .map(|line| line.replace("  prompt", "- prompt").replace("  verified", "- verified") + "\n")
                .collect(),
        ),
    ] {
        for keeps in [false, true] {
            let sandbox = Sandbox::ready();
            let old = if name == "without times" { new.clone() } else { journal.to_owned() };
            sandbox.write(".backstory/sessions/a.yaml", &old);
            let other = [
                ("GIT_AUTHOR_EMAIL", "other@example.invalid"),
                ("GIT_AUTHOR_DATE", "2026-01-02T09:00:00Z"),
                ("GIT_COMMITTER_DATE", "2026-01-02T09:00:00Z"),
            ];
            sandbox.git(&["add", "-A"]);
            sandbox.git_with(&other, &["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Journal"]).good();
            if !keeps {
                sandbox.git(&["rm", "-q", ".backstory/sessions/a.yaml"]);
            }
            sandbox.write(".backstory/sessions/b.yaml", &new);
            sandbox.write("own", "a person's line\n");
            commit_at(&sandbox, "10:00:00", "Own");
            let note = sandbox.note("HEAD").unwrap_or_default();
            assert!(!note.contains("Of before"), "{name}, {keeps}: {note}");
            assert_eq!(note.contains("Of now"), new.contains("Of now"), "{name}, {keeps}: {note}");
            // Nor does it afterwards, without a commit of it.
            sandbox.git(&["mv", ".backstory/sessions/b.yaml", ".backstory/sessions/c.yaml"]);
            sandbox.git(&["reset", "-q"]);
            sandbox.write("more", "a person's line\n");
            sandbox.git(&["add", "more"]);
            let at = [("GIT_AUTHOR_DATE", "2026-01-02T11:00:00Z"), ("GIT_COMMITTER_DATE", "2026-01-02T11:00:00Z")];
            sandbox.git_with(&at, &["commit", "-q", "-m", "More"]).good();
            assert_eq!(sandbox.note("HEAD"), None, "{name}, {keeps}");
        }
    }
}

#[test]
fn a_journal_that_is_committed_later_speaks_for_its_authors_own_commits_before() {
    let sandbox = Sandbox::ready();
    sandbox.write("own", "1\n");
    commit_at(&sandbox, "09:00:00", "Own");
    sandbox.write("other", "1\n");
    sandbox.git(&["add", "-A"]);
    let other = [
        ("GIT_AUTHOR_EMAIL", "other@example.invalid"),
        ("GIT_AUTHOR_DATE", "2026-01-02T10:00:00Z"),
        ("GIT_COMMITTER_DATE", "2026-01-02T10:00:00Z"),
    ];
    sandbox.git_with(&other, &["commit", "-q", "-m", "Other"]).good();
    let entries: String = ["08:30", "09:30", "11:30"]
        .iter()
        .map(|time| format!("- at: 2026-01-02T{time}:00Z\n  prompt: At {time}\n"))
        .collect();
    sandbox.write(".backstory/sessions/day.yaml", &format!("backstory: 1\nentries:\n{entries}"));
    commit_at(&sandbox, "11:00:00", "Journal");
    sandbox.git(&["update-ref", "-d", "refs/notes/backstory"]);
    sandbox.backstory(&["backfill", "HEAD~3..HEAD"]).good();
    assert_eq!(texts(&sandbox.record("HEAD~2")["contributions"][0]["prompts"], "text"), ["At 08:30"]);
    assert_eq!(sandbox.note("HEAD~"), None, "it is another person's");
    assert_eq!(texts(&sandbox.record("HEAD")["contributions"][0]["prompts"], "text"), ["At 08:30", "At 09:30"]);
}

#[cfg(unix)]
#[test]
fn a_symlink_above_the_journals_leads_nowhere() {
    for link in [".backstory", ".backstory/sessions", ".backstory/sessions/a.yaml"] {
        let sandbox = Sandbox::ready();
        let theirs = sandbox.base().join("other");
        let secret = "backstory: 1\nentries:\n- at: 2026-01-02T03:05:00Z\n  prompt: of the other checkout\n";
        fs::create_dir_all(theirs.join(".backstory/sessions")).unwrap();
        fs::write(theirs.join(".backstory/sessions/a.yaml"), secret).unwrap();
        let path = sandbox.root.join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(theirs.join(link), &path).unwrap();
        sandbox.git(&["add", "-A"]);
        let time = "2026-01-02T03:10:00Z";
        let times = [("GIT_AUTHOR_DATE", time), ("GIT_COMMITTER_DATE", time)];
        let ran = sandbox.git_with(&times, &["commit", "-q", "-m", "With a link"]);
        assert_eq!(ran.code, 0, "{link}: {ran:?}");
        sandbox.backstory(&["backfill", "HEAD"]);
        assert_eq!(sandbox.note("HEAD"), None, "{link}");
        let ran = sandbox.backstory(&["journal", "add", "--session", "a", "--prompt", "mine"]);
        assert!(ran.code == 2 && ran.err.contains("is a symlink, which is not followed"), "{link}: {ran:?}");
        assert_eq!(fs::read_to_string(theirs.join(".backstory/sessions/a.yaml")).unwrap(), secret, "{link}");
        assert_eq!(fs::read_dir(theirs.join(".backstory/sessions")).unwrap().count(), 1, "{link}");
        let said = sandbox.backstory(&["doctor"]);
        assert!(said.code == 1 && said.out.contains("symlink, which is not followed"), "{link}: {said:?}");
    }
}

#[cfg(unix)]
#[test]
fn journals_and_exports_have_the_mode_that_the_person_gave_them() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::ready();
    let mode = |path: &str| fs::metadata(sandbox.root.join(path)).unwrap().permissions().mode() & 0o777;
    let add = |words: &str| sandbox.backstory(&["journal", "add", "--session", "a", "--prompt", words]).good();
    sandbox.write("by-the-system", "");
    add("one");
    let journal = ".backstory/sessions/a.yaml";
    assert_eq!(mode(journal), mode("by-the-system"));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "One"]);
    let export = || sandbox.backstory(&["export", "--format", "record", "--out", "out"]).good();
    export();
    let rows = ["train", "validation", "test"].map(|split| format!("out/record/{split}-00000-of-00001.jsonl"));
    let rows = rows.into_iter().find(|file| sandbox.root.join(file).is_file()).unwrap();
    for file in [rows.as_str(), "out/manifest.json"] {
        assert_eq!(mode(file), mode("by-the-system"), "{file}");
    }
    for kept in [0o600, 0o664, 0o644] {
        for file in [journal, rows.as_str(), "out/manifest.json"] {
            fs::set_permissions(sandbox.root.join(file), fs::Permissions::from_mode(kept)).unwrap();
        }
        add("more");
        export();
        for file in [journal, rows.as_str(), "out/manifest.json"] {
            assert_eq!(mode(file), kept, "{file}");
        }
    }
}

#[test]
fn a_journal_is_written_into_the_work_tree_that_git_works_in() {
    let sandbox = Sandbox::ready();
    let (elsewhere, tree) = (sandbox.base().join("elsewhere"), sandbox.root.clone());
    for folder in [&elsewhere, &tree] {
        fs::create_dir_all(folder.join("sub")).unwrap();
    }
    let git_dir = tree.join(".git");
    let add = |folder: &Path, variables: &[(&str, &Path)], name: &str| -> Ran {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_backstory"));
        command.args(["journal", "add", "--tried", "a cache", "--session", name]).current_dir(folder);
        command.envs(variables.iter().copied());
        support::run(&mut command, "")
    };
    let journal = |root: &Path, name: &str| root.join(format!(".backstory/sessions/{name}.yaml")).exists();
    let (dir, work) = ("GIT_DIR", "GIT_WORK_TREE");
    add(&tree.join("sub"), &[], "below").good();
    assert!(journal(&tree, "below"));
    add(&elsewhere, &[(dir, &git_dir), (work, &tree)], "named").good();
    assert!(journal(&tree, "named"));
    // A work tree that has no `.git` (a folder of dotfiles).
    add(&elsewhere.join("sub"), &[(dir, &git_dir), (work, &elsewhere)], "dotfiles").good();
    assert!(journal(&elsewhere, "dotfiles") && !journal(&elsewhere.join("sub"), "dotfiles"));
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sandbox.base().join("bare.git");
    for (folder, says) in [(&bare, "has no work tree"), (&elsewhere, "no git repository")] {
        let ran = add(folder, &[], "none");
        assert!(ran.code != 0 && ran.err.contains(says), "{ran:?}");
    }
}

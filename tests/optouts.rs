//! What a person or a team wanted kept out stays out: after the shell in which it was said, on another branch, under a name
//! that is nearly ours.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::agents::{CART, CLAUDE_ID, TAX, claude, codex};
use support::{PROGRAM, Ran, Sandbox, run};

/// The words of the session of which nothing is to be recorded.
const WORDS: &str = "percentage discount";

/// How a commit is made of which nothing is to be recorded.
const WAYS: [&str; 3] = ["variable", "option", "setting"];

fn commit_declined(sandbox: &Sandbox, way: &str, arguments: &[&str]) {
    match way {
        "variable" => sandbox.git_with(&[("BACKSTORY", "0")], arguments).good(),
        "option" => sandbox.git(&[&["-c", "backstory.enabled=false"], arguments].concat()),
        _ => {
            sandbox.git(&["config", "backstory.enabled", "false"]);
            sandbox.git(arguments);
            sandbox.git(&["config", "--unset", "backstory.enabled"])
        }
    };
}

/// A commit of Claude Code's that was made under an opt-out, on top of one that another branch `side` goes on from.
fn with_declined(way: &str) -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.git(&["branch", "side"]);
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    commit_declined(&sandbox, way, &["commit", "-q", "-m", "Add the cart"]);
    assert_eq!(sandbox.note("HEAD"), None, "{way}");
    sandbox
}

fn other_work_on_side(sandbox: &Sandbox) {
    sandbox.git(&["checkout", "-q", "side"]);
    sandbox.write("other.txt", "something else\n");
    sandbox.git(&["add", "other.txt"]);
    sandbox.git(&["commit", "-q", "-m", "Other"]);
}

/// All that the notes of the clone say and said.
fn notes(sandbox: &Sandbox) -> String {
    sandbox.try_git(&["log", "-p", "--format=%B", "refs/notes/backstory"]).out
}

#[test]
fn a_no_outlives_the_shell_in_which_it_was_said() {
    let again: &[(&str, &[&[&str]])] = &[
        ("amend", &[&["commit", "-q", "--amend", "--no-edit", "--date=2026-01-02T03:04:06Z"]]),
        ("amend with another message", &[&["commit", "-q", "--amend", "-m", "Another"]]),
        ("amend of the time", &[&["commit", "-q", "--amend", "--date=2026-01-02T03:09:00Z", "-m", "Another"]]),
        ("two amends", &[&["commit", "-q", "--amend", "-m", "Another"], &["commit", "-q", "--amend", "-m", "A third"]]),
        ("rebase", &[&["rebase", "-q", "side"]]),
        ("rebase of old", &[&["rebase", "-q", "--apply", "side"], &["commit", "-q", "--amend", "-m", "Another"]]),
        ("rebase with other times", &[&["rebase", "-q", "--reset-author-date", "side"]]),
        ("cherry-pick", &[&["checkout", "-q", "side"], &["cherry-pick", "main"]]),
        ("cherry-pick -x", &[&["checkout", "-q", "side"], &["cherry-pick", "-x", "main"]]),
        (
            "squash",
            &[&["checkout", "-q", "side"], &["merge", "-q", "--squash", "main"], &["commit", "-q", "-m", "Squashed"]],
        ),
        ("nothing", &[]),
    ];
    for way in WAYS {
        for (name, commands) in again {
            let sandbox = with_declined(way);
            let first = sandbox.git(&["rev-parse", "main"]);
            if !name.contains("amend") {
                other_work_on_side(&sandbox);
                sandbox.git(&["checkout", "-q", "main"]);
            }
            for command in *commands {
                let ran = sandbox.try_git(command);
                assert_eq!((ran.code, ran.err.contains("backstory:")), (0, false), "{way}, {name}: {ran:?}");
            }
            let ran = sandbox.backstory(&["backfill", "--all"]);
            assert_eq!(ran.code, 0, "{way}, {name}: {ran:?}");
            assert!(ran.err.contains("made under an opt-out, and without a record"), "{way}, {name}: {ran:?}");
            assert!(!notes(&sandbox).contains(WORDS), "{way}, {name}: {}", notes(&sandbox));
            assert!(commands.is_empty() || sandbox.git(&["rev-parse", "HEAD"]) != first, "{way}, {name}");
        }
    }
}

#[test]
fn a_no_goes_with_changes_that_are_taken_into_another_commit() {
    let cases: &[(&str, &[&[&str]])] = &[
        ("commit -C", &[&["cherry-pick", "-n", "main"], &["commit", "-q", "-C", "main"]]),
        ("commit -m", &[&["cherry-pick", "-n", "main"], &["commit", "-q", "-m", "Mine"]]),
        ("amend", &[&["cherry-pick", "-n", "main"], &["commit", "-q", "--amend", "--no-edit"]]),
        ("checkout of the file", &[&["checkout", "main", "--", "cart.py"], &["commit", "-q", "-m", "Mine"]]),
        (
            "then an amend",
            &[
                &["cherry-pick", "-n", "main"],
                &["commit", "-q", "-m", "Mine"],
                &["commit", "-q", "--amend", "-m", "Mine too"],
            ],
        ),
    ];
    for way in WAYS {
        for (name, commands) in cases {
            let sandbox = with_declined(way);
            other_work_on_side(&sandbox);
            commands.iter().for_each(|arguments| drop(sandbox.git(arguments)));
            sandbox.backstory(&["backfill", "--all"]).good();
            assert!(!notes(&sandbox).contains(WORDS), "{way}, {name}: {}", notes(&sandbox));
        }
    }
    // Given up and made anew, it is another answer.
    let sandbox = with_declined("variable");
    sandbox.git(&["reset", "-q", "--soft", "HEAD~"]);
    sandbox.git(&["commit", "-q", "-m", "With a record"]);
    assert!(sandbox.note("HEAD").is_some_and(|note| note.contains(WORDS)));
}

#[test]
fn forget_names_each_ref_that_leads_to_the_old_text() {
    for (name, ref_name) in [
        ("a copy that was fetched by hand", "refs/notes/old/x/backstory"),
        ("of filter-branch", "refs/original/refs/notes/backstory"),
        ("a copy of git notes", "refs/notes/copies/backstory"),
        ("a branch", "refs/heads/keepnotes"),
        ("a tag", "refs/tags/before"),
    ] {
        let sandbox = Sandbox::ready();
        claude(&sandbox);
        commit_cart(&sandbox);
        sandbox.git(&["update-ref", ref_name, "refs/notes/backstory"]);
        let said = sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
        assert!(said.contains(&format!("git update-ref -d {ref_name}")), "{name}: {said}");
        assert!(!said.contains("No ref here leads"), "{name}: {said}");
    }
    // The same notes in a history of their own.
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    commit_cart(&sandbox);
    let tree = sandbox.git(&["rev-parse", "refs/notes/backstory^{tree}"]);
    let other = sandbox.git(&["commit-tree", "-m", "x", tree.trim()]);
    sandbox.git(&["update-ref", "refs/notes/mine", other.trim()]);
    sandbox.git(&["branch", "innocent"]);
    let said = sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
    assert!(said.contains("git update-ref -d refs/notes/mine") && !said.contains("innocent"), "{said}");
    sandbox.git(&["update-ref", "-d", "refs/notes/mine"]);
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    commit_cart(&sandbox);
    let said = sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
    assert!(said.contains("No ref here leads to the old text any more"), "{said}");
}

#[test]
fn forget_looks_for_exports_in_folders_below() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    commit_cart(&sandbox);
    for folder in ["out/first", "out/second/deep"] {
        sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "sft", "--out", folder]).good();
    }
    let rows = |folder: &str| sandbox.exported(folder, "sft").lines().count();
    assert!(rows("out/first") > 0 && rows("out/second/deep") > 0);
    sandbox.write("empty/readme.txt", "nothing\n");
    let failed = sandbox.backstory(&["forget", "--session", CLAUDE_ID, "--exports", "empty"]);
    assert!(failed.code == 2 && failed.err.contains("there is no export in"), "{failed:?}");
    assert!(sandbox.note("HEAD").unwrap().contains(WORDS), "nothing was changed");
    sandbox.backstory(&["forget", "--session", CLAUDE_ID, "--exports", "out"]).good();
    assert_eq!((rows("out/first"), rows("out/second/deep")), (0, 0));
}

#[test]
fn a_no_costs_no_other_commit_its_record() {
    let sandbox = with_declined("variable");
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    // The same author and second, and on top of it.
    sandbox.git(&["commit", "-q", "-m", "Add the tax"]);
    assert!(sandbox.record("HEAD").to_string().contains("Add the tax"));
    // What was recorded is carried on under an opt-out, and after it.
    other_work_on_side(&sandbox);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git_with(&[("BACKSTORY", "0")], &["rebase", "-q", "side"]).good();
    sandbox.git(&["commit", "-q", "--amend", "-m", "Add the taxes"]);
    assert!(sandbox.record("HEAD").to_string().contains("Add the tax"));
    assert!(!notes(&sandbox).contains(WORDS));
    // The list is a person's to delete.
    let ran = sandbox.backstory(&["show", "HEAD~"]);
    assert!(ran.err.contains("was made under an opt-out"), "{ran:?}");
    let doctor = sandbox.backstory(&["doctor"]).out;
    assert!(doctor.contains("opt-out: none now; "), "{doctor}");
    fs::remove_file(sandbox.root.join(".git/backstory/declined")).unwrap();
    sandbox.backstory(&["backfill", "--all"]).good();
    assert!(notes(&sandbox).contains(WORDS));
}

#[test]
fn a_list_that_cannot_be_read_names_perhaps_any_commit() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    fs::create_dir(sandbox.root.join(".git/backstory/declined")).unwrap();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add the cart"]);
    assert_eq!((ran.code, sandbox.note("HEAD")), (0, None));
    assert!(ran.err.contains("declined cannot be read"), "{ran:?}");
}

/// A repository with a hub, and a commit of Claude Code's that was not pushed.
fn with_hub(branch: &str) -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.git(&["branch", "-q", "-m", branch]);
    sandbox.git(&["init", "-q", "--bare", "-b", branch, "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox
}

fn hub_notes(sandbox: &Sandbox) -> usize {
    sandbox.try_git(&["-C", "../hub.git", "notes", "--ref", "backstory", "list"]).out.lines().count()
}

fn commit_cart(sandbox: &Sandbox) {
    claude(sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
}

#[test]
fn a_file_that_is_nearly_of_our_name_keeps_the_records_here_and_is_named() {
    for (name, text, right) in [
        (".backstory.yaml", "sharing: local\n", ".backstory.yml"),
        (".Backstory.yml", "prompts: none\n", ".backstory.yml"),
        (".backstory.json", "{\"prompts\": \"none\"}", ".backstory.yml"),
        (".backstory-ignore", "agent:claude-code\n", ".backstoryignore"),
        (".backstoryIgnore", "agent:claude-code\n", ".backstoryignore"),
    ] {
        let sandbox = with_hub("main");
        if right == ".backstory.yml" {
            fs::remove_file(sandbox.root.join(".backstory.yml")).unwrap();
        }
        sandbox.write(name, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Settings"]);
        commit_cart(&sandbox);
        let said = format!("`{name}` is not read");
        let ran = sandbox.try_git(&["push", "-q", "origin", "main"]);
        assert!(
            ran.code == 0 && ran.err.contains(&said) && ran.err.contains(&format!("rename it to {right}")),
            "{ran:?}"
        );
        sandbox.write("more.txt", "more\n");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "More"]);
        let ran = sandbox.try_git(&["push", "-q", "origin", "main"]);
        assert_eq!((ran.code, ran.err.as_str(), hub_notes(&sandbox)), (0, "", 0), "{name}: said once");
        let doctor = sandbox.backstory(&["doctor"]).out;
        assert!(doctor.contains(&said) && doctor.contains("sharing: local"), "{doctor}");
        let init = sandbox.backstory(&["init"]);
        assert!(init.err.contains(&said), "{init:?}");
        assert_eq!(sandbox.root.join(".backstory.yml").exists(), right == ".backstoryignore", "{name}");
        // Under the right name it says what it says.
        sandbox.git(&["mv", name, right]);
        sandbox.git(&["commit", "-q", "-m", "Rename"]);
        sandbox.try_git(&["push", "-q", "origin", "main"]).good();
        assert!(
            !sandbox.try_git(&["-C", "../hub.git", "log", "-p", "refs/notes/backstory"]).out.contains(WORDS),
            "{name}"
        );
    }
}

#[test]
fn where_the_default_branch_is_not_known_each_of_the_remotes_branches_keeps_in() {
    for (branch, file, text) in [
        ("trunk", ".backstory.yml", "sharing: local\n"),
        ("develop", ".backstory.yml", "prompts: none\n"),
        ("team/next", ".backstoryignore", "agent:claude-code\n"),
    ] {
        let sandbox = with_hub(branch);
        sandbox.git(&["rm", "-q", "--cached", ".backstory.yml"]);
        fs::remove_file(sandbox.root.join(".backstory.yml")).unwrap();
        sandbox.git(&["commit", "-q", "-m", "No settings"]);
        sandbox.git(&["branch", "old"]);
        sandbox.write(file, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Keep"]);
        sandbox.git(&["push", "-q", "--no-verify", "origin", branch]);
        sandbox.git(&["fetch", "-q"]);
        sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
        sandbox.git(&["branch", "-q", "-D", branch]);
        commit_cart(&sandbox);
        sandbox.git(&["push", "-q", "origin", "hotfix"]);
        let there = sandbox.try_git(&["-C", "../hub.git", "log", "-p", "refs/notes/backstory"]).out;
        assert!(!there.contains(WORDS), "{branch}: {there}");
        assert_eq!(hub_notes(&sandbox), usize::from(text.starts_with("prompts")), "{branch}");
    }
}

#[test]
fn a_branch_that_is_not_known_to_be_the_default_shares_nothing() {
    let sandbox = with_hub("trunk");
    sandbox.backstory(&["init"]).good();
    sandbox.git(&["config", "--unset", "backstory.sharing"]);
    sandbox.git(&["checkout", "-q", "-b", "theirs"]);
    sandbox.write(".backstory.yml", "sharing: notes\n");
    sandbox.git(&["commit", "-q", "-am", "Share"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "theirs"]);
    sandbox.git(&["checkout", "-q", "trunk"]);
    commit_cart(&sandbox);
    sandbox.git(&["push", "-q", "origin", "trunk"]);
    assert_eq!(hub_notes(&sandbox), 0);
}

fn within(sandbox: &Sandbox, folder: &PathBuf, program: &str, arguments: &[&str]) -> Ran {
    let path = PathBuf::from(PROGRAM).parent().unwrap().display().to_string() + ":/usr/bin:/bin:/usr/local/bin";
    run(sandbox.command(program).current_dir(folder).env("PATH", path).args(arguments), "")
}

#[test]
fn what_forget_says_of_other_clones_loses_none_of_their_records() {
    let sandbox = with_hub("main");
    commit_cart(&sandbox);
    sandbox.git(&["push", "-q", "origin", "main"]);
    let other = sandbox.base().join("other");
    sandbox.git(&["clone", "-q", "../hub.git", other.to_str().unwrap()]);
    within(&sandbox, &other, PROGRAM, &["init", "--share"]).good();
    within(&sandbox, &other, "git", &["fetch", "-q"]).good();
    fs::write(other.join("mine.py"), "mine = 1\n").unwrap();
    within(&sandbox, &other, "git", &["add", "-A"]).good();
    run(
        sandbox.command("git").current_dir(&other).env("CODEX_THREAD_ID", "t-1").args(["commit", "-q", "-m", "Mine"]),
        "",
    )
    .good();
    let note = |revision: &str| within(&sandbox, &other, "git", &["notes", "--ref", "backstory", "show", revision]);
    let before = note("HEAD").good();
    let forgot = sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
    assert_eq!(forgot.matches("--force-with-lease").count(), 1, "{forgot}");
    assert!(!forgot.contains("gc --prune") && forgot.contains("1 record without the text"), "{forgot}");
    let told = forgot.lines().find_map(|line| line.strip_prefix("- In every other clone: ")).unwrap();
    let ran = within(&sandbox, &other, "sh", &["-c", told]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(note("HEAD").good(), before);
    let all = within(&sandbox, &other, "git", &["log", "-p", "refs/notes/backstory"]).out;
    assert!(!all.contains(WORDS), "{all}");
    // And its record leaves with the next push, without the text coming back.
    let force = forgot.lines().find(|line| line.contains("--force-with-lease")).unwrap();
    sandbox.git(&force.split_whitespace().skip(1).collect::<Vec<_>>());
    within(&sandbox, &other, "git", &["push", "-q", "origin", "HEAD:side"]).good();
    assert_eq!(hub_notes(&sandbox), 2);
    let there = sandbox.git(&["-C", "../hub.git", "log", "-p", "refs/notes/backstory"]);
    assert!(!there.contains(WORDS), "{there}");
}

/// Everything that the hub's notes hold, their history included.
fn hub_history(sandbox: &Sandbox) -> String {
    sandbox.try_git(&["-C", "../hub.git", "log", "-p", "--format=%B", "refs/notes/backstory"]).out
}

#[test]
fn records_from_before_a_team_shares_stay_until_the_person_says_so() {
    let sandbox = with_hub("main");
    sandbox.git(&["config", "--unset", "backstory.sharing"]);
    sandbox.git(&["push", "-q", "origin", "main"]);
    let other = sandbox.base().join("other");
    sandbox.git(&["clone", "-q", "../hub.git", other.to_str().unwrap()]);
    commit_cart(&sandbox);
    sandbox.git(&["push", "-q", "origin", "main"]);
    within(&sandbox, &other, "git", &["pull", "-q"]).good();
    fs::write(other.join(".backstory.yml"), "timeout_ms: 60000\nsharing: notes\n").unwrap();
    within(&sandbox, &other, "git", &["commit", "-q", "-am", "Share"]).good();
    within(&sandbox, &other, "git", &["push", "-q", "origin", "main"]).good();
    sandbox.git(&["pull", "-q", "--rebase", "origin", "main"]);
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add the tax"]);
    let ran = sandbox.try_git(&["push", "-q", "origin", "main"]);
    assert!(ran.code == 0 && ran.err.contains("1 record from before `sharing: notes` stays here"), "{ran:?}");
    assert!(!hub_history(&sandbox).contains(WORDS) && hub_history(&sandbox).contains("Add the tax"));
    let ran = sandbox.try_git(&["push", "-q", "origin", "main:side"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "said once");
    sandbox.backstory(&["init", "--share"]).good();
    sandbox.git(&["push", "-q", "origin", "main:third"]);
    assert!(hub_history(&sandbox).contains(WORDS));
}

#[test]
fn a_record_does_not_leave_before_a_commit_that_the_remote_will_not_take() {
    for is_fetched in [false, true] {
        let sandbox = with_hub("main");
        sandbox.git(&["push", "-q", "origin", "main"]);
        let other = sandbox.base().join("other");
        sandbox.git(&["clone", "-q", "../hub.git", other.to_str().unwrap()]);
        fs::write(other.join("theirs"), "theirs\n").unwrap();
        within(&sandbox, &other, "git", &["add", "-A"]).good();
        within(&sandbox, &other, "git", &["commit", "-q", "-m", "Theirs"]).good();
        within(&sandbox, &other, "git", &["push", "-q", "origin", "main"]).good();
        commit_cart(&sandbox);
        if is_fetched {
            sandbox.git(&["fetch", "-q"]);
        }
        assert_ne!(sandbox.try_git(&["push", "-q", "origin", "main"]).code, 0);
        assert_eq!(hub_notes(&sandbox), 0, "{is_fetched}");
        if is_fetched {
            // By force it is taken.
            sandbox.git(&["push", "-q", "--force-with-lease", "origin", "main"]);
        } else {
            sandbox.git(&["pull", "-q", "--rebase", "origin", "main"]);
            sandbox.git(&["push", "-q", "origin", "main"]);
        }
        assert_eq!(hub_notes(&sandbox), 1, "{is_fetched}");
    }
}

#[test]
fn what_is_kept_now_is_all_that_is_told_of_a_record_from_before() {
    for (file, text) in [
        (".backstory.yml", "timeout_ms: 60000\nprompts: none\n"),
        (".backstoryignore", "agent:\"Claude Code\"\n"),
        (".backstoryignore", "session:11111111*\n"),
    ] {
        let sandbox = Sandbox::ready();
        commit_cart(&sandbox);
        sandbox.write(file, text);
        // Committed on another branch only, staged, on disk: whichever keeps more holds.
        sandbox.git(&["add", "-A"]);
        for command in [
            vec!["describe", "HEAD~..HEAD"],
            vec!["show"],
            vec!["show", "--json"],
            vec!["why", "cart.py:3"],
            vec!["log", "--json"],
            vec!["check", "HEAD~..HEAD", "--json"],
        ] {
            let ran = sandbox.backstory(&command);
            assert!(ran.code < 2 && !ran.out.contains(WORDS), "{command:?}, {text}: {ran:?}");
        }
        sandbox.backstory(&["export", "--format", "record", "--out", "out"]);
        assert!(!sandbox.exported("out", "record").contains(WORDS), "{text}");
        assert!(sandbox.note("HEAD").unwrap().contains(WORDS), "the note itself stays");
    }
}

#[test]
fn a_session_that_is_not_to_be_recorded_is_not_in_the_index() {
    let sandbox = Sandbox::ready();
    commit_cart(&sandbox);
    sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add the tax"]);
    assert!(sandbox.record("HEAD").to_string().contains("codex"));
    let index = fs::read(sandbox.root.join(".git/backstory/index.db")).unwrap();
    let holds = |words: &str| index.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(holds("tax_part") && !holds("subtotal"));
}

#[test]
fn an_ignored_path_is_in_no_part_of_a_record() {
    for pattern in ["cart.py", "./cart.py", "/cart.py", "\"cart.py\"", "cart.py,nothing.py"] {
        let sandbox = Sandbox::ready();
        sandbox.write(".backstoryignore", &format!("path:{pattern}\n"));
        claude(&sandbox);
        codex(&sandbox);
        sandbox.write("cart.py", CART);
        sandbox.write("tax.py", TAX);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add both"]);
        let record = sandbox.record("HEAD").to_string();
        assert!(record.contains("tax.py") && !record.contains("cart.py"), "{pattern}: {record}");
    }
}

#[test]
fn a_record_does_not_leave_with_a_tag_or_a_branch_that_git_refuses_before_it_sends_anything() {
    for (push, leaves) in [
        (&["push", "-q", "origin", "v1"][..], false),
        (&["push", "-q", "--atomic", "origin", "main", "side"], false),
        (&["push", "-q", "--atomic", "origin", "side", "HEAD:refs/heads/main"], false),
        (&["push", "-q", "--all", "--atomic", "origin"], false),
        (&["push", "-q", "--atomic", "origin", "side", "v1"], false),
        // What was there before does not matter where all is taken.
        (&["push", "-q", "--atomic", "origin", "side", "same"], true),
        (&["push", "-q", "--atomic", "origin", "side"], true),
        (&["push", "-q", "origin", "+v1"], true),
    ] {
        let sandbox = with_hub("main");
        sandbox.git(&["branch", "same"]);
        sandbox.git(&["tag", "v1"]);
        sandbox.git(&["push", "-q", "origin", "main", "same", "v1"]);
        let other = sandbox.base().join("other");
        sandbox.git(&["clone", "-q", "../hub.git", other.to_str().unwrap()]);
        fs::write(other.join("theirs"), "theirs\n").unwrap();
        within(&sandbox, &other, "git", &["add", "-A"]).good();
        within(&sandbox, &other, "git", &["commit", "-q", "-m", "Theirs"]).good();
        within(&sandbox, &other, "git", &["push", "-q", "origin", "main"]).good();
        sandbox.git(&["fetch", "-q"]);
        sandbox.git(&["checkout", "-q", "-b", "side"]);
        commit_cart(&sandbox);
        sandbox.git(&["tag", "-f", "v1"]);
        sandbox.git(&["checkout", "-q", "main"]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Ours"]);
        assert_eq!(sandbox.try_git(push).code == 0, leaves, "{push:?}");
        assert_eq!(hub_notes(&sandbox), usize::from(leaves), "{push:?}");
    }
}

/// Another clone of the hub, whose only commit with settings is `settings`, made with these arguments; it has hooks and shares.
fn clone_of(settings: &[(&str, &str)], arguments: &[&str]) -> (Sandbox, PathBuf) {
    let sandbox = with_hub("main");
    sandbox.git(&["push", "-q", "--no-verify", "origin", "main:feat"]);
    for (file, text) in settings {
        sandbox.write(file, text);
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Settings"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
    let clone = sandbox.base().join("clone");
    let hub = format!("file://{}", sandbox.base().join("hub.git").display());
    sandbox.git(&[&["clone", "-q"], arguments, &[&hub, clone.to_str().unwrap()]].concat());
    within(&sandbox, &clone, PROGRAM, &["init"]).good();
    within(&sandbox, &clone, "git", &["config", "backstory.sharing", "notes"]).good();
    (sandbox, clone)
}

fn commit_in(sandbox: &Sandbox, clone: &PathBuf) {
    // The session of the sandbox's own repository becomes one of the clone's.
    let path = claude(sandbox);
    let [from, to] = [&sandbox.root, clone].map(|folder| folder.to_str().unwrap());
    let slug: String = to.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let folder = sandbox.home.join(".claude/projects").join(slug);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(path.file_name().unwrap()), fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
    fs::remove_file(path).unwrap();
    fs::write(clone.join("cart.py"), CART).unwrap();
    within(sandbox, clone, "git", &["add", "cart.py"]).good();
    within(sandbox, clone, "git", &["commit", "-q", "-m", "Add the cart"]).good();
}

#[test]
fn a_clone_without_the_default_branch_keeps_its_records_and_says_so_once() {
    let (sandbox, clone) =
        clone_of(&[(".backstory.yml", "timeout_ms: 60000\nprompts: none\n")], &["--single-branch", "-b", "feat"]);
    commit_in(&sandbox, &clone);
    let ran = within(&sandbox, &clone, "git", &["push", "-q", "origin", "feat"]);
    assert!(ran.code == 0 && ran.err.contains("the default branch of origin is not known in this clone"), "{ran:?}");
    let again = within(&sandbox, &clone, "git", &["push", "-q", "-f", "origin", "feat:again"]);
    assert_eq!((again.code, again.err.as_str(), hub_notes(&sandbox)), (0, "", 0));
    let doctor = within(&sandbox, &clone, PROGRAM, &["doctor"]).out;
    let command = ran.err.split('`').nth(1).unwrap();
    assert!(doctor.contains(command), "{doctor}");
    // The command that it names brings it.
    run(sandbox.command("sh").current_dir(&clone).args(["-c", command]), "").good();
    within(&sandbox, &clone, "git", &["push", "-q", "-f", "origin", "feat:more"]).good();
    assert_eq!(hub_notes(&sandbox), 1);
    assert!(!hub_history(&sandbox).contains(WORDS));
}

#[test]
fn the_default_branch_of_every_remote_keeps_in() {
    for (file, text, leaves) in [
        (".backstory.yml", "timeout_ms: 60000\nsharing: local\n", 0),
        (".backstory.yml", "timeout_ms: 60000\nprompts: none\n", 1),
        (".backstoryignore", "agent:claude-code\n", 0),
    ] {
        let (sandbox, clone) = clone_of(&[(file, text)], &[]);
        let git = |arguments: &[&str]| within(&sandbox, &clone, "git", arguments).good();
        // A fork that lags behind, with its own `origin`.
        git(&["remote", "rename", "origin", "upstream"]);
        sandbox.git(&["clone", "-q", "--bare", "../hub.git", "../fork.git"]);
        sandbox.git(&["-C", "../fork.git", "update-ref", "refs/heads/main", "refs/heads/feat"]);
        git(&["remote", "add", "origin", "../fork.git"]);
        git(&["fetch", "-q", "origin"]);
        git(&["checkout", "-q", "--no-track", "-b", "topic", "origin/feat"]);
        git(&["branch", "-q", "-D", "main"]);
        commit_in(&sandbox, &clone);
        git(&["push", "-q", "origin", "topic"]);
        let there = sandbox.try_git(&["-C", "../fork.git", "log", "-p", "refs/notes/backstory"]).out;
        assert!(!there.contains(WORDS), "{text}: {there}");
        let notes = sandbox.try_git(&["-C", "../fork.git", "notes", "--ref", "backstory", "list"]).out;
        assert_eq!(notes.lines().count(), leaves, "{text}");
    }
}

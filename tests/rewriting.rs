//! Commits that are made from others: what their records say after any way to squash, rewrite or take them over, also
//! where neither git's hooks nor its notes took part.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::agents::{CART, CLAUDE_ID, CODEX_ID, TAX, claude, claude_turns, codex};
use support::shop::{cart, contributions, forget_transcripts, shop, tax};
use support::{Sandbox, run};

const SUM: &str = "def sum_of_lines(lines):\n    whole_amount = sum(line.amount for line in lines)\n    return round(whole_amount, 2)\n";

/// `role: text` of the prompts of the only contribution.
fn prompts(record: &Value) -> Vec<String> {
    let contributions = record["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), 1, "{record}");
    let prompts = contributions[0]["prompts"].as_array().unwrap();
    prompts.iter().map(|p| format!("{}: {}", p["role"].as_str().unwrap(), p["text"].as_str().unwrap())).collect()
}

const TURNS: &[(u32, &str, &str, &str)] = &[
    (10, "Add a percentage discount", "cart.py", CART),
    (20, "Add the tax as well", "tax.py", TAX),
    (30, "No, the lines must be summed first", "sum.py", SUM),
];

/// One session and three commits of its work, each made after its turn; the last two say that they fix up the first.
fn three_fixups(words: [&str; 3]) -> Sandbox {
    let sandbox = Sandbox::ready();
    for (number, (turn, words)) in TURNS.iter().zip(words).enumerate() {
        claude_turns(&sandbox, &TURNS[..=number]);
        sandbox.write(turn.2, turn.3);
        sandbox.git(&["add", "-A"]);
        let time = format!("2026-01-02T03:{}:30Z", turn.0);
        let times = [("GIT_AUTHOR_DATE", time.as_str()), ("GIT_COMMITTER_DATE", time.as_str())];
        sandbox.git_with(&times, &["commit", "-q", "-m", words]).good();
    }
    for (revision, turn) in ["HEAD~2", "HEAD~", "HEAD"].iter().zip(TURNS) {
        assert_eq!(prompts(&sandbox.record(revision)), [format!("request: {}", turn.1)]);
    }
    sandbox
}

const JOINED: [&str; 3] = [
    "request: Add a percentage discount",
    "refinement: Add the tax as well",
    "redirection: No, the lines must be summed first",
];

#[test]
fn a_prompt_stands_once_in_the_record_however_commits_of_its_session_are_squashed() {
    let squash = |sandbox: &Sandbox, todo: &str| {
        let editor = sandbox.script("../editor", &format!("sed '{todo}' \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\""));
        let editor = editor.to_string_lossy().into_owned();
        let ran =
            sandbox.git_with(&[("GIT_SEQUENCE_EDITOR", &editor)], &["rebase", "-q", "-i", "--autosquash", "HEAD~3"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    let fixups = ["Add", "fixup! Add", "fixup! Add"];
    let plain = ["Add", "More", "Sum"];
    type Way<'a> = (&'a str, [&'a str; 3], &'a dyn Fn(&Sandbox));
    let ways: [Way; 7] = [
        ("autosquash", fixups, &|sandbox| squash(sandbox, "")),
        ("fixup in the list", plain, &|sandbox| squash(sandbox, "2,3s/^pick/fixup/")),
        ("squash in the list", plain, &|sandbox| squash(sandbox, "2,3s/^pick/squash/")),
        ("the first two, then the third", plain, &|sandbox| {
            squash(sandbox, "2s/^pick/fixup/");
            let editor =
                sandbox.script("../editor2", "sed '2s/^pick/fixup/' \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\"");
            let editor = editor.to_string_lossy().into_owned();
            sandbox.git_with(&[("GIT_SEQUENCE_EDITOR", &editor)], &["rebase", "-q", "-i", "HEAD~2"]).good();
        }),
        ("the last two, then the first", plain, &|sandbox| {
            squash(sandbox, "3s/^pick/fixup/");
            let editor =
                sandbox.script("../editor2", "sed '2s/^pick/fixup/' \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\"");
            let editor = editor.to_string_lossy().into_owned();
            sandbox.git_with(&[("GIT_SEQUENCE_EDITOR", &editor)], &["rebase", "-q", "-i", "HEAD~2"]).good();
        }),
        ("merge --squash", plain, &|sandbox| {
            sandbox.git(&["branch", "side"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~3"]);
            sandbox.git(&["merge", "-q", "--squash", "side"]);
            sandbox.git(&["commit", "-q", "--no-edit"]);
        }),
        ("amended again afterwards", fixups, &|sandbox| {
            squash(sandbox, "");
            sandbox.git(&["commit", "-q", "--amend", "-m", "All of it"]);
            sandbox.git(&["commit", "-q", "--amend", "-m", "All of it, again"]);
        }),
    ];
    for (way, words, squash) in ways {
        for gone in [false, true] {
            let sandbox = three_fixups(words);
            if gone {
                forget_transcripts(&sandbox);
            }
            squash(&sandbox);
            let record = sandbox.record("HEAD");
            assert_eq!(prompts(&record), JOINED, "{way}, transcripts gone: {gone}");
            let one = &record["contributions"][0];
            let attempts: Vec<&str> =
                one["attempts"].as_array().unwrap().iter().map(|attempt| attempt["tried"].as_str().unwrap()).collect();
            let tried = ["pytest -q test_cart.py", "pytest -q test_tax.py", "pytest -q test_sum.py"];
            assert_eq!(attempts, tried, "{way}, transcripts gone: {gone}");
            assert_eq!((&record["lines"]["agent"], &one["lines"]), (&11.into(), &11.into()), "{way}, gone: {gone}");
            let checks = one["checks"].as_array().unwrap();
            assert_eq!(checks.len(), 1, "{way}, transcripts gone: {gone}: {checks:?}");
            assert_eq!(checks[0]["command"], "pytest -q test_sum.py");
            sandbox.backstory(&["export", "--format", "sft", "--out", "out"]).good();
        }
    }
}

#[test]
fn a_check_that_a_later_fixup_did_not_repeat_no_longer_stands_behind_the_last_edit() {
    let sandbox = Sandbox::ready();
    let commit = |time: &str, words: &str| {
        sandbox.git(&["add", "-A"]);
        let times = [("GIT_AUTHOR_DATE", time), ("GIT_COMMITTER_DATE", time)];
        sandbox.git_with(&times, &["commit", "-q", "-m", words]).good();
    };
    claude_turns(&sandbox, &TURNS[..1]);
    sandbox.write("cart.py", CART);
    commit("2026-01-02T03:10:30Z", "Add");
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["checks"][0]["after_last_edit"], true);
    // The second turn edits, and runs nothing.
    let path = claude_turns(&sandbox, &TURNS[..2]);
    let text = fs::read_to_string(&path).unwrap();
    let is_of_a_run = |line: &str| ["\"f20\"", "\"p20\""].iter().any(|id| line.contains(id));
    let edits: String = text.lines().filter(|line| !is_of_a_run(line)).map(|line| format!("{line}\n")).collect();
    fs::write(&path, edits).unwrap();
    sandbox.write("tax.py", TAX);
    commit("2026-01-02T03:20:30Z", "fixup! Add");
    forget_transcripts(&sandbox);
    sandbox.git(&["rebase", "-q", "-i", "--autosquash", "HEAD~2"]);
    let record = sandbox.record("HEAD");
    let checks = record["contributions"][0]["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 1, "{record}");
    assert_eq!((&checks[0]["result"], &checks[0]["after_last_edit"]), (&"passed".into(), &false.into()));
}

/// A new commit object, without hooks and notes; nothing points to it.
fn commit_tree(sandbox: &Sandbox, tree: &str, parent: &str, words: &str) -> String {
    sandbox.git(&["commit-tree", tree, "-p", parent, "-m", words]).trim().to_owned()
}

/// The tree of a commit with its files in a folder.
fn in_folder(sandbox: &Sandbox, revision: &str, folder: &str) -> String {
    let index = sandbox.base().join("index").to_string_lossy().into_owned();
    let git = |arguments: &[&str]| sandbox.git_with(&[("GIT_INDEX_FILE", &index)], arguments).good();
    let _ = fs::remove_file(&index);
    git(&["read-tree", "HEAD~2"]);
    for file in ["cart.py", "tax.py"] {
        let blob = sandbox.try_git(&["rev-parse", "-q", "--verify", &format!("{revision}:{file}")]);
        if blob.code == 0 {
            git(&["update-index", "--add", "--cacheinfo", &format!("100644,{},{folder}/{file}", blob.out.trim())]);
        }
    }
    git(&["write-tree"]).trim().to_owned()
}

/// Both commits again, in another folder, below the same start. Returns old and new ids.
fn renamed(sandbox: &Sandbox) -> [(String, String); 2] {
    let id = |revision: &str| sandbox.git(&["rev-parse", revision]).trim().to_owned();
    let (first, second) = (id("HEAD~"), id("HEAD"));
    let trees = [in_folder(sandbox, &first, "shop"), in_folder(sandbox, &second, "shop")];
    let new_first = commit_tree(sandbox, &trees[0], "HEAD~2", &sandbox.message(&first));
    let new_second = commit_tree(sandbox, &trees[1], &new_first, &sandbox.message(&second));
    sandbox.git(&["update-ref", "refs/heads/main", &new_second]);
    sandbox.git(&["reset", "-q", "--hard"]);
    [(first, new_first), (second, new_second)]
}

#[test]
fn backfill_takes_over_the_records_of_commits_that_were_rewritten_without_hooks_and_notes() {
    type Way<'a> = (&'a str, &'a dyn Fn(&Sandbox));
    let ways: [Way; 8] = [
        ("reworded with commit-tree and update-ref", &|sandbox| {
            let first = commit_tree(sandbox, "HEAD~^{tree}", "HEAD~2", "A cart, described");
            let second = commit_tree(sandbox, "HEAD^{tree}", &first, "The tax, described");
            sandbox.git(&["update-ref", "refs/heads/main", &second]);
        }),
        ("moved to a folder, no list of old and new", &|sandbox| drop(renamed(sandbox))),
        ("filter-repo: a list, and the old commits are gone", &|sandbox| {
            let pairs = renamed(sandbox);
            let list: String = pairs.iter().map(|(old, new)| format!("{old} {new}\n")).collect();
            sandbox
                .write(".git/filter-repo/commit-map", &format!("old                                      new\n{list}"));
            sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
            sandbox.git(&["gc", "-q", "--prune=now"]);
            assert_ne!(sandbox.try_git(&["cat-file", "-e", &pairs[0].0]).code, 0);
        }),
        ("filter-branch with another address and other words", &|sandbox| {
            let filter = [
                "filter-branch",
                "-f",
                "--env-filter",
                "GIT_AUTHOR_EMAIL=new@example.invalid",
                "--msg-filter",
                "cat; echo more",
                "HEAD~2..HEAD",
            ];
            sandbox.git_with(&[("FILTER_BRANCH_SQUELCH_WARNING", "1")], &filter).good();
        }),
        ("filter-branch with another address, and nothing kept of before", &|sandbox| {
            let filter =
                ["filter-branch", "-f", "--env-filter", "GIT_AUTHOR_EMAIL=new@example.invalid", "HEAD~2..HEAD"];
            sandbox.git_with(&[("FILTER_BRANCH_SQUELCH_WARNING", "1")], &filter).good();
            sandbox.git(&["update-ref", "-d", "refs/original/refs/heads/main"]);
        }),
        ("rebased without hooks and notes (replay, history)", &|sandbox| {
            sandbox.git(&["branch", "side"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.write("other.txt", "other\n");
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Other"]);
            let quiet = ["-c", "core.hooksPath=/dev/null", "-c", "notes.rewrite.rebase=false"];
            sandbox.git(&[&quiet[..], &["rebase", "-q", "main", "side"]].concat());
            sandbox.git(&["checkout", "-q", "-B", "main", "side"]);
            sandbox.git(&["branch", "-q", "-D", "side"]);
        }),
        ("am", &|sandbox| {
            let patches = sandbox.git(&["format-patch", "--stdout", "HEAD~2"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.write("other.txt", "other\n");
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Other"]);
            let ran = run(sandbox.command("git").args(["am", "-q"]), &patches);
            assert_eq!(ran.code, 0, "{ran:?}");
        }),
        ("taken over with cherry-pick -n, later", &|sandbox| {
            sandbox.git(&["branch", "side"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            let later = [("GIT_AUTHOR_DATE", "2026-01-03T00:00:00Z"), ("GIT_COMMITTER_DATE", "2026-01-03T00:00:00Z")];
            for (revision, words) in [("side~", "One"), ("side", "Two")] {
                sandbox.git(&["cherry-pick", "-n", revision]);
                let quiet = ["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", words];
                sandbox.git_with(&later, &quiet).good();
            }
        }),
    ];
    for (way, rewrite) in ways {
        let sandbox = shop();
        rewrite(&sandbox);
        assert_eq!(sandbox.note("HEAD"), None, "{way}");
        let said = sandbox.backstory(&["doctor"]).out;
        if !way.contains("cherry-pick -n") {
            assert!(said.contains("2 commits have no record, and one of another commit fits"), "{way}: {said}");
            assert!(said.contains("run `backstory backfill`"), "{way}: {said}");
        }
        let dry = sandbox.backstory(&["backfill", "--dry-run"]);
        assert!(dry.err.contains("2 records would be written"), "{way}: {dry:?}");
        assert_eq!(sandbox.note("HEAD"), None, "{way}");
        let ran = sandbox.backstory(&["backfill"]);
        assert!(ran.code == 0 && ran.err.contains("2 with what the record of another commit says"), "{way}: {ran:?}");
        let (first, second) = (sandbox.record("HEAD~"), sandbox.record("HEAD"));
        assert_eq!((contributions(&first), contributions(&second)), (vec![cart()], vec![tax()]), "{way}");
        assert_eq!((&first["lines"]["agent"], &second["lines"]["agent"]), (&4.into(), &4.into()), "{way}");
        let evidence = first["contributions"][0]["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|one| one["kind"] == "carried"), "{way}: {evidence:?}");
        assert!(sandbox.backstory(&["doctor"]).out.contains("records: "), "{way}");
        let notes = sandbox.git(&["rev-parse", "refs/notes/backstory"]);
        assert_eq!(sandbox.backstory(&["backfill"]).code, 0, "{way}");
        assert_eq!(sandbox.git(&["rev-parse", "refs/notes/backstory"]), notes, "{way}: a second time changes nothing");
    }
}

#[test]
fn no_record_is_taken_over_where_it_is_not_surely_the_commits_own() {
    // The same second, author and words, and two different records.
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    codex(&sandbox);
    for (branch, file, text) in [("one", "cart.py", CART), ("two", "tax.py", TAX)] {
        sandbox.git(&["checkout", "-q", "-b", branch, "main"]);
        sandbox.write(file, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "--no-verify", "-m", "Work"]);
    }
    forget_transcripts(&sandbox);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("own.py", "x = 1\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Work"]);
    let ran = sandbox.backstory(&["backfill", "HEAD"]);
    assert!(ran.err.contains("1 commit is like several others whose records differ"), "{ran:?}");
    assert_eq!(sandbox.note("HEAD"), None);
    // A commit that brings back what an ancestor did, and one of another person with the same lines.
    let sandbox = shop();
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    let later = [("GIT_AUTHOR_DATE", "2026-01-03T00:00:00Z"), ("GIT_COMMITTER_DATE", "2026-01-03T00:00:00Z")];
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(&later, &["commit", "-q", "-m", "Again"]).good();
    sandbox.git(&["checkout", "-q", "-b", "side", "main~3"]);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["config", "user.email", "bob@example.invalid"]);
    sandbox.git_with(&later, &["commit", "-q", "-m", "Copied"]).good();
    sandbox.backstory(&["backfill", "--all"]).good();
    for revision in ["main", "main~", "side"] {
        assert_eq!(sandbox.note(revision), None, "{revision}");
    }
}

#[test]
fn what_is_ignored_or_forgotten_is_not_taken_over() {
    let reworded = |sandbox: &Sandbox| {
        let first = commit_tree(sandbox, "HEAD~^{tree}", "HEAD~2", "A cart, described");
        sandbox.git(&["update-ref", "refs/heads/main", &commit_tree(sandbox, "HEAD^{tree}", &first, "The tax")]);
    };
    let sandbox = shop();
    sandbox.write(".git/info/exclude", ".backstoryignore\n");
    sandbox.write(".backstoryignore", &format!("session:{CLAUDE_ID}\n"));
    reworded(&sandbox);
    sandbox.backstory(&["backfill"]).good();
    let text = sandbox.note("HEAD~").unwrap_or_default();
    assert!(!text.contains(CLAUDE_ID) && !text.contains("divide by 100"), "{text}");
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
    let sandbox = shop();
    sandbox.backstory(&["forget", "--session", CODEX_ID]).good();
    reworded(&sandbox);
    sandbox.backstory(&["backfill"]).good();
    assert!(!sandbox.note("HEAD").unwrap_or_default().contains("Add the tax"));
    assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()]);
}

#[test]
fn a_cherry_pick_from_before_the_records_were_fetched_gets_its_record_afterwards() {
    for mark in [&["-x"][..], &[]] {
        let origin = shop();
        let base = origin.base();
        origin.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        origin.git(&["push", "-q", "../hub.git", "refs/notes/backstory"]);
        let clone = base.join("clone");
        origin.git(&["clone", "-q", "../hub.git", "../clone"]);
        let git = |arguments: &[&str]| {
            let ran = run(origin.command("git").current_dir(&clone).args(arguments), "");
            assert_eq!(ran.code, 0, "{ran:?}");
            ran.out
        };
        let ours = |arguments: &[&str]| run(origin.command(support::PROGRAM).current_dir(&clone).args(arguments), "");
        git(&["checkout", "-q", "-b", "release", "HEAD~2"]);
        ours(&["init"]).good();
        git(&["config", "--add", "remote.origin.fetch", "+refs/notes/backstory*:refs/notes/remotes/origin/backstory*"]);
        git(&[&["cherry-pick"][..], mark, &["origin/main"]].concat());
        let show =
            || run(origin.command("git").current_dir(&clone).args(["notes", "--ref", "backstory", "show", "HEAD"]), "");
        assert!(!show().out.contains("Add the tax"), "{mark:?}");
        git(&["fetch", "-q"]);
        let ran = ours(&["backfill", "HEAD"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let record: Value = serde_json::from_str(&show().good()).unwrap();
        assert_eq!(contributions(&record), [tax()], "{mark:?}");
        assert_eq!(record["lines"]["agent"], 4, "{mark:?}");
    }
}

#[test]
fn words_that_the_settings_no_longer_keep_are_not_carried_over() {
    let sandbox = shop();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nprompts: none\n");
    sandbox.git(&["commit", "-q", "--amend", "-m", "The tax"]);
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), [tax()]);
    assert_eq!(prompts(&record), ["request: "]);
}

#[test]
fn post_commit_takes_over_the_records_of_commits_that_were_replaced_since_it_last_ran() {
    let sandbox = shop();
    let [first, second] = ["HEAD~", "HEAD"].map(|at| sandbox.git(&["rev-parse", at]).trim().to_owned());
    let new_first = commit_tree(&sandbox, &format!("{first}^{{tree}}"), "HEAD~2", "A cart, described");
    let new_second = commit_tree(&sandbox, &format!("{second}^{{tree}}"), &new_first, "The tax, described");
    sandbox.git(&["update-ref", "refs/heads/main", &new_second]);
    // A commit of which nothing was to be recorded, and the transcript is there again.
    claude(&sandbox);
    sandbox.write("copy.py", &CART.replace("total", "whole"));
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(&[("BACKSTORY", "0")], &["commit", "-q", "-m", "Privately"]).good();
    for number in 0..2 {
        sandbox.write("own.py", &format!("number_of_my_own = {number}\n"));
        sandbox.git(&["add", "-A"]);
        let ran = sandbox.try_git(&["commit", "-q", "-m", "Mine"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert_eq!(contributions(&sandbox.record(&new_first)), [cart()]);
        assert_eq!(contributions(&sandbox.record(&new_second)), [tax()]);
    }
    assert_eq!(sandbox.note("HEAD~2"), None, "sessions are not read for a commit that no hook saw");
}

#[test]
fn a_switch_of_branches_and_a_merge_take_nothing_over() {
    let sandbox = shop();
    let records = || sandbox.git(&["notes", "--ref", "backstory", "list"]).lines().count();
    let before = records();
    sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    let mine = |file: &str| {
        sandbox.write(file, "number_of_my_own = 1\n");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Mine"]);
    };
    mine("one.py");
    mine("two.py");
    sandbox.git(&["checkout", "-q", "main"]);
    mine("three.py");
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
    mine("four.py");
    assert_eq!(records(), before);
}

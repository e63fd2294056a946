//! Records that come from further away than a hook of git tells: from a fetch, from notes that git joined, from a history
//! that a tool rewrote, from commits that were squashed or split by hand.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test that is skipped says so; helpers of tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::agents::{CART, CLAUDE_ID, CODEX_ID, TAX, codex};
use support::shop::{cart, contributions, forget_transcripts, shop, tax};
use support::{Ran, Sandbox, run};

/// A clone of the shop in which its records are fetched and in none of its own.
struct Clone {
    origin: Sandbox,
    folder: PathBuf,
}

impl Clone {
    fn new() -> Self {
        let origin = shop();
        origin.git(&["branch", "topic"]);
        origin.git(&["reset", "-q", "--hard", "HEAD~2"]);
        origin.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        origin.git(&["push", "-q", "../hub.git", "refs/notes/backstory"]);
        let folder = origin.base().join("clone");
        origin.git(&["clone", "-q", "../hub.git", "../clone"]);
        let clone = Self { origin, folder };
        clone.ours(&["init", "--share"]).good();
        clone.git(&["fetch", "-q"]);
        clone
    }

    /// One that has the last commit alone.
    fn shallow() -> Self {
        let origin = shop();
        origin.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        origin.git(&["push", "-q", "../hub.git", "refs/notes/backstory"]);
        let folder = origin.base().join("clone");
        let hub = format!("file://{}", origin.base().join("hub.git").display());
        origin.git(&["clone", "-q", "--depth", "1", &hub, "../clone"]);
        let clone = Self { origin, folder };
        clone.ours(&["init", "--share"]).good();
        clone.git(&["fetch", "-q"]);
        clone
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.try_git(&[], arguments).good()
    }

    fn try_git(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.origin.command("git");
        run(command.current_dir(&self.folder).envs(variables.iter().copied()).args(arguments), "")
    }

    fn ours(&self, arguments: &[&str]) -> Ran {
        run(self.origin.command(support::PROGRAM).current_dir(&self.folder).args(arguments), "")
    }

    fn record(&self, revision: &str) -> Option<Value> {
        let ran = self.try_git(&[], &["notes", "--ref", "backstory", "show", revision]);
        (ran.code == 0).then(|| serde_json::from_str(&ran.out).unwrap())
    }
}

#[test]
fn a_record_that_was_only_fetched_is_carried_by_hooks_like_one_of_this_clone() {
    type Way<'a> = (&'a str, &'a dyn Fn(&Clone), &'a [(&'a str, &'a [String])]);
    let both = [cart(), tax()];
    let squash = ("GIT_SEQUENCE_EDITOR", "sed -i.bak 2s/pick/squash/");
    let ways: [Way; 6] = [
        ("cherry-pick", &|clone| drop(clone.git(&["cherry-pick", "origin/topic~"])), &[("HEAD", &both[..1])]),
        (
            "amend",
            &|clone| {
                clone.git(&["checkout", "-q", "topic"]);
                clone.git(&["commit", "-q", "--amend", "-m", "The tax"]);
            },
            &[("HEAD", &both[1..])],
        ),
        (
            "rebase",
            &|clone| {
                fs::write(clone.folder.join("other.txt"), "other\n").unwrap();
                clone.git(&["add", "-A"]);
                clone.git(&["commit", "-q", "-m", "Other"]);
                clone.git(&["branch", "-q", "topic", "origin/topic"]);
                clone.git(&["rebase", "-q", "main", "topic"]);
            },
            &[("HEAD~", &both[..1]), ("HEAD", &both[1..])],
        ),
        (
            "squash in a rebase",
            &|clone| {
                clone.git(&["checkout", "-q", "topic"]);
                clone.try_git(&[squash], &["rebase", "-q", "-i", "HEAD~2"]).good();
            },
            &[("HEAD", &both)],
        ),
        (
            "merge --squash",
            &|clone| {
                clone.git(&["merge", "-q", "--squash", "origin/topic"]);
                clone.git(&["commit", "-q", "-m", "Both"]);
            },
            &[("HEAD", &both)],
        ),
        (
            "merge --squash without hooks, then backfill",
            &|clone| {
                clone.git(&["merge", "-q", "--squash", "origin/topic"]);
                clone.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Both"]);
                clone.ours(&["backfill", "HEAD"]).good();
            },
            &[("HEAD", &both)],
        ),
    ];
    for (way, work, expected) in ways {
        let clone = Clone::new();
        work(&clone);
        for (revision, expected) in expected {
            let record = clone.record(revision).unwrap_or_else(|| panic!("{way}: {revision} has no record"));
            assert_eq!(contributions(&record), *expected, "{way}");
        }
    }
}

#[test]
fn backfill_puts_nothing_poorer_over_a_record_that_was_fetched() {
    let clone = Clone::new();
    clone.git(&["checkout", "-q", "topic"]);
    let ran = clone.ours(&["backfill", "HEAD~2..HEAD"]);
    assert_eq!((ran.code, clone.record("HEAD")), (0, None), "{ran:?}");
    let told: Value = serde_json::from_str(&clone.ours(&["show", "--json", "HEAD"]).good()).unwrap();
    assert!(told.to_string().contains("Add the tax"), "{told}");
    // A poorer one from before gets what was fetched.
    let id = clone.git(&["rev-parse", "HEAD"]);
    let poor = serde_json::json!({"backstory": 1, "generator": "backstory 0.1.0", "commit": id.trim(),
        "committed_at": "2026-01-02T03:04:05Z", "contributions": [], "files": [], "stated": [],
        "lines": {"added": 4, "agent": 0, "corrected": 0, "person": 0, "formatter": 0, "unknown": 4}});
    clone.git(&["notes", "--ref", "backstory", "add", "-m", &poor.to_string(), "HEAD"]);
    clone.ours(&["backfill", "HEAD"]).good();
    assert_eq!(contributions(&clone.record("HEAD").unwrap()), [tax()]);
}

#[test]
fn a_note_that_is_not_a_record_hides_none_that_was_fetched() {
    let clone = Clone::new();
    clone.git(&["checkout", "-q", "topic"]);
    clone.git(&["notes", "--ref", "backstory", "append", "-m", "by hand", "HEAD"]);
    let ran = clone.ours(&["show", "HEAD"]);
    assert!(ran.code == 0 && ran.out.contains("Add the tax"), "{ran:?}");
}

/// Without git's `post-rewrite`, as pre-commit sets hooks up: git alone joins the notes.
fn joined(how: &str) -> Sandbox {
    let sandbox = shop();
    fs::remove_file(sandbox.root.join(".git/hooks/post-rewrite")).unwrap();
    let editor = format!("sed -i.bak '2s/^pick/{how}/'");
    sandbox.git_with(&[("GIT_SEQUENCE_EDITOR", &editor)], &["rebase", "-q", "-i", "HEAD~2"]).good();
    let note = sandbox.note("HEAD").unwrap();
    assert!(note.lines().filter(|line| line.starts_with('{')).count() > 1, "git joined them: {note}");
    sandbox
}

#[test]
fn records_that_git_joined_are_told_together_and_written_as_one() {
    type Way<'a> = (&'a str, &'a str, &'a dyn Fn(&Sandbox));
    let ways: [Way; 4] = [
        ("squash", "squash", &|_| {}),
        ("fixup", "fixup", &|_| {}),
        ("and amended", "squash", &|sandbox| drop(sandbox.git(&["commit", "-q", "--amend", "-m", "Both of them"]))),
        ("and rebased", "fixup", &|sandbox| {
            sandbox.git(&["branch", "side"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
            sandbox.write("other.txt", "other\n");
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Other"]);
            sandbox.git(&["rebase", "-q", "main", "side"]);
        }),
    ];
    for (way, how, more) in ways {
        let sandbox = joined(how);
        more(&sandbox);
        let told = sandbox.backstory(&["show", "HEAD"]).good();
        assert!(told.contains("Add a percentage discount") && told.contains("Add the tax"), "{way}: {told}");
        assert!(told.contains("8 added: 8 by"), "{way}: {told}");
        sandbox.backstory(&["backfill", "HEAD"]).good();
        let record = sandbox.record("HEAD");
        assert_eq!(contributions(&record), [cart(), tax()], "{way}");
        assert_eq!(record["lines"]["agent"], 8, "{way}");
        let notes = sandbox.git(&["rev-parse", "refs/notes/backstory"]);
        sandbox.backstory(&["backfill", "HEAD"]).good();
        assert_eq!(sandbox.git(&["rev-parse", "refs/notes/backstory"]), notes, "{way}: a second time changes nothing");
    }
}

#[test]
fn joined_records_leave_as_one_and_a_session_is_forgotten_in_all_of_them() {
    let sandbox = joined("squash");
    sandbox.git(&["init", "-q", "--bare", "../hub.git"]);
    sandbox.git(&["push", "-q", "../hub.git", "main"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart(), tax()]);
    for (session, gone, stays) in [
        (CLAUDE_ID, "Add a percentage discount", "Add the tax"),
        (CODEX_ID, "Add the tax", "Add a percentage discount"),
    ] {
        let sandbox = joined("squash");
        sandbox.backstory(&["forget", "--session", session]).good();
        let note = sandbox.note("HEAD").unwrap();
        assert!(!note.contains(gone) && note.contains(stays), "{note}");
    }
}

/// What `git filter-repo --to-subdirectory-filter` does to the notes: they are files like all others.
fn move_notes(sandbox: &Sandbox, folder: &str) {
    let index = sandbox.base().join("notes-index").to_string_lossy().into_owned();
    let git = |arguments: &[&str]| sandbox.git_with(&[("GIT_INDEX_FILE", &index)], arguments).good().trim().to_owned();
    git(&["read-tree", &format!("--prefix={folder}/"), "refs/notes/backstory"]);
    let commit = git(&["commit-tree", "-m", "Notes", &git(&["write-tree"])]);
    git(&["update-ref", "refs/notes/backstory", &commit]);
}

/// The two commits anew with their files in `folder`, and nothing left of the old ones.
fn move_files(sandbox: &Sandbox, folder: &str) {
    let index = sandbox.base().join("index").to_string_lossy().into_owned();
    let git = |arguments: &[&str]| sandbox.git_with(&[("GIT_INDEX_FILE", &index)], arguments).good().trim().to_owned();
    let mut parent = git(&["rev-parse", "HEAD~2"]);
    for old in ["HEAD~", "HEAD"] {
        git(&["read-tree", "--empty"]);
        git(&["read-tree", &format!("--prefix={folder}/"), old]);
        let words = sandbox.message(old);
        parent = git(&["commit-tree", "-p", &parent, "-m", &words, &git(&["write-tree"])]);
    }
    sandbox.git(&["update-ref", "refs/heads/main", &parent]);
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
}

#[test]
fn notes_that_a_filter_of_the_repository_moved_are_found_and_put_back() {
    for folder in ["a", "packages/shop", "ab", "ab/cd"] {
        let sandbox = shop();
        let old = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        move_notes(&sandbox, folder);
        move_files(&sandbox, folder);
        assert_ne!(sandbox.try_git(&["cat-file", "-e", &old]).code, 0, "{folder}: the old commits are gone");
        let said = sandbox.backstory(&["doctor"]).out;
        assert!(said.contains("2 lie in a folder of refs/notes/backstory"), "{folder}: {said}");
        let ran = sandbox.backstory(&["backfill"]);
        assert!(
            ran.code == 0 && ran.err.contains("2 with what the record of another commit says"),
            "{folder}: {ran:?}"
        );
        assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()], "{folder}");
        assert_eq!(contributions(&sandbox.record("HEAD")), [tax()], "{folder}");
        assert!(sandbox.note(&old).is_some(), "{folder}: and git finds the old note again");
        assert_eq!(sandbox.git(&["ls-tree", "--name-only", "refs/notes/backstory"]).lines().count(), 4, "{folder}");
    }
}

#[test]
fn nothing_is_forgotten_in_one_place_of_the_notes_alone() {
    let sandbox = shop();
    move_notes(&sandbox, "a");
    sandbox.backstory(&["forget", "--session", CODEX_ID]).good();
    let all = sandbox.git(&["log", "-p", "--all", "--format=%H"]);
    let notes = sandbox.git(&["log", "-p", "refs/notes/backstory"]);
    assert!(!notes.contains("\"text\":\"Add the tax\"") && notes.contains("Add a percentage discount"), "{all}");
}

/// A clone whose commits were made anew twice by a tool that keeps only its last list of old and new ids.
#[test]
fn a_record_of_a_commit_that_is_gone_goes_to_the_one_of_its_second_and_session() {
    let sandbox = shop();
    move_files(&sandbox, "shop");
    let ran = sandbox.backstory(&["backfill"]);
    assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()], "{ran:?}");
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()], "{ran:?}");
    // One of another second gets none, and no record that says less than its message either.
    let sandbox = shop();
    let other = sandbox.git_with(
        &[("GIT_COMMITTER_DATE", "2026-01-05T00:00:00Z"), ("GIT_AUTHOR_DATE", "2026-01-05T00:00:00Z")],
        &["commit-tree", "HEAD^{tree}", "-p", "HEAD~2", "-m", "Both\n\nBackstory-Session: codex/of-somebody-else"],
    );
    sandbox.git(&["update-ref", "refs/heads/main", other.good().trim()]);
    move_files_of_one(&sandbox);
    let ran = sandbox.backstory(&["backfill", "HEAD"]);
    assert!(ran.err.contains("1 commit names a session that nothing was found of"), "{ran:?}");
    assert_eq!(sandbox.note("HEAD"), None);
}

fn move_files_of_one(sandbox: &Sandbox) {
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    let _ = sandbox.try_git(&["update-ref", "-d", "ORIG_HEAD"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
}

const QUIETLY: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

fn commit_without_hooks(sandbox: &Sandbox, words: &str) {
    let later = [("GIT_AUTHOR_DATE", "2026-01-03T00:00:00Z"), ("GIT_COMMITTER_DATE", "2026-01-03T00:00:00Z")];
    sandbox.git_with(&later, &[&QUIETLY[..], &["commit", "-q", "-m", words]].concat()).good();
}

fn other_work_on_main(sandbox: &Sandbox) {
    sandbox.write("other.txt", "other\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Other"]);
}

#[test]
fn commits_that_were_squashed_without_a_word_of_git_leave_their_records_to_the_one() {
    type Way<'a> = (&'a str, &'a dyn Fn(&Sandbox));
    let ways: [Way; 7] = [
        ("reset --soft", &|sandbox| {
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            commit_without_hooks(sandbox, "Both");
        }),
        ("cherry-pick -n", &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.git(&["cherry-pick", "-n", "topic~", "topic"]);
            commit_without_hooks(sandbox, "Both");
        }),
        ("merge --squash with another message", &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.git(&["merge", "-q", "--squash", "topic"]);
            commit_without_hooks(sandbox, "Both");
        }),
        ("by a forge, the branch is gone", &|sandbox| {
            let both = sandbox.git(&["commit-tree", "HEAD^{tree}", "-p", "HEAD~2", "-m", "Feature (#12)"]);
            sandbox.git(&["reset", "-q", "--hard", both.trim()]);
        }),
        ("by a forge, on a branch that went on", &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            other_work_on_main(sandbox);
            sandbox.git(&["merge", "-q", "--squash", "topic"]);
            commit_without_hooks(sandbox, "Feature (#12)");
        }),
        ("cherry-pick -n elsewhere", &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            other_work_on_main(sandbox);
            sandbox.git(&["cherry-pick", "-n", "topic~", "topic"]);
            commit_without_hooks(sandbox, "Both");
        }),
        ("with the message of the last", &|sandbox| {
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            sandbox.git(&[&QUIETLY[..], &["commit", "-q", "-C", "ORIG_HEAD"]].concat());
        }),
    ];
    for (way, work) in ways {
        let sandbox = shop();
        work(&sandbox);
        assert_eq!(sandbox.note("HEAD"), None, "{way}");
        let said = sandbox.backstory(&["doctor"]).out;
        assert!(said.contains("1 commit has no record, and one of another commit fits"), "{way}: {said}");
        let ran = sandbox.backstory(&["backfill", "HEAD"]);
        assert!(ran.err.contains("1 with what the record of another commit says"), "{way}: {ran:?}");
        let record = sandbox.record("HEAD");
        assert_eq!(contributions(&record), [cart(), tax()], "{way}");
        assert_eq!(record["lines"]["agent"], 8, "{way}");
    }
}

#[test]
fn post_commit_gives_a_squash_by_reset_the_records_of_what_head_left() {
    let sandbox = shop();
    sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
    sandbox.git(&["commit", "-q", "-m", "Both"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart(), tax()]);
    // Other work on the same commit takes nothing over.
    let sandbox = shop();
    sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
    sandbox.write("own.py", "number_of_my_own = 1\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Mine"]);
    assert_eq!(sandbox.note("HEAD"), None);
    assert_eq!(sandbox.backstory(&["backfill", "HEAD"]).code, 0);
    assert_eq!(sandbox.note("HEAD"), None);
}

/// One commit of two sessions, and what splits it.
fn both_in_one() -> Sandbox {
    let sandbox = shop();
    sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
    sandbox.git(&["commit", "-q", "-m", "Both"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart(), tax()]);
    sandbox
}

fn commit_each(sandbox: &Sandbox) {
    for (file, words) in [("cart.py", "The cart"), ("tax.py", "The tax")] {
        sandbox.git(&["add", file]);
        sandbox.git(&["commit", "-q", "-m", words]);
    }
}

#[test]
fn of_a_commit_that_was_split_each_part_gets_what_its_lines_are() {
    type Way<'a> = (&'a str, bool, &'a dyn Fn(&Sandbox));
    let ways: [Way; 5] = [
        ("edited in a rebase", false, &|sandbox| {
            let edit = [("GIT_SEQUENCE_EDITOR", "sed -i.bak 1s/pick/edit/")];
            sandbox.git_with(&edit, &["rebase", "-q", "-i", "HEAD~"]).good();
            sandbox.git(&["reset", "-q", "HEAD~"]);
            commit_each(sandbox);
            sandbox.git(&["rebase", "--continue"]);
        }),
        ("reset", false, &|sandbox| {
            sandbox.git(&["reset", "-q", "HEAD~"]);
            commit_each(sandbox);
        }),
        ("reset, with the message", false, &|sandbox| {
            sandbox.git(&["reset", "-q", "HEAD~"]);
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["commit", "-q", "-C", "ORIG_HEAD"]);
            sandbox.git(&["add", "tax.py"]);
            sandbox.git(&["commit", "-q", "-C", "ORIG_HEAD"]);
        }),
        ("without hooks", true, &|sandbox| {
            sandbox.git(&["reset", "-q", "HEAD~"]);
            for file in ["cart.py", "tax.py"] {
                sandbox.git(&["add", file]);
                commit_without_hooks(sandbox, file);
            }
        }),
        ("by a tool, with other work on it", true, &|sandbox| {
            other_work_on_main(sandbox);
            let index = sandbox.base().join("index").to_string_lossy().into_owned();
            let git = |arguments: &[&str]| {
                sandbox.git_with(&[("GIT_INDEX_FILE", &index)], arguments).good().trim().to_owned()
            };
            git(&["read-tree", "HEAD~2"]);
            let blob = git(&["rev-parse", "HEAD:cart.py"]);
            git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},cart.py")]);
            let first = git(&["commit-tree", "-p", "HEAD~2", "-m", "The cart", &git(&["write-tree"])]);
            let second = git(&["commit-tree", "-p", &first, "-m", "Both", "HEAD~^{tree}"]);
            let third = git(&["commit-tree", "-p", &second, "-m", "Other", "HEAD^{tree}"]);
            sandbox.git(&["update-ref", "refs/heads/main", &third]);
            sandbox.git(&["reset", "-q", "--hard"]);
            sandbox.backstory(&["backfill"]).good();
            sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
        }),
    ];
    for (way, is_backfilled, work) in ways {
        let sandbox = both_in_one();
        work(&sandbox);
        if is_backfilled {
            sandbox.backstory(&["backfill"]).good();
        }
        assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()], "{way}");
        assert_eq!(contributions(&sandbox.record("HEAD")), [tax()], "{way}");
    }
}

#[test]
fn what_an_amend_moves_or_reformats_stays_its_sessions() {
    let sandbox = shop();
    sandbox.git(&["mv", "tax.py", "levy.py"]);
    sandbox.git(&["commit", "-q", "--amend", "-m", "Moved"]);
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["session"], CODEX_ID);
    let sandbox = shop();
    sandbox.write("tax.py", &TAX.replace('_', "__"));
    sandbox.git(&["commit", "-q", "-a", "--amend", "-m", "Reformatted"]);
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["session"], CODEX_ID);
}

/// `git history` and `git replay` run no hooks and copy no notes (git 2.55).
#[test]
fn commits_that_git_history_and_git_replay_make_get_their_records() {
    let version = Sandbox::new().git(&["version"]);
    let numbers: Vec<u32> = version.split([' ', '.']).filter_map(|part| part.trim().parse().ok()).collect();
    if numbers < vec![2, 55] {
        println!("skipped: `git history` is not in {}", version.trim());
        return;
    }
    type Way<'a> = (&'a str, &'a dyn Fn(&Sandbox));
    let reworded = "sed -i.bak '1s/^/Described: /'";
    let ways: [Way; 4] = [
        ("history reword", &|sandbox| {
            sandbox.git_with(&[("GIT_EDITOR", reworded)], &["history", "reword", "HEAD~"]).good();
        }),
        ("history fixup", &|sandbox| {
            sandbox.write("cart.py", &format!("{CART}# more\n"));
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["history", "fixup", "HEAD~"]);
        }),
        ("replay", &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            other_work_on_main(sandbox);
            sandbox.git(&["replay", "--onto", "main", "main..topic"]);
            sandbox.git(&["checkout", "-q", "topic"]);
        }),
        ("history split", &|sandbox| {
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            sandbox.git(&["commit", "-q", "-m", "Both"]);
            let mut command = sandbox.command("git");
            let ran = run(command.args(["history", "split", "HEAD", "--", "cart.py"]), "y\n");
            assert_eq!(ran.code, 0, "{ran:?}");
        }),
    ];
    for (way, rewrite) in ways {
        for by_hook in [false, true] {
            let sandbox = shop();
            rewrite(&sandbox);
            let ids = ["HEAD~", "HEAD"].map(|revision| sandbox.git(&["rev-parse", revision]).trim().to_owned());
            if by_hook {
                sandbox.write("own.py", "number_of_my_own = 1\n");
                sandbox.git(&["add", "own.py"]);
                sandbox.git(&["commit", "-q", "-m", "Mine"]);
            } else {
                sandbox.backstory(&["backfill"]).good();
            }
            let found = ids.each_ref().map(|id| sandbox.note(id).map(|_| contributions(&sandbox.record(id))));
            assert_eq!(found, [Some(vec![cart()]), Some(vec![tax()])], "{way}, by a hook: {by_hook}");
        }
    }
}

fn agent_lines(sandbox: &Sandbox, revision: &str) -> Value {
    sandbox.record(revision)["lines"]["agent"].clone()
}

#[test]
fn lines_are_carried_along_a_rename() {
    let moved = |sandbox: &Sandbox| {
        sandbox.git(&["mv", "tax.py", "levy.py"]);
        sandbox.git(&["commit", "-q", "-m", "Rename"]);
    };
    type Way<'a> = (&'a str, u32, &'a dyn Fn(&Sandbox));
    let ways: [Way; 8] = [
        ("an amend", 4, &|sandbox| {
            sandbox.git(&["mv", "tax.py", "levy.py"]);
            sandbox.git(&["commit", "-q", "--amend", "--no-edit"]);
        }),
        ("of the case alone", 4, &|sandbox| {
            sandbox.git(&["mv", "tax.py", "Tax.py"]);
            sandbox.git(&["commit", "-q", "--amend", "--no-edit"]);
        }),
        ("an amend that changes a line too", 3, &|sandbox| {
            sandbox.git(&["mv", "tax.py", "levy.py"]);
            sandbox.write("levy.py", &TAX.replace("net + tax_part", "by_hand(net)"));
            sandbox.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        }),
        ("a fixup of the rename", 4, &|sandbox| {
            moved(sandbox);
            let fixup = [("GIT_SEQUENCE_EDITOR", "sed -i.bak 2s/pick/fixup/")];
            sandbox.git_with(&fixup, &["rebase", "-q", "-i", "HEAD~2"]).good();
        }),
        ("merge --squash", 4, &|sandbox| {
            moved(sandbox);
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.git(&["merge", "-q", "--squash", "topic"]);
            sandbox.git(&["commit", "-q", "-m", "Squash"]);
        }),
        ("reset --soft", 4, &|sandbox| {
            moved(sandbox);
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            sandbox.git(&["commit", "-q", "-m", "Anew"]);
        }),
        ("a squash by a forge", 4, &|sandbox| {
            moved(sandbox);
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            other_work_on_main(sandbox);
            sandbox.git(&["merge", "-q", "--squash", "topic"]);
            commit_without_hooks(sandbox, "Feature (#3)");
            sandbox.backstory(&["backfill", "HEAD"]).good();
        }),
        ("a rebase onto a rename", 4, &|sandbox| {
            // What the session wrote is the end of a file that another branch renames.
            sandbox.git(&["checkout", "-q", "-b", "other", "HEAD~2"]);
            sandbox.write("main.py", &"base_line = base_value\n".repeat(9));
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Base"]);
            codex(sandbox);
            sandbox.git(&["checkout", "-q", "-b", "work"]);
            sandbox.write("main.py", &("base_line = base_value\n".repeat(9) + TAX));
            sandbox.git(&["commit", "-q", "-a", "-m", "Add the tax below"]);
            forget_transcripts(sandbox);
            assert_eq!(agent_lines(sandbox, "HEAD"), 4);
            sandbox.git(&["checkout", "-q", "other"]);
            sandbox.git(&["mv", "main.py", "start.py"]);
            sandbox.git(&["commit", "-q", "-m", "Rename"]);
            sandbox.git(&["rebase", "-q", "other", "work"]);
            assert_eq!(sandbox.git(&["show", "--format=", "--numstat"]).trim(), "4\t0\tstart.py");
        }),
    ];
    for (way, expected, work) in ways {
        let sandbox = shop();
        work(&sandbox);
        assert_eq!(agent_lines(&sandbox, "HEAD"), expected, "{way}");
    }
}

#[test]
fn a_commit_that_was_done_anew_by_hand_gets_no_session_by_its_message() {
    let sandbox = shop();
    sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
    sandbox.write("other.py", "def entirely(mine):\n    return written_by_hand(mine)\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-C", "ORIG_HEAD"]);
    assert!(sandbox.message("HEAD").contains(CODEX_ID), "the trailer was copied");
    sandbox.backstory(&["backfill", "HEAD"]).good();
    let record = sandbox.note("HEAD").map(|_| sandbox.record("HEAD"));
    assert!(record.is_none_or(|record| record["contributions"] == serde_json::json!([])));
}

#[test]
fn of_several_records_those_count_whose_lines_are_in_the_commit() {
    let by_hand = |sandbox: &Sandbox, file: &str| {
        let text = sandbox.read(file);
        sandbox.write(file, &format!("{text}# a line by hand\n"));
    };
    let both = || vec![cart(), tax()];
    type Way<'a> = (&'a str, Vec<String>, Vec<String>, &'a dyn Fn(&Sandbox));
    let ways: [Way; 5] = [
        ("reset --soft, a line by hand, without hooks", Vec::new(), both(), &|sandbox| {
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            by_hand(sandbox, "tax.py");
            commit_without_hooks(sandbox, "Anew");
        }),
        ("reset --soft, a line by hand", Vec::new(), both(), &|sandbox| {
            sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
            by_hand(sandbox, "tax.py");
            sandbox.git(&["commit", "-q", "-a", "-m", "Anew"]);
        }),
        ("reset, two commits with a line by hand each", vec![cart()], vec![tax()], &|sandbox| {
            sandbox.git(&["reset", "-q", "HEAD~2"]);
            for file in ["cart.py", "tax.py"] {
                by_hand(sandbox, file);
                sandbox.git(&["add", file]);
                sandbox.git(&["commit", "-q", "-m", file]);
            }
        }),
        ("the last two of three, picked as one", Vec::new(), both(), &|sandbox| {
            let first = sandbox.git(&["rev-parse", "HEAD~2"]).trim().to_owned();
            sandbox.git(&["checkout", "-q", "-b", "base", &first]);
            sandbox.write("third.txt", "third\n");
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Third"]);
            sandbox.git(&["rebase", "-q", "base", "main"]);
            sandbox.git(&["checkout", "-q", "-b", "picked", &first]);
            sandbox.git(&["cherry-pick", "-n", "main~", "main"]);
            commit_without_hooks(sandbox, "Picked");
        }),
        ("a squash by a forge, a conflict resolved by hand", Vec::new(), both(), &|sandbox| {
            sandbox.git(&["branch", "topic"]);
            sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
            sandbox.write("tax.py", "def with_tax(net):\n    pass\n");
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Another tax"]);
            sandbox.git(&["checkout", "-q", "topic", "--", "cart.py", "tax.py"]);
            by_hand(sandbox, "tax.py");
            commit_without_hooks(sandbox, "Feature (#8)");
        }),
    ];
    for (way, before, last, work) in ways {
        let sandbox = shop();
        work(&sandbox);
        sandbox.backstory(&["backfill", "HEAD"]).good();
        assert_eq!(contributions(&sandbox.record("HEAD")), last, "{way}");
        if !before.is_empty() {
            sandbox.backstory(&["backfill", "HEAD~"]).good();
            assert_eq!(contributions(&sandbox.record("HEAD~")), before, "{way}");
        }
    }
}

#[test]
fn the_note_that_git_copied_over_the_others_is_one_of_several() {
    let sandbox = shop();
    sandbox.git(&["config", "notes.rewriteMode", "overwrite"]);
    fs::remove_file(sandbox.root.join(".git/hooks/post-rewrite")).unwrap();
    let fixup = [("GIT_SEQUENCE_EDITOR", "sed -i.bak 2s/pick/fixup/")];
    sandbox.git_with(&fixup, &["rebase", "-q", "-i", "HEAD~2"]).good();
    assert!(!sandbox.note("HEAD").unwrap().contains(CLAUDE_ID), "git kept the last");
    sandbox.backstory(&["backfill", "HEAD"]).good();
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart(), tax()]);
}

#[test]
fn lines_that_an_amend_took_out_and_the_next_put_back_are_whose_they_were() {
    let sandbox = shop();
    for text in [TAX.lines().next().unwrap(), "# nothing\n", TAX] {
        sandbox.write("tax.py", text);
        sandbox.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        if text.starts_with('#') {
            // Then nothing is left that says what it was made from.
            sandbox.git(&["reset", "-q", "--hard", "HEAD@{1}"]);
        }
    }
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
}

#[test]
fn a_fetched_record_that_knows_more_is_told_and_carried_unless_it_was_forgotten_here() {
    let poorer = |sandbox: &Sandbox| {
        sandbox.git(&["update-ref", "refs/notes/remotes/origin/backstory", "refs/notes/backstory"]);
        let mut record = sandbox.record("HEAD");
        record["contributions"] = serde_json::json!([]);
        record["files"][0]["spans"] = serde_json::json!([{"start": 1, "lines": 4, "author": "unknown"}]);
        record["lines"]["agent"] = 0.into();
        record["lines"]["unknown"] = 4.into();
        sandbox.write("note.json", &record.to_string());
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-F", "note.json", "HEAD"]);
    };
    let sandbox = shop();
    poorer(&sandbox);
    let shown = sandbox.backstory(&["show"]).good();
    assert!(shown.contains("4 by the agent"), "{shown}");
    sandbox.git(&["commit", "-q", "--amend", "-m", "The tax, described"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);

    let sandbox = shop();
    let before = sandbox.git(&["rev-parse", "refs/notes/backstory"]);
    sandbox.backstory(&["forget", "--session", CODEX_ID]).good();
    // As a fetch brings it, from somebody who did not forget.
    sandbox.git(&["update-ref", "refs/notes/remotes/origin/backstory", before.trim()]);
    let shown = sandbox.backstory(&["show"]).good();
    assert!(!shown.contains("4 by the agent") && !shown.contains("asked:"), "{shown}");
}

#[test]
fn a_commit_made_from_the_edge_of_a_shallow_clone_adds_what_that_one_did_and_its_own() {
    type Way<'a> = (&'a str, &'a [&'a str], u32);
    let ways: [Way; 3] = [
        ("reworded", &["commit", "-q", "--amend", "-m", "The tax, described"], 4),
        ("with a file by hand", &["commit", "-q", "--amend", "--no-edit"], 5),
        (
            "with lines by hand, by a rebase",
            &["rebase", "-q", "--root", "--exec", "git commit -q --amend --no-edit"],
            4,
        ),
    ];
    for (way, command, added) in ways {
        let clone = Clone::shallow();
        assert_eq!(clone.record("HEAD"), None);
        if added > 4 {
            fs::write(clone.folder.join("hand.py"), "by_hand = 1\n").unwrap();
            clone.git(&["add", "hand.py"]);
        }
        clone.git(command);
        assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]).trim(), "1", "{way}");
        let record = clone.record("HEAD").unwrap();
        assert_eq!(contributions(&record), [tax()], "{way}");
        assert_eq!((&record["lines"]["agent"], &record["lines"]["added"]), (&4.into(), &added.into()), "{way}");
    }
}

#[test]
fn a_fetch_line_over_the_notes_is_named_and_what_it_took_is_put_back() {
    let sandbox = shop();
    sandbox.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "refs/notes/backstory~1:refs/notes/backstory"]);
    sandbox.git(&["config", "--add", "remote.origin.fetch", "+refs/notes/*:refs/notes/*"]);
    let line = "remote.origin.fetch = +refs/notes/*:refs/notes/*";
    let said = sandbox.backstory(&["init", "--local"]);
    assert!(said.err.contains(line), "{said:?}");
    let said = sandbox.backstory(&["doctor"]);
    assert!(said.code == 1 && said.out.contains(line), "{said:?}");
    sandbox.git(&["fetch", "-q"]);
    assert_eq!(sandbox.note("HEAD"), None);
    let said = sandbox.backstory(&["backfill", "HEAD"]);
    assert!(said.err.contains("1 record put back that `git fetch` had replaced"), "{said:?}");
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
}

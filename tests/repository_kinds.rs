//! Repositories of other kinds than a whole clone with files for references: partial clones (`git clone --filter=...`), where
//! what a remote promised is fetched by the commands that a person waits for and by no hook of a commit, and formats that
//! cannot be read, where one sentence says so and no commit is stopped.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::agents::{CART, TAX, claude, codex};
use support::{PROGRAM, Ran, Sandbox, run};

const FILTERS: [&str; 3] = ["blob:none", "blob:limit=20", "tree:0"];

/// A pushed repository with the records of two commits, on a server that makes partial clones; the transcripts are in `kept/`.
fn with_hub() -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    for key in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        sandbox.git(&["-C", "../hub.git", "config", key, "true"]);
    }
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox.backstory(&["init"]).good();
    sandbox.git(&["config", "backstory.sharing", "notes"]);
    claude(&sandbox);
    commit(&sandbox, &sandbox.root, "cart.py", CART);
    codex(&sandbox);
    commit(&sandbox, &sandbox.root, "tax.py", TAX);
    sandbox.git(&["push", "-q", "-u", "origin", "main"]);
    // Another person's machine: the sessions are not there.
    fs::create_dir(sandbox.base().join("kept")).unwrap();
    for folder in [".claude", ".codex"] {
        fs::rename(sandbox.home.join(folder), sandbox.base().join("kept").join(folder)).unwrap();
    }
    // What is checked out is not what the agent wrote.
    commit(&sandbox, &sandbox.root, "cart.py", &format!("{CART}# by hand\n"));
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox
}

fn commit(sandbox: &Sandbox, root: &Path, file: &str, text: &str) -> Ran {
    fs::write(root.join(file), text).unwrap();
    within(sandbox, root, "git", &["add", "-A"]).good();
    within(sandbox, root, "git", &["commit", "-q", "-m", &format!("Add {file}")])
}

fn within(sandbox: &Sandbox, folder: &Path, program: &str, arguments: &[&str]) -> Ran {
    run(sandbox.command(program).current_dir(folder).args(arguments), "")
}

/// A clone with that filter, set up and with the records fetched by git alone.
fn clone(sandbox: &Sandbox, filter: &str) -> PathBuf {
    let folder = sandbox.base().join(format!("clone-{}", filter.replace([':', '='], "-")));
    let url = format!("file://{}", sandbox.base().join("hub.git").display());
    let filter = format!("--filter={filter}");
    sandbox.git(&["clone", "-q", &filter, &url, folder.to_str().unwrap()]);
    within(sandbox, &folder, PROGRAM, &["init"]).good();
    within(sandbox, &folder, "git", &["config", "backstory.sharing", "notes"]).good();
    let refspec = "+refs/notes/backstory*:refs/notes/remotes/origin/backstory*";
    within(sandbox, &folder, "git", &["fetch", "-q", "origin", refspec]).good();
    folder
}

/// The remote is out of reach from now on.
fn hide_hub(sandbox: &Sandbox) {
    fs::rename(sandbox.base().join("hub.git"), sandbox.base().join("away.git")).unwrap();
}

fn show_hub(sandbox: &Sandbox) {
    fs::rename(sandbox.base().join("away.git"), sandbox.base().join("hub.git")).unwrap();
}

/// Objects that the clone lacks of what these references lead to.
fn lacks(sandbox: &Sandbox, folder: &Path, reference: &str) -> usize {
    let listed = within(sandbox, folder, "git", &["rev-list", "--objects", "--missing=print", "--no-walk", reference]);
    listed.good().lines().filter(|line| line.starts_with('?')).count()
}

const COPY: &str = "refs/notes/remotes/origin/backstory";

#[test]
fn every_reading_command_says_in_a_partial_clone_what_it_says_in_a_whole_one() {
    let sandbox = with_hub();
    for filter in FILTERS {
        for (command, whole) in [
            (&["log"][..], true),
            (&["log", "--json"], true),
            (&["show", "HEAD~1"], true),
            (&["describe", "HEAD~2..HEAD"], true),
            (&["check", "HEAD~2..HEAD", "--fail-on", "never"], true),
            (&["why", "cart.py:2"], true),
            (&["export", "--format", "sft", "--out", "out"], false),
        ] {
            let folder = clone(&sandbox, filter);
            assert!(lacks(&sandbox, &folder, COPY) > 0, "{filter}");
            let (here, there) =
                (within(&sandbox, &folder, PROGRAM, command), within(&sandbox, &sandbox.root, PROGRAM, command));
            assert_eq!((here.code, there.code), (0, 0), "{filter} {command:?}: {here:?}");
            if whole {
                assert_eq!((here.out, here.err), (there.out, there.err), "{filter} {command:?}");
            } else {
                let rows = |root: &Path| support::exported(&root.join("out"), "sft");
                assert_eq!(rows(&folder), rows(&sandbox.root), "{filter} {command:?}");
                assert!(!rows(&folder).is_empty());
                fs::remove_dir_all(sandbox.root.join("out")).unwrap();
            }
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[test]
fn without_the_remote_they_say_what_is_missing_and_go_on_with_the_rest() {
    let sandbox = with_hub();
    for filter in FILTERS {
        let folder = clone(&sandbox, filter);
        hide_hub(&sandbox);
        for command in [&["log"][..], &["describe", "HEAD~2..HEAD"], &["check", "HEAD~2..HEAD", "--fail-on", "never"]] {
            let ran = within(&sandbox, &folder, PROGRAM, command);
            assert_eq!(ran.code, 0, "{filter} {command:?}: {ran:?}");
            assert!(
                ran.err.contains("is not in this partial clone: git cannot fetch from origin: "),
                "{command:?} {ran:?}"
            );
            assert!(!ran.err.contains("git fsck"), "{ran:?}");
        }
        let ran = within(&sandbox, &folder, PROGRAM, &["show", "HEAD~1"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("is not in this partial clone"), "{ran:?}");
        show_hub(&sandbox);
        // Git's own variable against it.
        let ran = run(sandbox.command(PROGRAM).current_dir(&folder).env("GIT_NO_LAZY_FETCH", "1").arg("log"), "");
        assert!(ran.code == 0 && ran.err.contains("is not in this partial clone"), "{ran:?}");
        assert!(lacks(&sandbox, &folder, COPY) > 0, "{filter}");
    }
}

#[test]
fn a_commit_in_a_partial_clone_has_its_record_and_the_push_takes_it_along() {
    for filter in FILTERS {
        let sandbox = with_hub();
        let folder = clone(&sandbox, filter);
        // The hooks of a commit need no remote.
        hide_hub(&sandbox);
        let agent = sandbox
            .command("git")
            .current_dir(&folder)
            .env("CODEX_THREAD_ID", "t-9")
            .args(["commit", "-q", "--allow-empty", "-m", "Mine"])
            .output()
            .unwrap();
        assert!(agent.status.success() && agent.stderr.is_empty(), "{agent:?}");
        show_hub(&sandbox);
        let ran = within(&sandbox, &folder, "git", &["push", "-q", "origin", "main"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{filter}");
        let listed = sandbox.git(&["-C", "../hub.git", "notes", "--ref", "backstory", "list"]);
        assert_eq!(listed.lines().count(), 3, "{filter}");
        sandbox.git(&["-C", "../hub.git", "fsck", "--strict"]);
        within(&sandbox, &folder, "git", &["fsck"]).good();
        // Both sides change: the remote's new records are united with those here.
        commit(&sandbox, &sandbox.root, "more.py", "x\n");
        sandbox.git(&["pull", "-q", "--rebase"]);
        let theirs = run(
            sandbox.command("git").env("CODEX_THREAD_ID", "t-8").args([
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                "Theirs",
            ]),
            "",
        );
        theirs.good();
        sandbox.git(&["push", "-q", "origin", "main:theirs"]);
        run(
            sandbox.command("git").current_dir(&folder).env("CODEX_THREAD_ID", "t-7").args([
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                "Again",
            ]),
            "",
        )
        .good();
        let ran = within(&sandbox, &folder, "git", &["push", "-q", "origin", "main"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{filter}");
        let listed = sandbox.git(&["-C", "../hub.git", "notes", "--ref", "backstory", "list"]);
        assert_eq!(listed.lines().count(), 5, "{filter}");
    }
}

/// The records that `backfill` makes in a clone without any, from the transcripts in `kept`.
fn backfilled(sandbox: &Sandbox, folder: &Path) -> (Ran, String) {
    let sessions = sandbox.base().join("kept").display().to_string();
    let ran = within(sandbox, folder, PROGRAM, &["backfill", "main", "--sessions", &sessions, "--json"]);
    let lines = ran.out.clone();
    (ran, lines)
}

#[test]
fn backfill_fetches_what_commits_changed_and_writes_nothing_that_it_cannot_know() {
    let sandbox = with_hub();
    let whole = sandbox.base().join("whole");
    sandbox.git(&["clone", "-q", "../hub.git", whole.to_str().unwrap()]);
    let (ran, expected) = backfilled(&sandbox, &whole);
    assert!(ran.code == 0 && expected.contains("\"agent\""), "{ran:?}");
    for filter in FILTERS {
        let folder = clone(&sandbox, filter);
        // The newest versions are checked out; those before are not here.
        hide_hub(&sandbox);
        commit(&sandbox, &folder, "cart.py", "rewritten\n");
        let has_note =
            |commit: &str| within(&sandbox, &folder, "git", &["notes", "--ref", "backstory", "show", commit]).code == 0;
        let (ran, _) = backfilled(&sandbox, &folder);
        // Of the agent's first commit the file is not here, as it was then.
        assert_eq!((ran.code, has_note("HEAD~3")), (0, false), "{ran:?}");
        let said = "commits left out: this partial clone lacks their files, and git cannot fetch from origin: ";
        assert!(ran.err.contains(said), "{ran:?}");
        show_hub(&sandbox);
        let (ran, found) = backfilled(&sandbox, &folder);
        assert_eq!(ran.code, 0, "{filter} {ran:?}");
        let of_both: Vec<&str> = expected.lines().collect();
        for line in of_both {
            assert!(found.contains(line), "{filter}: {line}\n{found}");
        }
        // The remote's record knows as much and stays the one that is told.
        let shown = within(&sandbox, &folder, PROGRAM, &["show", "HEAD~3"]);
        assert!(shown.out.contains("Claude Code"), "{filter}: {shown:?}");
    }
}

#[test]
fn a_cherry_pick_whose_record_is_not_here_says_so_and_backfill_carries_it() {
    let sandbox = with_hub();
    let picked = sandbox.git(&["rev-parse", "HEAD~1"]).trim().to_owned();
    for filter in ["blob:none", "blob:limit=20"] {
        let folder = clone(&sandbox, filter);
        // As a push from here leaves it: the remote's records in the clone's own notes.
        within(&sandbox, &folder, "git", &["update-ref", "refs/notes/backstory", COPY]).good();
        within(&sandbox, &folder, "git", &["checkout", "-q", "-b", "side", "HEAD~3"]).good();
        // Git fetches what it needs itself, so that the hook has only the record to miss.
        within(&sandbox, &folder, "git", &["show", &picked]).good();
        hide_hub(&sandbox);
        let ran = within(&sandbox, &folder, "git", &["cherry-pick", "-x", &picked]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let said = "is not in this partial clone, and a hook does not fetch it; `backstory backfill HEAD` makes the record later";
        assert!(ran.err.contains(said), "{ran:?}");
        show_hub(&sandbox);
        let ran = within(&sandbox, &folder, PROGRAM, &["backfill", "HEAD"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let shown = within(&sandbox, &folder, PROGRAM, &["show"]).good();
        assert!(shown.contains("asked: Add the tax"), "{shown}\n{ran:?}");
    }
}

#[test]
fn a_list_of_commits_to_pass_over_that_this_repository_lacks_costs_why_no_answer() {
    let sandbox = with_hub();
    // As people set it for all their repositories; git blame itself stops there.
    sandbox.git(&["config", "--global", "blame.ignoreRevsFile", ".git-blame-ignore-revs"]);
    assert_ne!(sandbox.try_git(&["blame", "cart.py"]).code, 0);
    let ran = sandbox.backstory(&["why", "cart.py:2"]);
    assert!(ran.code == 0 && ran.out.contains("written by an agent"), "{ran:?}");
    assert!(
        ran.err.contains("the list of commits to pass over was not used: could not open object name list"),
        "{ran:?}"
    );
}

/// The three hooks' lines of one commit that names no agent.
fn commit_with_hooks(sandbox: &Sandbox, opted_out: bool) -> (i32, Vec<String>) {
    let mut command = sandbox.command("git");
    command.args(["commit", "-q", "--allow-empty", "-m", "x"]);
    if opted_out {
        command.env("BACKSTORY", "0");
    }
    let ran = run(&mut command, "");
    (ran.code, ran.err.lines().filter(|line| line.starts_with("backstory: ")).map(str::to_owned).collect())
}

#[test]
fn a_format_that_cannot_be_read_is_named_once_and_stops_no_commit() {
    for (option, name) in [("--ref-format=reftable", "reftable"), ("--object-format=sha256", "sha256 object ids")] {
        let sandbox = Sandbox::without_repository("repository");
        if sandbox.try_git(&["init", "-q", "-b", "main", option]).code != 0 {
            // git older than 2.45 knows no reftable.
            continue;
        }
        for command in ["init", "doctor", "uninstall", "show", "log", "backfill", "describe"] {
            let ran = sandbox.backstory(&[command]);
            assert_eq!(ran.code, 2, "{command}: {ran:?}");
            assert_eq!(ran.err.lines().count(), 1, "{command}: {ran:?}");
            assert!(ran.err.contains(name) && ran.err.contains("backstory cannot read it"), "{command}: {ran:?}");
        }
        assert!(!sandbox.root.join(".backstory.yml").exists());
        // Hooks that serve all repositories of a person.
        for (hook, arguments) in [("commit-msg", " \"$1\""), ("post-commit", "")] {
            sandbox.script(&format!("../hooks/{hook}"), &format!("exec {PROGRAM} hook {hook}{arguments}"));
        }
        sandbox.git(&["config", "core.hooksPath", "../hooks"]);
        assert_eq!(commit_with_hooks(&sandbox, true), (0, Vec::new()));
        let (code, said) = commit_with_hooks(&sandbox, false);
        assert_eq!((code, said.len()), (0, 1), "{said:?}");
        assert!(said[0].starts_with("backstory: commit-msg did nothing: ") && said[0].contains(name), "{said:?}");
        assert_eq!(commit_with_hooks(&sandbox, false), (0, Vec::new()));
    }
}

#[test]
fn a_repository_that_was_migrated_after_it_was_set_up_says_it_once_and_can_go_back() {
    let sandbox = Sandbox::ready();
    sandbox.git(&["config", "core.logAllRefUpdates", "false"]);
    let _ = fs::remove_dir_all(sandbox.root.join(".git/logs"));
    if sandbox.try_git(&["refs", "migrate", "--ref-format=reftable"]).code != 0 {
        return;
    }
    let (code, said) = commit_with_hooks(&sandbox, false);
    assert_eq!((code, said.len()), (0, 1), "{said:?}");
    assert_eq!(commit_with_hooks(&sandbox, false), (0, Vec::new()));
    let ran = sandbox.backstory(&["doctor"]);
    assert!(ran.code == 2 && ran.err.contains("`git refs migrate --ref-format=files` converts it"), "{ran:?}");
    sandbox.git(&["refs", "migrate", "--ref-format=files"]);
    sandbox.backstory(&["log"]).good();
    let ran = run(
        sandbox.command("git").env("CODEX_THREAD_ID", "t-1").args(["commit", "-q", "--allow-empty", "-m", "y"]),
        "",
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(sandbox.note("HEAD").is_some());
}

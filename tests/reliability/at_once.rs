//! Many commits and pushes at once, locks of others, and processes that are killed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::stage::{PATIENT, Shop, content_of};
use crate::support::{PROGRAM, run};

#[test]
fn sixty_commits_at_once_in_eight_worktrees_have_sixty_notes() {
    let shop = Shop::new();
    let base = shop.sandbox.base();
    let trees: Vec<PathBuf> = (0..8)
        .map(|number| {
            let name = format!("tree{number}");
            shop.sandbox.git(&["worktree", "add", "-q", "-b", &name, &format!("../{name}")]);
            base.join(name)
        })
        .collect();
    let before = shop.notes();
    std::thread::scope(|scope| {
        for (tree, root) in trees.iter().enumerate() {
            let shop = &shop;
            // Eight in half of the worktrees, seven in the others.
            let commits = 7 + usize::from(tree < 4);
            scope.spawn(move || {
                for number in 0..commits {
                    let file = format!("tree{tree}_{number}.rs");
                    shop.session_in(root, &format!("5f0c7a2e-0000-4000-8000-{tree:012}"), &file, &[&content_of(&file)]);
                    fs::write(root.join(&file), content_of(&file)).unwrap();
                    assert_eq!(run(shop.git_now(root).args(["add", &file]), "").code, 0);
                    let ran = run(shop.git_now(root).args(["commit", "-q", "-m", &file]), "");
                    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
                }
            });
        }
    });
    assert_eq!(shop.notes() - before, 60);
    shop.sandbox.git(&["fsck", "--strict"]);
}

#[test]
fn two_clones_that_push_at_once_keep_the_notes_of_both() {
    let shop = Shop::new();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.agent_commit("base.rs", &[]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    let other = shop.sandbox.base().join("other");
    shop.sandbox.git(&["clone", "-q", "../hub.git", "../other"]);
    assert_eq!(run(shop.sandbox.command(PROGRAM).current_dir(&other).args(["init", "--share"]), "").code, 0);
    fs::write(other.join(".backstory.yml"), PATIENT).unwrap();
    shop.agent_commit("ours.rs", &[]);
    shop.session_in(&other, "5f0c7a2e-0000-4000-8000-0000000000bb", "theirs.rs", &[&content_of("theirs.rs")]);
    fs::write(other.join("theirs.rs"), content_of("theirs.rs")).unwrap();
    for arguments in [&["checkout", "-q", "-b", "side"][..], &["add", "theirs.rs"], &["commit", "-q", "-m", "Theirs"]] {
        assert_eq!(run(shop.git_now(&other).args(arguments), "").code, 0, "{arguments:?}");
    }
    std::thread::scope(|scope| {
        for (root, branch) in [(&other, "side"), (&shop.sandbox.root, "main")] {
            let shop = &shop;
            scope.spawn(move || {
                let ran = run(shop.git_now(root).args(["push", "-q", "origin", branch]), "");
                assert_eq!((ran.code, ran.err.as_str()), (0, ""));
            });
        }
    });
    assert!(shop.has_note(&shop.head()));
    assert_eq!(run(shop.git_now(&other).args(["notes", "--ref", "backstory", "show", "HEAD"]), "").code, 0);
    let hub = |arguments: &[&str]| {
        run(shop.sandbox.command("git").current_dir(shop.sandbox.base().join("hub.git")).args(arguments), "").good()
    };
    assert_eq!(hub(&["notes", "--ref", "backstory", "list"]).lines().count(), 3);
    hub(&["fsck", "--strict"]);
}

#[test]
fn a_locked_index_and_a_locked_notes_ref_cost_a_line_and_no_record() {
    let shop = Shop::new();
    shop.agent_commit("first.rs", &[]);
    let lock = rusqlite::Connection::open(shop.ours().join("index.db")).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.starts_with("backstory: commit-msg did nothing, the commit goes on: "), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "one line: {ran:?}");
    assert!(fs::read_to_string(shop.ours().join("log")).unwrap().contains("commit-msg did nothing"));
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    let first = shop.head();
    let reference = shop.sandbox.root.join(".git/refs/notes/backstory.lock");
    fs::write(&reference, "").unwrap();
    assert_eq!(shop.agent_commit("b.rs", &[]).code, 0);
    fs::remove_file(&reference).unwrap();
    let second = shop.head();
    shop.agent_commit("c.rs", &[]);
    for commit in [&first, &second, &shop.head()] {
        assert!(shop.has_note(commit));
    }
    assert_eq!(shop.spooled(), 0);
}

#[test]
fn a_git_index_that_another_process_locked_and_a_commit_of_the_person_are_no_matter() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    fs::write(shop.sandbox.root.join(".git/index.lock"), "").unwrap();
    // git refuses the commit by itself; a hook that runs beside it has no need of the lock.
    assert_eq!(shop.sandbox.backstory(&["hook", "post-commit"]).code, 0);
    fs::remove_file(shop.sandbox.root.join(".git/index.lock")).unwrap();
    assert_eq!(shop.spooled(), 0);
}

#[test]
fn a_lock_that_a_killed_process_left_is_removed() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    let lock = fs::File::create(shop.sandbox.root.join(".git/refs/notes/backstory.lock")).unwrap();
    lock.set_modified(lock.metadata().unwrap().modified().unwrap() - Duration::from_secs(31)).unwrap();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&shop.head()));
}

/// A hook by itself, killed by the system after so long.
fn hook_killed_after(shop: &Shop, pause: Duration) {
    let mut command: Command = shop.sandbox.command(PROGRAM);
    let mut child = command.args(["hook", "post-commit"]).spawn().unwrap();
    std::thread::sleep(pause);
    // It may have ended already.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn kill_9_at_any_time_leaves_a_sound_repository_and_the_next_commit_the_record() {
    let shop = Shop::new();
    for round in 0..12u64 {
        let ran = shop.agent_commit(&format!("round{round}.rs"), &[("BACKSTORY", "0")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        hook_killed_after(&shop, Duration::from_millis(round * 6));
        // Half a minute later.
        if let Ok(lock) = fs::File::options().write(true).open(shop.sandbox.root.join(".git/refs/notes/backstory.lock"))
        {
            lock.set_modified(lock.metadata().unwrap().modified().unwrap() - Duration::from_secs(31)).unwrap();
        }
        shop.sandbox.git(&["fsck", "--strict"]);
    }
    let ran = shop.agent_commit("last.rs", &[]);
    assert!(shop.has_note(&shop.head()), "{ran:?}");
    let spooled = shop.spooled();
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    assert!(shop.spooled() <= spooled);
    shop.sandbox.git(&["fsck", "--strict"]);
}

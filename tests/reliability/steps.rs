//! A commit while the hooks fail, hang, crash or are killed at each step.

use std::fs;

use crate::stage::{PATIENT, SESSION, Shop};
use crate::support::Sandbox;

#[test]
fn a_commit_with_a_session_has_trailers_and_a_record() {
    let shop = Shop::new();
    assert_eq!(shop.agent_commit("a.rs", &[]).code, 0);
    let message = shop.sandbox.git(&["log", "-1", "--format=%B"]);
    assert_eq!(
        message.trim(),
        format!("Add a.rs\n\nAssisted-by: Claude Code (claude-opus-4-6)\nBackstory-Session: claude-code/{SESSION}")
    );
    assert!(shop.has_note(&shop.head()));
    assert_eq!(shop.spooled(), 0);
}

#[test]
fn where_no_agent_is_at_work_a_commit_writes_no_file_of_ours() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    let ours = sandbox.root.join(".git/backstory");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&ours).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for name in ["a", "b"] {
        sandbox.write(name, name);
        sandbox.git(&["add", name]);
        sandbox.git(&["commit", "-q", "-m", name]);
    }
    sandbox.git(&["commit", "-q", "--amend", "-m", "c"]);
    // But for what lets the hooks of the next commit know that they have nothing to do.
    let ours: Vec<_> = names().into_iter().filter(|name| !before.contains(name)).collect();
    assert!(ours.iter().all(|name| name == "idle" || name == "passed" || name == "passed-at"), "{ours:?}");
    assert!(!sandbox.root.join(".git/backstory-spool").exists());
}

/// Every failpoint with one action: the commit is made with a whole message, the repository is sound, and the next commit
/// brings the record that was missed.
#[cfg(debug_assertions)]
fn at_every_step(action: &str) {
    let shop = Shop::new();
    for (number, point) in backstory::failpoint::POINTS.iter().enumerate() {
        // As in a new clone: key, index and spool are made again.
        let _ = fs::remove_dir_all(shop.ours());
        fs::write(
            shop.sandbox.root.join(".backstory.yml"),
            if action == "stall" { "timeout_ms: 700\n" } else { PATIENT },
        )
        .unwrap();
        let what = format!("{point}={action}");
        let ran = shop.agent_commit(&format!("{action}{number}.rs"), &[("BACKSTORY_FAILPOINT", &what)]);
        assert_eq!(ran.code, 0, "{what}: {ran:?}");
        if action == "panic" {
            assert!(ran.err.contains("stopped by a mistake in the program"), "{what} is not reached: {ran:?}");
        }
        let message = shop.sandbox.git(&["log", "-1", "--format=%B"]);
        let lines: Vec<&str> = message.trim().lines().collect();
        assert!(lines.len() == 1 || lines.len() == 4, "{what}: {message}");
        assert_eq!(lines[0], format!("Add {action}{number}.rs"), "{what}");
        let interrupted = shop.head();
        shop.sandbox.git(&["fsck", "--strict"]);
        fs::write(shop.sandbox.root.join(".backstory.yml"), PATIENT).unwrap();
        assert_eq!(shop.agent_commit(&format!("{action}{number}-next.rs"), &[]).code, 0, "{what}");
        assert!(shop.has_note(&shop.head()), "{what}: the next commit has no record");
        assert_eq!(shop.spooled(), 0, "{what}");
        assert!(shop.has_note(&interrupted), "{what}: the record was lost");
        shop.sandbox.git(&["fsck", "--strict"]);
    }
}

#[cfg(debug_assertions)]
#[test]
fn an_error_at_any_step_loses_nothing() {
    at_every_step("error");
}

#[cfg(debug_assertions)]
#[test]
fn a_full_disk_at_any_step_loses_nothing() {
    at_every_step("full");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_at_any_step_loses_nothing() {
    at_every_step("panic");
}

#[cfg(debug_assertions)]
#[test]
fn a_kill_at_any_step_loses_nothing() {
    at_every_step("kill");
}

#[cfg(debug_assertions)]
#[test]
fn a_stall_at_any_step_ends_with_the_limit_and_loses_nothing() {
    at_every_step("stall");
}

#[cfg(debug_assertions)]
#[test]
fn doctor_says_what_waits_on_the_spool_and_what_the_log_said_last() {
    let shop = Shop::new();
    let quiet = shop.sandbox.backstory(&["doctor"]).good();
    assert!(quiet.contains("  unfinished records: none\n"), "{quiet}");
    shop.agent_commit("a.rs", &[("BACKSTORY_FAILPOINT", "notes.blob=full")]);
    let ran = shop.sandbox.backstory(&["doctor"]);
    let waits = format!("! unfinished records: 1 commit, the oldest {}\n  -> the next commit makes", &shop.head()[..7]);
    assert!(ran.code == 1 && ran.out.contains(&waits), "{}", ran.out);
    assert!(
        ran.out.contains("post-commit did nothing, the commit goes on: ")
            && ran.out.contains("  -> fix the problem it reports, then delete "),
        "{}",
        ran.out
    );
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    fs::remove_file(shop.ours().join("log")).unwrap();
    assert!(shop.sandbox.backstory(&["doctor"]).good().contains("  log: empty\n"));
}

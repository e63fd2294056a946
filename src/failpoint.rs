//! Places where a test makes the program fail, hang or die, to show that nothing is lost there. Only in builds with debug
//! assertions; a released program has none. `main` arms one from the environment.

use std::io;

/// Every place, in the order in which a commit reaches them. `tests/reliability/steps.rs` goes through all of them.
pub const POINTS: &[&str] = &[
    "pending.write",
    "message.read",
    "sessions.gather",
    "index.open",
    "index.grow",
    "index.grown",
    "message.written",
    "message.replaced",
    "spool.write",
    "spool.written",
    "key.write",
    "notes.blob",
    "notes.tree",
    "notes.commit",
    "notes.ref",
    "notes.moved",
    "spool.remove",
];

/// The places in the life of a process document, in the order in which it reaches them. `tests/sop_life.rs` goes through all of
/// them.
pub const SOP_POINTS: &[&str] = &[
    "sop.ledger",
    "sop.recorded",
    "sop.model",
    "sop.document",
    "sop.approve",
    "sop.approved",
    "sop.published",
    "sop.voided",
];

/// The places where the log of executions and its cache are written.
pub const PROCESS_POINTS: &[&str] = &["process-log.append", "process-cache.write"];

/// The places where the index of what records tell is opened and written. `tests/recall.rs` goes through all of them.
pub const RECALL_POINTS: &[&str] = &["recall.open", "recall.change", "recall.commit"];

#[cfg(debug_assertions)]
static ARMED: std::sync::OnceLock<(String, String)> = std::sync::OnceLock::new();

/// Arms what `BACKSTORY_FAILPOINT` says: `notes.ref=kill`. Actions: `error`, `full` (as from a full disk), `panic`, `stall`,
/// `kill`. What is no such text arms nothing.
#[cfg(debug_assertions)]
pub fn arm(setting: Option<&str>) {
    if let Some((point, action)) = setting.and_then(|setting| setting.split_once('=')) {
        // Set once, by `main`.
        let _ = ARMED.set((point.to_owned(), action.to_owned()));
    }
}

#[cfg(not(debug_assertions))]
pub fn arm(_: Option<&str>) {}

/// Marks a place. Does what is armed for it; else nothing.
///
/// # Errors
/// When an error is armed for it.
#[cfg(debug_assertions)]
pub(crate) fn reach(point: &str) -> io::Result<()> {
    match ARMED.get().filter(|(armed, _)| armed == point).map(|(_, action)| action.as_str()) {
        Some("error") => Err(io::Error::other(format!("failpoint {point}"))),
        Some("full") => Err(io::Error::from(io::ErrorKind::StorageFull)),
        Some("panic") => panic!("failpoint {point}"),
        Some("stall") => {
            std::thread::sleep(std::time::Duration::from_secs(60));
            Ok(())
        }
        // No destructor runs, as with `kill -9`.
        Some("kill") => std::process::abort(),
        _ => Ok(()),
    }
}

#[cfg(not(debug_assertions))]
#[inline]
pub(crate) fn reach(_: &str) -> io::Result<()> {
    Ok(())
}

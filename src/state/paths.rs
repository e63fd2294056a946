//! Everything that this program keeps in its folder of a git folder, in one list: what takes something out of it
//! (`uninstall`, `forget`) and what looks after it (`doctor`) walk this list, so that nothing is forgotten.

use std::path::{Path, PathBuf};

/// Our folder in a git folder: in the one that all worktrees share, and for what is about one worktree in its own.
pub(crate) const FOLDER: &str = "backstory";

/// The index of transcripts, and what SQLite puts beside it.
pub(crate) const INDEX: &str = "index.db";
/// The log of executions, and what SQLite puts beside it.
pub(crate) const PROCESS: &str = "process.db";
/// What records tell, by word, file and error, and what SQLite puts beside it.
pub(crate) const RECALL: &str = "recall.db";
pub(crate) const ROSTER: &str = "roster";
pub(crate) const LOG: &str = "log";
pub(crate) const KEY: &str = "key";
pub(crate) const PENDING: &str = "pending";
/// The record of the commit that is being made, which commit-msg leaves for post-commit.
pub(crate) const PREPARED: &str = "prepared";
/// What the hooks of every commit go by when no agent is at work (`idle::stamp`), the program that does, and the words that
/// it leaves for the next hooks.
pub(crate) const IDLE: &str = "idle";
pub(crate) const IDLE_CHECK: &str = "idle-check";
pub(crate) const PASSED: &str = "passed";
pub(crate) const PASSED_AT: &str = "passed-at";
pub(crate) const REFUSED: &str = "refused";
pub(crate) const UNDELIVERED: &str = "undelivered";
pub(crate) const EARLIER: &str = "earlier";
pub(crate) const TRAILERS_REFUSED: &str = "trailers-refused";
pub(crate) const REFUSED_MESSAGE: &str = "refused-message";
pub(crate) const FORGOTTEN: &str = "forgotten";
/// Digests of the messages of forgotten sessions, for their copies: it stays while the list of those does.
pub(crate) const SILENCED: &str = "silenced";
pub(crate) const DECLINED: &str = "declined";
/// The folder of what a run of the Action wrote, where the workflow names no other.
pub(crate) const ACTION: &str = "action";
/// The folder of the spool, and its name beside our folder where that cannot be written.
pub(crate) const SPOOL: &str = "spool";
pub(crate) const SPOOL_BESIDE: &str = "backstory-spool";

/// What a file is for, and so who may delete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A copy of what sessions and records say. It is rebuilt; `forget` deletes it.
    Copy,
    /// What hooks leave for each other. `uninstall` deletes it with the copies.
    Work,
    /// What a person decided. It outlives the program.
    Decision,
}

/// The files that may lie in [`FOLDER`], beside the spool and the receipt of `init`, which `install` looks after.
pub(crate) const FILES: &[(&str, Purpose)] = &[
    (INDEX, Purpose::Copy),
    ("index.db-wal", Purpose::Copy),
    ("index.db-shm", Purpose::Copy),
    ("index.db-journal", Purpose::Copy),
    (PROCESS, Purpose::Copy),
    ("process.db-wal", Purpose::Copy),
    ("process.db-shm", Purpose::Copy),
    ("process.db-journal", Purpose::Copy),
    (RECALL, Purpose::Copy),
    ("recall.db-wal", Purpose::Copy),
    ("recall.db-shm", Purpose::Copy),
    ("recall.db-journal", Purpose::Copy),
    (PREPARED, Purpose::Copy),
    (ROSTER, Purpose::Work),
    (LOG, Purpose::Work),
    (KEY, Purpose::Work),
    (PENDING, Purpose::Work),
    (IDLE, Purpose::Work),
    (IDLE_CHECK, Purpose::Work),
    (PASSED, Purpose::Work),
    (PASSED_AT, Purpose::Work),
    (REFUSED, Purpose::Work),
    (UNDELIVERED, Purpose::Work),
    (EARLIER, Purpose::Work),
    (TRAILERS_REFUSED, Purpose::Work),
    (REFUSED_MESSAGE, Purpose::Work),
    (FORGOTTEN, Purpose::Decision),
    (DECLINED, Purpose::Decision),
    (SILENCED, Purpose::Decision),
];

/// The files of one purpose.
pub(crate) fn files_of(purpose: Purpose) -> impl Iterator<Item = &'static str> {
    FILES.iter().filter(move |(_, one)| *one == purpose).map(|(name, _)| *name)
}

/// Our folder below `git_dir`.
pub(crate) fn folder(git_dir: &Path) -> PathBuf {
    git_dir.join(FOLDER)
}

/// The file `name` in our folder below `git_dir`.
pub(crate) fn at(git_dir: &Path, name: &str) -> PathBuf {
    folder(git_dir).join(name)
}

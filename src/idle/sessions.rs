//! What a stamp says of the agents' folders. Like the roster it holds digests in the place of the folders' names, which name
//! a person's other work.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The folders and transcripts that are looked at, as they were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenSessions {
    /// Folders below which folders of transcripts are found, so many levels deep.
    pub(crate) trees: Vec<(usize, PathBuf)>,
    /// Digests of folders, and when they changed.
    pub(crate) folders: Vec<(u64, i64)>,
    pub(crate) files: Vec<SeenTranscript>,
}

/// A transcript of a session that belongs elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SeenTranscript {
    /// Digest of its folder.
    pub(crate) folder: u64,
    pub(crate) modified: i64,
    pub(crate) size: u64,
    /// When the folder of its subagents changed, or the one that it would be in; 0 where neither was there.
    pub(crate) subagents: i64,
    /// That folder, from the folder of the transcript on; empty where there is none for its kind.
    pub(crate) beside: String,
    pub(crate) name: String,
}

/// Stands for a path, and does not tell it.
pub(crate) fn digest(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.as_os_str().hash(&mut hasher);
    hasher.finish()
}

/// When the folder of a session's subagents changed, or where there is none the one that it would be made in. Where there is
/// neither, making them changes the folder of the transcript, which is looked at itself.
pub(crate) fn subagents(folder: &Path) -> i64 {
    match modified(folder) {
        0 => folder.parent().map_or(0, modified),
        at => at,
    }
}

/// When a file or folder changed; 0 where there is none. A database has its newest rows in the log beside it.
pub(crate) fn modified(path: &Path) -> i64 {
    let of = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).map_or(0, nanoseconds);
    match is_database(path) {
        true => of(path).max(of(&beside(path, "-wal"))),
        false => of(path),
    }
}

/// Whether a path has the name of a file in which sessions are kept as in a folder: a database, or a history that each run adds to.
pub(crate) fn is_database(path: &Path) -> bool {
    let is_known = |end: &str| ["db", "vscdb", "sqlite", "sqlite3"].contains(&end);
    let is_history = || path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(HISTORY));
    path.extension().and_then(|end| end.to_str()).is_some_and(|end| is_known(end) || (end == "md" && is_history()))
}

const HISTORY: &str = "chat.history.md";

/// The file of this name with something behind it.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Nanoseconds since 1970.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

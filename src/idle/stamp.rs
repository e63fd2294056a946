//! The stamp that a hook leaves behind when nothing of any agent was there: all that it looked at, as it was. As long as it
//! still is, the next hooks need not look any further. A text of lines; one that is not understood does not hold.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::sessions::{SeenSessions, nanoseconds};

/// The first line; another version does not hold.
pub(super) const FIRST: &str = "backstory idle 2";
/// The last line: what was cut off while it was written does not hold.
pub(super) const LAST: &str = "end";
/// Where it is, from the root of a main work tree, which git runs these hooks in.
pub(crate) const STAMP: &str = ".git/backstory/idle";

/// What was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The root of the work tree.
    pub(crate) root: PathBuf,
    /// In seconds since 1970: when it was made, and when all is to be looked at again.
    pub(crate) made: u64,
    pub(crate) until: u64,
    /// The commit that was at HEAD.
    pub(crate) head: String,
    /// The length of HEAD's log, in bytes.
    pub(crate) log: u64,
    /// The author of the last commit, name and address, of whom it is known that it is not an agent.
    pub(crate) author: (String, String),
    /// Variables as they were; `None` for one that was not set.
    pub(crate) variables: BTreeMap<String, Option<String>>,
    /// Files and folders as they were.
    pub(crate) looks: Vec<(PathBuf, FileLook)>,
    /// The sessions of agents as they were.
    pub(crate) sessions: SeenSessions,
    /// In small letters, `-` for `_`: a message without one of them says nothing of agents.
    pub(crate) words: Vec<String>,
}

/// A file or folder, as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileLook {
    Absent,
    /// When it was changed, in nanoseconds since 1970, and its size in bytes (0 for a folder, whose size says nothing).
    Seen {
        modified: i64,
        size: u64,
    },
}

impl FileLook {
    /// `None` where it cannot be looked at.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(data) => {
                let modified = nanoseconds(data.modified().ok()?);
                Some(Self::Seen { modified, size: if data.is_dir() { 0 } else { data.len() } })
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Some(Self::Absent),
            Err(_) => None,
        }
    }
}

/// A message as the words are.
pub(crate) fn folded(message: &str) -> String {
    message.to_lowercase().replace('_', "-")
}

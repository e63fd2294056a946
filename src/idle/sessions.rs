//! What a stamp says of the agents' folders. Like the roster it holds digests in the place of the folders' names, which name
//! a person's other work.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// The folders and transcripts that are looked at, as they were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sessions {
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

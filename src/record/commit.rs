//! A commit as the linker needs it: message, time, and the lines it added and removed.

use jiff::Timestamp;

use super::text::Raw;

#[derive(Clone, Debug)]
pub struct Commit {
    /// 40 (or 64) hex digits; `None` for a staged change that is not committed yet.
    pub id: Option<String>,
    pub parents: Vec<String>,
    pub author: Person,
    pub authored_at: Timestamp,
    pub committed_at: Timestamp,
    pub message: Raw,
    pub files: Vec<FileChange>,
    /// `None` for what is not committed yet.
    pub trees: Option<Trees>,
}

/// Ids of trees, which are the same for the same files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trees {
    pub own: String,
    /// Of the first parent, empty where there is none; `None` where it is not here.
    pub base: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// Who made a commit, when, and on what, as git has it; nothing of it is redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitHeader {
    pub parents: Vec<String>,
    pub author: Person,
    pub authored_at: ClockTime,
    pub committer: Person,
    pub committed_at: ClockTime,
}

/// A time by the clock of somebody, as git keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTime {
    /// Since 1970, in UTC.
    pub seconds: i64,
    /// How far the clock is ahead of UTC.
    pub offset_minutes: i32,
}

#[derive(Clone, Debug)]
pub struct FileChange {
    /// Relative to the root of the repository, with `/`.
    pub path: String,
    /// The name before, where the commit renamed or copied it.
    pub old_path: Option<String>,
    pub kind: FileChangeKind,
    /// Empty for binary files and for files that were left out because of their size.
    pub hunks: Vec<Hunk>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChangeKind {
    Added,
    Modified,
    Deleted,
    Renamed,
    Binary,
}

#[derive(Clone, Debug)]
pub struct Hunk {
    /// Line numbers from 1.
    pub old_start: u32,
    pub new_start: u32,
    /// Without context; each line without its line end.
    pub removed: Vec<Raw>,
    pub added: Vec<Raw>,
    /// Places in `added` of lines that the file had before, there or elsewhere.
    pub repeated: Vec<u32>,
}

/// A line at the end of a commit message that git reads as `key: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    pub key: String,
    /// In one line: continuation lines are joined by a blank.
    pub value: Raw,
}

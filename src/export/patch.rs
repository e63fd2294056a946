//! The patch of a row, and why there is none.

use crate::record::text::Clean;

/// What one session did in a commit, as `git apply` takes it.
pub struct RowPatch {
    pub text: Clean,
    /// Whether it is the whole commit, or the part of it that is the session's.
    pub is_whole: bool,
    /// Whether hunks of others are left out of one of its files: what they hold, as an import, may be missing.
    pub is_cut: bool,
}

/// Why there is no patch that holds all that a session did in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPatch {
    NoLines,
    /// Others had a part in the commit, and who renamed, removed or replaced files or lines in it is not known.
    Mixed,
    /// A binary file, a submodule, or text that is not UTF-8.
    NotText,
    /// The commit cannot be read.
    Unreadable,
}

impl NoPatch {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NoLines => "no lines of the agent in the commit",
            Self::Mixed => "who made some changes of the commit is not known",
            Self::NotText => "a patch cannot hold a binary file, a submodule or text that is not UTF-8",
            Self::Unreadable => "the commit cannot be read",
        }
    }
}

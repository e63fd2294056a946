//! On which state of a commit a check ran, and what changed since.

use serde::{Deserialize, Serialize};

/// The state that a check ran on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckedState {
    /// Nothing is known to have changed between the check and the commit.
    Committed,
    /// A session edited a file of the commit after it.
    BeforeEdit,
    /// The commit has changes (`untested`) that no session is known to have made: whether they were there is not known.
    BeforeChange,
    /// It ran on what the commit changes, possibly on top of other files: that was rebased, amended or taken to another branch since.
    OtherBase,
    /// It ran on other files: with changes that are not in the commit, before HEAD moved to others, or before
    /// the commit was made anew from another one; or a check of its kind failed later.
    OtherState,
}

impl CheckedState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::BeforeEdit => "before-edit",
            Self::BeforeChange => "before-change",
            Self::OtherBase => "other-base",
            Self::OtherState => "other-state",
        }
    }
}

/// A change of the commit, outside of documents, that is not known to have been there when the sessions ran their checks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Untested {
    pub path: String,
    /// First line in the committed file, from 1; absent for lines that went and for a file as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// Lines that were added or, for `removed`, that went; 0 where none did: a file that was renamed, or holds no text.
    pub lines: u32,
    pub by: UntestedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UntestedBy {
    /// A person changed an agent's lines, or wrote them.
    Person,
    /// Nobody is known to have written the lines.
    Unknown,
    /// Lines or a file that no session is known to have taken away, renamed or replaced.
    Removed,
    /// An agent's own lines, but not as it left them: with other blanks or line ends, in another order or file.
    Layout,
}

impl UntestedBy {
    /// Whether it is known from the files and not from the authors of lines.
    pub fn is_of_a_file(self) -> bool {
        matches!(self, Self::Removed | Self::Layout)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Unknown => "unknown",
            Self::Removed => "removed",
            Self::Layout => "layout",
        }
    }
}

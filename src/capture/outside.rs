//! What of a session lies outside of a repository.

/// What is kept of edits that lie in no repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Documents alone: an agent keeps its plans outside. The rest says nothing about a commit.
    Documents,
    /// All of it: the session was named, and may have worked in a folder that is not on this machine.
    All,
}

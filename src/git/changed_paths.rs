//! Which paths a commit changed, without what it did to them: cheap enough to ask of every commit.

use anyhow::Result;

use super::repository::Repository;
use super::tree_changes::compare;

/// A commit as far as its paths.
pub(crate) struct Outline {
    /// In full.
    pub(crate) id: String,
    pub(crate) message: Vec<u8>,
    /// Whether it joins two branches or more.
    pub(crate) is_merge: bool,
    /// Those that differ from its first parent, in order.
    pub(crate) paths: Vec<String>,
}

/// The commit that `revision` names, a full id or the beginning of one; `None` where there is none, or several.
///
/// # Errors
/// When its tree cannot be read.
pub(crate) fn outline(repository: &Repository, revision: &str) -> Result<Option<Outline>> {
    let Ok(object) = repository.handle().revparse_single(revision) else { return Ok(None) };
    let Ok(commit) = object.peel_to_commit() else { return Ok(None) };
    let old = commit.parent(0).ok().map(|parent| parent.tree_id());
    let changes = compare(repository.handle(), old, Some(commit.tree_id()))?;
    let paths = changes.iter().map(|change| String::from_utf8_lossy(&change.path).into_owned()).collect();
    Ok(Some(Outline {
        id: commit.id().to_string(),
        message: commit.message_raw_bytes().to_vec(),
        is_merge: commit.parent_count() > 1,
        paths,
    }))
}

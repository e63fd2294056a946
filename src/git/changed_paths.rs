//! Which paths a commit changed, without what it did to them: cheap enough to ask of every commit.

use anyhow::Result;

use super::repository::Repository;
use super::tree_changes::compare;

/// The message of the commit `revision` names (a full id or the beginning of one), its full id, and the paths that differ from
/// its first parent, in order. `None` where there is no such commit, or several.
pub(crate) fn message_and_paths(
    repository: &Repository,
    revision: &str,
) -> Result<Option<(String, Vec<u8>, Vec<String>)>> {
    let Ok(object) = repository.handle().revparse_single(revision) else { return Ok(None) };
    let Ok(commit) = object.peel_to_commit() else { return Ok(None) };
    let old = commit.parent(0).ok().map(|parent| parent.tree_id());
    let changes = compare(repository.handle(), old, Some(commit.tree_id()))?;
    let paths = changes.iter().map(|change| String::from_utf8_lossy(&change.path).into_owned()).collect();
    Ok(Some((commit.id().to_string(), commit.message_raw_bytes().to_vec(), paths)))
}

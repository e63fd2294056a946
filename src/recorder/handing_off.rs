//! The work at hand, with its records: the commits that the branch has beyond its base, and what is not committed.

use super::range::{Loaded, RangeQuery, load};
use super::workplace::Workplace;
use crate::git::work_tree;
use crate::recall::handoff::{HandoffAnswer, WorkAtHand, handoff};

/// Commits where the branch has no base, or none beyond it.
const LAST: usize = 10;
/// Commits of a branch, the last ones.
const MOST: usize = 200;

/// What the next agent has to know, and what there is to say of what could not be read. What the session `without` did is left out.
///
/// # Errors
/// When the records cannot be read.
pub(crate) fn hand_off(workplace: &Workplace, without: Option<&str>) -> anyhow::Result<(HandoffAnswer, Loaded)> {
    let repository = &workplace.repository;
    // Without a base, or on the default branch itself, the last commits are the work.
    let mut ids = RangeQuery::Work(None).ids(repository).unwrap_or_default();
    let is_of_branch = !ids.is_empty();
    if !is_of_branch && repository.head().is_some() {
        ids = RangeQuery::Last(None, LAST).ids(repository)?;
    }
    ids.drain(..ids.len().saturating_sub(MOST));
    let loaded = load(workplace, &workplace.redactor()?, RangeQuery::These(&ids))?;
    let changed = work_tree::changed(repository, &|path| !workplace.ignored.has_path(path));
    let work = WorkAtHand {
        branch: repository.branch().map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()),
        is_of_branch,
        entries: &loaded.entries,
        uncommitted: changed.into_iter().map(|(path, _)| path).collect(),
        without,
    };
    Ok((handoff(work), loaded))
}

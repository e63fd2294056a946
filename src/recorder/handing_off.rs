//! The work at hand, with its records: the commits that the branch has beyond its base, and what is not committed.

use super::outcomes::taken_back;
use super::range::{Loaded, RangeQuery, keep_last, load};
use super::recalling::look_into_the_tree;
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
    let not_looked_at = keep_last(&mut ids, MOST);
    let loaded = load(workplace, &workplace.redactor()?, RangeQuery::These(&ids))?;
    let changed = work_tree::changed(repository, &|path| !workplace.ignored.has_path(path));
    let work = WorkAtHand {
        branch: repository.branch().map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()),
        is_of_branch,
        entries: &loaded.entries,
        uncommitted: changed.into_iter().map(|(path, _)| path).collect(),
        not_looked_at,
        without,
    };
    let taken_back = taken_back(repository, &loaded.entries)?;
    let answer = handoff(work, |hits| {
        hits.iter_mut().for_each(|hit| hit.reverted_by = taken_back.get(&hit.commit).cloned());
        look_into_the_tree(repository, hits);
    });
    Ok((answer, loaded))
}

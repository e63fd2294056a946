//! Which commits a list is of: a range, its last commits, and those that touch some paths.

use std::path::Path;

use super::range::{RangeQuery, keep_last};
use crate::git::range;
use crate::git::repository::Repository;
use crate::git::touching::touching;

/// Commits of a branch without a limit.
const LAST: usize = 30;

/// What a person asked for.
pub(crate) struct ListQuery<'a> {
    /// A range, a branch or a commit; `HEAD` without one.
    pub(crate) range: Option<&'a str>,
    /// So many at most; without it, the last 30 of a branch, and all of a range.
    pub(crate) most: Option<usize>,
    /// Only commits that touch one of these, as seen from the folder.
    pub(crate) paths: (&'a Path, &'a [String]),
}

impl<'a> ListQuery<'a> {
    /// The same as a span of commits, where nothing but a range was asked for.
    pub(crate) fn whole(&self) -> Option<RangeQuery<'a>> {
        (self.most.is_none() && self.paths.1.is_empty()).then_some(RangeQuery::Last(self.range, LAST))
    }

    /// The ids of the commits, oldest first, and why there are none.
    ///
    /// # Errors
    /// When a revision does not name a commit, or git refuses a path.
    pub(crate) fn ids(&self, repository: &Repository) -> anyhow::Result<(Vec<String>, Option<String>)> {
        let (from, paths) = self.paths;
        if paths.is_empty() {
            let query = RangeQuery::Last(self.range, self.most.unwrap_or(LAST));
            let mut ids = query.ids(repository)?;
            let empty = ids.is_empty().then(|| query.why_empty(repository)).flatten();
            keep_last(&mut ids, self.most.unwrap_or(usize::MAX));
            return Ok((ids, empty));
        }
        let is_branch = self.range.is_none_or(|range| range::is_branch(repository, range));
        let most = self.most.unwrap_or(if is_branch { LAST } else { usize::MAX });
        let ids = touching(repository, self.range.map(range::CommitRange::History), (from, paths), most)?;
        let empty = || format!("no commits in `{}` touch {}", self.range.unwrap_or("HEAD"), paths.join(" "));
        let is_empty = ids.is_empty() && most > 0;
        Ok((ids, is_empty.then(empty)))
    }
}

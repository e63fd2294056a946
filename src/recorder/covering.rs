//! How many commits of a range have records, read commit by commit.

use super::listing::{self, Listing};
use super::range::{LoadDetail, RangeQuery};
use super::workplace::Workplace;
use crate::git::note_copies;
use crate::recall::coverage::{CommitCoverage, CoverageAnswer, coverage, of_commit};
use crate::record::entry::CommitEntry;

/// With what there is to say of what could not be read.
///
/// # Errors
/// When a revision does not name a commit.
pub(crate) fn of_range(workplace: &mut Workplace, span: RangeQuery<'_>) -> anyhow::Result<(CoverageAnswer, Listing)> {
    let redactor = workplace.redactor()?;
    // A reference that cannot be looked through is said by the listing.
    let (notes, _) = note_copies::all(&workplace.repository);
    let mut commits: Vec<CommitCoverage> = Vec::new();
    let render = |entry: &CommitEntry| Ok(of_commit(entry, notes.contains_key(&entry.id)));
    let take = |one: CommitCoverage| {
        commits.push(one);
        Ok(())
    };
    let listing = listing::newest_first(workplace, &redactor, (span, LoadDetail::Record), (render, take))?;
    Ok((coverage(commits), listing))
}

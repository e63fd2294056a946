//! The session behind a commit that a subagent made whose own transcript is not known: what the subagent reported names the commit.

use std::collections::BTreeSet;

use super::claim::Claim;
use super::library::{Library, Reported};
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Evidence};

/// What names the commit in the report of a subagent that was started before the commit was made; of several it is the last that was
/// started.
pub(super) fn find<'a>(commit: &Commit, library: &'a Library) -> Option<&'a Reported> {
    let id = commit.id.as_ref()?;
    let is_its = |at: Option<jiff::Timestamp>| at.is_some_and(|at| at <= commit.authored_at);
    let reported = library.reported.iter().filter(|one| id.starts_with(&one.id) && is_its(one.at));
    reported.max_by_key(|one| one.at)
}

/// The session that started the subagent.
pub(crate) fn claim(commit: &Commit, library: &Library) -> Option<Claim> {
    find(commit, library).map(|one| Claim {
        session: one.session,
        confidence: Confidence::Stated,
        evidence: vec![Evidence::Report { named: one.id.clone() }],
        lines: 0,
        weight: 0.0,
        committed_in: Some(one.turn),
        planned_in: BTreeSet::new(),
    })
}

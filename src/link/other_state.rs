//! Whether checks ran on what a commit holds that was made from others: a rebase puts it on other files, an amend or a split
//! changes its own.

use jiff::{SignedDuration, Timestamp};

use crate::record::checked_state::CheckedState;
use crate::record::commit::{Commit, Trees};
use crate::record::contribution::{Check, CheckKind, Contribution};
use crate::record::note::Record;
use crate::record::text::Clean;

/// A commit whose dates are further apart was made anew.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// A commit that another one was made from.
pub(super) struct OriginCommit<'a> {
    pub(super) trees: Option<&'a Trees>,
    pub(super) made_at: Timestamp,
    /// It is an earlier record of the very commit.
    pub(super) is_own: bool,
}

impl OriginCommit<'_> {
    /// Whether it had all the files of the new commit as they are there.
    pub(super) fn is_same(&self, commit: &Commit) -> bool {
        self.is_own || self.trees.zip(commit.trees.as_ref()).is_some_and(|(old, new)| old.own == new.own)
    }

    /// Whether it stood on the same files, so that what the commit itself changes tells the rest.
    fn stands_alike(&self, commit: &Commit) -> bool {
        let bases = |trees: &Trees| trees.base.clone();
        let both = self.trees.and_then(bases).zip(commit.trees.as_ref().and_then(bases));
        both.is_some_and(|(old, new)| old == new)
    }
}

/// A contribution as another commit's record has it: its checks saw the state of that commit.
pub(super) fn carried(
    contribution: &Contribution<Clean>,
    origin: &OriginCommit,
    commit: &Commit,
) -> Contribution<Clean> {
    let mut copy = contribution.clone();
    if !origin.is_same(commit) {
        copy.checks.iter_mut().filter(|check| check.kind != CheckKind::Told).for_each(saw_another);
    }
    copy
}

/// Marks the checks of the first contributions, which were read from their sessions for this commit, that ran before it was
/// made anew upon other files.
pub(super) fn mark(commit: &Commit, record: &mut Record<Clean>, origins: &[OriginCommit], first: usize) {
    let others = || origins.iter().filter(|origin| !origin.is_own);
    let is_made_anew = commit.committed_at.duration_since(commit.authored_at) > SLACK;
    let ran_elsewhere = |check: &Check<Clean>| {
        if others().next().is_none() {
            return is_made_anew && check.at.is_none_or(|at| at.duration_since(commit.authored_at) <= SLACK);
        }
        let mut of_then = others().filter(|origin| check.at.is_none_or(|at| at <= origin.made_at)).peekable();
        of_then.peek().is_some() && of_then.all(|origin| !origin.is_same(commit) && !origin.stands_alike(commit))
    };
    let is_known = others().next().is_some();
    for one in record.contributions.iter_mut().take(first) {
        let checks = one.checks.iter_mut().filter(|check| check.kind != CheckKind::Told);
        checks.filter(|check| ran_elsewhere(check)).for_each(if is_known { saw_another } else { saw_another_base });
    }
}

/// What the commit was made from is not known: a rebase leaves what it changes as it was, and mostly an amend does. What was edited since
/// the check is told anyway.
fn saw_another_base(check: &mut Check<Clean>) {
    let is_later =
        matches!(check.state, Some(CheckedState::Committed)) || (check.state.is_none() && check.after_last_edit);
    if is_later {
        check.state = Some(CheckedState::OtherBase);
    }
}

fn saw_another(check: &mut Check<Clean>) {
    check.state = Some(CheckedState::OtherState);
}

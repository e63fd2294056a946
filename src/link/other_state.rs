//! Whether checks ran on what a commit holds that was made from others: a rebase puts it on other files, an amend or a split
//! changes its own.

use std::cell::LazyCell;

use jiff::{SignedDuration, Timestamp};

use super::pairing::Patch;
use crate::record::checked_state::CheckedState;
use crate::record::commit::{Commit, Trees};
use crate::record::contribution::{Check, CheckKind, Contribution};
use crate::record::note::Record;
use crate::record::text::Clean;

/// A commit whose dates are further apart was made anew.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// A commit that another one was made from.
pub(super) struct OriginCommit<'a> {
    pub(super) commit: Option<&'a Commit>,
    pub(super) made_at: Timestamp,
    /// It is an earlier record of the very commit.
    pub(super) is_own: bool,
}

impl OriginCommit<'_> {
    fn trees(&self) -> Option<&Trees> {
        self.commit.and_then(|commit| commit.trees.as_ref())
    }

    /// Whether it had all the files of the new commit as they are there.
    pub(super) fn is_same(&self, commit: &Commit) -> bool {
        self.is_own || self.trees().zip(commit.trees.as_ref()).is_some_and(|(old, new)| old.own == new.own)
    }

    /// Whether it stood on the same files, so that what the commit itself changes tells the rest.
    fn stands_alike(&self, commit: &Commit) -> bool {
        let bases = |trees: &Trees| trees.base.clone();
        let both = self.trees().and_then(bases).zip(commit.trees.as_ref().and_then(bases));
        both.is_some_and(|(old, new)| old == new)
    }

    /// Whether it came after the commit, which was then not made from it: a squash has lines of the commits of its branch. What is made
    /// anew keeps the time of its author, or gets a later one.
    fn is_later(&self, commit: &Commit) -> bool {
        self.made_at > commit.committed_at || self.commit.is_some_and(|origin| origin.authored_at > commit.authored_at)
    }

    /// Whether the new commit changes all that it changed, on whatever files: it was rebased, or squashed with others.
    fn is_within(&self, patch: &Patch) -> bool {
        self.commit.is_some_and(|origin| Patch::of(origin).is_within(patch))
    }
}

/// A contribution as another commit's record has it: its checks saw the state of that commit, which differs by its base alone where both
/// change the same.
pub(super) fn carried(
    contribution: &Contribution<Clean>,
    origin: &OriginCommit,
    commit: &Commit,
) -> Contribution<Clean> {
    let mut copy = contribution.clone();
    if !origin.is_same(commit) {
        let changes_the_same = origin.commit.is_some_and(|origin| {
            let patch = Patch::of(origin);
            patch.says_something() && patch == Patch::of(commit)
        });
        let checks = copy.checks.iter_mut().filter(|check| check.kind != CheckKind::Told);
        checks.for_each(if changes_the_same { saw_another_base } else { saw_another });
    }
    copy
}

/// Marks the checks of the first contributions, which were read from their sessions for this commit, that ran before it was
/// made anew upon other files.
pub(super) fn mark(commit: &Commit, record: &mut Record<Clean>, origins: &[OriginCommit], first: usize) {
    let others: Vec<&OriginCommit> =
        origins.iter().filter(|origin| !origin.is_own && !origin.is_later(commit)).collect();
    let is_made_anew = commit.committed_at.duration_since(commit.authored_at) > SLACK;
    let patch = LazyCell::new(|| Patch::of(commit));
    for one in record.contributions.iter_mut().take(first) {
        for check in one.checks.iter_mut().filter(|check| check.kind != CheckKind::Told) {
            if others.is_empty() {
                if is_made_anew && check.at.is_none_or(|at| at.duration_since(commit.authored_at) <= SLACK) {
                    saw_another_base(check);
                }
                continue;
            }
            let at = check.at;
            let is_of_then = |origin: &&&OriginCommit| at.is_none_or(|at| at <= origin.made_at);
            let of_then: Vec<&OriginCommit> = others.iter().filter(is_of_then).copied().collect();
            let is_another = |origin: &&OriginCommit| !origin.is_same(commit) && !origin.stands_alike(commit);
            if of_then.is_empty() || !of_then.iter().all(is_another) {
                continue;
            }
            if of_then.iter().all(|origin| origin.is_within(&patch)) {
                saw_another_base(check);
            } else {
                saw_another(check);
            }
        }
    }
}

/// A rebase leaves what a commit changes as it was, and mostly an amend does. What was edited since the check is told anyway.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::link::carry::tests::commit_of;
    use crate::record::samples;

    const PRICE: &str = "def price(): return sum_of_all_prices()";
    const TAX: &str = "def tax(): return rate_of_taxes() * price()";

    /// A commit with these lines on files of this name, made at seconds of the clock: its author's, and its own.
    fn made(lines: &[&str], base: &str, (authored, committed): (i64, i64)) -> Commit {
        let at = |second| Timestamp::from_second(second).unwrap();
        let own = format!("{base} {lines:?}");
        let trees = Some(Trees { own, base: Some(base.to_owned()) });
        Commit { authored_at: at(authored), committed_at: at(committed), trees, ..commit_of(&[("shop.py", lines)]) }
    }

    fn record(check: serde_json::Value) -> Record<Clean> {
        let contributions = json!([{"agent": "codex", "session": "1", "confidence": "stated", "evidence": [], "lines": 1,
            "checks": [check]}]);
        let lines = json!({"added": 1, "agent": 1, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0});
        serde_json::from_value(samples::record(contributions, lines, json!([]))).unwrap()
    }

    fn check(after_last_edit: bool) -> serde_json::Value {
        json!({"kind": "test", "command": "pytest", "result": "passed", "after_last_edit": after_last_edit,
            "by": "agent", "at": "1970-01-01T00:16:00Z"})
    }

    #[test]
    fn a_check_before_a_rebase_saw_what_the_commit_changes_and_only_its_base_is_another() {
        let new = |lines: &[&str]| made(lines, "new", (1000, 3000));
        let old = |lines: &[&str], base: &str, made_at| Some((made(lines, base, made_at), made_at.1));
        let (base, other) = (Some(CheckedState::OtherBase), Some(CheckedState::OtherState));
        for (name, origin, lines, after, expected) in [
            ("rebased", old(&[PRICE], "old", (1000, 1000)), &[PRICE][..], true, base),
            ("rebased, and squashed with more", old(&[PRICE], "old", (1000, 1000)), &[PRICE, TAX], true, base),
            ("rebased without a line", old(&[PRICE, TAX], "old", (1000, 1000)), &[PRICE], true, other),
            ("edited after the check", old(&[PRICE], "old", (1000, 1000)), &[PRICE], false, None),
            ("amended on the same files", old(&[PRICE, TAX], "new", (1000, 1000)), &[PRICE], true, None),
            ("made before a squash that has its lines", old(&[PRICE, TAX], "old", (4000, 4000)), &[PRICE], true, base),
            ("made before one of another author's time", old(&[TAX], "old", (2000, 2000)), &[PRICE], true, base),
            ("from one that is not known", None, &[PRICE], true, base),
        ] {
            let mut record = record(check(after));
            let origins = origin.iter().map(|(commit, made_at)| OriginCommit {
                commit: Some(commit),
                made_at: Timestamp::from_second(*made_at).unwrap(),
                is_own: false,
            });
            mark(&new(lines), &mut record, &origins.collect::<Vec<_>>(), 1);
            assert_eq!(record.contributions[0].checks[0].state, expected, "{name}");
        }
    }

    #[test]
    fn what_is_carried_from_a_commit_that_changes_the_same_ran_on_another_base() {
        for (name, lines, expected) in [
            ("the same lines", &[PRICE, TAX][..], CheckedState::OtherBase),
            ("one of two", &[PRICE], CheckedState::OtherState),
        ] {
            let origin = made(&[PRICE, TAX], "old", (1000, 1000));
            let origin = OriginCommit { commit: Some(&origin), made_at: origin.committed_at, is_own: false };
            let copy = carried(&record(check(true)).contributions[0], &origin, &made(lines, "new", (1000, 3000)));
            assert_eq!(copy.checks[0].state, Some(expected), "{name}");
        }
    }
}

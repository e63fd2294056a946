//! The checks that are told of a commit: what ran before it, what passed right behind it where nothing did before, and what a person says
//! that was checked.

use super::later_runs::LaterRun;
use crate::checks::runners::are_alike;
use crate::checks::scope::CheckScope;
use crate::record::contribution::{Check, CheckKind, CheckResult, CheckedBy};
use crate::record::session::Session;
use crate::record::text::Raw;

/// A check that is told, with the place of its call.
pub(super) struct KeptCheck {
    pub(super) place: (usize, usize),
    pub(super) scope: CheckScope,
    pub(super) command: String,
    pub(super) check: Check<Raw>,
}

impl KeptCheck {
    pub(super) fn of(run: &LaterRun, check: Check<Raw>) -> Self {
        let check = Check { partial: run.scope == CheckScope::Single, ..check };
        Self { place: run.place, scope: run.scope, command: run.command.clone(), check }
    }

    pub(super) fn has_passed(&self, kind: CheckKind) -> bool {
        self.check.kind == kind && self.check.result == CheckResult::Passed && self.check.by == CheckedBy::Agent
    }

    /// Whether it passed and is of the same kind and runner.
    pub(super) fn has_passed_as(&self, run: &LaterRun) -> bool {
        self.has_passed(run.check.kind) && are_alike(&self.command, &run.command, run.check.kind)
    }
}

/// The checks before a commit, those behind it that say more, and what the session says that a person checked.
pub(super) fn in_order(mut checks: Vec<KeptCheck>, after: Vec<KeptCheck>, session: &Session) -> Vec<Check<Raw>> {
    let is_known = |run: &KeptCheck| {
        let kind = run.check.kind;
        let is_its = |kept: &&KeptCheck| kept.has_passed(kind) && are_alike(&kept.command, &run.command, kind);
        checks.iter().filter(is_its).any(|kept| kept.check.after_last_edit && kept.scope >= run.scope)
    };
    let mut after: Vec<KeptCheck> = after.into_iter().filter(|run| !is_known(run)).collect();
    // What ran behind the commit without an end that was seen is told where nothing else is.
    let is_seen = |run: &KeptCheck| run.check.result != CheckResult::NotSeen;
    if !checks.is_empty() || after.iter().any(is_seen) {
        after.retain(is_seen);
    }
    checks.extend(after);
    checks.reverse();
    checks.sort_by_key(|kept| kept.place);
    let told = session.told.verification.iter().map(|told| Check {
        kind: CheckKind::Told,
        command: told.clone(),
        at: None,
        result: CheckResult::NotSeen,
        summary: None,
        after_last_edit: false,
        state: None,
        partial: false,
        elsewhere: false,
        said: None,
        excused: false,
        by: CheckedBy::Person,
    });
    checks.into_iter().map(|kept| kept.check).chain(told).collect()
}

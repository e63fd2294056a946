//! Which runs of checks are not told, because a later one says more.

use super::edits_since::EditsSince;
use super::ran_check::RanCheck;
use crate::checks::covering::{are_other_groups, covers, named_parts};
use crate::checks::runners::are_alike;
use crate::checks::scope::CheckScope;
use crate::record::session::{Action, ToolCall};
use crate::record::text::Raw;

/// A run that was looked at.
pub(super) struct LaterRun<'a> {
    pub(super) place: (usize, usize),
    pub(super) call: &'a ToolCall,
    pub(super) check: RanCheck,
    /// The command that ran it, of a call of several its part.
    pub(super) command: String,
    pub(super) scope: CheckScope,
}

impl LaterRun<'_> {
    pub(super) fn has_passed(&self) -> bool {
        self.check.seen && !self.check.failed
    }

    /// Whether nothing is to be told of an earlier run. Of each runner the last one of a kind whose end was seen is told, and besides
    /// one that failed or was not seen the last that passed, and the last that passed on more; and a failure that a run of less on
    /// the same state does not undo.
    pub(super) fn outdates(&self, earlier: &Self, edits: &EditsSince) -> bool {
        let (later, one) = (&self.check, &earlier.check);
        later.kind == one.kind
            && are_alike(&self.command, &earlier.command, one.kind)
            && match (later.seen, later.failed) {
                (false, _) => !one.seen,
                (true, true) => one.failed || !one.seen,
                (true, false) if one.failed => {
                    edits.changed_between(earlier.place, self.place) || self.looks_at_as_much(earlier)
                }
                (true, false) => !one.seen || self.passed_on_as_much(earlier, edits),
            }
    }

    /// Whether it was given no less than an earlier run that passed; of single files only those of the commit count.
    fn passed_on_as_much(&self, earlier: &Self, edits: &EditsSince) -> bool {
        let has_others = || !covers(&self.command, &earlier.command, "");
        let is_other = || {
            (edits.is_named_in(&earlier.command) && has_others())
                || self.leaves_out_the_suite_of(earlier, edits)
                || are_other_groups(&self.command, &earlier.command)
        };
        self.scope >= earlier.scope && !is_other()
    }

    /// Whether the earlier run was of a suite that files of the commit are named for, and this one was of others:
    /// `mise run test:integration` for `integration/cart_test.go`, and then `mise run test`.
    fn leaves_out_the_suite_of(&self, earlier: &Self, edits: &EditsSince) -> bool {
        let own = named_parts(&self.command);
        let mut others = named_parts(&earlier.command).into_iter().filter(|part| !own.contains(part));
        earlier.scope > CheckScope::Single && others.any(|part| edits.has_name_with(&part))
    }

    fn looks_at_as_much(&self, failed: &Self) -> bool {
        let (Action::Shell { command: own, .. }, Action::Shell { command: other, .. }) =
            (&self.call.action, &failed.call.action)
        else {
            return true;
        };
        let error = failed.check.error.as_ref().map(Raw::expose).unwrap_or_default();
        covers(own.expose(), other.expose(), error)
    }
}

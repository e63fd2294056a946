//! Which runs of checks are not told, because a later one says more.

use super::edits_since::EditsSince;
use super::ran_check::RanCheck;
use crate::checks::covering::covers;
use crate::record::session::{Action, ToolCall};
use crate::record::text::Raw;

/// A run that was looked at.
pub(super) struct LaterRun<'a> {
    pub(super) place: (usize, usize),
    pub(super) call: &'a ToolCall,
    pub(super) check: RanCheck,
}

impl LaterRun<'_> {
    /// Whether nothing is to be told of an earlier run. The last one of a kind whose end was seen is told, and besides one that
    /// failed or was not seen the last that passed; and a failure that a run of less on the same state does not undo.
    pub(super) fn outdates(&self, earlier: &Self, edits: &EditsSince) -> bool {
        let (later, one) = (&self.check, &earlier.check);
        later.kind == one.kind
            && match (later.seen, later.failed) {
                (false, _) => !one.seen,
                (true, true) => one.failed || !one.seen,
                (true, false) => {
                    !one.failed || edits.changed_between(earlier.place, self.place) || self.looks_at_as_much(earlier)
                }
            }
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

//! Whether a check says something of what was committed.

use super::checked_state::CheckedState;
use super::contribution::{Check, CheckKind, CheckResult};

impl<T> Check<T> {
    /// Whether it passed on the state that was committed. A formatter checks nothing.
    pub fn covers_the_commit(&self) -> bool {
        let is_committed = match self.state {
            Some(state) => state == CheckedState::Committed,
            None => self.after_last_edit,
        };
        self.result == CheckResult::Passed && self.kind != CheckKind::Format && is_committed
    }
}

//! Files that changed on the disk beside the agent.

use super::event::ChangedOutsideEvent;
use crate::record::session::{OutsideChange, Turn};
use crate::record::text::Raw;

/// Keeps a change that was noticed before the first call of a turn: one that is noticed later may be by a command of the turn.
pub(super) fn take(turn: &mut Turn, change: ChangedOutsideEvent) {
    if turn.calls.is_empty() {
        let ChangedOutsideEvent { path, text, at } = change;
        turn.changed_outside.push(OutsideChange { path, text: Raw::new(text), at });
    }
}

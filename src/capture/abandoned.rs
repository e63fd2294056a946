//! Turns that a person took back.

use crate::record::session::Turn;

/// All turns behind this one were replaced. Turns that began in the queue have no line of their own; they belong to the turn they
/// interrupted.
pub(super) fn after(turns: &mut [Turn], kept: usize) {
    turns.iter_mut().skip(kept + 1).for_each(|turn| turn.abandoned = true);
}

/// The last turns with a prompt that still count.
pub(super) fn last(turns: &mut [Turn], count: u32) {
    let live = turns.iter_mut().rev().filter(|turn| turn.prompt.is_some() && !turn.abandoned);
    live.take(count as usize).for_each(|turn| turn.abandoned = true);
}

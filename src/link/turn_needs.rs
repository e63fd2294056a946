//! What the words of a turn need before them to be understood, and whether the turn did anything.

use super::asks::{self, Need};
use crate::record::session::{Action, Edit, Outcome, Session, ToolCall, Turn};

/// What the words of a turn need before them to be understood.
pub(crate) fn need_of(session: &Session, turn: usize) -> Need {
    match session.turns[turn].said() {
        None => Need::Before,
        Some(_) if only_goes_on(session, turn) => Need::Before,
        Some(prompt) => asks::need(prompt, || session.turns[..turn].iter().any(edits_something)),
    }
}

/// Whether a few words follow a turn that a person stopped before anything was edited: "still there?" goes on with it.
fn only_goes_on(session: &Session, turn: usize) -> bool {
    let words = session.turns[turn].said().map_or(0, |prompt| prompt.text.expose().split_whitespace().count());
    let before = turn.checked_sub(1).map(|before| &session.turns[before]);
    words <= FEW_WORDS && before.is_some_and(|before| !before.interrupts.is_empty() && !edits_something(before))
}

const FEW_WORDS: usize = 4;

pub(crate) fn edits_something(turn: &Turn) -> bool {
    turn.calls.iter().any(is_made_edit)
}

pub(crate) fn is_made_edit(call: &ToolCall) -> bool {
    made_edits(call).is_some()
}

pub(crate) fn made_edits(call: &ToolCall) -> Option<&[Edit]> {
    match (&call.action, &call.outcome) {
        (Action::Edit(edits), Outcome::Succeeded { .. }) => Some(edits),
        _ => None,
    }
}

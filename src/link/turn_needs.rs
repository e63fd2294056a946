//! What the words of a turn need before them to be understood, and whether the turn did anything.

use super::asks::{self, Need};
use crate::record::session::{Action, Edit, Outcome, Session, ToolCall, Turn};

/// What the words of a turn need before them to be understood.
pub(crate) fn need_of(session: &Session, turn: usize) -> Need {
    match session.turns[turn].said() {
        None => Need::Before,
        Some(prompt) => {
            let need = asks::need(prompt, || session.turns[..turn].iter().any(edits_something));
            match words_after_a_stop(session, turn) {
                Some(words) if words <= FEW_WORDS => Need::Before,
                Some(words) if words <= MORE_WORDS && need == Need::Nothing && says_more(session, turn - 1) => {
                    Need::BeforeInStretch
                }
                _ => need,
            }
        }
    }
}

/// How many words follow a turn that a person stopped before anything was edited: "still there?" goes on with it, "ask the other
/// model instead" says how.
fn words_after_a_stop(session: &Session, turn: usize) -> Option<usize> {
    let before = &session.turns[turn.checked_sub(1)?];
    let is_stopped = !before.interrupts.is_empty() && !edits_something(before) && before.said().is_some();
    let words = session.turns[turn].said()?.text.expose().split_whitespace().count();
    is_stopped.then_some(words)
}

/// Whether what was stopped had been asked for in more than a slip of the fingers.
fn says_more(session: &Session, turn: usize) -> bool {
    session.turns[turn].said().is_some_and(|prompt| prompt.text.expose().split_whitespace().count() > FEW_WORDS)
}

const FEW_WORDS: usize = 4;
const MORE_WORDS: usize = 16;

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

//! What the words of a turn need before them to be understood, and whether the turn did anything.

use super::asks::{self, Need};
use crate::record::session::{Action, Edit, Outcome, Prompt, Session, ToolCall, Turn};
use crate::text::words::word_count;

/// What the words of a turn need before them to be understood.
pub(crate) fn need_of(session: &Session, turn: usize) -> Need {
    match session.turns[turn].said() {
        None => Need::Before,
        // What was said and not meant, and what answers a list of the agent's questions, needs the words that came before.
        Some(_) if is_withdrawn(session, turn) || answers_its_list(session, turn) => Need::Before,
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

/// Whether the person took the words of a turn back with the next ones.
pub(crate) fn is_withdrawn(session: &Session, turn: usize) -> bool {
    let next = session.turns.get(turn + 1).and_then(Turn::said);
    let withdraws = |one: &Prompt| asks::withdraws(one.text.expose());
    next.is_some_and(withdraws) || session.turns[turn].said().is_some_and(withdraws)
}

/// Whether the words of a turn are answers, by number, to what the agent asked at the end of the turn before.
fn answers_its_list(session: &Session, turn: usize) -> bool {
    let said = session.turns[turn].said().map(|prompt| prompt.text.expose()).unwrap_or_default();
    let reply = turn.checked_sub(1).and_then(|before| session.turns[before].reply.as_ref());
    let questions = reply.map_or(0, |reply| reply.expose().matches('?').count());
    questions > 0 && asks::answers_a_list(said)
}

/// How many words follow a turn that a person stopped before anything was edited: "still there?" goes on with it, "ask the other
/// model instead" says how.
fn words_after_a_stop(session: &Session, turn: usize) -> Option<usize> {
    let before = &session.turns[turn.checked_sub(1)?];
    let is_stopped = !before.interrupts.is_empty() && !edits_something(before) && before.said().is_some();
    let words = word_count(session.turns[turn].said()?.text.expose());
    is_stopped.then_some(words)
}

/// Whether what was stopped had been asked for in more than a slip of the fingers.
fn says_more(session: &Session, turn: usize) -> bool {
    session.turns[turn].said().is_some_and(|prompt| word_count(prompt.text.expose()) > FEW_WORDS)
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

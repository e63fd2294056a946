//! What a person said or did right after a call.

use super::steps::WindowCall;
use crate::link::part::SessionWindow;
use crate::link::words::{is_approval, lets_go_on};
use crate::record::session::{Outcome, PromptSource, Session};
use crate::record::text::Raw;

/// What the person typed right after refusing the last call of a turn without a word.
pub(crate) fn said_after<'a>(part: &SessionWindow<'a>, step: &WindowCall) -> Option<&'a Raw> {
    let is_last = step.call + 1 == part.session.turns[step.turn].calls.len();
    let is_about_it = is_last && !part.foreign.contains(&(step.turn + 1));
    let next = part.session.turns.get(step.turn + 1).filter(|_| is_about_it)?.prompt.as_ref()?;
    let in_time = next.at.is_none_or(|at| at <= part.until);
    let is_said = matches!(next.source, PromptSource::Typed | PromptSource::Queued)
        && !is_approval(next.text.expose())
        && !lets_go_on(next.text.expose());
    (in_time && is_said).then_some(&next.text)
}

/// Whether a person stopped or refused the agent at the end of the turn.
pub(crate) fn was_stopped(session: &Session, turn: usize) -> bool {
    let turn = &session.turns[turn];
    let refused =
        turn.calls.last().is_some_and(|call| matches!(call.outcome, Outcome::Rejected { .. } | Outcome::Interrupted));
    refused || !turn.interrupts.is_empty()
}

/// "Authorize this test", "Allow it once": an answer that lets the agent do what it asked for.
pub(crate) fn grants(answer: &str) -> bool {
    let lower = answer.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    // "Allow negative totals" says what is wanted.
    let of_one_word = ["accept", "allow", "confirm", "ok", "proceed", "yes"].contains(&first)
        && words
            .next()
            .is_none_or(|next| ["all", "always", "for", "it", "once", "that", "these", "this"].contains(&next));
    of_one_word || ["approve", "authorise", "authorize", "grant", "permit"].contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_that_is_given_is_told_from_an_answer_that_decides_something() {
        for answer in ["Authorize this test", "Allow it once", "Approve the plan", "yes"] {
            assert!(grants(answer), "{answer}");
        }
        for answer in ["Allow negative totals", "Yes, but round to cents", "Confirm before deleting", "Cents"] {
            assert!(!grants(answer), "{answer}");
        }
    }
}

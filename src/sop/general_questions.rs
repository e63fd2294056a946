//! Questions that are asked of every process: no log says what it is for, or who is let in.

use super::capture::{Capture, Question};

pub(crate) const PURPOSE: &str = "q-purpose";
pub(crate) const TRIGGER: &str = "q-trigger";
pub(crate) const OUTCOME: &str = "q-outcome";
pub(crate) const ACCESS: &str = "q-access";
pub(crate) const INPUTS: &str = "q-inputs";
pub(crate) const PITFALLS: &str = "q-pitfalls";

/// Whether a capture says it already.
type IsTold = fn(&Capture) -> bool;

/// Ids, what is asked, and whether the capture says it already. Their answers have a place of their own in a document.
const GENERAL: [(&str, &str, IsTold); 6] = [
    (PURPOSE, "What is this process for?", |capture| !capture.purpose.is_empty()),
    (TRIGGER, "What makes someone begin?", |capture| !capture.trigger.is_empty()),
    (OUTCOME, "What is there when it is done, and how does one see it?", |capture| !capture.outcome.is_empty()),
    (ACCESS, "Which access does it need (repositories, services, accounts), and who grants it?", |capture| {
        !capture.access.is_empty() || capture.steps.iter().any(|step| !step.access.is_empty())
    }),
    (INPUTS, "What must be at hand before the first step?", |capture| !capture.inputs.is_empty()),
    (PITFALLS, "What goes wrong for someone who does it for the first time?", |capture| {
        !capture.pitfalls.is_empty() || capture.steps.iter().any(|step| !step.pitfalls.is_empty())
    }),
];

/// Whether the answer to the question of this id has a place of its own in a document.
pub(crate) fn is_general(id: &str) -> bool {
    GENERAL.iter().any(|(known, _, _)| *known == id)
}

/// Those that the capture does not answer in its fields.
pub(crate) fn general_questions(capture: &Capture) -> impl Iterator<Item = Question> {
    GENERAL.iter().filter(|(_, _, is_said)| !is_said(capture)).map(|(id, question, _)| Question {
        id: (*id).to_owned(),
        question: (*question).to_owned(),
        ..Question::default()
    })
}

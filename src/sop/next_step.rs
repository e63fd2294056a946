//! The one thing to do next for an SOP, as a command to type: what `status`, `resume` and every answer of the MCP server end with.

use serde::Serialize;

use super::life::{Life, Standing, State};

/// What the next step depends on beside the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Questions without an answer that nobody accepted as open.
    pub open_questions: usize,
    /// Items of the walkthrough without an answer, and those answered with no.
    pub open_items: usize,
    pub refused_items: usize,
    /// `review_by` has passed.
    pub is_due: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NextStep {
    /// What to type; absent when nothing has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    pub why: String,
    /// Whether only a person can do it.
    pub by_person: bool,
}

/// What to do next.
pub(crate) fn next_step(slug: &str, life: &Life, standing: Standing, progress: Progress) -> NextStep {
    let step = |command: &str, why: String| NextStep {
        command: Some(format!("backstory sop {command}")),
        why,
        by_person: false,
    };
    let by_person = |command: &str, why: String| NextStep { by_person: true, ..step(command, why) };
    match standing.state {
        None => step(&format!("capture {slug} --name \"...\""), "it was never started".to_owned()),
        Some(State::Capture) if progress.open_questions > 0 => step(
            &format!("questions {slug}"),
            format!("{} to answer, or to accept as open", counted(progress.open_questions, "question")),
        ),
        Some(State::Capture) => step(&format!("draft {slug}"), "write the draft from what is known".to_owned()),
        Some(State::Draft) if standing.edited && life.live.is_some() => {
            step(&format!("walk {slug}"), "it was edited after it was published: the edit is a new draft".to_owned())
        }
        Some(State::Draft) if standing.edited => {
            step(&format!("walk {slug}"), "it was edited after its approval, which no longer counts".to_owned())
        }
        Some(State::Draft) if progress.open_questions > 0 => step(
            &format!("questions {slug}"),
            format!("{} to answer, or to accept as open", counted(progress.open_questions, "question")),
        ),
        Some(State::Draft) => match &life.rejected {
            Some(rejected) => step(
                &format!("walk {slug}"),
                format!("it was rejected: {}; change it, then walk through it", rejected.reason),
            ),
            None => step(&format!("walk {slug}"), "walk through the draft step by step".to_owned()),
        },
        Some(State::Walkthrough) if standing.edited => {
            step(&format!("walk {slug}"), "it was edited since the walkthrough began".to_owned())
        }
        Some(State::Walkthrough) if progress.refused_items > 0 => step(
            &format!("reject {slug} --reason \"...\""),
            format!("{} answered with no", counted(progress.refused_items, "item")),
        ),
        Some(State::Walkthrough) if progress.open_items > 0 => step(
            &format!("walk {slug}"),
            format!("{} of the checklist without an answer", counted(progress.open_items, "item")),
        ),
        Some(State::Walkthrough) => {
            by_person(&format!("approve {slug}"), "a person approves it, or rejects it with a reason".to_owned())
        }
        Some(State::Approved) => step(&format!("publish {slug}"), "it is approved".to_owned()),
        Some(State::Published) if life.review_needed.is_some() || progress.is_due => by_person(
            &format!("review {slug}"),
            match &life.review_needed {
                Some(reason) if !reason.is_empty() => format!("it needs a review: {reason}"),
                Some(_) => "it needs a review".to_owned(),
                None => "it is due for a review".to_owned(),
            },
        ),
        Some(State::Published) => step(&format!("run {slug}"), "it is published and can be followed".to_owned()),
        Some(State::Superseded | State::Retired) => {
            NextStep { command: None, why: "nothing: it is no longer in use".to_owned(), by_person: false }
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

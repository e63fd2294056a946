//! Where an SOP is in its life, from its ledger and its files: read only.

use jiff::Timestamp;
use serde::Serialize;

use super::desk::Desk;
use super::folder::Folder;
use crate::sop::digest::Digest;
use crate::sop::life::{Approval, Life, Live, Rejection, Standing, State};
use crate::sop::next_step::{NextStep, Progress, next_step};

/// What `sop status` says of one SOP.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Status {
    pub(crate) slug: String,
    /// What people call it; empty where the capture does not say.
    pub(crate) name: String,
    /// Absent before it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    /// The document is not the one that was walked through, approved or published.
    pub(crate) edited: bool,
    pub(crate) version: u32,
    /// Of the files as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) live: Option<Live>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejected: Option<Rejection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) review_needed: Option<String>,
    /// When a person last found it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validated: Option<Timestamp>,
    /// The day on which it is due for a review, and whether that has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) review_by: Option<String>,
    pub(crate) due: bool,
    pub(crate) told_steps: usize,
    pub(crate) open_questions: Vec<String>,
    /// What is wrong but does not stop it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    pub(crate) next: NextStep,
}

/// Where it is, on a line of its own.
pub(crate) fn headline(status: &Status) -> String {
    let state = status.state.map_or_else(|| "not started".to_owned(), |state| state.to_string());
    let edited = if status.edited { ", edited since" } else { "" };
    format!("{}: {} (version {}, {state}{edited})\n", status.slug, status.name, status.version)
}

/// # Errors
/// When the ledger is damaged, or a file cannot be read.
pub(crate) fn status(desk: &Desk, slug: &str) -> anyhow::Result<Status> {
    of_folder(desk, &desk.existing(slug)?)
}

pub(crate) fn of_folder(desk: &Desk, folder: &Folder) -> anyhow::Result<Status> {
    let ledger = folder.ledger()?;
    let capture = folder.capture()?;
    let document = folder.document()?;
    let digest = document.map(|document| document.digest);
    let Life { version, approval, live, rejected, review_needed, validated, review_by, .. } = ledger.life.clone();
    let standing: Standing = ledger.life.standing(digest.as_ref());
    let due = live.is_some() && review_by.as_deref().is_some_and(|day| desk.is_past(day));
    let open_questions: Vec<String> = capture.unsettled().map(|question| question.id.clone()).collect();
    // A page that cannot be read is an error where it is needed: here the state matters.
    let walkthrough = folder.walkthrough().ok().flatten();
    let progress = Progress {
        open_questions: open_questions.len(),
        open_items: walkthrough.as_ref().map_or(0, |page| page.open().count()),
        refused_items: walkthrough.as_ref().map_or(0, |page| page.refused().count()),
        is_due: due,
    };
    let next = next_step(&folder.slug, &ledger.life, standing, progress);
    let torn = ledger
        .torn
        .map(|line| format!("line {line} of the ledger was not written to its end; the next step replaces it"));
    Ok(Status {
        slug: folder.slug.clone(),
        name: capture.name,
        state: standing.state,
        edited: standing.edited,
        version,
        digest,
        approval: approval.filter(|_| !standing.edited),
        live,
        rejected,
        review_needed,
        validated,
        review_by,
        due,
        told_steps: capture.steps.len(),
        open_questions,
        notes: torn.into_iter().collect(),
        next,
    })
}

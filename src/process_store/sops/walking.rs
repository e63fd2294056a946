//! The walkthrough: its checklist in `walkthrough.md`, and the rejection that may come of it.

use anyhow::bail;
use serde::Serialize;

use super::desk::Desk;
use super::folder::{Folder, WALKTHROUGH};
use super::settling::{Settled, settled, write_front};
use super::status::{self, Status};
use crate::record::execution::ExecutionLog;
use crate::sop::life::{Event, State};
use crate::sop::replay::replay;
use crate::sop::walkthrough::{Check, Item, Walkthrough};

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Walk {
    pub(crate) status: Status,
    pub(crate) walkthrough: Walkthrough,
}

/// An answer to an item of the checklist.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) step: String,
    /// One item; all that are open of the step where it is not named.
    pub(crate) check: Option<Check>,
    pub(crate) passed: bool,
    pub(crate) note: String,
}

/// Begins the walkthrough of the document as it is, or goes on with it. Recent runs of `log` are compared with the draft.
///
/// # Errors
/// When there is no document, and while questions are open that nobody accepted as open.
pub(crate) fn walk(desk: &Desk, slug: &str, log: &ExecutionLog, accept_open: bool) -> anyhow::Result<Walk> {
    let folder = desk.to_change(slug)?;
    let Settled { ledger, document } = settled(desk, &folder)?;
    settle_questions(desk, &folder, accept_open)?;
    let model = folder.model(&document)?;
    let life = &ledger.life;
    let happening = desk.happening(Event::Walked, life.version, Some(document.digest.clone()));
    life.check(&happening)?;
    let before = folder.walkthrough()?;
    let mut walkthrough = Walkthrough::of(&document.text, &model, &document.digest, life.version, before.as_ref());
    walkthrough.replay = replay(&model, log);
    folder.write(WALKTHROUGH, &walkthrough.write())?;
    if life.state != Some(State::Walkthrough) || life.digest.as_ref() != Some(&document.digest) {
        folder.record(&happening)?;
    }
    // Also where it was begun before: whoever was killed in between left the front matter behind the ledger.
    write_front(&folder)?;
    Ok(Walk { status: status::of_folder(desk, &folder)?, walkthrough })
}

/// Keeps an answer.
///
/// # Errors
/// When no walkthrough is under way, the document has changed since, or there is no such step.
pub(crate) fn answer(desk: &Desk, slug: &str, answer: &Answer) -> anyhow::Result<Walk> {
    let folder = desk.to_change(slug)?;
    let (mut walkthrough, _) = under_way(&folder)?;
    let ids: Vec<String> = walkthrough.steps.iter().map(|step| step.id.clone()).collect();
    let Some(step) = walkthrough.steps.iter_mut().find(|step| step.id == answer.step) else {
        bail!("no step `{}` in the walkthrough\nhint: the steps are: {}", answer.step, ids.join(", "));
    };
    let note = desk.told(&answer.note)?;
    if !answer.passed && note.is_empty() {
        bail!("a `no` needs a note that says what is wrong\nhint: --note \"...\"");
    }
    let by = desk.party.to_string();
    for item in &mut step.items {
        if answer.check.map_or(item.passed.is_none(), |check| check == item.check) {
            *item = Item { check: item.check, passed: Some(answer.passed), note: note.clone(), by: by.clone() };
        }
    }
    folder.write(WALKTHROUGH, &walkthrough.write())?;
    Ok(Walk { status: status::of_folder(desk, &folder)?, walkthrough })
}

/// Returns the document to draft, with the reason.
///
/// # Errors
/// Without a reason, and when nothing is there to reject.
pub(crate) fn reject(desk: &Desk, slug: &str, reason: &str) -> anyhow::Result<Status> {
    let folder = desk.to_change(slug)?;
    let Settled { ledger, document } = settled(desk, &folder)?;
    let mut happening = desk.happening(Event::Rejected, ledger.life.version, Some(document.digest));
    happening.reason = Some(desk.told(reason)?);
    folder.record(&happening)?;
    write_front(&folder)?;
    status::of_folder(desk, &folder)
}

/// The walkthrough of the document as it is now, with the ledger.
///
/// # Errors
/// When none is under way, or the document was edited since it began.
pub(crate) fn under_way(folder: &Folder) -> anyhow::Result<(Walkthrough, Settled)> {
    let ledger = folder.ledger()?;
    let hint = format!("hint: backstory sop walk {}", folder.slug);
    if ledger.life.state != Some(State::Walkthrough) {
        let state = ledger.life.state.map_or_else(|| "not started".to_owned(), |state| state.to_string());
        bail!("no walkthrough of `{}` is under way: its state is {state}\n{hint}", folder.slug);
    }
    let Some(document) = folder.document()? else { bail!("`{}` has lost its document\n{hint}", folder.slug) };
    match folder.walkthrough()? {
        Some(walkthrough)
            if walkthrough.digest == document.digest && ledger.life.digest.as_ref() == Some(&document.digest) =>
        {
            Ok((walkthrough, Settled { ledger, document }))
        }
        _ => bail!("the document was edited since the walkthrough began\n{hint}"),
    }
}

fn settle_questions(desk: &Desk, folder: &Folder, accept_open: bool) -> anyhow::Result<()> {
    let mut capture = folder.capture()?;
    let open: Vec<String> = capture.unsettled().map(|question| question.id.clone()).collect();
    if open.is_empty() {
        return Ok(());
    }
    if !accept_open {
        bail!(
            "open questions: {}\nhint: answer them with `backstory sop questions {} --answer ID TEXT`, or go on with --accept-open",
            open.join(", "),
            folder.slug
        );
    }
    for question in capture.questions.iter_mut().filter(|question| !question.is_settled()) {
        question.accepted_open = true;
        question.answered_by = desk.party.to_string();
        question.answered_at = desk.now.to_string();
    }
    folder.write_capture(&capture)
}

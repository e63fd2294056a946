//! The answer of a tool about one document: what was done, with where the document stands now and what it is made from.

use super::answer::Answer;
use super::fault::Fault;
use super::next_call::{After, Position, next_call};
use super::shortened::shortened;
use super::tool::Outcome;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::drafting::TOLD;
use crate::process_store::sops::folder::Folder;
use crate::process_store::sops::status;
use crate::sop::ledger::{Entry, Ledger};
use crate::sop::life::Event;

/// What a tool did and shows.
pub(crate) struct Report<'a> {
    pub(crate) done: &'a str,
    pub(crate) text: &'a str,
    pub(crate) cursor: Option<&'a str>,
    pub(crate) after: After,
    /// What could not be read on the way.
    pub(crate) unread: &'a str,
}

impl<'a> Report<'a> {
    pub(crate) fn of(done: &'a str) -> Self {
        Self { done, text: "", cursor: None, after: After::Anything, unread: "" }
    }

    pub(crate) fn with_text(self, text: &'a str, cursor: Option<&'a str>) -> Self {
        Self { text, cursor, ..self }
    }

    pub(crate) fn after(self, after: After) -> Self {
        Self { after, ..self }
    }

    pub(crate) fn unread(self, unread: &'a str) -> Self {
        Self { unread, ..self }
    }

    /// Reads where the document stands, from the disk.
    ///
    /// # Errors
    /// When a file of it cannot be read, and for a cursor that is none.
    pub(crate) fn about(self, desk: &Desk, slug: &str) -> Result<Outcome, Fault> {
        let folder = desk.existing(slug)?;
        let status = status::of_folder(desk, &folder)?;
        let (capture, walkthrough, ledger) = (folder.capture()?, folder.walkthrough().ok().flatten(), folder.ledger()?);
        let position = Position {
            status: &status,
            capture: &capture,
            walkthrough: walkthrough.as_ref(),
            lacks_news: lacks_news(&folder, &ledger)?,
            rejected: rejected(&ledger),
            after: self.after,
        };
        let next = next_call(&position);
        let coverage = coverage(&folder, capture.steps.len(), status.open_questions.len(), self.unread);
        let answer = Answer {
            sop: Some(status.slug.clone()),
            state: status.state,
            version: (status.version > 0).then_some(status.version),
            ..Answer::general(self.done, &coverage, next)
        };
        Ok(Outcome::Answer(Box::new(answer.with_text(self.text, self.cursor)?)))
    }
}

/// The reason of the last rejection, unless it was drafted again after it.
fn rejected(ledger: &Ledger) -> Option<&str> {
    let settled = |entry: &&Entry| matches!(entry.event, Event::Drafted | Event::Rejected);
    let last = ledger.entries.iter().rev().find(settled)?;
    (last.event == Event::Rejected).then(|| last.reason.as_deref().unwrap_or_default())
}

/// Whether something was told since the last draft.
fn lacks_news(folder: &Folder, ledger: &Ledger) -> anyhow::Result<bool> {
    let drafted = ledger.entries.iter().rev().find(|entry| entry.event == Event::Drafted);
    let told = drafted.and_then(|entry| entry.refs.get(TOLD));
    Ok(match told {
        Some(told) => *told != folder.told_digest()?,
        None => false,
    })
}

/// What the document is made from, and what it does not know.
fn coverage(folder: &Folder, told: usize, open: usize, unread: &str) -> String {
    let runs = match folder.document() {
        Ok(Some(document)) => match folder.model(&document) {
            Ok(model) => format!("the document is made from {} runs of the log", model.evidence.runs),
            Err(_) => "process.yaml cannot be read, so the evidence of the document is not known".to_owned(),
        },
        _ => "there is no draft yet, so the log was not used".to_owned(),
    };
    let unread = if unread.is_empty() { String::new() } else { format!("; not read: {}", shortened(unread.trim())) };
    format!("{runs}; steps told by people: {told}; questions nobody answered: {open}{unread}")
}

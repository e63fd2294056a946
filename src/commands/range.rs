//! Loads the commits that a command is about, with their records: this clone's own, else what was fetched from a remote.

use super::workplace::Workplace;
use super::{ignored, keep, own_files};
use crate::config;
use crate::git::range::{self, Range};
use crate::git::{committed, notes, trailers};
use crate::install::workflow;
use crate::link::stated;
use crate::record::commit::{Person, Trailer};
use crate::record::entry::{CommitEntry, MessageTrailer, Training};
use crate::record::note::{Record, Statement};
use crate::record::text::{Clean, MapText as _, Raw};
use crate::redact::Redactor;

/// What decides how commits are recorded and judged: a reviewer is to see that it changes.
const SETTINGS: [&str; 3] = [config::FILE_NAME, ignored::FILE_NAME, workflow::WORKFLOW];

/// The commits of a range, oldest first.
pub(crate) struct Loaded {
    pub(crate) entries: Vec<CommitEntry>,
    /// Notes that are not records, each with the reason.
    pub(crate) unreadable: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a> {
    /// `A..B`, or one commit.
    Given(&'a str),
    /// The commits of `HEAD` that its main branch does not have.
    SinceMain,
    /// The last commits of `HEAD`, this many at most.
    Last(usize),
    /// Commits by their full ids, oldest first.
    These(&'a [String]),
}

/// Reads the commits of `span` and their notes, and takes out of each record what must not be shown. A note that is no record
/// leaves its commit without one.
///
/// # Errors
/// When a revision does not name a commit.
pub(crate) fn load(workplace: &Workplace, span: Span<'_>) -> anyhow::Result<Loaded> {
    let repository = &workplace.repository;
    let ids: Vec<String> = match span {
        Span::Given(text) => range::list(repository, Range::Given(text))?.into_iter().map(|listed| listed.id).collect(),
        Span::SinceMain => range::list(repository, Range::Branch)?.into_iter().map(|listed| listed.id).collect(),
        Span::Last(most) => range::last(repository, most)?,
        Span::These(ids) => ids.to_vec(),
    };
    let redactor = workplace.redactor()?;
    let mut found = notes::read_many(repository, &ids)?;
    for name in notes::fetched(repository) {
        for (note, other) in found.iter_mut().zip(notes::read_at(repository, &name, &ids)?) {
            if note.is_none() {
                *note = other;
            }
        }
    }
    let mut loaded = Loaded { entries: Vec::new(), unreadable: Vec::new() };
    for (id, note) in ids.iter().zip(found) {
        let mut entry = entry(workplace, &redactor, id)?;
        // It may have been made with older rules, or by somebody else.
        let read = |bytes: Vec<u8>| keep::from_note(id, &bytes).and_then(|record| keep::settle(record, &redactor));
        match note.map(read).transpose() {
            Ok(record) => {
                entry.record = record.map(|record| own_files::without_unknown_lines(repository, id, record));
                // Records of earlier versions do not say it.
                entry.record.iter_mut().for_each(Record::judge_checks);
            }
            Err(problem) => loaded.unreadable.push(format!("{problem:#}")),
        }
        loaded.entries.push(entry);
    }
    Ok(loaded)
}

/// A commit without its record.
fn entry(workplace: &Workplace, redactor: &Redactor, id: &str) -> anyhow::Result<CommitEntry> {
    let message = workplace.repository.message(id)?;
    let text = String::from_utf8_lossy(&message);
    let author = workplace.repository.author(id)?;
    let clean = |text: &str| redactor.text(Raw::new(text)).0;
    let trailers = trailers::parse(&message, trailers::COMMENT);
    let stated = stated::statements(&trailers, &text, &author, &author, None);
    let stated: Vec<Statement<Clean>> = stated.map_text(&mut |raw: Raw| redactor.text(raw).0);
    Ok(CommitEntry {
        id: id.to_owned(),
        subject: clean(text.lines().next().unwrap_or_default()),
        author: clean(&author.name),
        record: None,
        stated,
        trailers: trailers.into_iter().map(|trailer| message_trailer(trailer, redactor)).collect(),
        training: training(&text),
        settings: committed::changed(&workplace.repository, id, &SETTINGS),
    })
}

fn message_trailer(trailer: Trailer, redactor: &Redactor) -> MessageTrailer {
    let nobody = Person::default();
    let said = stated::statements(std::slice::from_ref(&trailer), "", &nobody, &nobody, None);
    let agent = said.into_iter().find_map(|statement| match statement {
        Statement::Agent { agent, .. } => Some(agent),
        _ => None,
    });
    MessageTrailer { key: trailer.key, value: redactor.text(trailer.value).0, agent }
}

/// Any line counts, a trailer or not: in doubt the commit stays out.
fn training(message: &str) -> Training {
    let refused = message.lines().filter_map(|line| line.split_once(':')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case("AI-Training") && !value.trim().eq_ignore_ascii_case("yes")
    });
    if refused { Training::Refused } else { Training::Allowed }
}

/// Says on standard error which notes could not be read.
pub(crate) fn warn(output: &mut crate::output::Output, unreadable: &[String]) {
    for problem in unreadable.iter().take(3) {
        output.message(&format!("left out: {problem}"));
    }
    if unreadable.len() > 3 {
        output.message(&format!("left out: {} notes in all that are not records of backstory", unreadable.len()));
    }
}

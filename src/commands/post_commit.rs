//! The post-commit hook: links the commit that was just made and keeps its record as a note.

use super::hook::{self, Left};
use super::workplace::Workplace;
use super::{gather, keep, pending};
use crate::environment::Environment;
use crate::git::{changes, notes, trailers};
use crate::link::carry::Source;
use crate::link::library::Library;
use crate::link::{self, Hints, Inside, stated};
use crate::record::commit::Commit;
use crate::record::note::Record;
use crate::record::text::Clean;

pub(super) fn work(workplace: &Workplace, environment: &Environment) -> anyhow::Result<Left> {
    let repository = &workplace.repository;
    let sources = pending::take(repository);
    let inside = hook::inside(environment);
    let roots = gather::roots(repository, workplace.aliases());
    let Some(head) = repository.head() else { return Ok(Left::Nothing) };
    let is_quiet = inside.is_none() && sources.is_empty() && !gather::anything(environment, &roots);
    if is_quiet && !says_something(workplace, &head)? {
        return Ok(Left::Nothing);
    }
    let commit = workplace.without_ignored(changes::read_commit(repository, &head)?);
    let sources = read_sources(workplace, &sources)?;
    let redactor = workplace.redactor()?;
    if let Some(record) = make(workplace, environment, &commit, inside, &sources, &redactor)? {
        let bytes = keep::to_note(record, &redactor)?;
        notes::write(repository, &[(head, bytes)], environment.now)?;
    }
    Ok(Left::Nothing)
}

/// Whether the message itself names an agent or documents something, so that a record is worth making without a session.
fn says_something(workplace: &Workplace, head: &str) -> anyhow::Result<bool> {
    let message = workplace.repository.message(head)?;
    let author = workplace.repository.author(head)?;
    let trailers = trailers::parse(&message, trailers::COMMENT);
    Ok(!stated::statements(&trailers, &String::from_utf8_lossy(&message), &author, &author, None).is_empty())
}

/// The record of one commit from the sessions on this machine and from the records of the commits it was made from.
pub(super) fn make(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    inside: Option<Inside>,
    sources: &[Source],
    redactor: &crate::redact::Redactor,
) -> anyhow::Result<Option<Record<Clean>>> {
    let statements = keep::statements(commit, &workplace.trailers(commit));
    let sessions = gather::for_commit(workplace, environment, commit, inside.as_ref())?;
    let named = keep::named_sessions(&statements);
    let library = Library::new(sessions);
    let linked = link::link(commit, &library, &Hints { inside, named });
    Ok(keep::record(commit, linked, statements, sources, redactor, &workplace.config))
}

/// The commits with these ids that have a record of ours.
pub(super) fn read_sources(workplace: &Workplace, ids: &[String]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for id in ids {
        let Some(bytes) = notes::read(&workplace.repository, id)? else { continue };
        // A note of somebody else, or of a newer version, is left alone.
        let Ok(record) = keep::from_note(id, &bytes) else { continue };
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, id)?);
        sources.push(Source { commit, record });
    }
    Ok(sources)
}

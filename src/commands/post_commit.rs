//! The post-commit hook: links the commit that was just made and keeps its record as a note.

use super::hook::{self, Left};
use super::journals::{self, Clock, Journals};
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
use crate::redact::Redactor;

pub(super) fn work(workplace: &Workplace, environment: &Environment) -> anyhow::Result<Left> {
    let repository = &workplace.repository;
    let mut sources = pending::take(repository, environment.now);
    let inside = hook::inside(environment);
    let roots = gather::roots(repository, workplace.aliases());
    let Some(head) = repository.head() else { return Ok(Left::default()) };
    sources.extend(pending::named(&String::from_utf8_lossy(&repository.message(&head)?)));
    let has_journals = journals::any(repository);
    let is_quiet = inside.is_none() && sources.is_empty() && !has_journals && !gather::anything(environment, &roots);
    if is_quiet && !says_something(workplace, &head)? {
        return Ok(Left::default());
    }
    let commit = workplace.without_ignored(changes::read_commit(repository, &head)?);
    // A commit that was made before in the same second, of the same content, has the same id and may have a record.
    sources.push(head);
    let sources = read_sources(workplace, &sources)?;
    let redactor = workplace.redactor()?;
    let clock = if repository.is_rebasing() { Clock::Authored } else { Clock::Committed };
    let mut left = Left::default();
    let record = make(workplace, environment, &commit, (inside, clock), &sources, &redactor, &mut left.problems)?;
    if let Some(record) = record {
        left.problems.extend(keep::write(repository, vec![record], &redactor, environment.now)?);
    }
    Ok(left)
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
    (inside, clock): (Option<Inside>, Clock),
    sources: &[Source],
    redactor: &Redactor,
    problems: &mut Vec<String>,
) -> anyhow::Result<Option<Record<Clean>>> {
    let trailers = workplace.trailers(commit);
    let statements = keep::statements(commit, &trailers);
    let mut gathered = gather::for_commit(workplace, environment, commit, inside.as_ref())?;
    problems.append(&mut gathered.problems);
    let mut journals = Journals::open(&workplace.repository);
    problems.append(&mut journals.problems);
    let named = keep::named_sessions(&statements, &trailers);
    let library = Library::new(gathered.sessions);
    let mut linked =
        link::link(commit, &library, &Hints { inside, named, since: workplace.repository.authored_before(commit) });
    journals::add(&mut linked, commit, journals.for_commit(workplace, commit, clock));
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

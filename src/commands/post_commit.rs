//! The post-commit hook: links the commit that was just made and keeps its record as a note.

use super::hook::{self, Left};
use super::journals::{self, Clock, Journals};
use super::spool::Due;
use super::workplace::Workplace;
use super::{gather, keep, pending};
use crate::environment::Environment;
use crate::failpoint;
use crate::git::repository::Repository;
use crate::git::{changes, notes, promised, trailers};
use crate::link::carry::Source;
use crate::link::library::Library;
use crate::link::{self, Hints, Inside, stated};
use crate::record::commit::Commit;
use crate::record::forgotten::ForgottenWhy;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::redact::Redactor;

/// What is to be written: the commit that was just made, unless it is quiet around it. Where there is no workplace (its
/// settings have a mistake), nobody can tell.
pub(super) fn due(repository: &Repository, workplace: Option<&Workplace>, environment: &Environment) -> Option<Due> {
    let commit = repository.head()?;
    let mut sources = pending::read(repository, environment.now);
    sources.extend(pending::named(&String::from_utf8_lossy(&repository.message(&commit).unwrap_or_default())));
    let is_quiet = |workplace: &Workplace| {
        let inside = hook::inside(environment).filter(|inside| !workplace.ignores(inside));
        let has_nothing = || inside.is_none() && pending::has_nothing(repository, &commit, environment.now);
        sources.is_empty()
            && (has_nothing() || gather::is_quiet(workplace, environment, inside.as_ref()))
            && !says_something(workplace, &commit).unwrap_or(true)
    };
    (!workplace.is_some_and(is_quiet)).then_some(Due { commit, sources })
}

pub(super) fn work(workplace: &Workplace, environment: &Environment, due: Option<&Due>) -> anyhow::Result<Left> {
    let repository = &workplace.repository;
    let Some(Due { commit: head, mut sources }) = due.cloned() else { return Ok(Left::default()) };
    let inside = hook::inside(environment).filter(|inside| !workplace.ignores(inside));
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
pub(super) fn says_something(workplace: &Workplace, head: &str) -> anyhow::Result<bool> {
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
    failpoint::reach("sessions.gather")?;
    let named = keep::named_sessions(&statements, &trailers);
    let mut gathered = gather::for_commit(workplace, environment, commit, inside.as_ref(), &named)?;
    problems.append(&mut gathered.problems);
    let mut journals = Journals::open(&workplace.repository);
    problems.append(&mut journals.problems);
    let library = Library::new(workplace.ignored.without(gathered.sessions));
    let mut linked =
        link::link(commit, &library, &Hints { inside, named, since: workplace.repository.authored_before(commit) });
    journals::add(&mut linked, commit, journals.for_commit(workplace, commit, clock));
    let mut record = keep::record(commit, linked, statements, sources, redactor, &workplace.config);
    if let Some(record) = &mut record {
        keep_forgotten(record, sources);
    }
    Ok(record)
}

/// What was removed from the commits it was made from does not come back with it.
pub(super) fn keep_forgotten(record: &mut Record<Clean>, sources: &[Source]) {
    let Some(mark) = sources.iter().find_map(|source| source.record.forgotten) else { return };
    if mark.why != ForgottenWhy::Session {
        record.forget(mark);
    }
    record.forgotten = Some(mark);
}

/// The commits with these ids that have a record of ours.
pub(super) fn read_sources(workplace: &Workplace, ids: &[String]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for id in ids {
        let Some(bytes) = notes::read(&workplace.repository, id)? else { continue };
        // A note of somebody else, or of a newer version, is left alone.
        let Ok(record) = keep::from_note(id, &bytes) else { continue };
        sources.push(source(workplace, id, record)?);
    }
    Ok(sources)
}

/// The commit `id` as a source, without what must not be recorded any more.
pub(super) fn source(workplace: &Workplace, id: &str, mut record: Record<Clean>) -> anyhow::Result<Source> {
    record.leave_out(|one| workplace.ignored.has_session(&one.agent, &one.session));
    let repository = &workplace.repository;
    // In a partial clone, fetched where that may be; without its files nothing can be said of its lines.
    let is_here = repository.has_commit(id) && !promised::complete(repository, vec![id.to_owned()])?.is_empty();
    let commit = match is_here {
        true => Some(workplace.without_ignored(changes::read_commit(repository, id)?)),
        false => None,
    };
    Ok(Source { commit, record })
}

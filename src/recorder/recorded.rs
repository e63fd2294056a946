//! The records that are here of a commit: what its note says, and where this clone has none, what was fetched. Git joins
//! the notes of commits that it makes one of; what they say is told together.

use jiff::Timestamp;

use super::workplace::Workplace;
use super::{edge, keep, narrowing};
use crate::git::repository::Repository;
use crate::git::{changes, note_copies, note_refs, notes, promised};
use crate::link::carry::CommitSource;
use crate::record::commit::Commit;
use crate::record::contribution::Evidence;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::{compose, note_codec, recorded};
use crate::redact::Redactor;
use crate::text::ids::is_commit_id;

/// The records of each commit: this clone's own, and what was fetched where that knows more.
///
/// # Errors
/// When the own notes cannot be read. What was fetched may be only in part here, and is passed over then.
pub(crate) fn of<S: AsRef<str>>(repository: &Repository, ids: &[S]) -> anyhow::Result<Vec<Vec<Record<Clean>>>> {
    let own = notes::each_at(repository, note_refs::NOTES_REF, ids)?;
    let all = ids.iter().zip(own.into_iter().zip(note_copies::fetched(repository, ids)));
    all.map(|(id, (own, fetched))| {
        let (own, unreadable) = match own {
            Some(Err(error)) => (None, Some(error)),
            own => (own, None),
        };
        match (told(id.as_ref(), own.into_iter().chain(fetched).collect()), unreadable) {
            (Ok(documents), None) => Ok(documents),
            (Ok(documents), Some(_)) if !documents.is_empty() => Ok(documents),
            (_, Some(error)) => Err(error),
            // A note of somebody else, or of a newer version, is left alone.
            (Err(_), None) => Ok(Vec::new()),
        }
    })
    .collect()
}

/// The records in this clone's own note of a commit that was just made: no remote can have one.
///
/// # Errors
/// When the note cannot be read.
pub(crate) fn of_new(repository: &Repository, id: &str) -> anyhow::Result<Vec<Record<Clean>>> {
    let note = notes::each_at(repository, note_refs::NOTES_REF, &[id])?.pop().flatten().transpose()?;
    Ok(note.and_then(|bytes| note_codec::documents(id, &bytes).ok()).unwrap_or_default())
}

/// The records of the first of a commit's notes that has any, with those of further ones that know more; none where there is
/// no note. Where the first says that something was removed, no other brings it back.
///
/// # Errors
/// When none of them can be read, or is a record.
pub(crate) fn told(id: &str, notes: Vec<anyhow::Result<Vec<u8>>>) -> anyhow::Result<Vec<Record<Clean>>> {
    let (mut problem, mut found, mut before): (_, Option<Vec<Record<Clean>>>, Vec<u8>) = (None, None, Vec::new());
    for note in notes {
        // Most copies are the same.
        if found.is_some() && note.as_ref().is_ok_and(|bytes| *bytes == before) {
            continue;
        }
        let documents = note.and_then(|bytes| Ok((note_codec::documents(id, &bytes)?, bytes)));
        match (documents, &mut found) {
            (Ok((documents, bytes)), None) => (found, before) = (Some(documents), bytes),
            (Ok((documents, _)), Some(found)) => add_richer(found, documents),
            (Err(error), _) => drop(problem.get_or_insert(error)),
        }
    }
    found.map_or_else(|| problem.map_or_else(|| Ok(Vec::new()), Err), Ok)
}

/// Adds the records of another copy where they know more.
fn add_richer(known: &mut Vec<Record<Clean>>, more: Vec<Record<Clean>>) {
    let most = |all: &[Record<Clean>]| all.iter().map(keep::knowledge).max();
    if most(&more) > most(known) && known.iter().all(|record| record.forgotten.is_none()) {
        known.extend(more);
    }
}

/// What the records of one note say together; `None` where there are none.
///
/// # Errors
/// When the commit or one that it was made from cannot be read.
pub(crate) fn united(
    workplace: &Workplace,
    redactor: &Redactor,
    id: &str,
    mut documents: Vec<Record<Clean>>,
) -> anyhow::Result<Option<Record<Clean>>> {
    if documents.len() < 2 {
        return Ok(documents.pop());
    }
    let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, id)?);
    let sources = sources(workplace, id, documents)?;
    Ok(from_sources(workplace, redactor, &commit, &sources))
}

/// The records of the note of `id`, each with the commit whose lines it speaks of.
///
/// # Errors
/// When that commit cannot be read.
pub(crate) fn sources(
    workplace: &Workplace,
    id: &str,
    documents: Vec<Record<Clean>>,
) -> anyhow::Result<Vec<CommitSource>> {
    let source = |record: Record<Clean>| {
        // Git copies a note as it is; the lines are numbered as in the commit that it was made for.
        let made_for =
            if workplace.repository.has_commit(&record.commit) { record.commit.clone() } else { id.to_owned() };
        source(workplace, &made_for, record)
    };
    documents.into_iter().map(source).collect()
}

/// The record of a commit from those of the commits that it was made from alone; no session is read.
pub(crate) fn from_sources(
    workplace: &Workplace,
    redactor: &Redactor,
    commit: &Commit,
    sources: &[CommitSource],
) -> Option<Record<Clean>> {
    let mut record = compose::carried(workplace, commit, sources, redactor)?;
    narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
    Some(record)
}

/// Writes in place of notes that git joined what their records say together. Those of commits that are not here stay.
///
/// # Errors
/// When the notes cannot be read or written.
pub(crate) fn unite_joined(workplace: &Workplace, ids: &[String], now: Timestamp) -> anyhow::Result<usize> {
    let repository = &workplace.repository;
    let mut joined = Vec::new();
    for (id, note) in ids.iter().zip(notes::each_at(repository, note_refs::NOTES_REF, ids)?) {
        let Some(Ok(bytes)) = note else { continue };
        let documents = note_codec::documents(id, &bytes).unwrap_or_default();
        if documents.len() > 1 && repository.has_commit(id) {
            joined.push((id, documents));
        }
    }
    if joined.is_empty() {
        return Ok(0);
    }
    let redactor = workplace.redactor()?;
    let mut records = Vec::new();
    for (id, documents) in joined {
        records.extend(united(workplace, &redactor, id, documents)?);
    }
    let count = records.len();
    keep::write(repository, records, &redactor, now)?;
    Ok(count)
}

/// The commits with these ids that have a record, here or at a remote, as far as it was fetched.
pub(crate) fn read_sources(workplace: &Workplace, ids: &[String]) -> anyhow::Result<Vec<CommitSource>> {
    let mut sources = Vec::new();
    if ids.is_empty() {
        return Ok(sources);
    }
    for (id, documents) in ids.iter().zip(recorded::of(&workplace.repository, ids)?) {
        sources = joined(sources, recorded::sources(workplace, id, documents)?);
    }
    // Lines that one amend took out may be back with the next: what those were made from counts after them.
    let before = earlier(&sources, ids);
    for (id, documents) in before.iter().zip(recorded::of(&workplace.repository, &before)?) {
        if workplace.repository.has_commit(id) {
            sources = joined(sources, recorded::sources(workplace, id, documents)?);
        }
    }
    Ok(sources)
}

/// So many commits that the sources were made from are looked at, the last ones.
const MOST_EARLIER: usize = 8;

/// The commits that the sources were made from, as their records say, without those that were asked for.
fn earlier(sources: &[CommitSource], ids: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let evidence = sources.iter().flat_map(|source| &source.record.contributions).flat_map(|one| &one.evidence);
    for from in evidence.filter_map(|one| if let Evidence::Carried { from } = one { Some(from) } else { None }) {
        if is_commit_id(from) && !found.contains(from) && !ids.contains(from) {
            found.push(from.clone());
        }
    }
    found.drain(..found.len().saturating_sub(MOST_EARLIER));
    found
}

/// Both without what says nothing new, as git's copy of a note.
pub(crate) fn joined(mut sources: Vec<CommitSource>, more: Vec<CommitSource>) -> Vec<CommitSource> {
    for source in more {
        if !sources.iter().any(|known| known.record == source.record) {
            sources.push(source);
        }
    }
    sources
}

/// The commit `id` as a source, without what must not be recorded any more.
pub(crate) fn source(workplace: &Workplace, id: &str, mut record: Record<Clean>) -> anyhow::Result<CommitSource> {
    record.leave_out(|one| workplace.ignored.has_session(&one.agent, &one.session));
    let repository = &workplace.repository;
    // Git copies a note to the commit that replaces another; what it says is of the other one.
    let own = if repository.has_commit(&record.commit) { record.commit.clone() } else { id.to_owned() };
    // In a partial clone, fetched where that may be; without its files nothing can be said of its lines.
    let is_here = repository.has_commit(&own) && !promised::complete(repository, vec![own.clone()])?.is_empty();
    let mut commit = match is_here {
        true => {
            let commit = edge::as_recorded(repository, &own, changes::read_commit(repository, &own)?, &record);
            Some(workplace.without_ignored(commit))
        }
        false => None,
    };
    if let Some(commit) = commit.as_mut().filter(|_| own != record.commit) {
        commit.trees = None;
    }
    Ok(CommitSource { commit, record })
}

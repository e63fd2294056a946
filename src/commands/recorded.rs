//! The records that are here of a commit: what its note says, and where this clone has none, what was fetched. Git joins
//! the notes of commits that it makes one of; what they say is told together.

use jiff::Timestamp;

use super::post_commit;
use super::workplace::Workplace;
use super::{keep, narrowing};
use crate::git::repository::Repository;
use crate::git::{changes, note_copies, notes};
use crate::link::carry::Source;
use crate::record::commit::Commit;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::redact::Redactor;

/// The records of each commit: those of its first note that has any, this clone's own before fetched ones.
///
/// # Errors
/// When the own notes cannot be read. What was fetched may be only in part here, and is passed over then.
pub(super) fn of<S: AsRef<str>>(repository: &Repository, ids: &[S]) -> anyhow::Result<Vec<Vec<Record<Clean>>>> {
    let mut own = Vec::new();
    for (id, note) in ids.iter().zip(notes::each_at(repository, notes::NOTES_REF, ids)?) {
        // A note of somebody else, or of a newer version, is left alone.
        own.push(note.transpose().map(|note| note.and_then(|bytes| keep::documents(id.as_ref(), &bytes).ok())));
    }
    if own.iter().all(|one| matches!(one, Ok(Some(documents)) if !documents.is_empty())) {
        return own.into_iter().map(|one| Ok(one?.unwrap_or_default())).collect();
    }
    let fetched = note_copies::fetched(repository, ids);
    let all = ids.iter().zip(own.into_iter().zip(fetched));
    all.map(|(id, (own, fetched))| match own {
        Ok(Some(documents)) if !documents.is_empty() => Ok(documents),
        own => match first(id.as_ref(), fetched) {
            Ok(documents) if !documents.is_empty() => Ok(documents),
            _ => own.map(Option::unwrap_or_default),
        },
    })
    .collect()
}

/// The records in this clone's own note of a commit that was just made: no remote can have one.
///
/// # Errors
/// When the note cannot be read.
pub(super) fn of_new(repository: &Repository, id: &str) -> anyhow::Result<Vec<Record<Clean>>> {
    let note = notes::each_at(repository, notes::NOTES_REF, &[id])?.pop().flatten().transpose()?;
    Ok(note.and_then(|bytes| keep::documents(id, &bytes).ok()).unwrap_or_default())
}

/// The records of the first of a commit's notes that has any; none where there is no note.
///
/// # Errors
/// When none of them can be read, or is a record.
pub(super) fn first(id: &str, notes: Vec<anyhow::Result<Vec<u8>>>) -> anyhow::Result<Vec<Record<Clean>>> {
    let mut problem = None;
    for note in notes {
        match note.and_then(|bytes| keep::documents(id, &bytes)) {
            Ok(documents) => return Ok(documents),
            Err(error) => drop(problem.get_or_insert(error)),
        }
    }
    problem.map_or_else(|| Ok(Vec::new()), Err)
}

/// What the records of one note say together; `None` where there are none.
///
/// # Errors
/// When the commit or one that it was made from cannot be read.
pub(super) fn united(
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
pub(super) fn sources(workplace: &Workplace, id: &str, documents: Vec<Record<Clean>>) -> anyhow::Result<Vec<Source>> {
    let source = |record: Record<Clean>| {
        // Git copies a note as it is; the lines are numbered as in the commit that it was made for.
        let made_for =
            if workplace.repository.has_commit(&record.commit) { record.commit.clone() } else { id.to_owned() };
        post_commit::source(workplace, &made_for, record)
    };
    documents.into_iter().map(source).collect()
}

/// The record of a commit from those of the commits that it was made from alone; no session is read.
pub(super) fn from_sources(
    workplace: &Workplace,
    redactor: &Redactor,
    commit: &Commit,
    sources: &[Source],
) -> Option<Record<Clean>> {
    let mut record = post_commit::carried(workplace, commit, sources, redactor)?;
    narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
    Some(record)
}

/// Writes in place of notes that git joined what their records say together. Those of commits that are not here stay.
///
/// # Errors
/// When the notes cannot be read or written.
pub(super) fn unite_joined(workplace: &Workplace, ids: &[String], now: Timestamp) -> anyhow::Result<usize> {
    let repository = &workplace.repository;
    let mut joined = Vec::new();
    for (id, note) in ids.iter().zip(notes::each_at(repository, notes::NOTES_REF, ids)?) {
        let Some(Ok(bytes)) = note else { continue };
        let documents = keep::documents(id, &bytes).unwrap_or_default();
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

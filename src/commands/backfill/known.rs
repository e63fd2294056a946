//! What is known of a commit before any session is looked at: its record here, and what a remote has of it.

use crate::git::repository::Repository;
use crate::git::{note_copies, note_refs, notes};
use crate::link::carry::CommitSource;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::workplace::Workplace;
use crate::recorder::{keep, note_codec, recorded};

/// The notes of a commit, as they are read.
pub(crate) type KnownNotes = (Option<anyhow::Result<Vec<u8>>>, Vec<anyhow::Result<Vec<u8>>>);

/// The notes of each of the commits: this clone's own, and those that were fetched.
///
/// # Errors
/// When it cannot be told which of them have a note.
pub(crate) fn notes_of(repository: &Repository, ids: &[String]) -> anyhow::Result<Vec<KnownNotes>> {
    let own = notes::each_at(repository, note_refs::NOTES_REF, ids)?;
    Ok(own.into_iter().zip(note_copies::fetched(repository, ids)).collect())
}

/// What the notes of one commit say.
pub(crate) struct Known {
    /// Whether this clone has a record of it.
    pub(crate) is_here: bool,
    /// Whether git joined several, or a remote has another that knows more.
    pub(crate) is_joined: bool,
    /// The records, each with the commit whose lines it speaks of.
    pub(crate) more: Vec<CommitSource>,
    /// The one that tells most.
    pub(crate) record: Option<Record<Clean>>,
}

impl Known {
    /// # Errors
    /// When a commit that a record speaks of cannot be read. The inner one: the note cannot, and may know more than what would
    /// be written over it.
    pub(crate) fn of(
        workplace: &Workplace,
        id: &str,
        (own, fetched): KnownNotes,
    ) -> anyhow::Result<Result<Self, anyhow::Error>> {
        let own = match own.transpose() {
            Ok(own) => own.and_then(|note| note_codec::documents(id, &note).ok()).unwrap_or_default(),
            Err(error) => return Ok(Err(error)),
        };
        let fetched = recorded::told(id, fetched).unwrap_or_default();
        let is_here = !own.is_empty();
        let (is_joined, most) = (own.len() > 1, |all: &[Record<Clean>]| all.iter().map(keep::knowledge).max());
        // What a remote has of it and this clone has not.
        let more = if most(&fetched) > most(&own) { fetched } else { Vec::new() };
        let is_joined = is_joined || (is_here && !more.is_empty());
        let more = recorded::sources(workplace, id, [own, more].concat())?;
        let record = more.iter().map(|source| &source.record).max_by_key(|record| keep::knowledge(record)).cloned();
        Ok(Ok(Self { is_here, is_joined, more, record }))
    }

    /// Whether text was removed from it, so that nothing is added.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.forgotten.is_some())
    }

    /// Whether no record tells anything of this commit itself. Git's copy of a note may be one of several.
    pub(crate) fn is_bare(&self, id: &str) -> bool {
        self.record.as_ref().is_none_or(|known| keep::knowledge(known) == (0, 0) || known.commit != id)
    }
}

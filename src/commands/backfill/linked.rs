//! Reads commits, finds what sessions and journals have to do with each, and makes their records: one commit a time, on
//! whatever thread. What records of other commits add is decided in order, elsewhere.

use crate::config::Config;
use crate::git::changes;
use crate::link::carry::CommitSource;
use crate::link::library::Library;
use crate::link::pairing::Patch;
use crate::link::{self, Linked};
use crate::record::commit::Commit;
use crate::record::note::{LineCounts, Record, Statement};
use crate::record::text::{Clean, Raw};
use crate::recorder::declined::Declined;
use crate::recorder::ignored::Ignored;
use crate::recorder::journals::{self, CommitTime, Journals};
use crate::recorder::ways::Ways;
use crate::recorder::workplace::Workplace;
use crate::recorder::{compose, keep, made_from, narrowing, note_codec, statements};
use crate::redact::Redactor;

/// What all threads have in common.
pub(crate) struct Linker<'a> {
    pub(crate) library: &'a Library,
    /// What tells the steps on the way to a commit; `None` where it cannot be used.
    pub(crate) ways: Option<&'a Ways>,
    /// Without sessions.
    pub(crate) nothing: Library,
    pub(crate) declined: &'a Declined,
    pub(crate) redactor: &'a Redactor,
    pub(crate) is_dry_run: bool,
}

/// A commit that is asked for.
pub(crate) struct Unlinked {
    pub(crate) id: String,
    /// Whether no commit has a record, so that what sessions say is all there is.
    pub(crate) is_alone: bool,
    /// Whether no record tells anything of it.
    pub(crate) is_bare: bool,
    /// The commits that it took the place of.
    pub(crate) replaced: Vec<String>,
}

/// A commit with what was found for it.
pub(crate) struct LinkedCommit {
    pub(crate) id: String,
    /// Whether it was made under an opt-out.
    pub(crate) is_declined: bool,
    /// Whether its message names a session.
    pub(crate) is_named: bool,
    /// Whether a session has to do with it.
    pub(crate) is_linked: bool,
    pub(crate) lines: LineCounts,
    pub(crate) made: RecordSoFar,
}

/// How far its record is.
pub(crate) enum RecordSoFar {
    Whole {
        record: Option<Box<Record<Clean>>>,
        /// As [`Linker::refusal`].
        refused: Option<anyhow::Error>,
    },
    /// Records of other commits may have something to add.
    InPart(Box<Parts>),
}

/// What a record is made of.
pub(crate) struct Parts {
    pub(crate) commit: Commit,
    /// All that it does, where no record tells anything of it.
    pub(crate) patch: Option<Patch>,
    linked: Linked,
    statements: Vec<Statement<Raw>>,
}

impl Linker<'_> {
    /// # Errors
    /// When the commit cannot be read.
    pub(crate) fn link(
        &self,
        workplace: &Workplace,
        journals: &Journals,
        wanted: Unlinked,
    ) -> anyhow::Result<LinkedCommit> {
        let Unlinked { id, is_alone, is_bare, replaced } = wanted;
        let repository = &workplace.repository;
        let commit = changes::read_commit(repository, &id)?;
        // All of it: the other commit's lines are not left out either.
        let patch = (is_bare && !is_alone).then(|| Patch::of(&commit));
        let commit = workplace.without_ignored(commit);
        let trailers = workplace.trailers(&commit);
        let statements = statements::statements(&commit, &trailers);
        let named = statements::named_sessions(&statements, &trailers);
        let hints = compose::hints(workplace, &commit, self.library, named);
        let made_from = [made_from::named(commit.message.expose()), replaced].concat();
        let is_declined = self.declined.covers(repository, &id, &made_from);
        let mut linked = link::link(&commit, if is_declined { &self.nothing } else { self.library }, &hints);
        if let Some(ways) = self.ways.filter(|_| !is_declined) {
            ways.add(&mut linked, &commit, &self.library.sessions);
        }
        if !is_declined {
            journals::add(&mut linked, &commit, journals.for_commit(workplace, &commit, CommitTime::Authored));
        }
        let (is_named, is_linked) = (!hints.named.is_empty(), !linked.contributions.is_empty());
        let lines = linked.lines;
        let parts = Parts { commit, patch, linked, statements };
        let made = match is_alone {
            true if is_declined => RecordSoFar::Whole { record: None, refused: None },
            true => {
                let record = parts.record((&[], None), (self.redactor, &workplace.config, &workplace.ignored));
                let refused = self.refusal(record.as_ref());
                RecordSoFar::Whole { record: record.map(Box::new), refused }
            }
            false => RecordSoFar::InPart(Box::new(parts)),
        };
        Ok(LinkedCommit { id, is_declined, is_named, is_linked, lines, made })
    }

    /// Why the record would not be kept, in a dry run: else that shows when it is written.
    pub(crate) fn refusal(&self, record: Option<&Record<Clean>>) -> Option<anyhow::Error> {
        let record = record.filter(|_| self.is_dry_run)?;
        note_codec::to_note(record.clone(), self.redactor).err()
    }
}

impl Parts {
    /// The record, with what those of the commits say that this one was made from, and what is `known` of it already.
    pub(crate) fn record(
        self,
        (sources, known): (&[CommitSource], Option<&Record<Clean>>),
        (redactor, config, ignored): (&Redactor, &Config, &Ignored),
    ) -> Option<Record<Clean>> {
        let mut record = keep::record(&self.commit, self.linked, self.statements, sources, redactor, config)?;
        if let Some(known) = known.filter(|known| known.commit == record.commit) {
            record.keep_other_states(known);
        }
        compose::keep_forgotten(&mut record, sources);
        narrowing::narrow(&mut record, ignored, config.prompts);
        Some(record)
    }
}

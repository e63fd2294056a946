//! Signs the records of own commits, where a person asks for it: never in a hook, where a passphrase, an agent or a key of hardware could
//! hold up a commit or a push.

use jiff::Timestamp;

use super::note_codec;
use super::note_seal::{self, SealedFor};
use super::range::RangeQuery;
use super::workplace::Workplace;
use crate::git::note_refs::NOTES_REF;
use crate::git::{notes, seals};

/// What was signed, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignedRecords {
    pub(crate) signed: usize,
    /// They had a signature for exactly these bytes.
    pub(crate) before: usize,
    /// Records of commits that somebody else made.
    pub(crate) of_others: usize,
    /// Commits without a record in this clone.
    pub(crate) without: usize,
}

/// Signs the records of the commits of `span` that the person of `user.email` wrote or committed, with the key that git signs commits with. All
/// are written, or none.
///
/// # Errors
/// When a revision does not name a commit, git does not know the person or does not sign, or notes cannot be written.
pub(crate) fn sign(workplace: &Workplace, span: RangeQuery<'_>, at: Timestamp) -> anyhow::Result<SignedRecords> {
    let repository = &workplace.repository;
    let Some(own) = repository.config_string("user.email") else {
        anyhow::bail!("git does not know who you are: set user.name and user.email");
    };
    let ids = span.ids(repository)?;
    let mut counts = SignedRecords::default();
    let mut signed = Vec::new();
    for (id, note) in ids.iter().zip(notes::each_at(repository, NOTES_REF, &ids)?) {
        let Some(note) = note.transpose()?.filter(|note| note_codec::from_note(id, note).is_ok()) else {
            counts.without += 1;
            continue;
        };
        let parts = note_seal::split(&note);
        if parts.seal.is_some() && note_seal::sealed_for(parts, id) == SealedFor::This {
            counts.before += 1;
            continue;
        }
        let (_, header) = repository.message_and_header(id)?;
        let is_own = |email: &str| email.eq_ignore_ascii_case(&own);
        if !is_own(&header.author.email) && !is_own(&header.committer.email) {
            counts.of_others += 1;
            continue;
        }
        let body = note_seal::without_seals(&note);
        let seal = seals::sign(repository, note_seal::EMPTY_TREE, &note_seal::message(id, &body))?;
        signed.push((id.clone(), note_seal::sealed(&body, &seal)));
    }
    counts.signed = signed.len();
    if !signed.is_empty() {
        notes::write(repository, &signed, at)?;
    }
    Ok(counts)
}

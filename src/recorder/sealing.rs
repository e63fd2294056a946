//! Signs the records of own commits, where a person asks for it: never in a hook, where a passphrase, an agent or a key of hardware could
//! hold up a commit or a push.

use jiff::Timestamp;

use super::note_codec;
use super::note_seal::{self, SealedFor};
use super::range::RangeQuery;
use super::workplace::Workplace;
use crate::git::note_refs::NOTES_REF;
use crate::git::note_replace::{self, NoteReplacement};
use crate::git::notes;
use crate::git::seals::{self, KeyTrust};

/// What was signed, and what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignedRecords {
    pub(crate) signed: usize,
    /// They had a good signature for exactly these bytes.
    pub(crate) before: usize,
    /// Records of commits that somebody else made.
    pub(crate) of_others: usize,
    /// Commits without a record in this clone.
    pub(crate) without: usize,
    /// Records that somebody wrote or removed while these were signed.
    pub(crate) changed: usize,
}

/// Signs the records of the commits of `span` that the person of `user.email` wrote or committed, with the key that git signs commits with.
/// A signature that git does not call good is replaced, unless git cannot check it here and no list of revoked keys is set. A record that changed since it was read stays as it is.
///
/// # Errors
/// When a revision does not name a commit, git does not know the person or does not sign, or notes cannot be written: then none was.
pub(crate) fn sign(workplace: &Workplace, span: RangeQuery<'_>, at: Timestamp) -> anyhow::Result<SignedRecords> {
    let repository = &workplace.repository;
    let Some(own) = repository.config_string("user.email") else {
        anyhow::bail!("git does not know who you are: set user.name and user.email");
    };
    let ids = span.ids(repository)?;
    let mut counts = SignedRecords::default();
    let mut found = Vec::new();
    for (id, note) in ids.iter().zip(notes::each_at(repository, NOTES_REF, &ids)?) {
        // Of a longer note only the beginning was read.
        let is_whole = |note: &Vec<u8>| note.len() < notes::LARGEST && note_codec::from_note(id, note).is_ok();
        let Some(note) = note.transpose()?.filter(is_whole) else {
            counts.without += 1;
            continue;
        };
        let (_, header) = repository.message_and_header(id)?;
        let is_own = |email: &str| email.eq_ignore_ascii_case(&own);
        if !is_own(&header.author.email) && !is_own(&header.committer.email) {
            counts.of_others += 1;
            continue;
        }
        found.push((id, note));
    }
    let seals: Vec<Option<&[u8]>> = found.iter().map(|(id, note)| seal_of_all(id, note)).collect();
    let sealed: Vec<&[u8]> = seals.iter().flatten().copied().collect();
    let mut checked = seals::check(repository, &sealed)?.into_iter();
    // What git cannot check here may be good; where keys are revoked it may be of such a one.
    let has_revoked = repository.config_string(seals::REVOKED).is_some();
    let is_kept = |trust: KeyTrust| trust == KeyTrust::Good || (trust == KeyTrust::Unchecked && !has_revoked);
    let mut signed = Vec::new();
    for ((id, note), seal) in found.iter().zip(&seals) {
        if seal.and_then(|_| checked.next()).is_some_and(|seal| is_kept(seal.trust)) {
            counts.before += 1;
            continue;
        }
        let body = note_seal::without_seals(note);
        let seal = seals::sign(repository, note_seal::EMPTY_TREE, &note_seal::message(id, &body))?;
        let after = note_seal::sealed(&body, &seal);
        signed.push(NoteReplacement { commit: (*id).clone(), before: note.clone(), after });
    }
    if !signed.is_empty() {
        counts.signed = note_replace::replace(repository, &signed, at)?;
    }
    counts.changed = signed.len() - counts.signed;
    Ok(counts)
}

/// The seal of a note that is of this note of this commit, as it is.
fn seal_of_all<'a>(id: &str, note: &'a [u8]) -> Option<&'a [u8]> {
    let parts = note_seal::split(note);
    parts.seal.filter(|_| note_seal::sealed_for(parts, id) == SealedFor::This)
}

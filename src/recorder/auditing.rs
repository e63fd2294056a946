//! What can be proved of the commits of a range, and whose signatures their records have.

use std::collections::BTreeMap;

use super::listing::{self, Listing};
use super::note_seal::{self, SealedFor, SealedNote};
use super::range::{LoadDetail, RangeQuery};
use super::recorded;
use super::workplace::Workplace;
use crate::git::note_refs::NOTES_REF;
use crate::git::notes;
use crate::git::repository::Repository;
use crate::git::seals::{self, CheckedSeal, KeyTrust};
use crate::recall::audit::{AuditAnswer, AuditedCommit, RecordSignature, SignatureState, audit, of_commit};
use crate::record::entry::CommitEntry;
use crate::record::text::Raw;
use crate::redact::Redactor;

/// With what there is to say of what could not be read. `verifies`: signatures are checked, too.
///
/// # Errors
/// When a revision does not name a commit, notes cannot be read, or git cannot be run.
pub(crate) fn of_range(
    workplace: &mut Workplace,
    span: RangeQuery<'_>,
    verifies: bool,
) -> anyhow::Result<(AuditAnswer, Listing)> {
    let redactor = workplace.redactor()?;
    let homes = homes(&workplace.repository)?;
    let mut commits: Vec<AuditedCommit> = Vec::new();
    let render = |entry: &CommitEntry| Ok(of_commit(entry, homes.get(&entry.id).map_or(&[], Vec::as_slice)));
    let take = |one: AuditedCommit| {
        commits.push(one);
        Ok(())
    };
    let listing = listing::newest_first(workplace, &redactor, (span, LoadDetail::Record), (render, take))?;
    if verifies {
        verify(&workplace.repository, &redactor, &mut commits)?;
    }
    Ok((audit(commits, verifies, workplace.config.retention.map(|days| days.0)), listing))
}

/// The references that hold a note of each commit, this clone's own first.
fn homes(repository: &Repository) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in [NOTES_REF.to_owned()].into_iter().chain(notes::fetched(repository)) {
        for commit in notes::list_at(repository, &name)? {
            homes.entry(commit).or_default().push(name.clone());
        }
    }
    Ok(homes)
}

/// A commit with the note whose signature counts.
struct ToldNote {
    commit: String,
    note: Vec<u8>,
    /// Whether what is told of the commit is in that note, and in no other.
    is_all: bool,
}

/// Says of each record whose signature it has: of the first note that is signed and has all that is told, else of the first note.
fn verify(repository: &Repository, redactor: &Redactor, commits: &mut [AuditedCommit]) -> anyhow::Result<()> {
    let told: Vec<ToldNote> = commits
        .iter()
        .filter(|one| one.recorded)
        .filter_map(|one| told_note(repository, one).transpose())
        .collect::<anyhow::Result<_>>()?;
    let parts: Vec<SealedNote<'_>> = told.iter().map(|one| note_seal::split(&one.note)).collect();
    let sealed: Vec<&[u8]> = parts.iter().filter_map(|parts| parts.seal).collect();
    let mut checked = seals::check(repository, &sealed)?.into_iter();
    let mut found: BTreeMap<&str, RecordSignature> = BTreeMap::new();
    for (one, parts) in told.iter().zip(&parts) {
        let seal = parts.seal.and_then(|_| checked.next());
        let of = match note_seal::sealed_for(*parts, &one.commit) {
            SealedFor::This if !one.is_all => SealedFor::OtherBytes,
            of => of,
        };
        let signature = seal.map_or(UNSIGNED, |seal| signature(seal, of, redactor));
        found.insert(one.commit.as_str(), signature);
    }
    for one in commits {
        one.signature = found.remove(one.commit.as_str());
    }
    Ok(())
}

const UNSIGNED: RecordSignature = RecordSignature { state: SignatureState::Unsigned, signer: None, key: None };

fn told_note(repository: &Repository, one: &AuditedCommit) -> anyhow::Result<Option<ToldNote>> {
    let mut all = Vec::new();
    for home in &one.kept_in {
        all.extend(notes::each_at(repository, home, &[&one.commit])?.pop().flatten().and_then(Result::ok));
    }
    let documents = |notes: &[Vec<u8>]| recorded::told(&one.commit, notes.iter().cloned().map(Ok).collect()).ok();
    // What another note knows more is told, too, and who signed this one did not sign that.
    let everything = documents(&all);
    let has_all = |note: &Vec<u8>| documents(std::slice::from_ref(note)) == everything;
    let is_sealed = |note: &Vec<u8>| note_seal::is_signed_for(note_seal::split(note), &one.commit);
    let signed = all.iter().find(|note| is_sealed(note) && has_all(note));
    let told = signed.or_else(|| all.first());
    Ok(told.map(|note| ToldNote { commit: one.commit.clone(), note: note.clone(), is_all: has_all(note) }))
}

/// What a signature is worth: one that is of something else is worth nothing, whoever made it.
fn signature(seal: CheckedSeal, of: SealedFor, redactor: &Redactor) -> RecordSignature {
    let state = match (seal.trust, of) {
        (KeyTrust::Unsigned, _) => SignatureState::Unsigned,
        (KeyTrust::Bad, _) | (_, SealedFor::Nothing) => SignatureState::Bad,
        (_, SealedFor::OtherCommit) => SignatureState::OtherCommit,
        (_, SealedFor::OtherBytes) => SignatureState::OtherBytes,
        (KeyTrust::Good, SealedFor::This) => SignatureState::Good,
        (KeyTrust::UnknownKey, SealedFor::This) => SignatureState::UnknownKey,
        (KeyTrust::Expired, SealedFor::This) => SignatureState::Expired,
        (KeyTrust::Revoked, SealedFor::This) => SignatureState::Revoked,
        (KeyTrust::Unchecked, SealedFor::This) => SignatureState::Unchecked,
    };
    let clean = |text: Option<String>| text.map(|text| redactor.text(Raw::new(text.as_str())).0);
    RecordSignature { state, signer: clean(seal.signer), key: clean(seal.key) }
}

//! Pushes records, united with those that are at the remote.

use std::time::Instant;

use jiff::Timestamp;

use super::keep;
use super::outcome::HookOutcome;
use crate::git::outgoing::{self, Leaving};
use crate::git::repository::Repository;
use crate::git::transfer::{self, Remote, Transfer};
use crate::git::{note_refs, notes, remotes};
use crate::recorder::note_codec;
use crate::recorder::note_seal;

/// Pushes the records of commits that leave, united with those that are there already.
pub(crate) fn share(
    repository: &Repository,
    remote: &Remote<'_>,
    leaving: Leaving<'_>,
    now: Timestamp,
) -> anyhow::Result<HookOutcome> {
    let known = note_refs::known_of(remote.name);
    // One time limit for all of it.
    let until = Instant::now() + remote.within;
    let left = || Remote { within: until.saturating_duration_since(Instant::now()), ..*remote };
    let take_over = || match repository.handle().find_reference(&known) {
        Ok(_) => notes::merge(repository, &known, combine, now).map(drop),
        Err(_) => Ok(()),
    };
    // Somebody else may push between the fetch and the push; a fifth time is left to the next push.
    for _ in 0..4 {
        take_over()?;
        let Some(new) = outgoing::prepare(repository, &known, leaving, now)? else { return Ok(HookOutcome::default()) };
        if transfer::push(&left(), &new)? != Transfer::Rejected {
            outgoing::remember(repository, &known, &new)?;
            take_over()?;
            return Ok(HookOutcome::default());
        }
        if transfer::fetch(&left())? == Transfer::NothingThere {
            notes::delete_copy(repository, &known)?;
        }
    }
    anyhow::bail!(
        "the records were not pushed: {} keeps changing; the next push tries again",
        remotes::shown(remote.name)
    )
}

/// Of two records of one commit the one from which text was taken out, so that it stays out; else the one that knows more.
/// A note that is not a record of ours gives way. A signature weighs nothing but between two notes that are the same without it.
pub(crate) fn combine(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let weight = |bytes: &[u8]| {
        note_codec::from_note("", bytes).ok().map(|record| {
            let bare = note_seal::without_seals(bytes).into_owned();
            let is_sealed = note_seal::is_signed_for(note_seal::split(bytes), &record.commit);
            let known = (record.forgotten.is_some(), keep::knowledge(&record));
            (known, bare.len(), bare, is_sealed, bytes.to_vec())
        })
    };
    if weight(theirs) > weight(ours) { theirs.to_vec() } else { ours.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    #[test]
    fn a_signature_makes_no_record_the_richer_one_and_is_kept_between_equal_ones() {
        let record = samples::discounts().record.unwrap();
        let rich = format!("{}\n", serde_json::to_string(&record).unwrap()).into_bytes();
        let mut poorer = record.clone();
        poorer.generator.pop();
        let poor = format!("{}\n", serde_json::to_string(&poorer).unwrap()).into_bytes();
        let sealed = |body: &[u8]| {
            let said = note_seal::message(&record.commit, body);
            let object = format!("tree {}\nauthor A <a> 1 +0000\ngpgsig x\n\n{said}", note_seal::EMPTY_TREE);
            note_seal::sealed(body, object.as_bytes())
        };
        let (signed_poor, signed_rich) = (sealed(&poor), sealed(&rich));
        let damaged = note_seal::sealed(&rich, &[b'x'; 4000]);
        for (one, other, kept) in [
            (&signed_poor, &rich, &rich),
            (&signed_poor, &signed_rich, &signed_rich),
            (&signed_rich, &rich, &signed_rich),
            (&signed_rich, &damaged, &signed_rich),
        ] {
            assert_eq!(combine(one, other), *kept);
            assert_eq!(combine(other, one), *kept);
        }
    }
}

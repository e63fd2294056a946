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
/// A note that is no record of ours gives way.
pub(crate) fn combine(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let weight = |bytes: &[u8]| {
        note_codec::from_note("", bytes)
            .ok()
            .map(|record| (record.forgotten.is_some(), keep::knowledge(&record), bytes.len(), bytes.to_vec()))
    };
    if weight(theirs) > weight(ours) { theirs.to_vec() } else { ours.to_vec() }
}

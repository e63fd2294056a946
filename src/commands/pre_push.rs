//! The pre-push hook: sends the records where the commits go, if the configuration shares them.

use std::time::Duration;

use jiff::Timestamp;

use super::hook::Left;
use super::keep;
use super::workplace::Workplace;
use crate::config::Sharing;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::transfer::{self, FETCHED_REF, Remote, Transfer};
use crate::git::{caller, notes};

/// How long one transfer may take.
const WITHIN: Duration = Duration::from_secs(8);

pub(super) fn work(workplace: &Workplace, environment: &Environment, remote: Option<&str>) -> anyhow::Result<Left> {
    let Some(name) = remote.filter(|_| workplace.config.sharing == Sharing::Notes) else {
        return Ok(Left::default());
    };
    if Environment::parent_process().is_some_and(caller::only_tries) {
        return Ok(Left::default());
    }
    let repository = &workplace.repository;
    if notes::list(repository)?.is_empty() {
        return Ok(Left::default());
    }
    let folder = repository.root().unwrap_or(repository.git_dir());
    let remote = Remote { folder, name, access: None, within: WITHIN };
    share(repository, &remote, environment.now)
}

/// Pushes the records, united with those that are there already.
pub(super) fn share(repository: &Repository, remote: &Remote<'_>, now: Timestamp) -> anyhow::Result<Left> {
    // Somebody else may push between the fetch and the push; a fifth time is left to the next push.
    for _ in 0..4 {
        if transfer::push(remote)? != Transfer::Rejected {
            return Ok(Left::default());
        }
        if transfer::fetch(remote)? == Transfer::Done {
            notes::merge(repository, FETCHED_REF, combine, now)?;
        }
    }
    anyhow::bail!("the records were not pushed: {} keeps changing; the next push tries again", remote.name)
}

/// Of two records of one commit the one from which text was taken out, so that it stays out; else the one that knows more.
/// A note that is no record of ours gives way.
pub(super) fn combine(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let weight = |bytes: &[u8]| {
        keep::from_note("", bytes)
            .ok()
            .map(|record| (record.forgotten.is_some(), keep::knowledge(&record), bytes.len(), bytes.to_vec()))
    };
    if weight(theirs) > weight(ours) { theirs.to_vec() } else { ours.to_vec() }
}

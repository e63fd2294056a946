//! Commits that no hook saw: some agents switch the hooks off in their shells, and some programs that commit know none. The next hook
//! makes their records, as far as a session here surely led to them; `doctor` names the rest.

use std::collections::HashSet;
use std::time::Instant;

use jiff::SignedDuration;

use super::compose::{How, make};
use super::declined::Declined;
use super::journals::CommitTime;
use super::made_here::own_addresses;
use super::workplace::Workplace;
use super::{gather, keep, made_from, refused, spool};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{changes, note_copies};
use crate::install::receipt::Receipt;
use crate::record::contribution::Confidence;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::state::paths as state_paths;

/// Commits that are looked at by a hook.
const LOOKED_AT: usize = 32;
/// What is so much older than the newest is for `backfill`.
const RECENT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Which commits are looked at.
pub(crate) struct CommitWindow<'a> {
    /// The newest.
    pub(crate) tip: &'a str,
    /// The commit that the last hook saw here; where there was none, the one that `init` was run at.
    pub(crate) seen: Option<&'a str>,
}

/// What was made of them.
#[derive(Default)]
pub(crate) struct TakenIn {
    pub(crate) problems: Vec<String>,
    /// The commits that have a record now.
    pub(crate) commits: Vec<String>,
}

/// Commits that may be such ones.
pub(crate) struct UnseenCommits {
    /// The newest first; at least one.
    ids: Vec<String>,
    /// The commit that `init` was run at.
    began_at: Option<String>,
}

/// Looks whether there are any, which costs most commits no more than a look. `None` where there are none, or no session is about.
pub(crate) fn find(
    workplace: &Workplace,
    environment: &Environment,
    window: &CommitWindow<'_>,
) -> Option<UnseenCommits> {
    let repository = &workplace.repository;
    if repository.is_rebasing() || gather::is_quiet(workplace, environment, None) {
        return None;
    }
    let (ids, began_at) = commits(repository, window).ok()?;
    (!ids.is_empty()).then_some(UnseenCommits { ids, began_at })
}

/// Makes the records of own commits that no hook saw, until the time is up, where a person wants records ([`Workplace::confirm`]).
///
/// # Errors
/// When the repository cannot be read, or the records not be written.
pub(crate) fn take_in(
    workplace: &Workplace,
    environment: &Environment,
    found: &UnseenCommits,
    until: Instant,
) -> anyhow::Result<TakenIn> {
    let repository = &workplace.repository;
    let UnseenCommits { ids, began_at } = found;
    let mut records = Vec::new();
    let (commits, _) = without_record(workplace, environment, ids)?;
    if commits.is_empty() {
        return Ok(TakenIn::default());
    }
    let redactor = workplace.redactor()?;
    let newest = repository.times(&ids[0])?.committed;
    let was_before = |id: &str| began_at.as_deref().is_some_and(|at| at == id || repository.is_ancestor(id, at));
    for id in commits.iter().take_while(|_| Instant::now() < until) {
        let Ok(commit) = changes::read_commit(repository, id) else { continue };
        let commit = workplace.without_ignored(commit);
        if newest.duration_since(commit.committed_at) > RECENT || was_before(id) {
            continue;
        }
        let how = How::by(CommitTime::Authored);
        // What cannot be read is said by the hook's own work.
        let Ok((record, library)) = make(workplace, environment, &commit, how, &[], &redactor, &mut Vec::new()) else {
            continue;
        };
        // To free it takes as long as to look through it.
        std::mem::forget(library);
        records.extend(record.filter(is_of_a_session));
    }
    let commits = records.iter().map(|record: &Record<Clean>| record.commit.clone()).collect();
    Ok(TakenIn { problems: keep::write(repository, records, &redactor, environment.now)?, commits })
}

/// The commits of the window, the newest first, and the one that `init` was run at.
fn commits(repository: &Repository, window: &CommitWindow<'_>) -> anyhow::Result<(Vec<String>, Option<String>)> {
    // Without a receipt nobody knows since when there are hooks, and a new work tree has seen nothing of what hooks saw elsewhere.
    let is_linked = repository.git_dir() != repository.common_dir();
    let receipt = receipt(repository).filter(|_| window.seen.is_some() || !is_linked);
    let Some(receipt) = receipt else { return Ok((Vec::new(), None)) };
    let began_at = receipt.began_at;
    Ok((newer(repository, window.tip, window.seen.or(began_at.as_deref()))?, began_at))
}

/// Whether a session here surely led to the commit: that no hook ran may have been wanted, and a mere meeting in time proves nothing.
pub(super) fn is_of_a_session(record: &Record<Clean>) -> bool {
    record.contributions.iter().any(|one| one.confidence != Confidence::Overlap && one.was_read())
}

/// The commit at which `backstory init` was run here; `None` as well where there was none yet.
pub(crate) fn began_at(repository: &Repository) -> Option<String> {
    receipt(repository)?.began_at
}

fn receipt(repository: &Repository) -> Option<Receipt> {
    Receipt::read(&state_paths::folder(repository.common_dir())).ok()?
}

/// The commits from `tip` on that `seen` does not have, the newest first.
fn newer(repository: &Repository, tip: &str, seen: Option<&str>) -> anyhow::Result<Vec<String>> {
    let mut walk = repository.handle().revwalk()?;
    walk.push(git2::Oid::from_str(tip)?)?;
    if let Some(seen) = seen {
        // What is not here any more was rewritten.
        if !repository.has_commit(seen) {
            return Ok(Vec::new());
        }
        walk.hide(git2::Oid::from_str(seen)?)?;
    }
    Ok(walk.take(LOOKED_AT).flatten().map(|id| id.to_string()).collect())
}

/// The person's own commits among these, the newest first, without a record, here or fetched, and the place of the oldest that has
/// one. Left out are those whose record was refused, is due, or was declined, and those that name a session.
///
/// # Errors
/// When it cannot be read what was declined.
pub(crate) fn without_record(
    workplace: &Workplace,
    environment: &Environment,
    commits: &[String],
) -> anyhow::Result<(Vec<String>, Option<usize>)> {
    let repository = &workplace.repository;
    let looked = note_copies::everywhere(repository, commits);
    let oldest_record = looked.notes.iter().rposition(|notes| !notes.is_empty());
    let own = own_addresses(repository, environment);
    let declined = Declined::read(repository)?;
    let refused = refused::list(repository).into_iter().map(|(id, _)| id);
    let due = spool::list(repository).into_iter().flat_map(|entry| entry.due).map(|due| due.commit);
    let known: HashSet<String> = refused.chain(due).chain(repository.shallow_boundaries()).collect();
    let is_lacking = |id: &String| {
        let is_own = || repository.author(id).is_ok_and(|author| own.contains(&author.email.to_lowercase()));
        let is_merge = || repository.parents(id).is_ok_and(|parents| parents.len() > 1);
        let message = repository.message(id).unwrap_or_default();
        let names_a_session = memchr::memmem::find(&message, b"\nBackstory-Session: ").is_some();
        let sources = made_from::named(&String::from_utf8_lossy(&message));
        let is_named = names_a_session || known.contains(id);
        !is_named && is_own() && !is_merge() && !declined.covers(repository, id, &sources)
    };
    let bare = commits.iter().zip(&looked.notes).filter(|(_, notes)| notes.is_empty()).map(|(id, _)| id);
    Ok((bare.filter(|id| is_lacking(id)).cloned().collect(), oldest_record))
}

//! Moves the reference of the notes while others may move it too: by compare-and-swap, again and again for a short time.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use git2::{ErrorCode, Oid};

use super::note_refs::{NOTES_REF, refuse_symbolic, tip};
use super::repository::Repository;
use crate::failpoint;

/// With pauses of at most 50 ms between them this is two seconds at worst: a hook must not make one wait.
const ATTEMPTS: u32 = 80;
const LONGEST_PAUSE_MS: u64 = 50;
const LOCK_IS_OLD: Duration = Duration::from_secs(30);

/// Moves the reference to what `next` makes of its target, and begins again when another process was faster. `next`
/// answers `None` when there is nothing to do.
pub(super) fn swap(repository: &Repository, mut next: impl FnMut(Option<Oid>) -> Result<Option<Oid>>) -> Result<()> {
    for attempt in 0..ATTEMPTS {
        let old = tip(repository, NOTES_REF);
        if old.is_none() {
            refuse_symbolic(repository, NOTES_REF)?;
        }
        if old.is_none()
            && let Ok(id) = repository.git.refname_to_id(NOTES_REF)
            && repository.git.find_commit(id).is_err()
        {
            bail!(
                "{NOTES_REF} names {id}, which is not here or is no commit: bring it back, or delete the reference \
                 (`git update-ref -d {NOTES_REF}`) and run `backstory backfill`"
            );
        }
        let Some(new) = next(old)? else { return Ok(()) };
        repository.find_commit(new).context("the notes were not written; is the disk full?")?;
        failpoint::reach("notes.ref")?;
        let moved = match old {
            Some(old) => repository.git.reference_matching(NOTES_REF, new, true, old, "backstory").map(drop),
            None => create(repository, new),
        };
        match moved {
            Ok(()) => {
                failpoint::reach("notes.moved")?;
                return Ok(());
            }
            Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked) => {
                remove_old_lock(repository);
                std::thread::sleep(pause(attempt));
            }
            Err(error) => return Err(error).with_context(|| format!("{NOTES_REF} cannot be written")),
        }
    }
    bail!("{NOTES_REF} is being written by others all the time; is there an old {NOTES_REF}.lock in the repository?")
}

/// Makes the reference where there is none. libgit2 looks for an old one before it takes the lock, and two that make it at
/// once would both succeed; so the look is repeated under the lock.
fn create(repository: &Repository, new: Oid) -> Result<(), git2::Error> {
    let mut transaction = repository.git.transaction()?;
    transaction.lock_ref(NOTES_REF)?;
    if repository.git.find_reference(NOTES_REF).is_ok() {
        return Err(git2::Error::new(ErrorCode::Exists, git2::ErrorClass::Reference, "made by another process"));
    }
    transaction.set_target(NOTES_REF, new, None, "backstory")?;
    transaction.commit()
}

/// Removes the lock of a process that was killed while it held it: a lock on a reference is held for milliseconds.
fn remove_old_lock(repository: &Repository) {
    let lock = repository.common_dir().join(format!("{NOTES_REF}.lock"));
    let age = std::fs::symlink_metadata(&lock).and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_some_and(|age| age > LOCK_IS_OLD) {
        // If it cannot be removed, the message at the end names it.
        let _ = std::fs::remove_file(&lock);
    }
}

/// A random time that grows with the attempts, so that writers do not meet again.
fn pause(attempt: u32) -> Duration {
    let longest = (2_u64 << attempt.min(6)).min(LONGEST_PAUSE_MS);
    Duration::from_micros(RandomState::new().build_hasher().finish() % (longest * 1000))
}

//! Notes of this clone that a fetch took away: a line such as `+refs/notes/*:refs/notes/*` puts what the remote has in place
//! of them. git's log of the reference still leads to what was there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::note_refs::{self, NOTES_REF};
use super::notes::{self, entries};
use super::repository::Repository;

/// So many of the last entries of the log are looked at.
const LATEST: usize = 200;

/// Puts them back for commits that have no note since. What the remote is known to have had is left alone: it may have been
/// removed there on purpose. How many there were.
///
/// # Errors
/// When the notes cannot be read or written.
pub(crate) fn put_back(repository: &Repository, at: Timestamp) -> Result<usize> {
    let lost = find(repository)?;
    if !lost.is_empty() {
        notes::put(repository, &lost, "Notes that a fetch took away, put back by backstory", at)?;
    }
    Ok(lost.len())
}

fn find(repository: &Repository) -> Result<BTreeMap<String, Option<Oid>>> {
    let mut lost = BTreeMap::new();
    let Ok(log) = repository.git.reflog(NOTES_REF) else { return Ok(lost) };
    let mut moves = Vec::new();
    for entry in log.iter().take(LATEST) {
        let what = entry.message().ok().flatten().unwrap_or_default();
        moves.push((["fetch", "pull"].iter().any(|one| what.starts_with(one)), entry.id_old(), entry.id_new()));
    }
    if !moves.iter().any(|(is_fetch, ..)| *is_fetch) {
        return Ok(lost);
    }
    // What had a note since, or is known to have left, was not lost by this.
    let mut not_lost: BTreeSet<String> = BTreeSet::new();
    let remotes = notes::known(repository).into_iter().chain(notes::fetched(repository));
    for id in remotes.filter_map(|name| note_refs::tip(repository, &name)).chain(note_refs::tip(repository, NOTES_REF))
    {
        not_lost.extend(entries(repository, Some(id))?.into_keys());
    }
    for (is_fetch, old, new) in moves {
        not_lost.extend(entries(repository, is_commit(repository, new)).unwrap_or_default().into_keys());
        if !is_fetch {
            continue;
        }
        for (commit, note) in entries(repository, is_commit(repository, old)).unwrap_or_default() {
            if !not_lost.contains(&commit) {
                lost.entry(commit).or_insert(Some(note));
            }
        }
    }
    Ok(lost)
}

/// A log outlives what it leads to.
fn is_commit(repository: &Repository, id: Oid) -> Option<Oid> {
    repository.git.find_commit(id).ok().map(|commit| commit.id())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn what_a_fetch_put_away_comes_back_and_nothing_else_does() {
        let now = "2026-01-03T00:00:00Z".parse().unwrap();
        let moved = |fixture: &Fixture, to: &str, why: &str| {
            fixture.git(&["update-ref", "--create-reflog", "-m", why, NOTES_REF, to]);
        };
        // How the reference went back, what the remote is known to have had, and how many notes come back.
        for (name, why, is_known, expected) in [
            ("by a fetch", "fetch origin: forced-update", false, 1),
            ("by a pull", "pull -q: forced-update", false, 1),
            ("by a person", "reset", false, 0),
            ("purged at the remote", "fetch origin: forced-update", true, 0),
        ] {
            let fixture = Fixture::new();
            fixture.write("a", "1\n");
            let first = fixture.commit("a");
            fixture.write("a", "2\n");
            let second = fixture.commit("b");
            let repository = fixture.open();
            notes::write(&repository, &[(first.clone(), b"one".to_vec())], now).unwrap();
            let shared = note_refs::tip(&repository, NOTES_REF).unwrap().to_string();
            notes::write(&repository, &[(second.clone(), b"two".to_vec())], now).unwrap();
            let all = note_refs::tip(&repository, NOTES_REF).unwrap().to_string();
            if is_known {
                fixture.git(&["update-ref", &crate::git::note_refs::known_of("origin"), &all]);
            }
            moved(&fixture, &shared, "start");
            moved(&fixture, &all, "start");
            moved(&fixture, &shared, why);
            let repository = fixture.open();
            assert_eq!(put_back(&repository, now).unwrap(), expected, "{name}");
            assert_eq!(notes::read(&repository, &first).unwrap().unwrap(), b"one", "{name}");
            let note = notes::read(&repository, &second).unwrap();
            assert_eq!(note.as_deref(), (expected > 0).then_some(&b"two"[..]), "{name}");
            assert_eq!(put_back(&repository, now).unwrap(), 0, "{name}: a second time changes nothing");
        }
    }
}

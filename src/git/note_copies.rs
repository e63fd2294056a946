//! The notes of commits in all references that are here: this clone's own, and those that were fetched from remotes.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;

use super::note_refs::{NOTES_REF, readable_tip, tip};
use super::notes::{self, each_at};
use super::repository::Repository;

/// What is known of commits here, wherever it lies.
pub(crate) struct NoteCopies {
    /// The notes in the order of the commits, as [`each_at`] has them.
    pub notes: Vec<Vec<Result<Vec<u8>>>>,
    /// References that could not be looked through, by name.
    pub problems: Vec<(String, anyhow::Error)>,
}

/// Where the notes of many commits are, to be read one after the other.
pub(crate) struct NotePositions {
    /// In the order of the commits.
    blobs: Vec<Vec<Oid>>,
    /// As in [`NoteCopies`].
    pub problems: Vec<(String, anyhow::Error)>,
}

impl NotePositions {
    /// The same for so many commits at a time. The problems are those of all, and are left out.
    pub(crate) fn split(mut self, most: usize) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            let rest = self.blobs.split_off(most.min(self.blobs.len()));
            let blobs = std::mem::replace(&mut self.blobs, rest);
            (!blobs.is_empty()).then(|| Self { blobs, problems: Vec::new() })
        })
    }

    /// The notes of the commit with this id and place in the list that was asked for, this clone's own first.
    pub(crate) fn read(&self, repository: &Repository, index: usize, id: &str) -> Vec<Result<Vec<u8>>> {
        self.blobs[index].iter().map(|blob| notes::read_place(repository, *blob, id)).collect()
    }
}

/// The places of what [`everywhere`] has.
pub(crate) fn places<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> NotePositions {
    let mut places = NotePositions { blobs: vec![Vec::new(); commits.len()], problems: Vec::new() };
    for name in all_names(repository) {
        match notes::places_at(repository, &name, commits) {
            Ok(found) => places.blobs.iter_mut().zip(found).for_each(|(blobs, found)| blobs.extend(found)),
            Err(error) => places.problems.push(problem(name, error)),
        }
    }
    places
}

/// The notes of commits in what was fetched from remotes, without references that cannot be looked through.
pub(crate) fn fetched<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> Vec<Vec<Result<Vec<u8>>>> {
    look(repository, notes::fetched(repository), commits).notes
}

/// The notes of commits in all that is here, of each commit this clone's own first, then those that were fetched from
/// remotes.
pub(crate) fn everywhere<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> NoteCopies {
    look(repository, all_names(repository), commits)
}

fn all_names(repository: &Repository) -> Vec<String> {
    let mut names = vec![NOTES_REF.to_owned()];
    names.extend(notes::fetched(repository));
    names
}

/// The names of all references with notes here, each with what it names: as long as these stay, so do all notes.
pub(crate) fn tips(repository: &Repository) -> Vec<(String, String)> {
    let names = all_names(repository).into_iter();
    names.filter_map(|name| tip(repository, &name).map(|tip| (name, tip.to_string()))).collect()
}

/// All notes that are here, in any of the references: of each commit a text that changes when one of its notes does. With a problem,
/// where a reference could not be looked through, it is what the others have.
pub(crate) fn all(repository: &Repository) -> (BTreeMap<String, String>, Option<anyhow::Error>) {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = None;
    for name in all_names(repository) {
        let entries = readable_tip(repository, &name).and_then(|tip| notes::entries(repository, tip));
        let entries = entries.unwrap_or_else(|error| {
            wrong = Some(problem(name, error).1);
            BTreeMap::new()
        });
        for (commit, blob) in entries {
            let known = found.entry(commit).or_default();
            if !known.is_empty() {
                known.push(' ');
            }
            known.push_str(&blob.to_string());
        }
    }
    (found, wrong)
}

fn problem(name: String, error: anyhow::Error) -> (String, anyhow::Error) {
    let error = error.context(format!("the records in {name}"));
    (name, error)
}

fn look<S: AsRef<str>>(repository: &Repository, names: Vec<String>, commits: &[S]) -> NoteCopies {
    let mut looked = NoteCopies { notes: commits.iter().map(|_| Vec::new()).collect(), problems: Vec::new() };
    for name in names {
        match each_at(repository, &name, commits) {
            Ok(found) => looked.notes.iter_mut().zip(found).for_each(|(notes, found)| notes.extend(found)),
            Err(error) => looked.problems.push(problem(name, error)),
        }
    }
    looked
}

//! The notes of commits in all references that are here: this clone's own, and those that were fetched from remotes.

use anyhow::Result;

use super::note_refs::NOTES_REF;
use super::notes::{self, each_at};
use super::repository::Repository;

/// What is known of commits here, wherever it lies.
pub struct Looked {
    /// The notes in the order of the commits, as [`each_at`] has them.
    pub notes: Vec<Vec<Result<Vec<u8>>>>,
    /// References that could not be looked through, by name.
    pub problems: Vec<(String, anyhow::Error)>,
}

/// The notes of commits in what was fetched from remotes, without references that cannot be looked through.
pub fn fetched<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> Vec<Vec<Result<Vec<u8>>>> {
    look(repository, notes::fetched(repository), commits).notes
}

/// The notes of commits in all that is here, of each commit this clone's own first, then those that were fetched from
/// remotes.
pub fn everywhere<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> Looked {
    let mut names = vec![NOTES_REF.to_owned()];
    names.extend(notes::fetched(repository));
    look(repository, names, commits)
}

fn look<S: AsRef<str>>(repository: &Repository, names: Vec<String>, commits: &[S]) -> Looked {
    let mut looked = Looked { notes: commits.iter().map(|_| Vec::new()).collect(), problems: Vec::new() };
    for name in names {
        match each_at(repository, &name, commits) {
            Ok(found) => looked.notes.iter_mut().zip(found).for_each(|(notes, found)| notes.extend(found)),
            Err(error) => {
                let error = error.context(format!("the records in {name}"));
                looked.problems.push((name, error));
            }
        }
    }
    looked
}

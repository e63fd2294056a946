//! Writes notes in place of ones that were read a while ago: a person may have been asked for a passphrase since.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use git2::{ObjectType, Oid};
use jiff::Timestamp;

use super::note_swap::swap;
use super::note_tree;
use super::notes::{commit, tree_at, tree_in_order};
use super::repository::Repository;

/// A note of a commit as it was read, and what is to be in its place.
pub(crate) struct NoteReplacement {
    pub(crate) commit: String,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// Writes each note whose commit still has the one that was read. What was written or removed meanwhile stays as it is, and nothing of the
/// note that was read gets among the objects again, but where it is forgotten between the look and the write. How many were written.
///
/// # Errors
/// When the notes cannot be read or written: then none was.
pub(crate) fn replace(repository: &Repository, notes: &[NoteReplacement], at: Timestamp) -> Result<usize> {
    let ids: Vec<&String> = notes.iter().map(|note| &note.commit).collect();
    let read: Vec<Oid> = notes
        .iter()
        .map(|note| Oid::hash_object(ObjectType::Blob, &note.before).context("a note has no id"))
        .collect::<Result<_>>()?;
    let mut count = 0;
    swap(repository, |tip| {
        count = 0;
        let Some(tree) = tree_in_order(repository, tip)? else { return Ok(None) };
        let mut changes = BTreeMap::new();
        for ((note, read), blob) in notes.iter().zip(&read).zip(note_tree::find(repository, &tree, &ids)?) {
            if blob == Some(*read) {
                let new = repository.git.blob(&note.after);
                let new = new.context("a note cannot be written; is the disk full or read-only?")?;
                changes.insert(note.commit.clone(), Some(new));
            }
        }
        count = changes.len();
        let new = note_tree::update(repository, Some(&tree), &changes)?;
        if tree_at(repository, tip)?.is_none_or(|before| before.id() == new) {
            return Ok(None);
        }
        commit(repository, new, tip.as_slice(), "Notes replaced by backstory", at).map(Some)
    })?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::super::notes;
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn only_a_note_that_is_still_the_one_that_was_read_is_replaced() {
        let fixture = Fixture::new();
        let ids: Vec<String> = ["a", "b", "c", "d"].map(|name| fixture.commit(name)).into();
        let repository = fixture.open();
        let put = |id: &String, text: &str| notes::write(&repository, &[(id.clone(), text.into())], AT).unwrap();
        let replacement = |id: &String| NoteReplacement {
            commit: id.clone(),
            before: b"read".to_vec(),
            after: format!("signed {id}").into_bytes(),
        };
        let all: Vec<NoteReplacement> = ids.iter().map(replacement).collect();
        assert_eq!(replace(&repository, &all, AT).unwrap(), 0, "there are no notes");
        put(&ids[0], "read");
        put(&ids[1], "written meanwhile");
        put(&ids[2], "read");
        assert_eq!(replace(&repository, &all, AT).unwrap(), 2);
        let signed = |id: &String| Some(format!("signed {id}").into_bytes());
        let told = notes::read_many(&repository, &ids).unwrap();
        assert_eq!(told, [signed(&ids[0]), Some(b"written meanwhile".to_vec()), signed(&ids[2]), None]);
        let left_out = Oid::hash_object(ObjectType::Blob, &signed(&ids[1]).unwrap()).unwrap();
        assert!(repository.git.find_blob(left_out).is_err(), "it may hold what was forgotten");
    }
}

//! What differs between two trees of notes. Folders that are the same in both are not read: of a hundred thousand notes a push
//! changes a few.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use git2::{ObjectType, Oid, Tree};

use super::note_tree::{self, hex_name};
use super::promised;
use super::repository::Repository;

/// The blobs of a commit's note on two sides that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoteChange {
    pub(super) before: Option<Oid>,
    pub(super) after: Option<Oid>,
}

/// The commits whose notes are not the same in both, by id. No tree is as good as an empty one.
///
/// # Errors
/// When a folder of the notes cannot be read.
pub(super) fn between(
    repository: &Repository,
    before: Option<&Tree<'_>>,
    after: Option<&Tree<'_>>,
) -> Result<BTreeMap<String, NoteChange>> {
    let trees = [before, after];
    if trees.map(|tree| tree.map(Tree::id)).windows(2).all(|ids| ids[0] == ids[1]) {
        return Ok(BTreeMap::new());
    }
    let [before, after] = if trees.into_iter().flatten().any(note_tree::has_other_folders) {
        let [before, after] =
            trees.map(|tree| tree.map_or(Ok(BTreeMap::new()), |tree| note_tree::entries(repository, tree)));
        [before?, after?]
    } else {
        let mut ids = BTreeSet::new();
        gather(repository, trees, "", &mut ids)?;
        let ids: Vec<String> = ids.into_iter().collect();
        // A note may lie both in a folder that differs and in one that is the same.
        let found = trees.map(|tree| {
            let blobs =
                tree.map_or_else(|| Ok(vec![None; ids.len()]), |tree| note_tree::find(repository, tree, &ids))?;
            Ok(ids.iter().cloned().zip(blobs).filter_map(|(id, blob)| Some((id, blob?))).collect())
        });
        let [before, after]: [Result<BTreeMap<String, Oid>>; 2] = found;
        [before?, after?]
    };
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |id: &String| NoteChange { before: before.get(id).copied(), after: after.get(id).copied() };
    let all = ids.into_iter().map(|id| (id.clone(), change(id)));
    Ok(all.filter(|(_, change)| change.before != change.after).collect())
}

/// Adds the ids of the notes in what is not the same on both sides.
fn gather(
    repository: &Repository,
    sides: [Option<&Tree<'_>>; 2],
    prefix: &str,
    ids: &mut BTreeSet<String>,
) -> Result<()> {
    let [before, after] = sides;
    let mut folders = BTreeSet::new();
    for (own, other) in [(before, after), (after, before)] {
        for entry in own.into_iter().flat_map(Tree::iter) {
            let Some(name) = hex_name(&entry) else { continue };
            let same = other.and_then(|other| other.get_name(&name));
            if same.is_some_and(|same| same.id() == entry.id() && same.kind() == entry.kind()) {
                continue;
            }
            let length = prefix.len() + name.len();
            match entry.kind() {
                Some(ObjectType::Blob) if length == 40 => drop(ids.insert(format!("{prefix}{name}"))),
                Some(ObjectType::Tree) if name.len() == 2 && length < 40 => drop(folders.insert(name)),
                _ => {}
            }
        }
    }
    for name in folders {
        let below = |tree: Option<&Tree<'_>>| {
            let entry =
                tree.and_then(|tree| tree.get_name(&name)).filter(|entry| entry.kind() == Some(ObjectType::Tree));
            entry.map(|entry| promised::tree_with_files(repository, entry.id())).transpose()
        };
        let (before, after) = (below(before)?, below(after)?);
        gather(repository, [before.as_ref(), after.as_ref()], &format!("{prefix}{name}"), ids)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::fixture::Fixture;
    use super::super::notes;
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn id(number: u64) -> String {
        format!("{:016x}{number:024x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The notes of these numbers, each with its text, written at once.
    fn tree(repository: &Repository, notes: &[(u64, &str)]) -> Option<Oid> {
        let blobs = notes.iter().map(|(number, text)| (id(*number), repository.git.blob(text.as_bytes()).ok()));
        (!notes.is_empty()).then(|| note_tree::update(repository, None, &blobs.collect()).unwrap())
    }

    /// The same, as whoever reads both whole would find it.
    fn by_reading_all(
        repository: &Repository,
        [before, after]: [Option<&Tree<'_>>; 2],
    ) -> BTreeMap<String, NoteChange> {
        let all = |tree: Option<&Tree<'_>>| {
            tree.map(|tree| note_tree::entries(repository, tree).unwrap()).unwrap_or_default()
        };
        let (before, after) = (all(before), all(after));
        let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let change = |id: &&String| NoteChange { before: before.get(*id).copied(), after: after.get(*id).copied() };
        let all = ids.iter().map(|id| ((*id).clone(), change(id)));
        all.filter(|(_, change)| change.before != change.after).collect()
    }

    #[test]
    fn what_differs_is_what_whoever_reads_both_whole_would_find() {
        let fixture = Fixture::new();
        let repository = fixture.open();
        let numbers = |range: std::ops::Range<u64>, text: &'static str| {
            range.map(move |number| (number, text)).collect::<Vec<_>>()
        };
        let many = numbers(0..700, "a");
        let with = |more: &[(u64, &'static str)]| [&many[..], more].concat();
        let blob = |text: &str| repository.git.blob(text.as_bytes()).unwrap();
        // One of the notes of the spread tree once more, where git looks first.
        let twice = |tree: Option<Oid>, text: &str| {
            let tree = repository.git.find_tree(tree.unwrap()).unwrap();
            let mut builder = repository.git.treebuilder(Some(&tree)).unwrap();
            builder.insert(id(7), blob(text), 0o100_644).unwrap();
            Some(builder.write().unwrap())
        };
        let below = |tree: Option<Oid>| {
            let mut builder = repository.git.treebuilder(None).unwrap();
            builder.insert("moved", tree.unwrap(), 0o040_000).unwrap();
            Some(builder.write().unwrap())
        };
        let spread = tree(&repository, &many);
        for (case, before, after, count) in [
            ("nothing", None, None, 0),
            ("the same", spread, spread, 0),
            ("all new", None, spread, 700),
            ("all gone", spread, None, 700),
            ("few of few", tree(&repository, &[(1, "a"), (2, "a")]), tree(&repository, &[(2, "b"), (3, "a")]), 3),
            ("one more of many", spread, tree(&repository, &with(&[(900, "x")])), 1),
            ("one changed of many", spread, tree(&repository, &[&[(0, "b")], &many[1..]].concat()), 1),
            ("one gone of many", spread, tree(&repository, &many[1..]), 1),
            ("flat and spread", tree(&repository, &many[..200]), spread, 500),
            ("flat as well, the same", spread, twice(spread, "a"), 0),
            ("flat as well, another", spread, twice(spread, "b"), 1),
            ("flat as well on both sides", twice(spread, "b"), twice(spread, "c"), 1),
            ("no longer flat as well", twice(spread, "b"), spread, 1),
            ("moved into a folder", spread, below(spread), 0),
            ("moved, and one more", below(spread), tree(&repository, &with(&[(900, "x")])), 1),
        ] {
            let [before, after] = [before, after].map(|tree| tree.map(|tree| repository.git.find_tree(tree).unwrap()));
            let found = between(&repository, before.as_ref(), after.as_ref()).unwrap();
            assert_eq!(found.len(), count, "{case}");
            assert_eq!(found, by_reading_all(&repository, [before.as_ref(), after.as_ref()]), "{case}");
        }
        notes::write(&repository, &[(id(1), b"x".to_vec())], AT).unwrap();
        assert!(notes::has_any(&repository).unwrap());
        notes::remove(&repository, &[id(1)], AT).unwrap();
        assert!(!notes::has_any(&repository).unwrap());
    }
}

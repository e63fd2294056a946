//! The tree of a notes reference: the name of each blob is the id of its commit, cut into folders of two digits when
//! there are many. git reads any such cut (its Documentation/git-notes.txt), and so does this.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use git2::{ObjectType, Oid, Tree, TreeEntry};

use super::promised;
use super::repository::Repository;

/// With more notes than this in one folder they are spread over folders below it.
const MOST_IN_ONE: usize = 256;
const FILE: i32 = 0o100_644;
const FOLDER: i32 = 0o040_000;

/// The blob of a commit's note.
///
/// # Errors
/// When a folder of the notes cannot be read.
pub(super) fn find(repository: &Repository, tree: &Tree<'_>, commit: &str) -> Result<Option<Oid>> {
    if let Some(entry) = tree.get_name(commit).filter(|entry| entry.kind() == Some(ObjectType::Blob)) {
        return Ok(Some(entry.id()));
    }
    let Some((folder, rest)) = commit.split_at_checked(2) else { return Ok(None) };
    match tree.get_name(folder).filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
        Some(entry) => find(repository, &promised::tree_with_files(repository, entry.id())?, rest),
        None => Ok(None),
    }
}

/// All notes: commit and blob.
pub(super) fn entries(repository: &Repository, tree: &Tree<'_>) -> Result<BTreeMap<String, Oid>> {
    let mut found = BTreeMap::new();
    collect(repository, tree, "", &mut found)?;
    Ok(found)
}

fn collect(repository: &Repository, tree: &Tree<'_>, prefix: &str, found: &mut BTreeMap<String, Oid>) -> Result<()> {
    for entry in tree {
        let Some(name) = hex_name(&entry) else { continue };
        let name = format!("{prefix}{name}");
        match entry.kind() {
            Some(ObjectType::Blob) if name.len() == 40 => drop(found.insert(name, entry.id())),
            Some(ObjectType::Tree) if name.len() == prefix.len() + 2 && name.len() < 40 => {
                let below = promised::tree_with_files(repository, entry.id())?;
                collect(repository, &below, &name, found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the tree with notes set (`Some`) and removed (`None`), keyed by what is left of the commit's id at this depth.
/// Whatever else is in the tree stays.
pub(super) fn update(
    repository: &Repository,
    tree: Option<&Tree<'_>>,
    changes: &BTreeMap<String, Option<Oid>>,
) -> Result<Oid> {
    // libgit2 refuses a name for what is not here, which a partial clone has many of. Elsewhere the look stays: on a full disk
    // it finds what was not written, before a reference or its log names it.
    git2::opts::strict_object_creation(!repository.is_partial());
    let mut builder = repository.git.treebuilder(tree)?;
    let length = changes.keys().next().map_or(0, String::len);
    let mut changes = changes.clone();
    let (mut folders, mut spread) = (false, false);
    let mut flat = Vec::new();
    for entry in tree.into_iter().flat_map(Tree::iter) {
        let Some(name) = hex_name(&entry) else { continue };
        match entry.kind() {
            Some(ObjectType::Blob) if name.len() == length => flat.push((name, entry.id())),
            Some(ObjectType::Tree) if name.len() == 2 => folders = true,
            _ => {}
        }
    }
    if length > 2 && (folders || flat.len() + changes.len() > MOST_IN_ONE) {
        // Notes that lie flat beside folders move below too, so that each note has one place.
        spread = true;
        for (name, blob) in flat {
            builder.remove(&name)?;
            changes.entry(name).or_insert(Some(blob));
        }
    }
    if spread {
        for (folder, below) in by_folder(changes) {
            let old = builder.get(&folder)?.map(|entry| entry.id());
            let old = old.map(|id| promised::tree_with_files(repository, id)).transpose()?;
            let new = update(repository, old.as_ref(), &below)?;
            if !repository.git.find_tree(new)?.is_empty() {
                builder.insert(&folder, new, FOLDER)?;
            } else if old.is_some() {
                builder.remove(&folder)?;
            }
        }
    } else {
        for (name, blob) in &changes {
            match blob {
                Some(blob) => drop(builder.insert(name, *blob, FILE)?),
                None if builder.get(name)?.is_some() => builder.remove(name)?,
                None => {}
            }
        }
    }
    builder.write().context("the notes cannot be written; is the disk full or read-only?")
}

fn by_folder(changes: BTreeMap<String, Option<Oid>>) -> BTreeMap<String, BTreeMap<String, Option<Oid>>> {
    let mut folders: BTreeMap<String, BTreeMap<String, Option<Oid>>> = BTreeMap::new();
    for (name, blob) in changes {
        let (folder, rest) = name.split_at(2);
        folders.entry(folder.to_owned()).or_default().insert(rest.to_owned(), blob);
    }
    folders
}

fn hex_name(entry: &TreeEntry<'_>) -> Option<String> {
    let name = entry.name().ok()?;
    name.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| name.to_owned())
}

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

/// Folders within folders that notes are looked for in: a rewrite puts them into the one that it was told.
const DEEPEST: usize = 16;

/// The blobs of the notes of commits, in the order of `commits`. Each folder is read once for all commits in it.
///
/// # Errors
/// When a folder of the notes cannot be read.
pub(super) fn find<S: AsRef<str>>(repository: &Repository, tree: &Tree<'_>, commits: &[S]) -> Result<Vec<Option<Oid>>> {
    let mut found = vec![None; commits.len()];
    let mut wanted: Vec<(&str, usize)> = commits.iter().map(AsRef::as_ref).zip(0..).collect();
    wanted.sort_unstable();
    find_moved(repository, tree, wanted, 0, &mut found)?;
    Ok(found)
}

fn find_moved(
    repository: &Repository,
    tree: &Tree<'_>,
    mut wanted: Vec<(&str, usize)>,
    depth: usize,
    found: &mut [Option<Oid>],
) -> Result<()> {
    find_all_in(repository, tree, &wanted, found)?;
    for (_, folder) in other_folders(tree).into_iter().filter(|_| depth < DEEPEST) {
        wanted.retain(|(_, index)| found[*index].is_none());
        if wanted.is_empty() {
            break;
        }
        let below = promised::tree_with_files(repository, folder)?;
        find_moved(repository, &below, wanted.clone(), depth + 1, found)?;
    }
    Ok(())
}

/// `wanted` is what is left of the ids at this depth, sorted, each with its place in `found`.
fn find_all_in(
    repository: &Repository,
    tree: &Tree<'_>,
    wanted: &[(&str, usize)],
    found: &mut [Option<Oid>],
) -> Result<()> {
    for group in wanted.chunk_by(|a, b| a.0.get(..2) == b.0.get(..2)) {
        let mut below = Vec::new();
        for (commit, index) in group {
            match tree.get_name(commit).filter(|entry| entry.kind() == Some(ObjectType::Blob)) {
                Some(entry) => found[*index] = Some(entry.id()),
                None => below.extend(commit.get(2..).map(|rest| (rest, *index))),
            }
        }
        let Some(folder) = group.first().and_then(|(commit, _)| commit.get(..2)).filter(|_| !below.is_empty()) else {
            continue;
        };
        if let Some(entry) = tree.get_name(folder).filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
            find_all_in(repository, &promised::tree_with_files(repository, entry.id())?, &below, found)?;
        }
    }
    Ok(())
}

fn find_in(repository: &Repository, tree: &Tree<'_>, commit: &str) -> Result<Option<Oid>> {
    if let Some(entry) = tree.get_name(commit).filter(|entry| entry.kind() == Some(ObjectType::Blob)) {
        return Ok(Some(entry.id()));
    }
    let Some((folder, rest)) = commit.split_at_checked(2) else { return Ok(None) };
    match tree.get_name(folder).filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
        Some(entry) => find_in(repository, &promised::tree_with_files(repository, entry.id())?, rest),
        None => Ok(None),
    }
}

/// Folders that are no part of how notes are spread: their names are none of two digits, or there is only one and nothing
/// beside it. `git filter-repo --to-subdirectory-filter` moves the notes into one, as it does all files.
fn other_folders(tree: &Tree<'_>) -> Vec<(String, Oid)> {
    let is_only = tree.len() == 1;
    let folders = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree));
    let others = folders.filter(|entry| is_only || hex_name(entry).is_none_or(|name| name.len() != 2));
    others.filter_map(|entry| Some((entry.name().ok()?.to_owned(), entry.id()))).collect()
}

/// Whether there may be notes elsewhere than git looks for them.
pub(super) fn has_other_folders(tree: &Tree<'_>) -> bool {
    !other_folders(tree).is_empty()
}

/// Whether there is any note.
pub(super) fn has_any(repository: &Repository, tree: &Tree<'_>) -> Result<bool> {
    Ok(has_any_below(repository, tree, 0)? || moved(repository, tree)? > 0)
}

fn has_any_below(repository: &Repository, tree: &Tree<'_>, depth: usize) -> Result<bool> {
    for entry in tree {
        let length = hex_name(&entry).map_or(0, |name| name.len());
        let found = match entry.kind() {
            Some(ObjectType::Blob) => depth + length == 40,
            Some(ObjectType::Tree) if length == 2 && depth + length < 40 => {
                has_any_below(repository, &promised::tree_with_files(repository, entry.id())?, depth + length)?
            }
            _ => false,
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All notes: commit and blob. Of one that lies in two places that one counts where git looks for it.
pub(super) fn entries(repository: &Repository, tree: &Tree<'_>) -> Result<BTreeMap<String, Oid>> {
    let mut found = BTreeMap::new();
    collect(repository, tree, "", &mut found)?;
    for (_, below) in moved_below(repository, tree)? {
        for (commit, blob) in below {
            found.entry(commit).or_insert(blob);
        }
    }
    Ok(found)
}

/// How many notes lie in other folders.
pub(super) fn moved(repository: &Repository, tree: &Tree<'_>) -> Result<usize> {
    Ok(moved_below(repository, tree)?.iter().map(|(_, notes)| notes.len()).sum())
}

/// The same notes, each in its place. Of two of one commit both are kept, one below the other, as git joins notes.
pub(super) fn in_order<'r>(repository: &'r Repository, tree: Tree<'r>) -> Result<Tree<'r>> {
    let moved = moved_below(repository, &tree)?;
    if moved.is_empty() {
        return Ok(tree);
    }
    let mut builder = repository.git.treebuilder(Some(&tree))?;
    let mut changes: BTreeMap<String, Option<Oid>> = BTreeMap::new();
    for (folder, notes) in moved {
        builder.remove(&folder)?;
        for (commit, blob) in notes {
            let before = match changes.get(&commit) {
                Some(before) => *before,
                None => find_in(repository, &tree, &commit)?,
            };
            let joined = match before {
                Some(before) if before != blob => {
                    let content = |blob: Oid| Ok::<_, git2::Error>(repository.git.find_blob(blob)?.content().to_vec());
                    repository.git.blob(&[content(before)?, b"\n".to_vec(), content(blob)?].concat())?
                }
                _ => blob,
            };
            changes.insert(commit, Some(joined));
        }
    }
    let rest = repository.git.find_tree(builder.write()?)?;
    Ok(repository.git.find_tree(update(repository, Some(&rest), &changes)?)?)
}

/// The other folders of which all files are notes, with these.
fn moved_below(repository: &Repository, tree: &Tree<'_>) -> Result<Vec<(String, BTreeMap<String, Oid>)>> {
    let mut found = Vec::new();
    for (name, folder) in other_folders(tree) {
        let mut notes = BTreeMap::new();
        if are_notes(repository, folder, 1, &mut notes)? && !notes.is_empty() {
            found.push((name, notes));
        }
    }
    Ok(found)
}

/// Adds the notes of a folder; `false` where it has anything else.
fn are_notes(repository: &Repository, folder: Oid, depth: usize, notes: &mut BTreeMap<String, Oid>) -> Result<bool> {
    if depth > DEEPEST {
        return Ok(false);
    }
    let tree = promised::tree_with_files(repository, folder)?;
    let others = other_folders(&tree);
    let before = notes.len();
    collect(repository, &tree, "", notes)?;
    let has_other_files = tree
        .iter()
        .any(|entry| entry.kind() != Some(ObjectType::Tree) && hex_name(&entry).is_none_or(|n| n.len() != 40));
    let spread = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree)).count() - others.len();
    if has_other_files || (spread > 0 && notes.len() == before) {
        return Ok(false);
    }
    for (_, other) in others {
        // The only folder may be one over which notes are spread, and was looked into.
        let is_spread = notes.len() > before;
        if !is_spread && !are_notes(repository, other, depth + 1, notes)? {
            return Ok(false);
        }
    }
    Ok(true)
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

pub(super) fn hex_name(entry: &TreeEntry<'_>) -> Option<String> {
    let name = entry.name().ok()?;
    name.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| name.to_owned())
}

//! The history of notes before text was taken out of records, and what leads to it afterwards: a ref that anybody made keeps git
//! from ever deleting it.

use std::collections::HashSet;

use git2::{ObjectType, Oid, Sort};

use crate::git::note_refs::NOTES_REF;
use crate::git::repository::Repository;

/// Commits and notes of histories of notes.
#[derive(Default)]
pub(crate) struct Histories {
    commits: HashSet<Oid>,
    /// The notes themselves: another history may hold the same.
    notes: HashSet<Oid>,
}

/// Those of our notes and of `copies` of them.
///
/// # Errors
/// When they cannot be read.
pub(crate) fn histories(repository: &Repository, copies: &[String]) -> anyhow::Result<Histories> {
    let git = repository.handle();
    let mut found = Histories::default();
    for name in copies.iter().map(String::as_str).chain([NOTES_REF]) {
        let Ok(tip) = git.refname_to_id(name) else { continue };
        let mut walk = git.revwalk()?;
        walk.push(tip)?;
        found.commits.extend(walk.flatten());
        found.notes.extend(blobs_at(git, tip));
    }
    Ok(found)
}

/// The refs that lead to what is left of `before`.
///
/// # Errors
/// When the refs cannot be read.
pub(crate) fn still_led_to(repository: &Repository, before: &Histories) -> anyhow::Result<Vec<String>> {
    let git = repository.handle();
    let now = git.refname_to_id(NOTES_REF).ok();
    let kept: HashSet<Oid> = now.into_iter().flat_map(|now| blobs_at(git, now)).collect();
    let leading = leading(git, before)?;
    let mut names = Vec::new();
    for reference in git.references()?.flatten() {
        let Ok(name) = reference.name() else { continue };
        let Ok(target) = reference.peel(ObjectType::Any) else { continue };
        if name == NOTES_REF {
            continue;
        }
        let is_led = match target.kind() {
            Some(ObjectType::Commit) => leading.contains(&target.id()),
            Some(ObjectType::Blob) => before.notes.contains(&target.id()),
            _ => false,
        };
        let holds =
            || blobs_at(git, target.id()).iter().any(|blob| before.notes.contains(blob) && !kept.contains(blob));
        if is_led || holds() {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The commits that any ref leads to and that are of the old histories or go on from one that is.
fn leading(git: &git2::Repository, before: &Histories) -> anyhow::Result<HashSet<Oid>> {
    let mut walk = git.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    for reference in git.references()?.flatten() {
        if let Ok(commit) = reference.peel_to_commit() {
            walk.push(commit.id())?;
        }
    }
    let mut found = HashSet::new();
    for id in walk.flatten() {
        let goes_on = || git.find_commit(id).is_ok_and(|commit| commit.parent_ids().any(|id| found.contains(&id)));
        if before.commits.contains(&id) || (!found.is_empty() && goes_on()) {
            found.insert(id);
        }
    }
    Ok(found)
}

/// The files below a commit or a tree of notes; none of what is not named as notes are.
fn blobs_at(git: &git2::Repository, id: Oid) -> Vec<Oid> {
    let Ok(tree) = git.find_object(id, None).and_then(|object| object.peel_to_tree()) else { return Vec::new() };
    let is_part = |name: &[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_hexdigit);
    let mut found = Vec::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        for entry in tree.iter().filter(|entry| is_part(entry.name_bytes())) {
            match entry.kind() {
                Some(ObjectType::Blob) => found.push(entry.id()),
                Some(ObjectType::Tree) => open.extend(git.find_tree(entry.id())),
                _ => {}
            }
        }
    }
    found
}

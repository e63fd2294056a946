//! Files that were renamed and changed in one commit: an added file that shares half of its lines with a deleted one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::hunks::is_binary;
use super::repository::Repository;
use super::tree_changes::{ChangeSide, TreeChange};

/// More added or deleted files than this are not compared: it would cost more than it tells.
const MOST_FILES: usize = 100;
/// Larger files, in bytes, are not compared.
const LARGEST: usize = 256 << 10;

/// Bytes of text by the hash of their line.
type Lines = HashMap<u64, u32>;

/// Adds to `renames` (index of the added file, index of the deleted one) the pairs whose texts share at least half of
/// their bytes, most alike first. git's own threshold is 50 percent too.
pub(super) fn by_likeness(
    repository: &Repository,
    changes: &[TreeChange],
    deleted: &[usize],
    added: &[usize],
    renames: &mut HashMap<usize, usize>,
) {
    if deleted.is_empty() || added.is_empty() || deleted.len() > MOST_FILES || added.len() > MOST_FILES {
        return;
    }
    let read = |indexes: &[usize], side: fn(&TreeChange) -> Option<ChangeSide>| -> Vec<(usize, u32, Lines)> {
        indexes
            .iter()
            .filter_map(|index| {
                lines_of(repository, side(&changes[*index])?).map(|(size, lines)| (*index, size, lines))
            })
            .collect()
    };
    let olds = read(deleted, |change| change.old);
    let news = read(added, |change| change.new);
    let mut pairs = Vec::new();
    for (new, new_size, new_lines) in &news {
        for (old, old_size, old_lines) in &olds {
            let larger = (*new_size).max(*old_size);
            if (*new_size).min(*old_size) < larger / 2 {
                continue;
            }
            let shared = shared_bytes(old_lines, new_lines);
            if shared >= larger.div_ceil(2) {
                pairs.push((u64::from(shared) * 1000 / u64::from(larger), *new, *old));
            }
        }
    }
    // The most alike first; equal ones in the order of their paths.
    pairs.sort_by_key(|(likeness, new, old)| (std::cmp::Reverse(*likeness), *new, *old));
    let mut taken: Vec<usize> = Vec::new();
    for (_, new, old) in pairs {
        if !renames.contains_key(&new) && !taken.contains(&old) {
            renames.insert(new, old);
            taken.push(old);
        }
    }
}

fn lines_of(repository: &Repository, side: ChangeSide) -> Option<(u32, Lines)> {
    let content = repository.content(side.id)?;
    if content.is_empty() || content.len() > LARGEST || is_binary(&content) {
        return None;
    }
    let mut lines = Lines::new();
    let mut size = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        let length = u32::try_from(line.len()).ok()?;
        *lines.entry(hasher.finish()).or_default() += length;
        size += length;
    }
    Some((size, lines))
}

fn shared_bytes(old: &Lines, new: &Lines) -> u32 {
    new.iter().map(|(line, bytes)| old.get(line).map_or(0, |other| *bytes.min(other))).sum()
}

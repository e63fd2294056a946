//! Commits at the edge of a shallow clone, whose parents are not here: what they changed is known only from their records. What
//! was made from one has its lines still, besides those that it adds to it.

use std::borrow::Cow;

use crate::git::repository::Repository;
use crate::link::carry::CommitSource;
use crate::record::commit::{Commit, FileChange, FileChangeKind, Hunk};
use crate::record::note::Record;
use crate::record::text::{Clean, Raw};

/// Whether the commit has a parent that is not here.
pub(crate) fn is_at(commit: &Commit) -> bool {
    !commit.parents.is_empty() && commit.trees.as_ref().is_some_and(|trees| trees.base.is_none())
}

/// The commit at the edge with the lines that its record says it added.
pub(crate) fn as_recorded(repository: &Repository, id: &str, commit: Commit, record: &Record<Clean>) -> Commit {
    if !is_at(&commit) || !commit.files.is_empty() {
        return commit;
    }
    let mut files = Vec::new();
    for file in &record.files {
        let Some(text) = repository.text_at(id, &file.path) else { continue };
        let lines: Vec<&str> = text.expose().lines().collect();
        let mut hunks = Vec::new();
        for span in &file.spans {
            let start = (span.start as usize).saturating_sub(1);
            // A note may come from anybody.
            let Some(added) = lines.get(start..start.saturating_add(span.lines as usize)) else { continue };
            hunks.push(added_at(span.start, added.iter().map(|line| Raw::new(*line)).collect()));
        }
        files.push(FileChange { path: file.path.clone(), old_path: None, kind: FileChangeKind::Modified, hunks });
    }
    Commit { files, ..commit }
}

/// A commit that was made from one at the edge, with the lines of that one that it still has.
pub(crate) fn with_kept<'a>(commit: &'a Commit, sources: &[CommitSource]) -> Cow<'a, Commit> {
    let is_made_from_edge =
        commit.parents.is_empty() && commit.trees.as_ref().is_some_and(|trees| trees.base.is_none());
    let olds: Vec<&Commit> =
        sources.iter().filter_map(|source| source.commit.as_ref()).filter(|old| is_at(old)).collect();
    let same_time = olds.iter().find(|old| old.authored_at == commit.authored_at);
    let Some(old) = same_time.or(olds.first()).filter(|_| is_made_from_edge) else { return Cow::Borrowed(commit) };
    let mut commit = commit.clone();
    for file in &old.files {
        let is_it = |change: &&mut FileChange| change.old_path.as_ref().unwrap_or(&change.path) == &file.path;
        match commit.files.iter_mut().find(is_it) {
            None => commit.files.push(file.clone()),
            Some(change) if matches!(change.kind, FileChangeKind::Deleted | FileChangeKind::Binary) => {}
            Some(change) => {
                let kept = kept_lines(&change.hunks, &file.hunks);
                change.hunks.extend(kept);
                change.hunks.sort_by_key(|hunk| hunk.new_start);
            }
        }
    }
    Cow::Owned(commit)
}

/// The lines of `before`, which an older version of a file added, that `changes` leaves, each where it is now.
fn kept_lines(changes: &[Hunk], before: &[Hunk]) -> Vec<Hunk> {
    let mut kept: Vec<Hunk> = Vec::new();
    for hunk in before {
        for (number, text) in (hunk.new_start..).zip(&hunk.added) {
            let Some(now) = moved(changes, number) else { continue };
            match kept.last_mut() {
                Some(last) if last.new_start + last.added.len() as u32 == now => last.added.push(text.clone()),
                _ => kept.push(added_at(now, vec![text.clone()])),
            }
        }
    }
    kept
}

/// Where the old line of that number is after the changes; `None` where they take it out.
fn moved(changes: &[Hunk], number: u32) -> Option<u32> {
    let mut shift = 0_i64;
    for hunk in changes {
        let before = i64::from(hunk.new_start.max(1)) - 1 - shift;
        if i64::from(number) <= before {
            break;
        }
        if i64::from(number) <= before + hunk.removed.len() as i64 {
            return None;
        }
        shift += hunk.added.len() as i64 - hunk.removed.len() as i64;
    }
    u32::try_from(i64::from(number) + shift).ok()
}

fn added_at(number: u32, added: Vec<Raw>) -> Hunk {
    Hunk { old_start: number, new_start: number, removed: Vec::new(), added, repeated: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_the_changes_before_it_moved_it() {
        let hunk = |new_start: u32, removed: usize, added: usize| Hunk {
            removed: vec![Raw::new("old"); removed],
            ..added_at(new_start, vec![Raw::new("new"); added])
        };
        // Where the lines 1 to 5 are afterwards.
        for (name, changes, expected) in [
            ("no change", vec![], [Some(1), Some(2), Some(3), Some(4), Some(5)]),
            ("two lines on top", vec![hunk(1, 0, 2)], [Some(3), Some(4), Some(5), Some(6), Some(7)]),
            ("a line taken out", vec![hunk(2, 1, 0)], [Some(1), None, Some(2), Some(3), Some(4)]),
            ("a line replaced by two", vec![hunk(3, 1, 2)], [Some(1), Some(2), None, Some(5), Some(6)]),
            ("lines in two places", vec![hunk(1, 0, 1), hunk(4, 2, 0)], [Some(2), Some(3), None, None, Some(4)]),
            ("all of it", vec![hunk(1, 5, 1)], [None; 5]),
        ] {
            assert_eq!([1, 2, 3, 4, 5].map(|number| moved(&changes, number)), expected, "{name}");
        }
    }
}

//! A small session that did nothing else: all that it edited lately are files of the commit, what it wrote is there, and what it
//! replaced is what the commit takes away. However large the commit is, its few lines are no chance.

use std::collections::HashSet;

use super::attribution::PathMatches;
use super::excerpt::removed_lines;
use super::library::{Library, written_lines};
use super::paths::{self, PathMatch};
use crate::link::weights::{CLOCK_SECONDS, DAYS_OLD};
use crate::record::commit::{Commit, FileChange};
use crate::record::session::{Action, Change};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// So much of what it wrote must be in the commit; a formatter may have changed the rest.
const LEAST_PART: f64 = 0.5;

/// Whether a session that began in the days before the commit edited files of it and no others, made at least one of the
/// commit's changes itself, and most of what it wrote, `found` lines, is in the commit.
pub(super) fn is_all_here(commit: &Commit, library: &Library, session: usize, found: u32) -> bool {
    let before = |at: jiff::Timestamp| commit.authored_at.duration_since(at);
    let read = &library.sessions[session];
    let is_lately = |at: jiff::Timestamp| before(at).as_hours() < DAYS_OLD.0 && before(at).as_secs() >= -CLOCK_SECONDS;
    if found == 0 || !read.started_at.is_some_and(is_lately) {
        return false;
    }
    let matches: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let (mut written, mut replaces) = (HashSet::new(), false);
    for touch in library.touches[session].iter().filter(|touch| touch.made) {
        let file = matches.iter().position(|of| of.of(Some(touch.path)) == PathMatch::Whole);
        let call = &read.turns[touch.turn as usize].calls[touch.call as usize];
        // What a command writes elsewhere is mostly its own script or input.
        if file.is_none() && matches!(call.action, Action::Shell { .. }) {
            continue;
        }
        let Some(file) = file.filter(|_| touch.at.is_some_and(is_lately)) else { return false };
        let edits = call.edits();
        for edit in edits.iter().filter(|edit| paths::normalise(&edit.path) == library.paths[touch.path as usize]) {
            // What it only moved inward or wrote twice counts once or not at all.
            let gone: HashSet<&str> = removed_lines(&edit.change).into_iter().map(str::trim).collect();
            let lines = written_lines(&edit.change).into_iter().filter(|line| is_telling(line)).map(str::trim);
            written.extend(lines.filter(|line| !gone.contains(line)));
            replaces |= makes_a_change_of(&commit.files[file], &edit.change);
        }
    }
    replaces && !written.is_empty() && f64::from(found) >= LEAST_PART * written.len() as f64
}

/// Whether the edit replaced a line that the commit takes away by one that it adds.
fn makes_a_change_of(file: &FileChange, change: &Change) -> bool {
    let holds = |lines: &[Raw], line: &str| lines.iter().any(|one| one.expose().trim() == line.trim());
    let (gone, came) = (removed_lines(change), written_lines(change));
    let says = |line: &&str| line.contains(char::is_alphanumeric);
    file.hunks.iter().any(|hunk| {
        gone.iter().copied().filter(says).any(|line| holds(&hunk.removed, line))
            && came.iter().copied().filter(says).any(|line| holds(&hunk.added, line))
    })
}

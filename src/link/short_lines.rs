//! Lines too short to say where they come from (`"a": 2`, `1.2.4`, `on: pull`): whose they are is known where an edit of this
//! very file put them in this very place, in the stead of what the commit takes away there.

use std::cell::{Cell, OnceCell};
use std::cmp::Reverse;

use super::attribution::PathMatches;
use super::excerpt::removed_lines;
use super::library::{Library, Posting, written_lines};
use super::paths::{self, PathMatch};
use crate::record::commit::{FileChange, Hunk};
use crate::record::session::Change;

/// The edits that sessions made in one file before a commit.
pub(crate) struct ShortLineEdits<'a> {
    file: &'a FileChange,
    /// The latest first.
    edits: Vec<PlacedEdit<'a>>,
    /// Lookups that are left for the line at hand.
    lookups: Cell<u32>,
}

struct PlacedEdit<'a> {
    posting: Posting,
    change: &'a Change,
    /// Whether a text that was written has all of the commit's lines: asked for each of them.
    holds_whole_change: OnceCell<bool>,
}

/// So many edits of one line are followed back.
const MOST_STEPS: u32 = 5;
const MOST_LOOKUPS: u32 = 500;
/// In a larger file, or after more edits, short lines stay unknown.
const MOST_EDITS: usize = 200;
const MOST_LINES: usize = 5_000;

impl<'a> ShortLineEdits<'a> {
    /// `counts` says of an edit whether it was made for this commit.
    pub(crate) fn new(
        file: &'a FileChange,
        library: &'a Library,
        matches: &PathMatches,
        counts: impl Fn(&Posting) -> bool,
    ) -> Self {
        let mut edits: Vec<(Posting, u32, &Change)> = Vec::new();
        let any = matches.whole().next().is_some();
        for (session, touches) in library.touches.iter().enumerate().filter(|_| any) {
            for touch in touches.iter().filter(|touch| touch.made) {
                if matches.of(Some(touch.path)) != PathMatch::Whole {
                    continue;
                }
                let posting = Posting {
                    session: session as u32,
                    turn: touch.turn,
                    call: touch.call,
                    path: Some(touch.path),
                    at: touch.at,
                };
                let made = library.call(&posting).edits();
                let is_here = |path: &str| paths::normalise(path) == library.paths[touch.path as usize];
                let here = made.iter().zip(0..).filter(|(edit, _)| counts(&posting) && is_here(&edit.path));
                edits.extend(here.map(|(edit, place)| (posting, place, &edit.change)));
            }
        }
        edits.sort_by_key(|(posting, place, _)| {
            Reverse((posting.at, posting.session, posting.turn, posting.call, *place))
        });
        let edits = edits
            .into_iter()
            .take(MOST_EDITS)
            .map(|(posting, _, change)| PlacedEdit { posting, change, holds_whole_change: OnceCell::new() })
            .collect();
        Self { file, edits, lookups: Cell::new(0) }
    }

    /// The last edit that put the line of this hunk where it is.
    pub(crate) fn writer(&self, line: &str, hunk: &Hunk) -> Option<Posting> {
        if self.edits.is_empty() || !line.contains(char::is_alphanumeric) {
            return None;
        }
        self.lookups.set(MOST_LOOKUPS);
        self.maker(line.trim(), hunk, 0, MOST_STEPS).map(|place| self.edits[place].posting)
    }

    fn maker(&self, line: &str, hunk: &Hunk, from: usize, steps: u32) -> Option<usize> {
        (from..self.edits.len()).find(|place| {
            let Some(left) = self.lookups.get().checked_sub(1) else { return false };
            self.lookups.set(left);
            let gone = |before: &str| {
                let before = before.trim();
                before != line
                    && (hunk.removed.iter().any(|removed| removed.expose().trim() == before)
                        || (steps > 0 && self.maker(before, hunk, place + 1, steps - 1).is_some()))
            };
            let edit = &self.edits[*place];
            match edit.change {
                Change::Write { text } => {
                    let holds = || *edit.holds_whole_change.get_or_init(|| self.holds_whole_change(text.expose()));
                    has(text.expose().lines(), line) && holds()
                }
                change @ Change::Replace { before, after, everywhere } => {
                    by_lines(change, line, hunk, &gone)
                        || by_words((before.expose(), after.expose(), *everywhere), line, &gone)
                }
                change @ (Change::Append { .. } | Change::Patch { .. }) => by_lines(change, line, hunk, &gone),
                Change::Delete | Change::Move { .. } => false,
            }
        })
    }

    /// Whether a text has all lines that the commit adds to the file, in their order.
    fn holds_whole_change(&self, text: &str) -> bool {
        let mut lines = text.lines().map(str::trim);
        let mut added = self.file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose().trim());
        text.len() < MOST_LINES * 80 && added.all(|line| lines.any(|written| written == line))
    }
}

fn has<'a>(mut lines: impl Iterator<Item = &'a str>, line: &str) -> bool {
    lines.any(|one| one.trim() == line)
}

/// Whole lines: the edit wrote this one and removed one that is gone; or it removed none, and its lines stand here together.
fn by_lines(change: &Change, line: &str, hunk: &Hunk, gone: &dyn Fn(&str) -> bool) -> bool {
    let written = written_lines(change);
    if !has(written.iter().copied(), line) {
        return false;
    }
    let removed = removed_lines(change);
    if removed.iter().any(|line| line.contains(char::is_alphanumeric)) {
        return removed.iter().any(|line| line.contains(char::is_alphanumeric) && gone(line));
    }
    let added: Vec<&str> = hunk.added.iter().map(|line| line.expose().trim()).collect();
    let written: Vec<&str> = written.iter().map(|line| line.trim()).collect();
    added.windows(written.len()).any(|window| window == written)
}

/// A part of one line: without the edit, it is a line that is gone.
fn by_words((before, after, everywhere): (&str, &str, bool), line: &str, gone: &dyn Fn(&str) -> bool) -> bool {
    let (before, after) = (before.trim(), after.trim());
    if before.is_empty() || after.is_empty() || before.contains('\n') || after.contains('\n') || before == after {
        return false;
    }
    (everywhere && line.contains(after) && gone(&line.replace(after, before)))
        || line
            .match_indices(after)
            .any(|(at, _)| gone(&format!("{}{before}{}", &line[..at], &line[at + after.len()..])))
}

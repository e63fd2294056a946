//! The few lines of a change that tell it.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::record::quote::Quote;
use crate::record::session::{Change, PatchHunk};
use crate::record::text::Raw;

pub(crate) fn removed_lines(change: &Change) -> Vec<&str> {
    match change {
        Change::Replace { before, after, .. } => {
            let kept: HashSet<&str> = after.expose().lines().collect();
            before.expose().lines().filter(|line| !kept.contains(line)).collect()
        }
        Change::Patch { hunks } => hunks
            .iter()
            .flat_map(|hunk| {
                let marked = |mark: char| hunk.lines.expose().lines().filter_map(move |line| line.strip_prefix(mark));
                let kept: HashSet<&str> = marked('+').collect();
                marked('-').filter(move |line| !kept.contains(line))
            })
            .collect(),
        Change::Write { .. } | Change::Append { .. } | Change::Delete | Change::Move { .. } => Vec::new(),
    }
}

/// The text before a change, as far as the change tells it.
pub(crate) fn before(change: &Change) -> Cow<'_, str> {
    match change {
        Change::Replace { before, .. } => Cow::Borrowed(before.expose()),
        Change::Patch { hunks } => without_marks(hunks, '+'),
        Change::Write { .. } | Change::Append { .. } | Change::Delete | Change::Move { .. } => Cow::Borrowed(""),
    }
}

/// The text after it.
pub(crate) fn after(change: &Change) -> Cow<'_, str> {
    match change {
        Change::Write { text } | Change::Append { text } => Cow::Borrowed(text.expose()),
        Change::Replace { after, .. } => Cow::Borrowed(after.expose()),
        Change::Patch { hunks } => without_marks(hunks, '-'),
        Change::Delete | Change::Move { .. } => Cow::Borrowed(""),
    }
}

/// The lines of hunks without their marks, and without those that have the mark `gone`.
pub(crate) fn without_marks(hunks: &[PatchHunk], gone: char) -> Cow<'_, str> {
    let lines = hunks.iter().flat_map(|hunk| hunk.lines.expose().lines()).filter(|line| !line.starts_with(gone));
    Cow::Owned(lines.map(|line| line.get(1..).unwrap_or_default()).collect::<Vec<_>>().join("\n"))
}

/// At most six of these lines of a text, of each at most 160 characters.
pub(crate) fn shorten(text: &str, lines: &[&str]) -> Raw {
    let lines: Vec<&str> = lines.iter().copied().filter(|line| !line.trim().is_empty()).take(6).collect();
    quote_lines(text, &lines, 160).into()
}

/// The lines of `text` that hold these, each from where it holds them.
pub(crate) fn quote_lines(text: &str, lines: &[&str], width: usize) -> Quote {
    let slice_of = |line: &&str| {
        let whole = text.lines().find(|one| one.trim() == line.trim())?;
        whole.find(line).map(|at| &whole[at..at + line.len()])
    };
    Quote::new(text, lines.iter().filter_map(slice_of), width)
}

//! The lines of a change in full, for those who compare what was wrong with what came in its place: records otherwise keep a few lines
//! of it, for people.

use std::collections::HashSet;

use super::excerpt::{after, before, shorten};
use super::library::written_lines;
use super::part::SessionWindow;
use super::paths::{self, PathMatch};
use crate::record::commit::Commit;
use crate::record::contribution::{Correction, ReasonSource};
use crate::record::replaced_lines::ReplacedLines;
use crate::record::session::{Action, Change, Edit, Outcome, ToolCall};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// Bytes of a side; longer ones are not kept.
const LONGEST: usize = 2_000;

/// Both sides of a change of a file, where both are there and short enough to be kept whole.
pub(super) fn whole_lines(path: &str, change: &Change) -> Option<ReplacedLines<Raw>> {
    // Lines of several places, one behind the other, stand so in no file.
    if matches!(change, Change::Patch { hunks } if hunks.len() > 1) {
        return None;
    }
    let (before, after) = (before(change), after(change));
    (is_kept(&before) && is_kept(&after)).then(|| ReplacedLines {
        path: path.to_owned(),
        before: Raw::new(before),
        after: Raw::new(after),
    })
}

fn is_kept(side: &str) -> bool {
    !side.trim().is_empty() && side.len() <= LONGEST
}

/// Adds to corrections in words the edits that they show lines of.
pub(super) fn complete(part: &SessionWindow, commit: &Commit, corrections: &mut [Correction<Raw>]) {
    let calls: Vec<&ToolCall> = part.turns.iter().flat_map(|turn| &part.session.turns[*turn].calls).collect();
    for correction in corrections.iter_mut() {
        let Some((path, (gone, came))) =
            correction.path.as_ref().zip(correction.before.as_ref().zip(correction.after.as_ref()))
        else {
            continue;
        };
        if !commit.files.iter().any(|file| file.path == *path) {
            continue;
        }
        let shows = |edit: &&Edit, shown: &Raw| {
            paths::compare(&paths::normalise(&edit.path), path) == PathMatch::Whole
                && shorten(&after(&edit.change), &written_lines(&edit.change)) == *shown
        };
        let refused = calls
            .iter()
            .enumerate()
            .find_map(|(place, call)| Some((place, refused_edits(call).iter().find(|edit| shows(edit, gone))?)));
        let mut made = calls.iter().skip(refused.map_or(0, |(place, _)| place)).flat_map(|call| made_edits(call));
        correction.edit = match refused {
            // What was refused stands in no file: it is not what the edit behind it takes out.
            Some((_, refused)) => {
                made.find(|edit| shows(edit, came)).and_then(|made| instead(path, &refused.change, &made.change))
            }
            // At a refusal of which no more is known, the file still holds what was there before.
            None if correction.reason_from == Some(ReasonSource::Rejection) => None,
            None => made.find(|edit| shows(edit, came)).and_then(|made| whole_lines(path, &made.change)),
        };
    }
}

/// What a refused change would have written, and what another wrote in the same place.
fn instead(path: &str, refused: &Change, made: &Change) -> Option<ReplacedLines<Raw>> {
    let (old, new) = (before(refused), before(made));
    let lines = |text: &str| -> HashSet<String> {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| is_telling(line)).collect()
    };
    let is_same_place = match (refused, made) {
        (Change::Write { .. }, Change::Write { .. }) => true,
        _ => {
            old.trim() == new.trim() && !old.trim().is_empty()
                || lines(&old).intersection(&lines(&new)).next().is_some()
        }
    };
    let (before, after) = (after(refused), after(made));
    (is_same_place && is_kept(&before) && is_kept(&after)).then(|| ReplacedLines {
        path: path.to_owned(),
        before: Raw::new(before),
        after: Raw::new(after),
    })
}

fn refused_edits(call: &ToolCall) -> &[Edit] {
    match (&call.action, &call.outcome) {
        (Action::Edit(edits), Outcome::Rejected { .. }) => edits,
        _ => &[],
    }
}

fn made_edits(call: &ToolCall) -> &[Edit] {
    match (&call.action, &call.outcome) {
        (Action::Edit(edits), Outcome::Succeeded { .. }) => edits,
        _ => &[],
    }
}

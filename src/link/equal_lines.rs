//! Lines of a commit that are equal to lines which a session, ended well before, wrote into other files: forms and lists of settings
//! repeat themselves, and a plan that is carried out does so as a whole.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::attribution::{Attribution, PathMatches};
use super::library::{Library, written_lines};
use super::paths::PathMatch;
use super::tally::Tally;
use crate::record::commit::Commit;
use crate::record::session::{Action, ToolCall};
use crate::text::telling::is_telling;

const ENDED_HOURS: i64 = 1;
/// So many lines are no chance.
const MANY: u32 = 20;
/// Of the lines of the commit, or of what the calls wrote that hold them.
const LEAST_PART: f64 = 0.5;

/// Whether a session ended well before the commit, never wrote a file of it, and wrote but a part of its lines into others, as a part
/// of what it wrote there.
pub(super) fn is_equal_by_chance(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    (session, tally): (usize, &Tally),
) -> bool {
    let limit = SignedDuration::from_hours(ENDED_HOURS);
    let has_ended = |end: Timestamp| commit.authored_at.duration_since(end) >= limit;
    let is_part = tally.lines < MANY && f64::from(tally.lines) < LEAST_PART * f64::from(attribution.telling);
    if tally.here > 0 || !is_part || !library.sessions[session].ended_at.is_some_and(has_ended) {
        return false;
    }
    let paths: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let is_here = |path: u32| paths.iter().any(|paths| paths.of(Some(path)) == PathMatch::Whole);
    let worked_here = library.touches[session].iter().any(|touch| touch.made && is_here(touch.path));
    !worked_here && !is_most_of_what_was_written(library, attribution, session)
}

fn is_most_of_what_was_written(library: &Library, attribution: &Attribution, session: usize) -> bool {
    let mut calls: BTreeMap<(u32, u32), &ToolCall> = BTreeMap::new();
    let mut found = 0;
    for writer in attribution.files.iter().flatten().filter_map(|line| line.writer) {
        if !writer.late && writer.posting.session as usize == session {
            calls.insert((writer.posting.turn, writer.posting.call), library.call(&writer.posting));
            found += 1;
        }
    }
    let written: usize = calls.values().map(|call| lines_of(call)).sum();
    f64::from(found) >= LEAST_PART * written as f64
}

/// How many telling lines a call wrote, each counted once.
fn lines_of(call: &ToolCall) -> usize {
    let lines: HashSet<&str> = match &call.action {
        Action::Edit(edits) => edits.iter().flat_map(|edit| written_lines(&edit.change)).collect(),
        Action::Shell { command: text, .. } | Action::Delegate { prompt: text } | Action::Text { text } => {
            text.expose().lines().collect()
        }
        Action::Ask { .. } | Action::Other | Action::Elsewhere { .. } => HashSet::new(),
    };
    lines.into_iter().filter(|line| is_telling(line)).count()
}

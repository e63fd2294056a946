//! Lines of a commit that are equal to lines which a session, ended well before, wrote into other files: forms and lists of settings
//! repeat themselves, and a plan that is carried out does so as a whole. Or somebody copied them from there.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::attribution::{Attribution, PathMatches};
use super::library::{Library, written_lines};
use super::paths::{self, PathMatch};
use super::tally::Tally;
use crate::checks::looks::only_looks;
use crate::link::weights::DAYS_OLD;
use crate::record::commit::Commit;
use crate::record::session::{Action, ToolCall};
use crate::text::telling::is_telling;

const ENDED_HOURS: i64 = 1;
/// So many lines are no chance.
const MANY: u32 = 20;
/// Of the lines of the commit, or of what the calls wrote that hold them.
const LEAST_PART: f64 = 0.5;
/// Less than this part of the lines of a commit, written so long before it, says nothing against an earlier commit.
const FEW: f64 = 0.1;
/// So many lines are stray ones, where they are less than half of the commit.
const STRAY: u32 = 3;
const LONG_HOURS: i64 = 3;

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

/// Whether all lines that a session has of a commit stood in other files for days, or were committed by it there: who copied or moved
/// them made this one, where the session did nothing to a file of the commit.
pub(super) fn is_copied(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    (session, tally): (usize, &Tally),
) -> bool {
    if tally.lines == 0 || tally.here > 0 || tally.text > 0 {
        return false;
    }
    let has_committed =
        || last_line(attribution, session).is_some_and(|last| has_committed_since(commit, library, session, last));
    let is_old = || {
        let ended = library.sessions[session].ended_at;
        ended.is_some_and(|end| commit.authored_at.duration_since(end).as_hours() > DAYS_OLD.0)
    };
    (is_old() || has_committed()) && !worked_on_it(commit, library, session)
}

/// Whether the few lines that a session has of a commit were written long before it, and the session has committed since: they are
/// in that commit, and stand in this one again.
pub(super) fn went_into_an_earlier_commit(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    (session, tally): (usize, &Tally),
) -> bool {
    let part = f64::from(tally.lines) / f64::from(attribution.telling.max(1));
    if tally.lines == 0 || (part >= FEW && (tally.lines > STRAY || part >= LEAST_PART)) {
        return false;
    }
    last_line(attribution, session).is_some_and(|last| {
        let is_long_ago = commit.authored_at.duration_since(last).as_hours() >= LONG_HOURS;
        is_long_ago && has_committed_since(commit, library, session, last)
    })
}

/// When a session wrote the last of its lines of a commit.
fn last_line(attribution: &Attribution, session: usize) -> Option<Timestamp> {
    let writers = attribution.files.iter().flatten().filter_map(|line| line.writer);
    let own = writers.filter(|writer| !writer.late && writer.posting.session as usize == session);
    own.filter_map(|writer| writer.posting.at).max()
}

/// Whether a session made a commit since then, and before this one.
fn has_committed_since(commit: &Commit, library: &Library, session: usize, since: Timestamp) -> bool {
    let made = library.printed.iter().filter(|printed| printed.session == session);
    made.filter_map(|printed| printed.at).any(|at| (since..commit.authored_at).contains(&at))
}

/// Whether a session edited a file of the commit, or ran a command that names one.
fn worked_on_it(commit: &Commit, library: &Library, session: usize) -> bool {
    let paths: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let is_here = |path: u32| paths.iter().any(|paths| paths.of(Some(path)) == PathMatch::Whole);
    let names: Vec<&str> = commit.files.iter().map(|file| paths::name(&file.path)).collect();
    let calls = library.sessions[session].turns.iter().flat_map(|turn| &turn.calls);
    let writes_it = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => {
            let command = command.expose();
            names.iter().any(|name| command.contains(name)) && !only_looks(command)
        }
        _ => false,
    };
    library.touches[session].iter().any(|touch| touch.made && is_here(touch.path)) || calls.into_iter().any(writes_it)
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

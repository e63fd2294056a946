//! The session behind a commit that only takes lines away: it took the same lines out of the same files.

use std::collections::{BTreeSet, HashSet};

use super::attribution::PathMatches;
use super::claim::Claim;
use super::excerpt::removed_lines;
use super::library::Library;
use super::lines::LineKey;
use super::paths::{self, PathMatch};
use super::weights::DAYS_OLD;
use crate::record::commit::{Commit, FileChangeKind};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::session::Change;
use crate::text::telling::is_telling;

/// A session took the commit's lines out where so much of them are among those that it did.
const LEAST_PART: f64 = 0.6;

/// The session that took out most of the lines in the days before the commit; of several the one that did it last.
pub(crate) fn claim(commit: &Commit, library: &Library) -> Option<Claim> {
    let mut wanted: HashSet<(usize, LineKey)> = HashSet::new();
    for (index, file) in commit.files.iter().enumerate() {
        let lines = file.hunks.iter().flat_map(|hunk| &hunk.removed).map(|line| line.expose());
        wanted.extend(lines.filter(|line| is_telling(line)).map(|line| (index, LineKey::of(line))));
    }
    if wanted.is_empty() {
        return None;
    }
    let matches: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let mut best: Option<(usize, jiff::Timestamp, usize)> = None;
    for session in 0..library.sessions.len() {
        let Some((found, last)) = taken_out(commit, library, session, &matches, &wanted) else { continue };
        let enough = found as f64 >= LEAST_PART * wanted.len() as f64;
        if enough && best.is_none_or(|(most, latest, _)| (found, last) > (most, latest)) {
            best = Some((found, last, session));
        }
    }
    best.map(|(found, _, session)| Claim {
        session,
        confidence: Confidence::Content,
        evidence: vec![Evidence::Removed { found: found as u32, of: wanted.len() as u32 }],
        lines: 0,
        weight: 0.0,
        committed_in: None,
        planned_in: BTreeSet::new(),
    })
}

/// How many of the wanted lines a session took out before the commit, and when it did so last.
fn taken_out(
    commit: &Commit,
    library: &Library,
    session: usize,
    matches: &[PathMatches],
    wanted: &HashSet<(usize, LineKey)>,
) -> Option<(usize, jiff::Timestamp)> {
    let mut found: HashSet<(usize, LineKey)> = HashSet::new();
    let mut last = None;
    for touch in library.touches[session].iter().filter(|touch| touch.made) {
        let Some(at) = touch
            .at
            .filter(|at| *at <= commit.authored_at && commit.authored_at.duration_since(*at).as_hours() <= DAYS_OLD.0)
        else {
            continue;
        };
        let Some(file) = matches.iter().position(|paths| paths.of(Some(touch.path)) == PathMatch::Whole) else {
            continue;
        };
        let call = &library.sessions[session].turns[touch.turn as usize].calls[touch.call as usize];
        let edits = call.edits();
        let before = found.len();
        for edit in edits.iter().filter(|edit| paths::normalise(&edit.path) == library.paths[touch.path as usize]) {
            if matches!(edit.change, Change::Delete) && commit.files[file].kind == FileChangeKind::Deleted {
                found.extend(wanted.iter().filter(|(index, _)| *index == file));
            }
            let keys = removed_lines(&edit.change).into_iter().map(|line| (file, LineKey::of(line)));
            found.extend(keys.filter(|key| wanted.contains(key)));
        }
        if found.len() > before {
            last = Some(at);
        }
    }
    Some((found.len(), last?))
}

//! Which sessions a commit that was made from others still has a part of. An amend or a split may take out all that a session
//! wrote; then its prompts and checks are told of other commits, and not of this one.

use std::collections::HashSet;

use super::corrections::closest;
use super::lines::LineKey;
use super::paths::name;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Contribution;
use crate::record::note::{Record, Statement};
use crate::record::text::Clean;
use crate::text::telling::is_telling;

/// The key that the commit-msg hook writes; a message keeps it whatever becomes of the lines.
const OWN_TRAILER: &str = "Backstory-Session";
/// So many lines are compared with so many others: what is longer counts as still there.
const MOST_COMPARED: usize = 300;

/// What one source says of one contribution of the new record.
pub(super) struct SourceShare<'a> {
    /// The place in the new record.
    pub(super) place: usize,
    /// The place in the record of the source.
    pub(super) was: usize,
    /// The source; its commit where its text is still there.
    pub(super) record: &'a Record<Clean>,
    pub(super) commit: Option<&'a Commit>,
}

/// Takes the contributions from `first` on out of which no line is left. One stays that the message names, that had no line
/// anywhere before, or of which nobody can tell.
pub(super) fn drop_gone(commit: &Commit, record: &mut Record<Clean>, brought: &[SourceShare], first: usize) {
    let has_lines = |place: usize| {
        record.files.iter().flat_map(|file| &file.spans).any(|span| span.contribution == Some(place as u32))
    };
    let is_gone = |place: usize, one: &Contribution<Clean>| {
        let of_it: Vec<Leftover> =
            brought.iter().filter(|brought| brought.place == place).map(|brought| left(commit, one, brought)).collect();
        of_it.contains(&Leftover::Nothing)
            && !of_it.contains(&Leftover::Something)
            && !has_lines(place)
            && !is_named(commit, record, one)
    };
    let gone: Vec<(_, _)> = record
        .contributions
        .iter()
        .enumerate()
        .skip(first)
        .filter(|(place, one)| is_gone(*place, one))
        .map(|(_, one)| (one.agent.clone(), one.session.clone()))
        .collect();
    record.leave_out(|one| gone.iter().any(|(agent, session)| *agent == one.agent && *session == one.session));
}

/// Whether the message names the session, by another line than our own. A statement may be made of several lines.
fn is_named(commit: &Commit, record: &Record<Clean>, one: &Contribution<Clean>) -> bool {
    let is_stated = record.stated.iter().any(|statement| {
        matches!(statement, Statement::Agent { session: Some(session), strict: true, .. } if *session == one.session)
    });
    let is_own = |line: &str| {
        line.trim_start().get(..OWN_TRAILER.len()).is_some_and(|key| key.eq_ignore_ascii_case(OWN_TRAILER))
    };
    let mut lines = commit.message.expose().lines();
    is_stated && lines.any(|line| line.contains(&one.session) && !is_own(line))
}

/// What the new commit has of what a source's contribution did.
#[derive(PartialEq)]
enum Leftover {
    Something,
    Nothing,
    /// It did nothing there that could be left.
    Silent,
}

fn left(commit: &Commit, one: &Contribution<Clean>, brought: &SourceShare) -> Leftover {
    // Where the text is gone nobody can tell.
    let Some(before) = brought.commit else { return Leftover::Something };
    let mut had_lines = false;
    for file in &brought.record.files {
        let Some(change) = before.files.iter().find(|change| change.path == file.path) else { continue };
        let spans = || file.spans.iter().filter(|span| span.contribution == Some(brought.was as u32));
        let is_its = |number: u32| spans().any(|span| number >= span.start && number - span.start < span.lines);
        let lines: Vec<&str> = added(change).filter(|(number, _)| is_its(*number)).map(|(_, text)| text).collect();
        if lines.is_empty() {
            continue;
        }
        had_lines = true;
        if is_left(commit, change, &lines) {
            return Leftover::Something;
        }
    }
    // Without a line it may have made the plan, or taken lines out.
    let of_record = brought.record.contributions.get(brought.was);
    match had_lines {
        true => Leftover::Nothing,
        false if one.only_planned() || of_record.is_some_and(Contribution::only_planned) => Leftover::Something,
        false if takes_out_the_same(before, commit) => Leftover::Something,
        false => Leftover::Silent,
    }
}

/// Whether both commits take one line out that says something.
fn takes_out_the_same(before: &Commit, commit: &Commit) -> bool {
    let removed = |commit: &Commit| -> HashSet<LineKey> {
        let lines = commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.removed);
        lines.map(|line| line.expose()).filter(|line| is_telling(line)).map(LineKey::of).collect()
    };
    !removed(before).is_disjoint(&removed(commit))
}

/// Whether one of the lines, of a file of an earlier commit, is in this one: as it was, anywhere, or changed, in that file.
fn is_left(commit: &Commit, file: &FileChange, lines: &[&str]) -> bool {
    let keys: HashSet<LineKey> = lines.iter().filter(|line| is_telling(line)).map(|line| LineKey::of(line)).collect();
    let anywhere = commit.files.iter().flat_map(added).map(|(_, text)| text);
    if anywhere.filter(|text| is_telling(text)).any(|text| keys.contains(&LineKey::of(text))) {
        return true;
    }
    let here = commit.files.iter().filter(|change| name(&change.path) == name(&file.path));
    let here: Vec<&str> = here.flat_map(added).map(|(_, text)| text.trim()).collect();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| is_telling(line)).collect();
    // A commit of brackets alone says nothing of whose they are.
    if lines.is_empty() || here.len() > MOST_COMPARED || lines.len() > MOST_COMPARED {
        return !here.is_empty();
    }
    lines.iter().any(|line| closest(line, &here).is_some())
}

fn added(change: &FileChange) -> impl Iterator<Item = (u32, &str)> {
    change.hunks.iter().flat_map(|hunk| (hunk.new_start..).zip(hunk.added.iter().map(|text| text.expose())))
}

//! Which stretches of a session led to a commit: those behind the session's own commits before. One turn may hold many commits, each
//! with tests that failed and edits that made them pass.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::attribution::Writer;
use super::committing::{amends, commits, later};
use super::paths;
use super::turn_needs::is_made_edit;
use crate::checks::shell::steps;
use crate::record::session::{Action, Outcome, Session, ToolCall};

/// The place of a call: its turn, and its place there.
pub(super) type CallPlace = (usize, usize);

/// A part of a session that led to a commit, from its first call to its last.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub first: CallPlace,
    pub last: CallPlace,
    /// Whether an earlier commit of the session ended it, which holds the rest of what was done.
    pub led_elsewhere: bool,
    /// Where it led elsewhere: the files of which lines that were written here are in the commit, as the calls name them.
    pub files: BTreeSet<String>,
}

impl Stretch {
    pub(crate) fn holds(&self, call: CallPlace) -> bool {
        (self.first..=self.last).contains(&call)
    }
}

/// The stretches of a session that led to a commit. `writers` are the session's, of the commit's lines. A stretch ends with a commit
/// of the session's own; of one that led to an earlier commit only what came before the last work on a file of which lines are in this
/// one counts. `since` is when the commit before was authored: the session's commits up to that one are earlier ones, and later ones
/// were joined in this commit. Where the commit before is none of the session's, those were joined of which many edits are in it.
pub(super) fn stretches(
    session: &Session,
    writers: impl Iterator<Item = Writer>,
    since: Option<Timestamp>,
) -> Vec<Stretch> {
    let mut weights: BTreeMap<CallPlace, f64> = BTreeMap::new();
    for writer in writers {
        *weights.entry((writer.posting.turn as usize, writer.posting.call as usize)).or_default() += writer.weight;
    }
    let much = weights.values().sum::<f64>() * MUCH;
    let all = Stretch { first: BEGIN, last: END, led_elsewhere: false, files: BTreeSet::new() };
    let Some(last_written) = weights.keys().next_back().copied() else { return vec![all] };
    let (commits, made_the_one_before) = own_commits_until(session, since);
    let begins = [BEGIN].into_iter().chain(commits.iter().map(|(turn, call)| (*turn, call + 1)));
    let ends = commits.iter().copied().chain([END]);
    let of_bounds = |(first, last): (CallPlace, CallPlace)| {
        let whole = Stretch { first, last, ..all.clone() };
        let of_stretch = || weights.range(first..=last);
        let wrote = of_stretch().count();
        let edits = || calls(session, (first, last)).filter(|(_, call)| is_made_edit(call)).count();
        if last >= last_written || !(made_the_one_before || wrote * FEW < edits()) {
            return Some(whole);
        }
        // A few lines were there before, or are the same by chance.
        if of_stretch().map(|(_, weight)| weight).sum::<f64>() < much {
            return None;
        }
        let call_at = |(turn, call): CallPlace| &session.turns[turn].calls[call];
        let files: BTreeSet<String> = of_stretch().flat_map(|(at, _)| edited(call_at(*at))).collect();
        let is_on_one = |call: &ToolCall| edited(call).any(|path| files.contains(&path));
        let until = calls(session, (first, last)).filter(|(_, call)| is_on_one(call)).map(|(at, _)| at).last();
        let last = of_stretch().map(|(at, _)| *at).next_back().max(until)?;
        Some(Stretch { last, led_elsewhere: true, files, ..whole })
    };
    begins.zip(ends).filter_map(of_bounds).collect()
}

/// The files that a call edited.
fn edited(call: &ToolCall) -> impl Iterator<Item = String> {
    let is_made = matches!(call.outcome, Outcome::Succeeded { .. });
    let edits = if is_made { call.edits() } else { &[] };
    edits.iter().map(|edit| paths::normalise(&edit.path))
}

fn calls(session: &Session, (first, last): (CallPlace, CallPlace)) -> impl Iterator<Item = (CallPlace, &ToolCall)> {
    let turns = session.turns.iter().enumerate().skip(first.0).take_while(move |(turn, _)| *turn <= last.0);
    let calls = turns.flat_map(|(turn, one)| {
        let calls = one.calls.iter().enumerate();
        calls.map(move |(place, call)| ((turn, place), call))
    });
    calls.filter(move |(at, _)| (first..=last).contains(at))
}

const BEGIN: CallPlace = (0, 0);
const END: CallPlace = (usize::MAX, usize::MAX);

/// The calls that made the session's commits up to the one that was authored then, but for those that were amended or taken back; all
/// of them where none is that one. And whether one is.
fn own_commits_until(session: &Session, since: Option<Timestamp>) -> (Vec<CallPlace>, bool) {
    let ran_then = |call: &ToolCall| {
        let (Some(since), Some(began)) = (since, call.at) else { return false };
        began <= later(since, 1) && call.ended_at.is_none_or(|ended| later(ended, 1) >= since)
    };
    let mut made = Vec::new();
    let mut before = 0;
    for (at, call) in calls(session, (BEGIN, END)) {
        // What is amended or taken back goes into the next one.
        if amends(call) || takes_a_commit_back(call) {
            made.pop();
        }
        if commits(call) {
            made.push(at);
            before = if ran_then(call) { made.len() } else { before };
        }
    }
    if before > 0 {
        made.truncate(before);
    }
    (made, before > 0)
}

/// One in so many edits is in a commit by chance.
const FEW: usize = 3;
/// Less of the commit's lines says nothing of where the work for it was done.
const MUCH: f64 = 0.15;

/// `git reset --soft HEAD~1`: what was committed is to be committed again.
fn takes_a_commit_back(call: &ToolCall) -> bool {
    let Action::Shell { command, .. } = &call.action else { return false };
    let command = command.expose();
    matches!(call.outcome, Outcome::Succeeded { .. })
        && command.contains("reset")
        && steps(command).iter().any(|step| {
            let has = |word: &str| step.words.iter().any(|one| one == word);
            let goes_back = step.words.iter().any(|one| one.starts_with("HEAD~") || one.starts_with("HEAD^"));
            has("git") && has("reset") && goes_back && !has("--hard")
        })
}

//! What words of a person stand behind, and what the agent did then: whether they answer its question, and whether it changed
//! what it had made.

use std::collections::HashSet;

use super::asks::Need;
use super::part::SessionWindow;
use super::paths::{self, PathMatch};
use super::turn_needs::{made_edits, need_of};
use super::words::{opening, reports_a_fault};
use crate::record::commit::Commit;
use crate::record::session::Session;
use crate::text::words::word_count;

/// Whether the agent then changed a file that it had edited before, or where a fault was reported one of the commit: in the turn,
/// or later, until something else is asked for.
pub(super) fn is_followed(part: &SessionWindow, turn: usize, commit: &Commit) -> bool {
    let turns = &part.session.turns;
    let goes_on = |next: &&usize| turns[**next].said().is_none() || need_of(part.session, **next) != Need::Nothing;
    let behind = std::iter::once(&turn).chain(part.turns.range(turn + 1..).take_while(goes_on));
    let calls = |turn: usize| turns[turn].calls.iter();
    let edited = |turn: usize| calls(turn).filter_map(made_edits).flatten().map(|edit| paths::normalise(&edit.path));
    let before: HashSet<String> = (0..turn).flat_map(edited).collect();
    let is_report = turns[turn].said().is_some_and(|prompt| reports_a_fault(opening(prompt.text.expose())));
    let in_commit = |path: &str| commit.files.iter().any(|file| paths::compare(path, &file.path) == PathMatch::Whole);
    behind.flat_map(|turn| edited(*turn)).any(|path| before.contains(&path) || (is_report && in_commit(&path)))
}

/// Whether the agent ended the turn before with a question, and a few words say what it wanted to know.
pub(super) fn answers_a_question(session: &Session, turn: usize) -> bool {
    let words = session.turns[turn].said().map_or(0, |prompt| word_count(prompt.text.expose()));
    let reply = turn.checked_sub(1).and_then(|before| session.turns[before].reply.as_ref());
    let lines = reply.map(|reply| reply.expose().lines().rev().map(str::trim).filter(|line| !line.is_empty()));
    let ends = |line: &str| line.trim_end_matches(['*', '_', '`', ')']).ends_with('?');
    words <= MOST_WORDS && lines.is_some_and(|mut lines| lines.next().is_some_and(ends))
}

/// More say more than was asked.
const MOST_WORDS: usize = 8;

//! What was written and taken out again before the commit: edits whose lines later edits of the same session remove and replace by
//! nothing new, with a person's words between, or at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::agent_words::{explanation, new_way};
use super::changes::{Places, tell_step};
use super::excerpt::{after, quote_lines, removed_lines};
use super::library::written_lines;
use super::lines::LineKey;
use super::part::SessionWindow;
use super::paths::{self, PathMatch};
use super::words::{is_approval, objects, redirects, reports_a_fault};
use crate::link::steps::{WIDTH, WindowCall, files_of, first_lines};
use crate::record::commit::Commit;
use crate::record::contribution::{AttemptKind, FailedAttempt, WhySource};
use crate::record::session::{Action, Change, Edit, Outcome, PromptSource, Session, ToolCall};
use crate::record::text::Raw;
use crate::text::telling::is_telling;
use crate::text::topic::topics;

/// An edit that was made: where, and what it wrote and removed that tells something.
struct MadeEdit<'a> {
    change: &'a Change,
    turn: usize,
    call: usize,
    path: String,
    written: Vec<&'a str>,
    removed: Vec<&'a str>,
    is_delete: bool,
}

/// Each edit that was taken back, with the index of the step that took it back.
pub(super) fn find(
    part: &SessionWindow,
    steps: &[WindowCall],
    (commit, places): (&Commit, &Places),
) -> Vec<(usize, FailedAttempt<Raw>)> {
    let Some(last) = part.turns.last().copied() else { return Vec::new() };
    let mut made = made(part.session, last, part);
    let others = elsewhere(&made, commit);
    made.retain(|edit| !others.contains(&edit.path));
    let mut found: Vec<(usize, FailedAttempt<Raw>)> = Vec::new();
    let mut told: HashSet<(usize, usize)> = HashSet::new();
    for taking in groups(&made) {
        let Some(step) =
            steps.iter().position(|step| (step.turn, step.call) == (made[taking[0]].turn, made[taking[0]].call))
        else {
            continue;
        };
        let Some(back) = taken(part, &made, &taking, commit) else { continue };
        // Edits of one turn are one way of doing it.
        if told.insert((made[back.first].turn, made[taking[0]].turn)) {
            found.extend(tell(part, steps, &made, (&back, step, places)).map(|attempt| (step, attempt)));
        }
    }
    found
}

/// The files that the commit does not have and in which something of the edits stays: that is work for another commit.
fn elsewhere(made: &[MadeEdit], commit: &Commit) -> HashSet<String> {
    let mut left: HashMap<&str, HashMap<&str, i32>> = HashMap::new();
    for edit in made {
        let lines = left.entry(&edit.path).or_default();
        if edit.is_delete {
            lines.clear();
        }
        edit.removed.iter().for_each(|line| *lines.entry(line).or_default() -= 1);
        edit.written.iter().for_each(|line| *lines.entry(line).or_default() += 1);
    }
    let names = || commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let is_here = |path: &str| names().any(|name| paths::compare(path, name) == PathMatch::Whole);
    let stays = |lines: &HashMap<&str, i32>| lines.values().any(|count| *count > 0);
    left.into_iter().filter(|(path, lines)| stays(lines) && !is_here(path)).map(|(path, _)| path.to_owned()).collect()
}

/// Edits of one turn and one file, by their place in `made`.
fn groups(made: &[MadeEdit]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<(usize, &str), usize> = HashMap::new();
    for (place, edit) in made.iter().enumerate() {
        let group = *known.entry((edit.turn, &edit.path)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(place);
    }
    groups
}

/// What a group of edits took back.
struct Back<'a> {
    /// The first of the edits that wrote it, by its place in `made`.
    first: usize,
    /// The first line of it that is gone, where not all of the edit is.
    line: Option<&'a str>,
    /// The person's words between, where it was not at once.
    words: Option<&'a Raw>,
    /// Whether these want it gone.
    asked: bool,
}

/// If so large a part of the lines is still there (one in so many), they were not taken back.
const MOST_KEPT: usize = 2;

fn taken<'a>(part: &SessionWindow<'a>, made: &[MadeEdit<'a>], taking: &[usize], commit: &Commit) -> Option<Back<'a>> {
    let end = &made[taking[0]];
    let before = &made[..taking[0]];
    let of_file = || before.iter().enumerate().filter(|(_, edit)| edit.path == end.path && !edit.is_delete);
    let removed: HashSet<&str> = match end.is_delete {
        true => of_file().flat_map(|(_, edit)| edit.written.iter().copied()).collect(),
        false => taking.iter().flat_map(|place| made[*place].removed.iter().copied()).collect(),
    };
    if removed.is_empty() {
        return None;
    }
    // The last edit of another turn that wrote one of these lines, and what it wrote there.
    let wrote = |edit: &MadeEdit| edit.written.iter().any(|line| removed.contains(line));
    let origin = of_file().rfind(|(_, edit)| edit.turn < end.turn && wrote(edit)).map(|(_, edit)| edit.turn);
    let (turn, is_at_once) = match origin {
        Some(turn) => (turn, false),
        None => (end.turn, true),
    };
    if is_at_once {
        return at_once(made, taking).map(|first| Back { first, line: None, words: None, asked: false });
    }
    // Of the edits of that turn those of which most is gone: the others are no part of it.
    let is_gone = |edit: &MadeEdit| {
        let gone = edit.written.iter().filter(|line| removed.contains(**line)).count();
        gone > 0 && gone * 2 >= edit.written.len()
    };
    let own: Vec<usize> =
        of_file().filter(|(_, edit)| edit.turn == turn && is_gone(edit)).map(|(place, _)| place).collect();
    let written: HashSet<&str> = own.iter().flat_map(|place| made[*place].written.iter().copied()).collect();
    let gone: Vec<&str> = written.iter().copied().filter(|line| removed.contains(line)).collect();
    // Nothing new came in its place: what the edits write was there before, or is in the commit by another hand.
    let restored: HashSet<&str> = own.iter().flat_map(|place| made[*place].removed.iter().copied()).collect();
    let takes_out = |place: &&usize| made[**place].removed.iter().any(|line| gone.contains(line));
    let comes: Vec<&str> =
        taking.iter().filter(takes_out).flat_map(|place| made[*place].written.iter().copied()).collect();
    let is_new = comes.iter().any(|line| !restored.contains(line) && !written.contains(line));
    if gone.is_empty() || is_new {
        return None;
    }
    // Moved lines are elsewhere now, and those that were only formatted say the same.
    let later = made[taking[0] + 1..].iter().flat_map(|edit| edit.written.iter().copied());
    let committed = commit.files.iter().flat_map(|file| file.hunks.iter().flat_map(|hunk| &hunk.added));
    let stays = later.chain(comes.iter().copied()).chain(committed.map(|line| line.expose()));
    let formatted: HashSet<LineKey> = stays.map(LineKey::as_formatted).collect();
    let is_kept = |line: &&&str| formatted.contains(&LineKey::as_formatted(line));
    let kept: HashSet<&str> = gone.iter().filter(is_kept).copied().collect();
    if kept.len() * MOST_KEPT >= gone.len() {
        return None;
    }
    // What is told is gone.
    let is_out = |line: &&&str| !kept.contains(**line) && removed.contains(**line);
    let out = |place: &usize| made[*place].written.iter().find(is_out).map(|line| (*place, *line));
    let (first, line) = own.iter().find_map(out)?;
    let about = topics(&format!("{}\n{}", made[first].path, gone.join("\n")));
    let (words, asked) = said_between(part, (turn, end.turn), (&about, &end.path))?;
    Some(Back { first, line: Some(line), words: Some(words), asked })
}

/// An edit that the next one of the file undoes to the letter.
fn at_once(made: &[MadeEdit], taking: &[usize]) -> Option<usize> {
    let pair = taking.windows(2).find(|pair| {
        let (one, other) = (&made[pair[0]], &made[pair[1]]);
        let is_something = !one.written.is_empty() || !one.removed.is_empty();
        is_something && one.written == other.removed && one.removed == other.written
    })?;
    Some(pair[0])
}

/// Of a person's words between two turns that ask for more than to go on the last that want something of it gone or otherwise, else
/// the last; and whether they do.
fn said_between<'a>(
    part: &SessionWindow<'a>,
    (from, to): (usize, usize),
    (about, path): (&BTreeSet<String>, &str),
) -> Option<(&'a Raw, bool)> {
    let of_turn = |turn: usize| {
        let prompt = part.session.turns[turn].said()?;
        let is_said = prompt.source != PromptSource::Plan && !is_approval(prompt.text.expose());
        is_said.then_some((turn, &prompt.text))
    };
    let said = || (from + 1..=to).rev().filter(|turn| !part.foreign.contains(turn)).filter_map(of_turn);
    let asks = |(turn, words): &(usize, &Raw)| {
        let words = words.expose();
        asks_back(words) && (names_something(words, about) || (may_be_about(words) && is_next(part, *turn, path)))
    };
    let asked = said().find(asks);
    asked.or_else(|| said().next()).map(|(_, words)| (words, asked.is_some()))
}

/// Whether the first edit that was made from a turn on is of this file: words that name nothing are about what is done next.
fn is_next(part: &SessionWindow, turn: usize, path: &str) -> bool {
    let next = part.session.turns[turn..].iter().flat_map(|turn| &turn.calls).find(|call| is_made(call));
    match next.map(|call| &call.action) {
        Some(Action::Edit(edits)) => edits.iter().any(|edit| paths::normalise(&edit.path) == path),
        _ => false,
    }
}

fn tell(
    part: &SessionWindow,
    steps: &[WindowCall],
    made: &[MadeEdit],
    (back, step, places): (&Back, usize, &Places),
) -> Option<FailedAttempt<Raw>> {
    let edit = &made[back.first];
    let call = &part.session.turns[edit.turn].calls[edit.call];
    // What is undone at once the agent found out by itself.
    let own_words = || {
        steps.iter().find(|one| (one.turn, one.call) == (edit.turn, edit.call)).and_then(|one| explanation(part, one))
    };
    let asked = back.words.filter(|_| back.asked);
    let way = back.words.and_then(|_| new_way(&steps[step]));
    // Where neither the person nor the agent speaks of it, nobody says that it did not do.
    if back.words.is_some() && asked.is_none() && way.is_none() {
        return None;
    }
    let why_from = if back.words.is_some() { WhySource::Person } else { WhySource::Agent };
    let why = match back.words {
        Some(_) => asked.map(|words| first_lines(words.expose(), 3)),
        None => own_words(),
    };
    let of_turn = || (step + 1..steps.len()).take_while(|later| steps[*later].turn == steps[step].turn);
    let is_other =
        |call: &ToolCall| is_made(call) && !files_of(call).iter().any(|file| *file == paths::name(&edit.path));
    let other_way =
        || of_turn().find(|later| is_other(steps[*later].tool_call)).map(|later| tell_step(steps, step, later, places));
    let tried = match back.line {
        Some(line) => {
            quote_lines(&after(edit.change), &[line], WIDTH).led_by(format!("{}: ", places.path(&edit.path))).into()
        }
        None => places.describe(call),
    };
    Some(FailedAttempt {
        why_from: why.as_ref().map(|_| why_from),
        why,
        change: way.or_else(|| back.words.and_then(|_| other_way())),
        files: vec![places.path(&edit.path)],
        ..FailedAttempt::new(AttemptKind::Reverted, call.at, tried)
    })
}

/// Whether words that name nothing of these lines may be about them: they are too few to name anything, or object and ask nothing.
fn may_be_about(text: &str) -> bool {
    topics(text).len() <= FEW_TOPICS || (objects(text) && !text.contains('?'))
}

fn names_something(text: &str, lines: &BTreeSet<String>) -> bool {
    // "logging" is about `log(`.
    let is_one = |(one, other): (&String, &String)| one.starts_with(other.as_str()) || other.starts_with(one.as_str());
    topics(text).iter().any(|word| lines.iter().any(|line| is_one((word, line))))
}

/// "Seems not to work?", "revert the last change".
const FEW_TOPICS: usize = 3;

/// Whether words are about something that is to go or to be otherwise.
pub(super) fn asks_back(text: &str) -> bool {
    const GOES: &[&str] = &[
        "revert",
        "undo",
        "remove",
        "delete",
        "drop",
        "take out",
        "take it out",
        "roll back",
        "get rid",
        "back to",
        "switch to",
        "clean up",
        "too ",
        "why ",
        "simpler",
        "overkill",
    ];
    let lower = text.to_lowercase();
    let is_command = text.trim_start().starts_with(['/', '<']);
    !is_command
        && (redirects(text) || objects(text) || reports_a_fault(text) || GOES.iter().any(|words| lower.contains(words)))
}

fn is_made(call: &ToolCall) -> bool {
    matches!((&call.action, &call.outcome), (Action::Edit(_), Outcome::Succeeded { .. }))
}

/// The edits of the files that the window edits, from the session's beginning on, in order.
fn made<'a>(session: &'a Session, last: usize, part: &SessionWindow) -> Vec<MadeEdit<'a>> {
    let turns = session.turns.iter().enumerate().take(last + 1);
    let turns = turns.filter(|(index, turn)| !turn.abandoned && !part.foreign.contains(index));
    let calls =
        turns.flat_map(|(index, turn)| turn.calls.iter().enumerate().map(move |(place, call)| (index, place, call)));
    let in_time = |call: &ToolCall| call.at.is_none_or(|at| at <= part.until) && is_made(call);
    let mut made: Vec<MadeEdit> = Vec::new();
    for (turn, place, call) in calls.filter(|(_, _, call)| in_time(call)) {
        let Action::Edit(edits) = &call.action else { continue };
        made.extend(edits.iter().map(|edit| read(edit, (turn, place))));
    }
    // Only in files that the window edits something can have been taken back.
    let in_window = |edit: &&MadeEdit| part.turns.contains(&edit.turn);
    let edited: HashSet<String> = made.iter().filter(in_window).map(|edit| edit.path.clone()).collect();
    made.retain(|edit| edited.contains(&edit.path));
    made
}

fn read<'a>(edit: &'a Edit, (turn, call): (usize, usize)) -> MadeEdit<'a> {
    // A line that only stands further in, or is formatted otherwise, neither goes nor comes.
    let formatted = |lines: &[&str]| lines.iter().map(|line| LineKey::as_formatted(line)).collect::<HashSet<LineKey>>();
    let (gone, come) = (removed_lines(&edit.change), written_lines(&edit.change));
    let (before, after) = (formatted(&gone), formatted(&come));
    let changed = |lines: Vec<&'a str>, other: &HashSet<LineKey>| {
        let lines = lines.into_iter().map(str::trim);
        lines.filter(|line| is_telling(line) && !other.contains(&LineKey::as_formatted(line))).collect()
    };
    MadeEdit {
        change: &edit.change,
        turn,
        call,
        path: paths::normalise(&edit.path),
        written: changed(come, &before),
        removed: changed(gone, &after),
        is_delete: matches!(edit.change, Change::Delete),
    }
}

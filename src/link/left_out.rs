//! Edits that were there when a session ran its checks and that the commit lacks: of two files that were tested together one
//! is committed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::committing::is_same_subject;
use super::library::{Committing, Library, Printed, Touch};
use super::part::{SessionWindow, turn_times};
use super::paths;
use super::undone::{is_formatted, takes_all_back};
use super::weights::RECENT_HOURS;
use crate::checks::shell_changes;
use crate::checks::tested::{is_code, is_document};
use crate::record::commit::{Commit, FileChange};
use crate::record::session::{Action, Change, Outcome, Session, ToolCall};

/// What takes a file away again, or its changes.
const TAKES_BACK: [&str; 6] = ["rm ", "git checkout", "git restore", "git stash", "git clean", "unlink"];

/// A time in which a file was otherwise than in the commit.
pub(super) struct LeftOut {
    since: Timestamp,
    /// When the edits were taken back; `None` where they were there when the commit was made.
    until: Option<Timestamp>,
}

impl LeftOut {
    /// Whether what ran at a time saw it.
    pub(super) fn was_seen(&self, at: Option<Timestamp>) -> bool {
        at.is_none_or(|at| at >= self.since && self.until.is_none_or(|until| at < until))
    }
}

/// When there were edits, since the commit before, of files of this work tree that are not in the commit; by whichever session.
/// Files that people read, and those in hidden folders, are tested by nothing.
pub(super) fn find(
    commit: &Commit,
    library: &Library,
    (part, own): (&SessionWindow, usize),
    since: Option<Timestamp>,
) -> Vec<LeftOut> {
    let trees = &part.trees;
    let began = part.session.turns.get(part.begin).and_then(|_| turn_times(part.session, part.begin).min());
    let second = SignedDuration::from_secs(1);
    let before = commit.authored_at.saturating_sub(second).unwrap_or(commit.authored_at);
    // One that printed this commit's subject made it, or what it was made from.
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    let is_this = |one: &&Committing| {
        let of_call = |printed: &&Printed| printed.session == own && printed.turn == one.turn as usize;
        let mut printed = library.printed.iter().filter(of_call).filter(|printed| printed.at == one.end);
        printed.any(|printed| printed.subject.as_deref() == Some(subject))
    };
    let committed = library.committing.iter().filter(|one| one.session as usize == own && !is_this(one));
    // A command that went on behind its commit, to push it, has no end that is known here.
    let of_own = library.printed.iter().filter(|one| one.session == own);
    let others = of_own.filter(|one| one.subject.as_deref().is_some_and(|of_it| !is_same_subject(of_it, subject)));
    let committed = committed.filter_map(|one| one.end).chain(others.filter_map(|one| one.at));
    let committed = committed.filter(|end| *end < before).max();
    // A session that had ended by then is about this commit all the same.
    let goes_on = |since: &Timestamp| part.session.ended_at.is_none_or(|end| end >= *since);
    let lower = since.filter(goes_on).or(began).max(committed);
    let Some(lower) = lower else { return Vec::new() };
    let in_time = |at: Timestamp| at >= lower && at <= commit.authored_at;
    let is_committed =
        |path: &str| commit.files.iter().any(|file| file.path == path || file.old_path.as_deref() == Some(path));
    let is_left_out = |session: &Session, touch: &Touch| {
        let path = library.paths[touch.path as usize].as_str();
        let Some(inside) = trees.iter().find_map(|tree| path.strip_prefix(tree.as_str())) else { return false };
        let is_hidden = inside.split('/').rev().skip(1).any(|folder| folder.starts_with('.'));
        !is_hidden && !is_document(inside) && !is_committed(inside) && !is_taken_back(session, touch, path)
    };
    let recently = commit.authored_at.saturating_sub(SignedDuration::from_hours(RECENT_HOURS)).unwrap_or(lower);
    let all = library.sessions.iter().zip(&library.touches).enumerate();
    let mut left_out: Vec<LeftOut> = Vec::new();
    // What another session wrote long ago, or has committed since, went to another commit, perhaps of another branch.
    let is_there = |place: usize, at: Timestamp| {
        place == own || (at >= recently && !library.committing.iter().any(|one| is_of(one, place, at, before)))
    };
    // A session that had ended before, or began later, did nothing in that time.
    let is_of_the_time = |session: &Session| {
        session.ended_at.is_none_or(|end| end >= lower) && session.started_at.is_none_or(|at| at <= commit.authored_at)
    };
    for (place, (session, touches)) in all.filter(|(_, (session, _))| is_of_the_time(session)) {
        let made =
            touches.iter().filter(|touch| touch.made && touch.at.is_some_and(|at| in_time(at) && is_there(place, at)));
        let mut by_file: BTreeMap<u32, Vec<&Touch>> = BTreeMap::new();
        for touch in made.filter(|touch| is_left_out(session, touch)) {
            by_file.entry(touch.path).or_default().push(touch);
        }
        for touches in by_file.values() {
            left_out.extend(until_taken_back(session, touches, &library.paths[touches[0].path as usize]));
        }
    }
    let by_shell = || {
        let is_left_out = |path: &String| {
            let path = path.trim_start_matches("./");
            let is_hidden = path.split('/').any(|part| part.starts_with('.'));
            let is_its = |file: &str| file == path || file.ends_with(&format!("/{path}"));
            let names = |file: &FileChange| is_its(&file.path) || file.old_path.as_deref().is_some_and(is_its);
            !is_hidden && is_code(path) && !is_document(path) && !commit.files.iter().any(names)
        };
        let is_taken_back = |path: &str, at: Option<Timestamp>| {
            let later = part.session.turns.iter().flat_map(|turn| &turn.calls).filter(|call| call.at > at);
            later.into_iter().any(|call| takes_back(call, path))
        };
        let mut wrote: Vec<Timestamp> = Vec::new();
        for (place, session) in library.sessions.iter().enumerate().filter(|(_, session)| is_of_the_time(session)) {
            let in_time = |call: &&ToolCall| call.at.is_some_and(|at| in_time(at) && is_there(place, at));
            for call in session.turns.iter().flat_map(|turn| &turn.calls).filter(in_time) {
                let (Action::Shell { command, cwd }, Outcome::Succeeded { .. }) = (&call.action, &call.outcome) else {
                    continue;
                };
                // Of another session only a dependency that it added in this work tree says what lay there.
                let is_here =
                    || cwd.as_ref().is_some_and(|cwd| trees.contains(&format!("{}/", cwd.trim_end_matches('/'))));
                if place != own && !(adds_a_dependency(command.expose()) && is_here()) {
                    continue;
                }
                let begins_here = trees.is_empty() || cwd.as_ref().is_none_or(|cwd| is_in(cwd, trees));
                let changed = shell_changes::relative(command.expose(), begins_here, &|folder| is_in(folder, trees));
                if changed.iter().any(|path| is_left_out(path) && !is_taken_back(path, call.at)) {
                    wrote.extend(call.at);
                }
            }
        }
        wrote.into_iter().min()
    };
    left_out.extend(by_shell().map(|since| LeftOut { since, until: None }));
    left_out
}

/// More edits of one file are not compared.
const MOST_EDITS: usize = 200;

/// The times in which the edits of one file were there, given in their order: each until edits that take them back.
fn until_taken_back(session: &Session, touches: &[&Touch], path: &str) -> Vec<LeftOut> {
    let mut found: Vec<LeftOut> = Vec::new();
    let mut from = 0;
    let few = if touches.len() > MOST_EDITS { &[][..] } else { touches };
    for (end, touch) in few.iter().enumerate() {
        let places = touches[from..=end].iter().map(|touch| (touch.turn, touch.call)).collect::<BTreeSet<_>>();
        let changes: Vec<&Change> =
            places.iter().flat_map(|(turn, call)| changes(session, (*turn, *call), path)).collect();
        let formatted = || is_formatted(calls_between(session, touches[from], touch));
        if takes_all_back(&changes, false) || (formatted() && takes_all_back(&changes, true)) {
            found.extend(touches[from].at.map(|since| LeftOut { since, until: touch.at }));
            from = end + 1;
        }
    }
    found.extend(touches.get(from).and_then(|touch| touch.at).map(|since| LeftOut { since, until: None }));
    found
}

fn changes<'a>(session: &'a Session, (turn, call): (u32, u32), path: &str) -> Vec<&'a Change> {
    let edits = session.turns[turn as usize].calls[call as usize].edits();
    edits.iter().filter(|edit| paths::normalise(&edit.path) == path).map(|edit| &edit.change).collect()
}

fn calls_between<'a>(session: &'a Session, from: &Touch, to: &Touch) -> impl Iterator<Item = &'a ToolCall> {
    let (from, to) = ((from.turn as usize, from.call as usize), (to.turn as usize, to.call as usize));
    let turns = session.turns.iter().enumerate().take(to.0 + 1).skip(from.0);
    let calls = turns.flat_map(|(turn, this)| (0..).zip(&this.calls).map(move |(call, this)| ((turn, call), this)));
    calls.filter(move |(place, _)| *place > from && *place < to).map(|(_, call)| call)
}

/// Whether a folder is one of the work trees or in one: `~/shop` may be `/home/a/shop`.
fn is_in(folder: &str, trees: &BTreeSet<String>) -> bool {
    let mut folder = format!("{}/", paths::normalise(folder).trim_end_matches('/'));
    // `/c/shop` of Git Bash is `C:/shop`.
    if folder.get(2..3) == Some("/") && folder.starts_with('/') {
        folder = format!("{}:{}", folder[1..2].to_ascii_uppercase(), &folder[2..]);
    }
    trees.iter().any(|tree| match folder.strip_prefix("~/") {
        Some(below) => tree.match_indices('/').any(|(at, _)| below.starts_with(&tree[at + 1..]) && at + 1 < tree.len()),
        None => folder.starts_with(tree.as_str()),
    })
}

/// Whether it may do so: what it does is told from its words.
fn adds_a_dependency(command: &str) -> bool {
    ["add ", "install ", "npm i ", "go get "].iter().any(|words| command.contains(words))
}

fn is_taken_back(session: &Session, touch: &Touch, path: &str) -> bool {
    let later = session.turns.iter().enumerate().flat_map(|(turn, of_it)| {
        of_it.calls.iter().enumerate().map(move |(call, of_it)| ((turn as u32, call as u32), of_it))
    });
    later.filter(|(place, _)| *place > (touch.turn, touch.call)).any(|(_, call)| takes_back(call, path))
}

fn takes_back(call: &ToolCall, path: &str) -> bool {
    match &call.action {
        Action::Shell { command, .. } => {
            let command = command.expose();
            command.contains(paths::name(path)) && TAKES_BACK.iter().any(|words| command.contains(words))
        }
        Action::Edit(edits) => edits.iter().any(|edit| {
            let is_gone = matches!(&edit.change, Change::Delete | Change::Move { .. });
            is_gone && paths::normalise(&edit.path) == path
        }),
        _ => false,
    }
}

/// Whether the session committed between the two times.
fn is_of(one: &Committing, session: usize, since: Timestamp, until: Timestamp) -> bool {
    one.session as usize == session && one.end.is_some_and(|end| end >= since && end < until)
}

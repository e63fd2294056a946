//! Whether what a commit holds was changed after a check ran. An edit that failed, or that was taken back before the commit, is no
//! change, and for a linter that was given files by name only an edit of those is one.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::as_left::FileLeft;
use super::committing::{commit_line, commits};
use super::form_repairs::formats;
use super::library::written_lines;
use super::part::SessionWindow;
use super::paths;
use super::steps::WindowCall;
use super::stretches::CallPlace;
use super::undone::{is_formatted, takes_all_back};
use crate::checks::classify::classify_command;
use crate::checks::files::{CommitFiles, is_of_others, puts_back_others};
use crate::checks::generators::MadeBy;
use crate::checks::rewrites::{self, BaseMove};
use crate::checks::tested::is_document;
use crate::checks::{shell, shell_changes};
use crate::record::commit::Commit;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, Change, FailureKind, Outcome, ToolCall};

/// What a session changed of a commit, in the order of its transcript.
pub(super) struct EditsSince<'a> {
    part: &'a SessionWindow<'a>,
    commit: &'a Commit,
    /// Edits that were made, each with the place of its file in the commit.
    edits: Vec<(CallPlace, usize)>,
    /// Commands that changed files.
    commands: Vec<CallPlace>,
    /// Commands that put what was changed upon other files.
    moves: Vec<(CallPlace, BaseMove)>,
    /// Edits of other files that the session committed before this commit, which stands on them.
    below: Vec<CallPlace>,
}

impl<'a> EditsSince<'a> {
    pub(super) fn of(part: &'a SessionWindow<'a>, steps: &[WindowCall], commit: &'a Commit) -> Self {
        let was_made = |turn: usize, call: usize| {
            let call = &part.session.turns[turn].calls[call];
            matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Running { .. } | Outcome::Pending)
        };
        let made = part.touches.iter().filter(|(turn, call, _)| was_made(*turn, *call));
        let edits = made.map(|(turn, call, file)| ((*turn, *call), *file)).collect();
        let (moves, commands): (Vec<_>, Vec<_>) =
            rewritten(part, steps, commit).into_iter().partition(|(_, by)| by.is_some());
        let commands = commands.into_iter().map(|(at, _)| at).collect();
        let moves = moves.into_iter().filter_map(|(at, by)| Some((at, by?))).collect();
        Self { part, commit, edits, commands, moves, below: committed_below(part, commit) }
    }

    /// Whether a check of this kind, which ran at `place`, saw other content than the commit holds.
    pub(super) fn changed_since(&self, place: CallPlace, kind: CheckKind) -> bool {
        // A check in the same call does not count as one before it.
        self.commands.iter().any(|at| *at >= place)
            || self.is_among_branches(place)
            || !self.files_since(place, kind).is_empty()
            || self.is_written_since(place)
    }

    /// Whether what was changed came to stand on other files since. What looks at documents by themselves sees nothing of that.
    pub(super) fn moved_since(&self, place: CallPlace, kind: CheckKind) -> bool {
        let looks_at_documents = self.is_of_documents() && is_linter(kind);
        let moved = || self.moves.iter().any(|(at, _)| *at >= place) || self.below.iter().any(|at| *at > place);
        !looks_at_documents && moved()
    }

    /// Whether the session came to another branch before a place and again later: on which of them it was there is not known.
    fn is_among_branches(&self, place: CallPlace) -> bool {
        let began = self.edits.iter().map(|(at, _)| *at).min();
        let to_branches = || self.moves.iter().filter(|(_, by)| *by == BaseMove::ToBranch).map(|(at, _)| *at);
        to_branches().any(|at| at >= place) && to_branches().any(|at| at < place && Some(at) > began)
    }

    /// Whether the commit has nothing but what people read.
    fn is_of_documents(&self) -> bool {
        self.commit.files.iter().all(|file| is_document(&file.path))
    }

    /// Whether a command names a file of the commit.
    pub(super) fn is_named_in(&self, command: &str) -> bool {
        self.commit.files.iter().any(|file| command.contains(paths::name(&file.path)))
    }

    /// Whether the commit is one of documents, and they were edited since.
    fn is_written_since(&self, place: CallPlace) -> bool {
        self.is_of_documents() && self.edits.iter().any(|(at, file)| *at > place && !self.is_undone(place, *file))
    }

    /// Whether a folder or file of the commit has this word in its name.
    pub(super) fn has_name_with(&self, word: &str) -> bool {
        let has = |path: &str| path.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
        self.commit.files.iter().any(|file| has(&file.path))
    }

    /// Whether the session made no edit of the commit's files behind a place.
    pub(super) fn ended_at(&self, place: CallPlace) -> bool {
        self.edits.iter().all(|(at, _)| *at < place)
    }

    /// The files of the commit that were edited since, and that the check looks at.
    pub(super) fn files_since(&self, place: CallPlace, kind: CheckKind) -> Vec<&'a str> {
        // Tests and compilers do not read what only people read; a linter may.
        let is_linter = is_linter(kind);
        let later: BTreeSet<usize> = self.edits.iter().filter(|(at, _)| *at > place).map(|(_, file)| *file).collect();
        let path = |file: usize| self.commit.files[file].path.as_str();
        let counts = |file: &usize| match is_linter {
            true => !self.is_of_others(place, kind, path(*file)),
            false => !is_document(path(*file)),
        };
        later.into_iter().filter(counts).filter(|file| !self.is_undone(place, *file)).map(path).collect()
    }

    /// Whether something may have changed between two places.
    pub(super) fn changed_between(&self, from: CallPlace, to: CallPlace) -> bool {
        let is_between = |at: &CallPlace| *at >= from && *at < to;
        self.commands.iter().any(is_between)
            || self.moves.iter().any(|(at, _)| is_between(at))
            || self.edits.iter().any(|(at, _)| is_between(at))
    }

    /// Whether the session had done nothing of the commit when it ran the check at `place`: it saw what was there before. Documents
    /// may tell of that.
    pub(super) fn came_first(&self, place: CallPlace) -> bool {
        if self.is_of_documents() {
            return false;
        }
        let first = self.edits.iter().map(|(at, _)| *at).chain(self.commands.iter().copied());
        let first = first.chain(self.moves.iter().map(|(at, _)| *at)).min();
        first.is_some_and(|first| place < first)
    }

    fn is_of_others(&self, (turn, call): CallPlace, kind: CheckKind, file: &str) -> bool {
        let Action::Shell { command, cwd } = &self.part.session.turns[turn].calls[call].action else { return false };
        let files = [file];
        let looked = CommitFiles { cwd: cwd.as_deref(), trees: &self.part.trees, files: &files };
        is_of_others(command.expose(), kind, &looked)
    }

    /// Whether the edits of a file since `place` left it as it was then.
    fn is_undone(&self, place: CallPlace, file: usize) -> bool {
        let of_file = self.edits.iter().filter(|(_, of_it)| *of_it == file);
        let (before, since): (Vec<_>, Vec<_>) = of_file.partition(|(at, _)| *at <= place);
        let changes = |edits: &[&(CallPlace, usize)]| -> Vec<&Change> {
            edits.iter().flat_map(|(at, _)| self.changes(*at, file)).collect()
        };
        let (before, since) = (changes(&before), changes(&since));
        let mut left = FileLeft::default();
        before.iter().for_each(|change| left.apply(change));
        let whole = left.whole().map(str::to_owned);
        since.iter().for_each(|change| left.apply(change));
        if let (Some(whole), Some(now)) = (whole, left.whole()) {
            return whole == now;
        }
        takes_all_back(&since, is_formatted(self.calls_since(place)))
    }

    fn calls_since(&self, (turn, call): CallPlace) -> impl Iterator<Item = &'a ToolCall> {
        let turns = self.part.session.turns.iter().enumerate().skip(turn);
        turns.flat_map(move |(of_it, this)| this.calls.iter().skip(if of_it == turn { call + 1 } else { 0 }))
    }

    fn changes(&self, (turn, call): CallPlace, file: usize) -> Vec<&'a Change> {
        let Action::Edit(edits) = &self.part.session.turns[turn].calls[call].action else { return Vec::new() };
        let of_commit = &self.commit.files[file];
        let names = || std::iter::once(&of_commit.path).chain(&of_commit.old_path);
        let is_its = |path: &str| {
            let path = paths::normalise(path);
            names().any(|name| path.ends_with(name.as_str()))
        };
        edits.iter().filter(|edit| is_its(&edit.path)).map(|edit| &edit.change).collect()
    }
}

fn is_linter(kind: CheckKind) -> bool {
    matches!(kind, CheckKind::Lint | CheckKind::Format | CheckKind::Script)
}

/// Edits, in the part, of files of the work tree that went into an earlier commit of the session, perhaps one of the same call.
fn committed_below(part: &SessionWindow, commit: &Commit) -> Vec<CallPlace> {
    let Some(end) = part.end else { return Vec::new() };
    let is_of_this = |path: &str| commit.files.iter().any(|file| file.path == path);
    let is_other = |path: &str| {
        let path = paths::normalise(path);
        let inside = part.trees.iter().find_map(|tree| path.strip_prefix(tree.as_str()));
        inside.is_some_and(|inside| !is_document(inside) && !is_of_this(inside))
    };
    let (mut open, mut below): (Vec<CallPlace>, Vec<CallPlace>) = Default::default();
    for turn in &part.turns {
        let calls = &part.session.turns[*turn].calls;
        for (call, made) in calls.iter().enumerate() {
            let place = (*turn, call);
            match &made.action {
                Action::Edit(edits) if place < end && matches!(made.outcome, Outcome::Succeeded { .. }) => {
                    open.extend(edits.iter().any(|edit| is_other(&edit.path)).then_some(place));
                }
                Action::Shell { .. }
                    if commits(made) && (place < end || (place == end && is_not_first(&calls[call..], commit))) =>
                {
                    below.append(&mut open);
                }
                _ => {}
            }
        }
    }
    below
}

/// Whether a call, or one that waited for it, printed that it made another commit before this one.
fn is_not_first(calls: &[ToolCall], commit: &Commit) -> bool {
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    let command = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => Some(command.expose().to_owned()),
        _ => None,
    };
    let own = calls.first().and_then(command);
    let goes_on = calls.iter().filter(|call| command(call) == own).take(MOST_WAITS);
    let mut places = goes_on.filter_map(|call| {
        let (Outcome::Succeeded { output, .. } | Outcome::Running { output }) = &call.outcome else { return None };
        let mut subjects = output.expose().lines().filter_map(commit_line).map(|(_, of_it)| of_it);
        subjects.position(|of_it| of_it == subject)
    });
    places.next().is_some_and(|place| place > 0)
}

const MOST_WAITS: usize = 20;

/// Calls before the commit that changed files and were no edit of one: a formatter, `git stash`, a here-document, `mv`. A check in
/// the same call does not count as one before it where it came behind. Of those that only moved the base of what was changed, how.
fn rewritten(part: &SessionWindow, steps: &[WindowCall], commit: &Commit) -> Vec<(CallPlace, Option<BaseMove>)> {
    let is_before =
        |call: &ToolCall| call.at.is_none_or(|at| at.as_second() < commit.authored_at.as_second()) && !commits(call);
    let counts = |step: &&WindowCall| is_before(step.tool_call) && did_run(step.tool_call);
    let names = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let files: Vec<&str> = names.map(String::as_str).collect();
    // A file that no edit of the session made what it is.
    let is_left = |file: usize| part.touches.iter().all(|touch| touch.2 != file);
    let left: Vec<usize> = (0..commit.files.len()).filter(|file| is_left(*file)).collect();
    let may_make = |by: &MadeBy| left.iter().any(|file| by.may_make(&commit.files[*file].path));
    let made: Vec<MadeBy> = MadeBy::ALL.into_iter().filter(may_make).collect();
    // Of what stands there as the edits wrote it, no formatter changed anything.
    let is_to_the_letter = LazyCell::new(|| (0..commit.files.len()).all(|file| is_as_written(part, commit, file)));
    let found = steps.iter().filter(counts).filter_map(|step| {
        let Action::Shell { command, cwd } = &step.tool_call.action else { return None };
        let command = command.expose();
        let looked = CommitFiles { cwd: cwd.as_deref(), trees: &part.trees, files: &files };
        let mut places = shell_changes::places(command, &files);
        places.retain(|place| {
            !puts_back_others(command, *place, &looked) && !shell_changes::formats_others(command, *place, &files)
        });
        if !made.is_empty() {
            places.extend(made.iter().flat_map(|by| by.places(command)));
            places.sort_unstable();
            places.dedup();
        }
        let last = places.last().copied()?;
        let all = shell::steps(command);
        let is_of_form = |place: &usize| {
            let text = all.get(*place).map(|step| step.words.join(" ")).unwrap_or_default();
            formats(&text)
        };
        if places.iter().all(is_of_form) && *is_to_the_letter {
            return None;
        }
        let behind: Vec<String> = all.iter().skip(last + 1).map(|step| step.words.join(" ")).collect();
        let moves: Option<Vec<BaseMove>> =
            places.iter().map(|place| rewrites::base_move(command, *place, &files)).collect();
        let by =
            moves.and_then(|moves| moves.iter().rev().find(|by| **by == BaseMove::ToBranch).or(moves.last()).copied());
        let is_checked = behind.iter().any(|command| classify_command(command).is_some());
        let at = match (is_checked, step.call.checked_sub(1)) {
            (false, _) => Some((step.turn, step.call)),
            // Checks of earlier calls ran before it.
            (true, Some(call)) => Some((step.turn, call)),
            (true, None) => step.turn.checked_sub(1).map(|turn| (turn, usize::MAX)),
        };
        at.map(|at| (at, by))
    });
    found.collect()
}

/// Whether each line that the commit adds to a file stands in an edit of the session as it is.
fn is_as_written(part: &SessionWindow, commit: &Commit, file: usize) -> bool {
    let of_file = &commit.files[file];
    let edits = part.touches.iter().filter(|touch| touch.2 == file).flat_map(|(turn, call, _)| {
        let call = &part.session.turns[*turn].calls[*call];
        if let Action::Edit(edits) = &call.action { edits.as_slice() } else { &[] }
    });
    let written: BTreeSet<&str> = edits.flat_map(|edit| written_lines(&edit.change)).collect();
    let mut added = of_file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose());
    added.all(|line| line.trim().is_empty() || written.contains(line))
}

/// Whether a command ran, well or not.
fn did_run(call: &ToolCall) -> bool {
    use FailureKind::{BadInput, CommandNotFound, Permission};
    match &call.outcome {
        Outcome::Succeeded { .. } => true,
        Outcome::Failed { kind, .. } => !matches!(kind, CommandNotFound | Permission | BadInput),
        _ => false,
    }
}

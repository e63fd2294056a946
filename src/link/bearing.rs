//! Which failures are told of a commit: those about which something of it was changed, and those of which a person spoke. Of the others
//! those of the session's other commits are left out, and the rest is kept aside.

use std::cell::LazyCell;
use std::collections::HashSet;

use jiff::Timestamp;

use super::changes::Places;
use super::checks::ran_or_hook;
use super::committing::{commits, is_making, made, names_another};
use super::excerpt::removed_lines;
use super::library::written_lines;
use super::named_files::NamedWords;
use super::part::SessionWindow;
use super::paths;
use super::stretches::Stretch;
use crate::link::steps::WindowCall;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, WhySource};
use crate::record::session::{Action, Change, FailureKind};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// A failure, with what is known of where it belongs.
pub(super) struct Found {
    /// The index of the step at which it was seen first.
    pub(super) step: usize,
    pub(super) attempt: FailedAttempt<Raw>,
    /// The steps of what was changed about it.
    pub(super) changed: Vec<usize>,
    /// Whether it was to be expected, or is nothing that work on the commit brought about.
    pub(super) is_aside: bool,
}

impl Found {
    pub(super) fn new(step: usize, attempt: FailedAttempt<Raw>, changed: impl IntoIterator<Item = usize>) -> Self {
        Self { step, attempt, changed: changed.into_iter().collect(), is_aside: false }
    }
}

/// What a failure is held against.
pub(super) struct Bearing<'s> {
    steps: &'s [WindowCall<'s>],
    commit: &'s Commit,
    places: &'s Places<'s>,
    /// The steps that made other commits.
    other_commits: Vec<usize>,
    part: &'s SessionWindow<'s>,
    /// Whether the session made other commits at all, here or in work that led to them.
    makes_others: bool,
}

impl<'s> Bearing<'s> {
    pub(super) fn of(
        part: &'s SessionWindow,
        steps: &'s [WindowCall<'s>],
        commit: &'s Commit,
        places: &'s Places<'s>,
    ) -> Self {
        // A hook may have stopped git though the call, or a wrapper, ended well.
        let is_stopped = |call| ran_or_hook(call).is_some_and(|run| run.failed);
        let all = || part.session.turns.iter().flat_map(|turn| &turn.calls);
        let is_known = LazyCell::new(|| part.end.is_some() || all().any(|call| is_making(call, commit)));
        // Two may be made in one second.
        let made_it = |one| made(one, commit) && !(*is_known && names_another(one, commit));
        let is_other = |turn: usize, call: usize, one| {
            commits(one)
                && Some((turn, call)) != part.end
                && !made_it(one)
                && !is_making(one, commit)
                && !is_stopped(one)
        };
        let other_commits =
            (0..steps.len()).filter(|at| is_other(steps[*at].turn, steps[*at].call, steps[*at].tool_call)).collect();
        let turns = part.session.turns.iter().enumerate();
        let mut calls =
            turns.flat_map(|(turn, one)| one.calls.iter().enumerate().map(move |(at, call)| (turn, at, call)));
        let makes_others = calls.any(|(turn, at, call)| is_other(turn, at, call));
        Self { steps, commit, places, other_commits, part, makes_others }
    }

    /// The failure as it is told or kept aside; none where it is of another commit.
    pub(super) fn weigh(&self, found: Found) -> Option<(usize, FailedAttempt<Raw>)> {
        let Found { step, mut attempt, changed, is_aside } = found;
        // What git refused is of the commit that was made in the end.
        let is_refused_commit = attempt.kind == AttemptKind::Failed(FailureKind::Command) && self.tries_to_commit(step);
        if is_refused_commit && self.is_closed(step) && !self.stopped_it(step) {
            return None;
        }
        let is_of_commit = changed.iter().any(|step| self.is_of_commit(*step, &attempt));
        if !is_of_commit && self.is_of_another(step, &attempt, &changed) {
            return None;
        }
        attempt.aside = is_aside || !(self.is_told(&attempt, is_of_commit) || self.is_asked_for(step, &attempt));
        Some((step, attempt))
    }

    fn is_told(&self, attempt: &FailedAttempt<Raw>, is_of_commit: bool) -> bool {
        let by_a_person = attempt.why_from == Some(WhySource::Person);
        match attempt.kind {
            AttemptKind::Told => true,
            AttemptKind::Rejected => by_a_person,
            AttemptKind::Interrupted => by_a_person && attempt.change.is_some(),
            AttemptKind::Reverted => attempt.change.is_some(),
            AttemptKind::Failed(_) => is_of_commit && attempt.change.is_some(),
        }
    }

    /// Whether a check failed, and passed after a change, and the words that asked for the work, or those of the commit, name what was
    /// wrong: that is its reason, however little of what was changed is known.
    fn is_asked_for(&self, step: usize, attempt: &FailedAttempt<Raw>) -> bool {
        let is_check =
            matches!(attempt.kind, AttemptKind::Failed(FailureKind::Tests | FailureKind::Lint | FailureKind::Build));
        if !is_check || attempt.ended != Some(AttemptEnd::PassedAfterChange) || self.is_closed(step) {
            return false;
        }
        let words = NamedWords::of(attempt.error.as_ref());
        let names = |text: &str| {
            let lower = text.to_lowercase();
            SPEAKS_OF_FAILURE.iter().any(|speaks| lower.contains(speaks))
                && text.lines().any(|line| words.holds(line) || words.files.iter().any(|file| line.contains(file)))
        };
        let asked = self.part.turns.range(..=self.steps[step].turn);
        let mut asked = asked.filter_map(|turn| self.part.session.turns[*turn].said()).map(|said| &said.text);
        names(self.commit.message.expose()) || asked.any(|text| names(text.expose()))
    }

    /// Whether nothing of the failure leads to this commit, and it may have led to another one of the session.
    fn is_of_another(&self, step: usize, attempt: &FailedAttempt<Raw>, changed: &[usize]) -> bool {
        let is_failure = matches!(attempt.kind, AttemptKind::Failed(_) | AttemptKind::Interrupted);
        is_failure
            && (self.makes_others || self.was_repaired_before(attempt, changed))
            && (!changed.is_empty() || self.is_closed(step))
            && (self.stretches_of(step).any(|stretch| stretch.led_elsewhere)
                || !self.names_something(attempt)
                || self.went_into_another(changed))
            && !self.stopped_it(step)
    }

    /// Whether a check failed, and what was changed about it came before a person's own commit.
    fn was_repaired_before(&self, attempt: &FailedAttempt<Raw>, changed: &[usize]) -> bool {
        let is_check = matches!(attempt.kind, AttemptKind::Failed(_));
        is_check && !changed.is_empty() && changed.iter().all(|step| self.is_closed(*step))
    }

    /// Whether all that was changed are files that the commit does not touch, and an earlier commit of the session came behind it: two
    /// commits of one prompt, of which the first has the repair.
    fn went_into_another(&self, changed: &[usize]) -> bool {
        let is_elsewhere = |step: &usize| match &self.steps[*step].tool_call.action {
            Action::Edit(edits) => edits.iter().all(|edit| {
                let path = self.places.path(&edit.path);
                !self.commit.files.iter().any(|file| file.path == path || file.old_path.as_ref() == Some(&path))
            }),
            _ => false,
        };
        !changed.is_empty() && changed.iter().all(|step| is_elsewhere(step) && self.is_closed(*step))
    }

    /// Whether a step changed something that is in the commit. What led to an earlier commit must be in this one by its lines.
    fn is_of_commit(&self, step: usize, attempt: &FailedAttempt<Raw>) -> bool {
        let is_closed = self.is_closed(step);
        match &self.steps[step].tool_call.action {
            Action::Edit(edits) => edits.iter().any(|edit| {
                let path = self.places.path(&edit.path);
                let file = |file: &&FileChange| file.path == path || file.old_path.as_ref() == Some(&path);
                let file = self.commit.files.iter().find(file);
                file.is_some_and(|file| !is_closed || self.wrote_a_line(step) || takes_a_line_away(file, &edit.change))
            }),
            Action::Shell { command, .. } => {
                let is_left = |file: &FileChange| !is_closed || self.is_left(step, &file.path);
                let names = |file: &FileChange| command.expose().contains(&file.path) && is_left(file);
                let is_open = !is_closed && (self.names_a_file(attempt) || !names_files(attempt));
                is_open || self.commit.files.iter().any(names)
            }
            _ => false,
        }
    }

    /// Whether the session, or a person, made another commit behind the step.
    fn is_closed(&self, step: usize) -> bool {
        let is_before = |since: Timestamp| self.steps[step].tool_call.at.is_some_and(|at| at < since);
        self.other_commits.iter().any(|other| *other > step) || self.part.since.is_some_and(is_before)
    }

    /// Whether lines of the file that were written in the step's stretch were left for this commit.
    fn is_left(&self, step: usize, path: &str) -> bool {
        self.stretches_of(step)
            .any(|stretch| !stretch.led_elsewhere || stretch.files.iter().any(|file| file.ends_with(path)))
    }

    fn stretches_of(&self, step: usize) -> impl Iterator<Item = &'s Stretch> {
        let WindowCall { turn, call, .. } = self.steps[step];
        self.part.stretches.iter().filter(move |stretch| stretch.holds((turn, call)))
    }

    fn wrote_a_line(&self, step: usize) -> bool {
        let WindowCall { turn, call, .. } = self.steps[step];
        self.part.wrote.contains(&(turn, call))
    }

    fn tries_to_commit(&self, step: usize) -> bool {
        let call = self.steps.get(step).map(|step| &step.tool_call.action);
        matches!(call, Some(Action::Shell { command, .. }) if command.expose().contains("git commit"))
    }

    /// Whether the step is a try to make this very commit.
    fn stopped_it(&self, step: usize) -> bool {
        let subject = self.commit.message.expose().lines().next().unwrap_or_default().trim();
        let Some(Action::Shell { command, .. }) = self.steps.get(step).map(|step| &step.tool_call.action) else {
            return false;
        };
        !subject.is_empty() && command.expose().contains("git commit") && command.expose().contains(subject)
    }

    /// Whether the error names a file of the commit, or a word that stands in a line of it.
    fn names_something(&self, attempt: &FailedAttempt<Raw>) -> bool {
        let words = NamedWords::of(attempt.error.as_ref());
        let mut lines = self.commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.added);
        self.names_a_file(attempt) || lines.any(|line| words.holds(line.expose()))
    }

    fn names_a_file(&self, attempt: &FailedAttempt<Raw>) -> bool {
        let words = NamedWords::of(attempt.error.as_ref());
        self.commit.files.iter().any(|file| words.files.contains(&paths::name(&file.path)))
    }
}

/// Words of who asks for a repair, or tells of one.
const SPEAKS_OF_FAILURE: &[&str] = &["fix", "fail", "error", "broken", "crash", "red", "not work"];

fn names_files(attempt: &FailedAttempt<Raw>) -> bool {
    !NamedWords::of(attempt.error.as_ref()).files.is_empty()
}

/// Whether a change only takes lines out, and the commit takes one of them away.
fn takes_a_line_away(file: &FileChange, change: &Change) -> bool {
    let (written, removed) = (telling(written_lines(change)), telling(removed_lines(change)));
    let is_gone = |line: &Raw| removed.contains(line.expose().trim());
    written.is_empty() && file.hunks.iter().flat_map(|hunk| &hunk.removed).any(is_gone)
}

fn telling(lines: Vec<&str>) -> HashSet<&str> {
    lines.into_iter().map(str::trim).filter(|line| is_telling(line)).collect()
}

//! Where a unit of change ends: at its commit, with the push, the pull request and the amends that follow it.

use std::ops::Range;

use super::super::activities::AMEND;
use super::steps::SessionStep;
use crate::record::execution::{ExecutionStatus, Phase};

/// The units among the steps of a session, in order, and where what led to no commit begins.
pub(crate) fn units(steps: &[SessionStep]) -> (Vec<Range<usize>>, usize) {
    let mut units: Vec<Range<usize>> = Vec::new();
    let mut start = leading(steps);
    for (place, step) in steps.iter().enumerate() {
        if place < start || !made_commit(step) {
            continue;
        }
        let end = place + 1 + trailing(&steps[place + 1..]);
        let changes = steps[start..place].iter().any(|step| step.phase == Some(Phase::Change));
        match units.last_mut().filter(|_| step.activity == AMEND && !changes) {
            // Another message or author is the same change; one more change that is amended goes the whole way again.
            Some(last) => last.end = end,
            None => units.push(start..end),
        }
        start = end;
    }
    (units, start)
}

/// How many steps at the beginning only publish what another session made.
fn leading(steps: &[SessionStep]) -> usize {
    let is_work = |step: &SessionStep| matches!(step.phase, Some(Phase::Change | Phase::Commit));
    let first = steps.iter().position(is_work).unwrap_or(steps.len());
    steps[..first].iter().rposition(|step| step.phase == Some(Phase::Publish)).map_or(0, |last| last + 1)
}

/// Whether the step left a commit: one that a hook refused did not.
fn made_commit(step: &SessionStep) -> bool {
    let ended = !matches!(step.status, ExecutionStatus::Failed | ExecutionStatus::Stopped);
    step.phase == Some(Phase::Commit) && ended
}

/// How many of the steps behind a commit still belong to it: up to the last that others see before anything is changed.
fn trailing(steps: &[SessionStep]) -> usize {
    let is_next = |step: &SessionStep| step.phase == Some(Phase::Change) || made_commit(step);
    let mut trailing = 0;
    for (place, step) in steps.iter().enumerate().take_while(|(_, step)| !is_next(step)) {
        if step.phase == Some(Phase::Publish) {
            trailing = place + 1;
        }
    }
    trailing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(names: &str) -> Vec<SessionStep> {
        names
            .split(", ")
            .map(|name| {
                let (name, failed) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
                SessionStep {
                    activity: name.to_owned(),
                    phase: super::super::super::activities::phase_of(name),
                    status: if failed { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
                    ..SessionStep::default()
                }
            })
            .collect()
    }

    #[test]
    fn a_unit_ends_at_its_commit_with_what_is_published_of_it() {
        for (names, expected, rest) in [
            ("edit source, commit", "0..2", 2),
            ("edit source, commit, push, edit source, commit", "0..3 3..5", 5),
            ("edit source, commit, explore, push, open PR, prompt, edit source, commit", "0..5 5..8", 8),
            ("edit source, commit, run tests, push, edit test", "0..4", 4),
            ("edit source, commit, run tests, edit test", "0..2", 2),
            ("edit source, commit!, edit source, commit", "0..4", 4),
            ("edit source, commit, edit test, amend commit, push", "0..2 2..5", 5),
            ("edit source, commit, explore, amend commit, push", "0..5", 5),
            ("commit, commit, push", "0..1 1..3", 3),
            // There was nothing left to commit.
            ("edit source, commit, commit!, push, edit source, commit", "0..4 4..6", 6),
            ("edit source, run tests", "", 0),
            ("push, edit source, commit", "1..3", 3),
            ("prompt, update PR, run tests, edit source, commit", "2..5", 5),
            ("push", "", 1),
            ("amend commit", "0..1", 1),
        ] {
            let (units, start) = units(&steps(names));
            let found: Vec<String> = units.iter().map(|unit| format!("{unit:?}")).collect();
            assert_eq!((found.join(" ").as_str(), start), (expected, rest), "{names}");
        }
    }
}

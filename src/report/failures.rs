//! What failed, by what was run, with what was changed about it.

use std::collections::{BTreeMap, BTreeSet};

use super::events::FailureEvent;
use super::figures::{CheckFigures, Cure, FailureFigures, FigureOf, RepeatedError};
use super::tallies::NamedCounts;
use crate::checks::naming::{program_name, tried_name};
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, INSTEAD_OF};
use crate::record::fold::telling_lines;
use crate::record::text::Clean;

/// Cures of one check that are told.
const MOST_CURES: usize = 3;
/// Errors that came again that are told.
const MOST_AGAIN: usize = 15;
/// Characters of a text.
const LONGEST: usize = 240;

pub(super) fn failures(events: &[FailureEvent<'_>]) -> FailureFigures {
    let (mut all, mut kinds) = (FigureOf::default(), NamedCounts::default());
    let mut checks: BTreeMap<String, Vec<&FailureEvent<'_>>> = BTreeMap::new();
    for event in events {
        all.add(&event.commit.entry.id);
        kinds.add(kind_words(event.attempt.kind), &event.commit.entry.id);
        if let Some(check) = check(event.attempt) {
            checks.entry(check).or_default().push(event);
        }
    }
    let mut checks: Vec<CheckFigures> = checks.into_iter().map(|(check, events)| of_check(check, &events)).collect();
    checks.sort_by_key(|one| std::cmp::Reverse(one.of.n));
    FailureFigures { all, kinds: kinds.most_first(1), checks, again: again(events) }
}

/// As a reader calls it.
fn kind_words(kind: AttemptKind) -> &'static str {
    match kind {
        AttemptKind::Reverted => "taken back",
        AttemptKind::Told => "written down by a person",
        AttemptKind::Failed(_) | AttemptKind::Rejected | AttemptKind::Interrupted => kind.word(),
    }
}

/// What was run, where something was.
fn check(attempt: &FailedAttempt<Clean>) -> Option<String> {
    matches!(attempt.kind, AttemptKind::Failed(_)).then(|| program_name(&tried_name(attempt)))?
}

fn of_check(check: String, events: &[&FailureEvent<'_>]) -> CheckFigures {
    let ended = |end: Option<AttemptEnd>| {
        u32::try_from(events.iter().filter(|event| event.attempt.ended == end).count()).unwrap_or(u32::MAX)
    };
    let of = FigureOf::of_events(events);
    CheckFigures {
        check,
        of,
        passed_after_change: ended(Some(AttemptEnd::PassedAfterChange)),
        passed_unchanged: ended(Some(AttemptEnd::PassedUnchanged)),
        still_failed: ended(Some(AttemptEnd::StillFailed)),
        not_run_again: ended(Some(AttemptEnd::NotRunAgain)),
        not_known: ended(None),
        cures: cures(events),
    }
}

impl FigureOf {
    fn of_events(events: &[&FailureEvent<'_>]) -> Self {
        let mut of = Self::default();
        events.iter().for_each(|event| of.add(&event.commit.entry.id));
        of
    }
}

/// What was changed until it passed, of the errors that came most often first, the newest of each.
fn cures(events: &[&FailureEvent<'_>]) -> Vec<Cure> {
    let mut by_error: BTreeMap<String, Cure> = BTreeMap::new();
    for event in events {
        let Some(cure) = cure(event) else { continue };
        let error = event.attempt.error.as_ref().map_or("", Clean::as_str);
        let known = telling_lines(error).into_iter().next().unwrap_or_default();
        let times = by_error.get(&known).map_or(0, |known| known.times);
        by_error.insert(known, Cure { times: times + 1, ..cure });
    }
    let mut all: Vec<Cure> = by_error.into_values().collect();
    all.sort_by_key(|cure| std::cmp::Reverse(cure.times));
    all.truncate(MOST_CURES);
    all
}

/// `None` where it is not known to have passed after a change that is known.
fn cure(event: &FailureEvent<'_>) -> Option<Cure> {
    let attempt = event.attempt;
    let change = attempt.change.as_ref().filter(|_| attempt.ended == Some(AttemptEnd::PassedAfterChange))?;
    // Only blanks differ.
    let is_same = change.as_str().split_once(INSTEAD_OF).is_some_and(|(after, before)| {
        let bare = |text: &str| text.rsplit_once(": ").map_or(text, |(_, line)| line).trim().to_owned();
        bare(after) == bare(before)
    });
    if is_same {
        return None;
    }
    Some(Cure {
        error: attempt.error.as_ref().map(short),
        why: attempt.why.as_ref().map(short),
        change: short(change),
        commit: event.commit.entry.id.clone(),
        times: 1,
    })
}

fn short(text: &Clean) -> Clean {
    text.shortened(LONGEST).0
}

/// An error, by its first telling line, in the sessions that had it.
fn again(events: &[FailureEvent<'_>]) -> Vec<RepeatedError> {
    let mut errors: BTreeMap<String, Vec<&FailureEvent<'_>>> = BTreeMap::new();
    for event in events {
        let Some(error) = &event.attempt.error else { continue };
        if let Some(line) = telling_lines(error.as_str()).into_iter().next() {
            errors.entry(line).or_default().push(event);
        }
    }
    let repeated = |events: Vec<&FailureEvent<'_>>| {
        let sessions: BTreeSet<&str> = events.iter().map(|event| event.session.session.as_str()).collect();
        // The newest of which it is known what was changed.
        let cured = events.iter().rev().find_map(|event| Some((*event, cure(event)?)));
        let newest = cured.as_ref().map(|(event, _)| *event).or(events.last().copied())?;
        (sessions.len() > 1).then(|| RepeatedError {
            error: newest.attempt.error.as_ref().map(short).unwrap_or_else(Clean::forgotten),
            commit: newest.commit.entry.id.clone(),
            sessions: u32::try_from(sessions.len()).unwrap_or(u32::MAX),
            of: FigureOf::of_events(&events),
            cure: cured.map(|(_, cure)| cure),
        })
    };
    let mut again: Vec<RepeatedError> = errors.into_values().filter_map(repeated).collect();
    again.sort_by_key(|one| std::cmp::Reverse((one.sessions, one.of.n)));
    again.truncate(MOST_AGAIN);
    again
}

//! What was tried on the way to a commit and did not work: refused and interrupted calls, failed edits, and what
//! `failed_checks`, `other_commands` and `taken_back` find.

use super::part::SessionWindow;
use super::said::said_after;
use super::words::{is_a_form, is_approval, lets_go_on};
use super::{failed_checks, other_commands, taken_back};
use crate::link::steps::{WindowCall, describe, files_of, first_lines, steps};
use crate::record::commit::Commit;
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, WhySource};
use crate::record::own_tools::is_own_tool;
use crate::record::session::{Action, Outcome, Prompt, PromptSource, ToolCall, Turn};
use crate::record::text::Raw;

/// Failed attempts in the order they happened; the same thing failing again and again is one attempt with several tries.
pub(crate) fn find(part: &SessionWindow, commit: &Commit) -> Vec<FailedAttempt<Raw>> {
    let steps = steps(part);
    let mut attempts: Vec<(usize, FailedAttempt<Raw>)> = Vec::new();
    refusals(part, &steps, &mut attempts);
    failed_edits(&steps, &mut attempts);
    attempts.extend(failed_checks::find(part, &steps, commit));
    attempts.extend(other_commands::find(part, &steps));
    attempts.extend(taken_back::find(part, &steps, commit));
    interrupts(part, &steps, &mut attempts);
    attempts.extend(part.session.told.attempts.iter().map(|told| {
        let attempt = FailedAttempt {
            at: told.at,
            error: told.error.clone(),
            why: told.why.clone(),
            why_from: told.why.as_ref().map(|_| WhySource::Person),
            change: told.change.clone(),
            ..FailedAttempt::new(AttemptKind::Told, told.at, told.tried.clone())
        };
        (usize::MAX, attempt)
    }));
    attempts.sort_by_key(|(step, _)| *step);
    attempts.into_iter().map(|(_, attempt)| attempt).collect()
}

fn refusals(part: &SessionWindow, steps: &[WindowCall], attempts: &mut Vec<(usize, FailedAttempt<Raw>)>) {
    for (index, step) in steps.iter().enumerate() {
        let Outcome::Rejected { reason } = &step.tool_call.outcome else { continue };
        if is_own_tool(&step.tool_call.tool) {
            continue;
        }
        let reason = reason.as_ref().filter(|reason| !is_a_form(reason.expose()));
        // Where the person says what is wrong with the plan, it was refused and not handed on.
        if reason.is_none() && hands_a_plan_on(part, step) {
            continue;
        }
        let files = files_of(step.tool_call);
        let why = reason.cloned().or_else(|| said_after(part, step).map(|words| first_lines(words.expose(), 3)));
        attempts.push((
            index,
            FailedAttempt {
                why_from: why.as_ref().map(|_| WhySource::Person),
                why,
                change: next_way(&steps[index + 1..], step.tool_call),
                files,
                ..FailedAttempt::new(AttemptKind::Rejected, step.tool_call.at, describe(step.tool_call))
            },
        ));
    }
}

/// A refused plan call right before a plan hand-off means "clear the context and go on".
fn hands_a_plan_on(part: &SessionWindow, step: &WindowCall) -> bool {
    part.session.agent.shows_plans_by(&step.tool_call.tool)
        && part
            .session
            .turns
            .get(step.turn + 1)
            .and_then(|turn| turn.prompt.as_ref())
            .is_none_or(|prompt| prompt.source == PromptSource::Plan)
}

/// What the agent did next of the same kind: the next edit after a refused edit, the next command after a command.
fn next_way(later: &[WindowCall], refused: &ToolCall) -> Option<Raw> {
    let next = later.iter().find(|step| {
        matches!(step.tool_call.outcome, Outcome::Succeeded { .. })
            && match (&refused.action, &step.tool_call.action) {
                (Action::Edit(_), Action::Edit(_)) => shares_a_file(refused, step.tool_call),
                (Action::Shell { .. }, Action::Shell { .. }) => true,
                _ => false,
            }
    })?;
    Some(describe(next.tool_call))
}

fn shares_a_file(one: &ToolCall, other: &ToolCall) -> bool {
    let files = files_of(other);
    files_of(one).iter().any(|file| files.contains(file))
}

fn failed_edits(steps: &[WindowCall], attempts: &mut Vec<(usize, FailedAttempt<Raw>)>) {
    let mut index = 0;
    while index < steps.len() {
        let step = &steps[index];
        let (Action::Edit(_), Outcome::Failed { kind, output, .. }) = (&step.tool_call.action, &step.tool_call.outcome)
        else {
            index += 1;
            continue;
        };
        let files = files_of(step.tool_call);
        let same = |other: &WindowCall| {
            matches!(other.tool_call.action, Action::Edit(_)) && files_of(other.tool_call) == files
        };
        let fails = |other: &WindowCall| matches!(other.tool_call.outcome, Outcome::Failed { .. });
        let again: Vec<usize> = (index + 1..steps.len()).filter(|later| same(&steps[*later])).collect();
        let tries = again.iter().take_while(|later| fails(&steps[**later])).count();
        let ended = match again.get(tries) {
            Some(later) if matches!(steps[*later].tool_call.outcome, Outcome::Succeeded { .. }) => {
                AttemptEnd::PassedAfterChange
            }
            _ => AttemptEnd::NotRunAgain,
        };
        attempts.push((
            index,
            FailedAttempt {
                error: Some(first_lines(output.expose(), 1)),
                ended: Some(ended),
                tries: tries as u32 + 1,
                files,
                ..FailedAttempt::new(AttemptKind::Failed(*kind), step.tool_call.at, describe(step.tool_call))
            },
        ));
        index = if tries > 0 { again[tries - 1] + 1 } else { index + 1 };
    }
}

fn interrupts(part: &SessionWindow, steps: &[WindowCall], attempts: &mut Vec<(usize, FailedAttempt<Raw>)>) {
    for turn_index in &part.turns {
        let turn = &part.session.turns[*turn_index];
        // An interrupt right after a refusal is the same act of the same person.
        let refused = turn.calls.last().is_some_and(|call| matches!(call.outcome, Outcome::Rejected { .. }));
        let Some(at) = turn.interrupts.first().filter(|_| !refused) else { continue };
        if at.is_some_and(|at| at > part.until) {
            continue;
        }
        let place = steps.iter().rposition(|step| step.turn == *turn_index);
        let tried = place
            .map(|place| describe(steps[place].tool_call))
            .or_else(|| turn.prompt.as_ref().map(|prompt| first_lines(prompt.text.expose(), 1)));
        let Some(tried) = tried else { continue };
        let next = part.session.turns.get(turn_index + 1).filter(|_| !part.foreign.contains(&(turn_index + 1)));
        let is_reason = |prompt: &&Prompt| !is_approval(prompt.text.expose()) && !lets_go_on(prompt.text.expose());
        let next = next.and_then(Turn::said).filter(is_reason);
        attempts.push((
            place.unwrap_or(0),
            FailedAttempt {
                why: next.map(|prompt| first_lines(prompt.text.expose(), 3)),
                why_from: next.map(|_| WhySource::Person),
                ..FailedAttempt::new(AttemptKind::Interrupted, *at, tried)
            },
        ));
    }
}

//! Work that git threw away because a person did not want it, or the agent went another way: `git checkout -- file`, `git restore`, `git reset --hard`.

use super::agent_words::new_way;
use super::changes::{Places, does_something, tell_step};
use super::checks::all_or_failed_in;
use super::part::SessionWindow;
use super::paths;
use super::taken_back::asks_back;
use super::words::is_approval;
use crate::checks::repairs::throws_away;
use crate::link::steps::{WindowCall, first_lines};
use crate::record::contribution::{AttemptKind, FailedAttempt, WhySource};
use crate::record::session::{Action, Outcome};
use crate::record::text::Raw;

/// Each with the index of the step that threw it away. Where nobody's words ask for it and the agent does not say
/// that it goes another way, it may be anything: a file that was to be committed later, a branch that was brought up to date.
pub(super) fn find(part: &SessionWindow, steps: &[WindowCall], places: &Places) -> Vec<(usize, FailedAttempt<Raw>)> {
    let mut found = Vec::new();
    let mut thrown: Vec<usize> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Action::Shell { command, .. } = &step.tool_call.action else { continue };
        let (Some(files), Outcome::Succeeded { .. }) = (throws_away(command.expose()), &step.tool_call.outcome) else {
            continue;
        };
        let words = part.session.turns[step.turn].said().map(|prompt| &prompt.text);
        let asks = |words: &&Raw| asks_back(words.expose()) && !is_approval(words.expose());
        let asked = words.filter(asks).map(|words| first_lines(words.expose(), 3));
        let is_asked = asked.is_some();
        let Some(why) = asked.or_else(|| new_way(step)) else { continue };
        let is_gone = |path: &str| files.is_empty() || files.iter().any(|file| paths::name(file) == paths::name(path));
        let gone = |edit: &usize| {
            let call = steps[*edit].tool_call;
            // A line that is in the commit was put back, or only the history was written otherwise.
            let stays = part.wrote.contains(&(steps[*edit].turn, steps[*edit].call));
            // What the agent gives up by itself it gives up at once.
            let is_tried = if is_asked { steps[*edit].turn < step.turn } else { steps[*edit].turn == step.turn };
            is_tried
                && does_something(call)
                && !thrown.contains(edit)
                && !stays
                && places.files_of(call).iter().any(|path| is_gone(path))
        };
        let edits: Vec<usize> = (0..index).filter(gone).collect();
        let Some(last) = edits.last().copied() else { continue };
        let is_next = |later: &usize| {
            steps[*later].turn == step.turn
                && matches!(steps[*later].tool_call.action, Action::Edit(_))
                && does_something(steps[*later].tool_call)
        };
        // What was thrown away for a check that failed is told of that one.
        let has_failed = |step: &WindowCall| all_or_failed_in(part, step).iter().any(|run| run.failed);
        if !is_asked && steps[last..index].iter().any(has_failed) {
            continue;
        }
        let next = (index + 1..steps.len()).find(is_next);
        let call = steps[last].tool_call;
        found.push((
            index,
            FailedAttempt {
                why: Some(why),
                why_from: Some(if is_asked { WhySource::Person } else { WhySource::Agent }),
                change: Some(
                    next.map_or_else(|| first_lines(command.expose(), 1), |next| tell_step(steps, index, next, places)),
                ),
                files: places.files_of(call),
                ..FailedAttempt::new(AttemptKind::Reverted, call.at, places.describe(call))
            },
        ));
        thrown.extend(edits);
    }
    found
}

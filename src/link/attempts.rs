//! What was tried on the way to a commit and did not work: refused and interrupted calls, failed edits, and what
//! `failed_checks`, `other_commands`, `taken_back` and `thrown_away` find.

use std::collections::BTreeSet;

use super::agent_words::lead_in;
use super::asks::is_a_name;
use super::bearing::{Bearing, Found};
use super::changes::{Places, does_something, tell_step};
use super::deeds::deed;
use super::objecting::objects_in_asking;
use super::part::SessionWindow;
use super::replanned::{refuses_nothing, tell_replanned};
use super::said::said_after;
use super::same_failure::joined;
use super::words::{is_a_form, is_approval, lets_go_on, objects, opening, redirects, wants_otherwise};
use super::{failed_checks, found_causes, other_commands, taken_back, thrown_away};
use crate::checks::classify::classify_command;
use crate::checks::looks::only_looks;
use crate::link::steps::{WindowCall, describe, files_of, first_lines, steps};
use crate::record::commit::Commit;
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, WhySource};
use crate::record::own_tools::is_own_tool;
use crate::record::session::{Action, Outcome, Prompt, PromptSource, ToolCall, Turn};
use crate::record::text::Raw;
use crate::text::topic::topics;
use crate::text::words::word_count;

/// Failed attempts in the order they happened; the same thing failing again and again is one attempt with several tries.
pub(crate) fn find(part: &SessionWindow, commit: &Commit) -> Vec<FailedAttempt<Raw>> {
    let steps = steps(part);
    let places = Places::of(&steps, commit);
    let mut found: Vec<Found> = Vec::new();
    refusals(part, &steps, &places, &mut found);
    failed_edits(&steps, &places, &mut found);
    found.extend(joined(failed_checks::find(part, &steps, (commit, &places))));
    found.extend(other_commands::find(part, &steps, &places));
    let taken_back = taken_back::find(part, &steps, (commit, &places));
    let thrown_away = thrown_away::find(part, &steps, &places);
    found.extend(taken_back.into_iter().chain(thrown_away).map(|(step, attempt)| Found::new(step, attempt, [])));
    found.extend(found_causes::find(&steps, &places, &found));
    interrupts(part, &steps, &places, &mut found);
    if found.is_empty() && part.session.told.attempts.is_empty() {
        return Vec::new();
    }
    let bearing = Bearing::of(part, &steps, commit, &places);
    let mut attempts: Vec<(usize, FailedAttempt<Raw>)> =
        found.into_iter().filter_map(|found| bearing.weigh(found)).collect();
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

fn refusals(part: &SessionWindow, steps: &[WindowCall], places: &Places, found: &mut Vec<Found>) {
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
        let why = reason.cloned().or_else(|| said_after(part, step).map(|words| first_lines(words.expose(), 3)));
        let is_plan = part.session.agent.shows_plans_by(&step.tool_call.tool);
        if is_plan && why.as_ref().is_some_and(|why| refuses_nothing(why.expose())) {
            continue;
        }
        let named = || why.as_ref().and_then(|words| does_what_they_name(steps, index, words.expose()));
        let next = next_way(steps, index, places).or_else(named);
        let change = match next {
            _ if is_plan => tell_replanned(part, steps, index, why.as_ref().map(Raw::expose)),
            next => next.map(|next| tell_step(steps, index, next, places)),
        };
        let attempt = FailedAttempt {
            why_from: why.as_ref().map(|_| WhySource::Person),
            why,
            change,
            files: places.files_of(step.tool_call),
            ..FailedAttempt::new(AttemptKind::Rejected, step.tool_call.at, places.describe(step.tool_call))
        };
        // A question that is not answered as it was put is no attempt at anything, nor is what other wishes came before.
        let is_aside = match &step.tool_call.action {
            Action::Ask { .. } => true,
            Action::Edit(_) => false,
            _ if is_plan => false,
            _ if changes_nothing(step.tool_call) => true,
            _ => attempt
                .why
                .as_ref()
                .is_some_and(|words| !is_about(words.expose(), &part.session.turns[step.turn], step)),
        };
        found.push(Found { is_aside, ..Found::new(index, attempt, next) });
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

/// What the agent did next instead: the next edit of a file after a refused edit of it, else what it did next that is more than to
/// look.
fn next_way(steps: &[WindowCall], index: usize, places: &Places) -> Option<usize> {
    let refused = steps[index].tool_call;
    let later = || (index + 1..steps.len()).filter(|later| does_something(steps[*later].tool_call));
    let runs_no_check = |later: &usize| match &steps[*later].tool_call.action {
        Action::Shell { command, .. } => classify_command(command.expose()).is_none(),
        _ => true,
    };
    match &refused.action {
        Action::Edit(_) => later().find(|later| shares_a_file(refused, steps[*later].tool_call)).or_else(|| {
            let is_near = |later: &usize| steps[*later].turn <= steps[index].turn + 1;
            later().take_while(is_near).find(|later| {
                matches!(steps[*later].tool_call.action, Action::Edit(_)) && answers(steps, (index, *later), places)
            })
        }),
        _ => later()
            .filter(runs_no_check)
            .take_while(|later| steps[*later].turn <= steps[index].turn + 1)
            .find(|later| answers(steps, (index, *later), places)),
    }
}

/// The next step that runs, or edits, what the words of a refusal name: "./dist/shop probably".
fn does_what_they_name(steps: &[WindowCall], index: usize, words: &str) -> Option<usize> {
    let bare = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric() && !"./_-".contains(c)).trim_end_matches('.').to_owned()
    };
    let names: Vec<String> =
        words.split_whitespace().take(MOST_NAMING).filter(|word| is_a_name(word)).map(bare).collect();
    let near = (index + 1..steps.len()).take_while(|later| steps[*later].turn <= steps[index].turn + 1);
    near.into_iter().find(|later| {
        let call = steps[*later].tool_call;
        let text = match &call.action {
            Action::Shell { command, .. } => command.expose().to_owned(),
            _ => files_of(call).join(" "),
        };
        matches!(call.outcome, Outcome::Succeeded { .. })
            && names.iter().any(|name| name.len() > 3 && text.contains(name.as_str()))
    })
}

/// Words of a refusal that are looked at for names.
const MOST_NAMING: usize = 40;

/// Whether a call would have changed nothing of the work: who refuses it, or stops it, takes over or steers, and nothing had failed.
fn changes_nothing(call: &ToolCall) -> bool {
    match &call.action {
        Action::Shell { command, .. } => only_looks(command.expose()) || classify_command(command.expose()).is_some(),
        Action::Ask { .. } | Action::Text { .. } | Action::Other => true,
        Action::Edit(_) | Action::Delegate { .. } | Action::Elsewhere { .. } => false,
    }
}

/// Whether a later call is done in answer to one that was refused or stopped: on the same file, with the same program, or with words
/// of the agent that say what it changes.
fn answers(steps: &[WindowCall], (stopped, later): (usize, usize), places: &Places) -> bool {
    let (one, other) = (steps[stopped].tool_call, steps[later].tool_call);
    // Of git its verb too, and what goes on to another state: an abort ends a later try.
    let program = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } if !command.expose().contains("--abort") => {
            let words: Vec<&str> = command.expose().split_whitespace().take(2).collect();
            Some(if words.first() == Some(&"git") { words.join(" ") } else { words.first()?.to_string() })
        }
        _ => None,
    };
    if matches!(&other.action, Action::Edit(edits) if edits.iter().all(|edit| places.is_scratch(&edit.path))) {
        return false;
    }
    let is_alike = program(one).is_some() && program(one) == program(other);
    is_alike || shares_a_file(one, other) || lead_in(steps, stopped, later).is_some_and(|said| deed(said).is_some())
}

fn shares_a_file(one: &ToolCall, other: &ToolCall) -> bool {
    let files = files_of(other);
    files_of(one).iter().any(|file| files.contains(file))
}

fn failed_edits(steps: &[WindowCall], places: &Places, found: &mut Vec<Found>) {
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
        let attempt = FailedAttempt {
            error: Some(first_lines(output.expose(), 1)),
            ended: Some(ended),
            tries: tries as u32 + 1,
            files: places.files_of(step.tool_call),
            ..FailedAttempt::new(AttemptKind::Failed(*kind), step.tool_call.at, places.describe(step.tool_call))
        };
        found.push(Found::new(index, attempt, []));
        index = if tries > 0 { again[tries - 1] + 1 } else { index + 1 };
    }
}

fn interrupts(part: &SessionWindow, steps: &[WindowCall], places: &Places, found: &mut Vec<Found>) {
    for turn_index in &part.turns {
        let turn = &part.session.turns[*turn_index];
        // An interrupt right after a refusal is the same act of the same person.
        let refused = turn.calls.last().is_some_and(|call| matches!(call.outcome, Outcome::Rejected { .. }));
        let Some(at) = turn.interrupts.first().filter(|_| !refused) else { continue };
        if at.is_some_and(|at| at > part.until) {
            continue;
        }
        // Who stops the agent before it has done anything only says more.
        let Some(place) = steps.iter().rposition(|step| step.turn == *turn_index) else { continue };
        let next = part.session.turns.get(turn_index + 1).filter(|_| !part.foreign.contains(&(turn_index + 1)));
        let next = next.and_then(Turn::said);
        // Who stops the agent to put the same request otherwise says nothing of what it did.
        if next.zip(turn.prompt.as_ref()).is_some_and(|(next, asked)| asks_again(asked, next)) {
            continue;
        }
        let goes_on = |prompt: &Prompt| is_approval(prompt.text.expose()) || lets_go_on(prompt.text.expose());
        if next.is_some_and(goes_on) {
            continue;
        }
        let edited: Vec<usize> = (0..place).filter(|step| steps[*step].turn == *turn_index).collect();
        let does_next = |later: &usize| {
            let is_answer = || {
                answers(steps, (place, *later), places)
                    || edited.iter().any(|step| shares_a_file(steps[*step].tool_call, steps[*later].tool_call))
            };
            steps[*later].turn == turn_index + 1 && does_something(steps[*later].tool_call) && is_answer()
        };
        // Who has the same done once more had nothing against it.
        let again = |later: &WindowCall| {
            later.turn == turn_index + 1 && describe(later.tool_call) == describe(steps[place].tool_call)
        };
        let is_done_again = steps[place + 1..].iter().any(again);
        let next = next.filter(|prompt| is_about(prompt.text.expose(), turn, &steps[place]));
        let change = (place + 1..steps.len()).find(does_next).filter(|_| next.is_some());
        let attempt = FailedAttempt {
            why: next.map(|prompt| first_lines(prompt.text.expose(), 3)),
            why_from: next.map(|_| WhySource::Person),
            change: change.map(|change| tell_step(steps, place, change, places)),
            ..FailedAttempt::new(AttemptKind::Interrupted, *at, stopped(turn, steps, place, places))
        };
        // Who asks whether it hangs has it done once more.
        let is_aside = attempt.change.as_ref() == Some(&attempt.tried)
            || is_done_again
            || (changes_nothing(steps[place].tool_call) && edited.is_empty());
        found.push(Found { is_aside, ..Found::new(place, attempt, change) });
    }
}

/// Whether two prompts begin alike.
fn asks_again(asked: &Prompt, next: &Prompt) -> bool {
    let start = |words: usize| asked.text.expose().split_whitespace().take(words);
    start(FIRST_WORDS).count() == FIRST_WORDS
        && start(FIRST_WORDS).eq(next.text.expose().split_whitespace().take(FIRST_WORDS))
}

const FIRST_WORDS: usize = 6;

/// Whether words after a stop are about what was stopped: they turn it away, ask about it, or share a word with it. Others are the
/// next wish.
fn is_about(words: &str, turn: &Turn, step: &WindowCall) -> bool {
    let waits =
        ["wait", "or wait", "hold on", "stop"].iter().any(|start| words.trim_start().to_lowercase().starts_with(start));
    let is_check = |command: &Raw| classify_command(command.expose()).is_some();
    let runs_a_check = matches!(&step.tool_call.action, Action::Shell { command, .. } if is_check(command));
    let turns_away = redirects(words) || objects(words) || wants_otherwise(words) || objects_in_asking(words);
    // Who stops a check has nothing against it, as far as the words do not say so.
    let turns = waits || (turns_away && !runs_a_check);
    let of_call = describe(step.tool_call);
    let said =
        step.tool_call.said_before.iter().chain(&turn.reply).chain(turn.prompt.as_ref().map(|prompt| &prompt.text));
    let of_work: BTreeSet<String> = said.chain([&of_call]).flat_map(|text| topics(text.expose())).collect();
    let is_short = word_count(words) <= FEW_WORDS;
    turns || is_short || topics(opening(words)).iter().any(|topic| of_work.contains(topic))
}

/// "what is this?"
const FEW_WORDS: usize = 5;

/// What the agent was at when it was stopped: of a call that only looks what it said it was about, or what it was asked.
fn stopped(turn: &Turn, steps: &[WindowCall], place: usize, places: &Places) -> Raw {
    let call = steps[place].tool_call;
    // What had ended well by then is not what was stopped, except where it changed something.
    let is_done = matches!(call.outcome, Outcome::Succeeded { .. }) && !matches!(call.action, Action::Edit(_));
    if !is_done && !matches!(call.action, Action::Other | Action::Elsewhere { .. }) {
        return places.describe(call);
    }
    let said = || {
        let after = turn.reply.as_ref().filter(|_| is_done).map(Raw::expose);
        after.or_else(|| lead_in(steps, place.saturating_sub(FEW_CALLS), place)).map(|said| first_lines(said, 1))
    };
    let asked = || turn.prompt.as_ref().map(|prompt| first_lines(prompt.text.expose(), 1));
    said().or_else(asked).unwrap_or_else(|| places.describe(call))
}

const FEW_CALLS: usize = 4;

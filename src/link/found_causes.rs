//! What the agent ran into that was no check: a program that crashed, a tool or a service that answered with an error, a log that it
//! read. It is told where the agent says that this was the cause, and what it edited next for the commit has a word of the error.

use super::agent_words::{FOUND_OUT, LEAST_WORDS, plain};
use super::bearing::Found;
use super::changes::{About, Places, tell};
use super::excerpt::removed_lines;
use super::library::written_lines;
use super::named_files::NamedWords;
use super::other_commands::changes_history;
use super::repair::made_between;
use super::sentences::sentences;
use super::steps::{WIDTH, WindowCall, describe};
use crate::checks::classify::classify_command;
use crate::checks::looks::only_looks;
use crate::checks::surroundings::is_of_surroundings;
use crate::record::contribution::{AttemptKind, CheckKind, FailedAttempt, WhySource};
use crate::record::quote::Quote;
use crate::record::session::{Action, Edit, FailureKind, Outcome, ToolCall};
use crate::record::text::Raw;

/// Those about which nothing in `known` was changed, each with the index of its step.
pub(super) fn find(steps: &[WindowCall], places: &Places, known: &[Found]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // Few sessions have such a sentence, and few of their steps.
    let causes: Vec<(usize, Raw)> =
        steps.iter().enumerate().filter_map(|(at, step)| Some((at, cause(step)?))).collect();
    let cause_in = |from: usize, to: usize| causes.iter().find(|(at, _)| (from..=to).contains(at)).map(|(_, why)| why);
    for (index, step) in steps.iter().enumerate() {
        if cause_in(index + 1, index + NEAR).is_none() {
            continue;
        }
        let Some((kind, line)) = complaint(step.tool_call) else { continue };
        let output = step.tool_call.printed();
        let error: Raw = Quote::new(output, [line], WIDTH).folded().into();
        let words = NamedWords::of(Some(&error));
        let answers = |edit: &Edit| {
            let lines = || written_lines(&edit.change).into_iter().chain(removed_lines(&edit.change)).take(MOST_LINES);
            let is_of_commit = places.files.contains(&places.path(&edit.path).as_str());
            is_of_commit && lines().any(|line| words.holds(line) || words.holds_a_field(line))
        };
        let is_next = |later: &&(usize, &WindowCall)| {
            let edits = later.1.tool_call.edits();
            matches!(later.1.tool_call.outcome, Outcome::Succeeded { .. }) && edits.iter().any(answers)
        };
        let later = steps.iter().enumerate().skip(index + 1).take_while(|(_, later)| later.turn == step.turn);
        let later: Vec<(usize, &WindowCall)> = later.take(NEAR).collect();
        let Some((edit, _)) = later.iter().find(is_next) else { continue };
        let Some(why) = cause_in(index + 1, *edit).cloned() else { continue };
        let is_told = |one: &Found| one.changed.contains(edit) || one.attempt.why.as_ref() == Some(&why);
        if known.iter().chain(&found).any(is_told) {
            continue;
        }
        let made = made_between(steps, index, later.last().map_or(*edit, |(last, _)| *last) + 1, places);
        let about = About {
            error: Some(&error),
            why: Some(&why),
            kind: CheckKind::Told,
            step: index,
            next_error: None,
            is_of_its_file: false,
        };
        let Some(change) = tell(steps, &made, &about, places) else { continue };
        let attempt = FailedAttempt {
            why_from: Some(WhySource::Agent),
            why: Some(why),
            change: Some(change.change),
            files: change.files,
            hidden: !matches!(step.tool_call.outcome, Outcome::Failed { .. }),
            error: Some(error),
            ..FailedAttempt::new(AttemptKind::Failed(kind), step.tool_call.at, describe(step.tool_call))
        };
        found.push(Found::new(index, attempt, change.steps));
    }
    found
}

/// So many steps behind it something is edited about it.
const NEAR: usize = 25;
/// Lines of an output, and characters of a line, that are looked at.
const MOST_LINES: usize = 400;
const LONGEST: usize = 600;

/// The first line of a call's output that complains of something by name, where the call does not run a check or read files.
fn complaint(call: &ToolCall) -> Option<(FailureKind, &str)> {
    let kind = match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Failed { .. } | Outcome::Succeeded { .. }) => {
            let command = command.expose();
            let reads_files = only_looks(command) && matches!(call.outcome, Outcome::Succeeded { .. });
            if classify_command(command).is_some() || changes_history(command) || reads_files {
                return None;
            }
            FailureKind::Command
        }
        (Action::Other, Outcome::Failed { kind: FailureKind::Other | FailureKind::Command, .. }) => FailureKind::Other,
        _ => return None,
    };
    let lines = call.printed().lines().take(MOST_LINES).filter(|line| line.len() <= LONGEST);
    let line = lines.map(str::trim).find(|line| complains(line) && !is_of_surroundings(line))?;
    Some((kind, line))
}

fn complains(line: &str) -> bool {
    const COMPLAINING: &[&str] = &[
        "error:",
        "exception",
        "fatal:",
        "panic:",
        "panicked",
        "does not exist",
        "no such ",
        "not found",
        "undefined",
        "is not defined",
        "cannot ",
        "can't ",
        "failed to ",
        "unknown ",
        "unexpected ",
        "invalid ",
        "missing ",
        "unauthorized",
        "forbidden",
        "refused",
        "violates ",
    ];
    let lower = line.to_lowercase();
    COMPLAINING.iter().any(|word| lower.contains(word))
}

/// The sentence, of what the agent said before a step, that says what the cause is.
fn cause(step: &WindowCall) -> Option<Raw> {
    let text = step.tool_call.said_before.as_ref()?.expose();
    let names = |sentence: &&str| {
        let lower = plain(sentence);
        FOUND_OUT.iter().any(|words| lower.contains(words)) && !sentence.ends_with('?')
    };
    let all = sentences(text);
    let place = all.iter().position(names)?;
    // "Found the problem!" says nothing without the next one.
    let is_bare = all[place].split_whitespace().count() < LEAST_WORDS;
    let told = if is_bare { *all.get(place + 1)? } else { all[place] };
    Some(Quote::new(text, [told], WIDTH).folded().into())
}

//! Commands that failed and were no checks: those of git that were refused, and checks that a wrapper or a task runner does not know.

use super::agent_words::explanation;
use super::bearing::Found;
use super::changes::{Places, does_something, tell_step};
use super::part::SessionWindow;
use crate::checks::classify::{base_name, classify_command, program_of};
use crate::checks::repairs::repairs;
use crate::checks::rewrites::{BaseMove, base_move};
use crate::checks::shell;
use crate::checks::surroundings::is_of_surroundings;
use crate::checks::unknown_commands::{is_place_of_powershell, unknown_command};
use crate::link::checks::ran_or_hook;
use crate::link::steps::{WIDTH, WindowCall, describe};
use crate::record::contribution::{AttemptKind, FailedAttempt, WhySource};
use crate::record::quote::Quote;
use crate::record::session::{Action, FailureKind, Outcome, ToolCall};
use crate::record::text::Raw;

/// Each with the index of its step; what fails again for the same reason is one with its tries.
pub(super) fn find(part: &SessionWindow, steps: &[WindowCall], places: &Places) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let failures = steps.iter().enumerate().filter_map(|(index, step)| Some((index, failed(step.tool_call)?)));
    let mut failures = failures.peekable();
    while let Some((index, (kind, error))) = failures.next() {
        let step = &steps[index];
        let same = |known: &&mut Found| known.attempt.kind == kind && known.attempt.error.as_ref() == Some(&error);
        if let Some(known) = found.iter_mut().find(same) {
            known.attempt.tries += 1;
            continue;
        }
        // What is done behind the next failure is about that one.
        let end = failures.peek().map_or(steps.len(), |(next, _)| *next);
        let is_next = |later: &usize| is_next_way(steps, (index, *later), &error, places);
        let next = (index + 1..end).find(is_next);
        let why = explanation(part, step);
        let attempt = FailedAttempt {
            error: Some(error),
            why_from: why.as_ref().map(|_| WhySource::Agent),
            why,
            change: next.map(|next| tell_step(steps, index, next, places)),
            hidden: !matches!(step.tool_call.outcome, Outcome::Failed { .. }),
            ..FailedAttempt::new(kind, step.tool_call.at, describe(step.tool_call))
        };
        found.push(Found::new(index, attempt, next));
    }
    found
}

fn failed(call: &ToolCall) -> Option<(AttemptKind, Raw)> {
    let Action::Shell { command, .. } = &call.action else { return None };
    let (flagged, output) = match &call.outcome {
        Outcome::Failed { kind: FailureKind::Permission, .. } => return None,
        Outcome::Failed { output, .. } => (true, output.expose()),
        Outcome::Succeeded { output, .. } => (false, output.expose()),
        _ => return None,
    };
    if classify_command(command.expose()).is_some() {
        let line = unknown_command(output)?;
        return Some((AttemptKind::Failed(FailureKind::CommandNotFound), quote(output, &line)));
    }
    // What a hook of git refused is told as the check that it is, where one is named.
    if !flagged || !changes_history(command.expose()) || ran_or_hook(call).is_some_and(|run| run.failed) {
        return None;
    }
    let line = refusal(command.expose(), output)
        .map(|line| line.trim_start_matches("| "))
        .filter(|line| !is_of_surroundings(line))?;
    Some((AttemptKind::Failed(FailureKind::Command), quote(output, line)))
}

/// Whether git left it to the agent to join two versions.
fn conflicts(error: &Raw) -> bool {
    error.expose().contains("CONFLICT ")
}

fn quote(output: &str, line: &str) -> Raw {
    let place = output.lines().find(|one| one.contains(line)).unwrap_or_default();
    Quote::new(output, [place.trim().trim_start_matches("| ")], WIDTH).folded().into()
}

/// Whether the command makes, moves or shares commits: what git refuses of it changes how the work goes on.
pub(super) fn changes_history(command: &str) -> bool {
    const CHANGING: &[&str] = &[
        "commit",
        "push",
        "pull",
        "merge",
        "rebase",
        "cherry-pick",
        "stash",
        "checkout",
        "switch",
        "revert",
        "apply",
        "am",
    ];
    shell::steps(command).iter().any(|step| {
        let words = program_of(&step.words);
        words.first().is_some_and(|first| base_name(first) == "git")
            && words
                .iter()
                .skip(1)
                .find(|word| !word.starts_with('-'))
                .is_some_and(|word| CHANGING.contains(&word.as_str()))
    })
}

/// The line in which git or its hook says why it refused. A hook has words of its own.
fn refusal<'a>(command: &str, output: &'a str) -> Option<&'a str> {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    let says = |line: &&str| {
        ["! [rejected]", "! [remote rejected]", "CONFLICT ", "fatal: "].iter().any(|start| line.starts_with(start))
    };
    let general = |line: &&str| line.starts_with("error: ") && !line.starts_with("error: failed to push some refs");
    let is_empty = |line: &&str| {
        ["nothing to commit", "no changes added to commit", "nothing added to commit"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let is_noise =
        |line: &&str| ["Exit code ", "hint: ", "husky ", "[", "> ", "$ "].iter().any(|start| line.starts_with(start));
    // "ParserError:" alone says less than what stands below it.
    let is_head = |line: &&str| line.ends_with(':') && !line.contains(' ');
    let said = || lines().filter(|line| !is_noise(line) && !is_place_of_powershell(line));
    let of_hook =
        || said().find(|line| !is_head(line)).or_else(|| said().next()).filter(|_| command.contains("git commit"));
    lines().find(says).or_else(|| lines().find(general)).or_else(|| lines().find(is_empty)).or_else(of_hook)
}

/// Whether a hook refuses to commit on this branch.
fn is_of_a_branch(error: &Raw) -> bool {
    let lower = error.expose().to_lowercase();
    [
        "feature branch",
        "protected branch",
        "create a branch",
        "commit to main",
        "commit to master",
        "commit on main",
        "commit on master",
    ]
    .iter()
    .any(|words| lower.contains(words))
        && !conflicts(error)
}

fn goes_to_a_branch(command: &str, places: &Places) -> bool {
    let steps = shell::steps(command).len();
    (0..steps).any(|place| base_move(command, place, &places.files) == Some(BaseMove::ToBranch))
}

/// Whether a later call is what was done about a failed one. What git or its hook refused is put right by an edit, a generator or
/// another repair, and not by the same words once more; of a check in wrong words the next one that went well.
fn is_next_way(steps: &[WindowCall], (failed, later): (usize, usize), error: &Raw, places: &Places) -> bool {
    let (failed, later) = (&steps[failed], &steps[later]);
    let Action::Shell { command: refused, .. } = &failed.tool_call.action else { return false };
    let refused = refused.expose();
    if !does_something(later.tool_call) {
        return false;
    }
    match &later.tool_call.action {
        Action::Edit(_) => {
            let of_commit = refused.contains("git commit") && !is_of_a_branch(error);
            later.turn == failed.turn && (conflicts(error) || of_commit)
        }
        Action::Shell { command, .. } => {
            let command = command.expose();
            let kind = classify_command(refused);
            match () {
                () if kind.is_some() => classify_command(command) == kind && command != refused,
                () if conflicts(error) => command.contains("--ours") || command.contains("--theirs"),
                () if refused.contains("git commit") && is_of_a_branch(error) => goes_to_a_branch(command, places),
                () if refused.contains("git commit") => !repairs(command, &[], false).is_empty(),
                () => false,
            }
        }
        _ => false,
    }
}

//! The steps of a model as rows of a document: what to type, what to expect, and what the log says of each.

use super::citations::{Citations, Claim};
use super::expectations::{expected, is_done_by_command, is_passing};
use super::facts::{Facts, RunSet, StepFacts, by_runs};
use super::page::{CommandRow, Counted, StepReference, StepRow, TaskRow};
use super::sources::Sources;
use super::told::{answers_about, told_step};
use super::words::{actor, duration};
use crate::process::asides::is_once_a_branch;
use crate::process::model::{ModelCommand, ModelStep};
use crate::sop::capture::ToldStep;
use crate::text::markdown::{code, exact_code, exact_fence, word};

/// A command other than the first is told from this share of the step's runs, in percent.
const OTHER_COMMAND: usize = 5;
/// The same of what is typed in a step that is done by hand.
const BESIDE: usize = 20;
const OTHER_COMMANDS: usize = 4;
/// Failing or coming back is told from this share of the step's runs, in percent.
const TOLD_SHARE: usize = 5;

pub(crate) fn step_rows(sources: &Sources, facts: &Facts, citations: &mut Citations) -> Vec<StepRow> {
    let steps = sources.model.steps.iter().zip(&facts.steps);
    steps.enumerate().map(|(index, (step, seen))| row(sources, facts, index, (step, seen), citations)).collect()
}

pub(crate) fn reference(sources: &Sources, index: usize) -> StepReference {
    let title = sources.model.steps.get(index).map(title).unwrap_or_default();
    StepReference { number: index + 1, title }
}

/// Without the full stop that some people write.
fn title(step: &ModelStep) -> String {
    step.title.trim().trim_end_matches('.').to_owned()
}

fn row(
    sources: &Sources,
    facts: &Facts,
    index: usize,
    (step, seen): (&ModelStep, &StepFacts),
    citations: &mut Citations,
) -> StepRow {
    let told = told_step(sources.capture, step);
    let title = title(step);
    let claim = (!seen.runs.is_empty()).then(|| citations.cite(&format!("Step {}: {title}", index + 1), &seen.runs));
    let commands = commands(step, seen, told, citations);
    let of_step = |what: &str, runs: &RunSet, citations: &mut Citations| {
        let is_worth_telling = runs.len() > 1 && 100 * runs.len() >= TOLD_SHARE * seen.runs.len();
        let cite = || citations.cite_of(&format!("Step {}: {what}", index + 1), runs, seen.runs.len());
        is_worth_telling.then(cite)
    };
    let failed = of_step("failed", &seen.failed, citations);
    let again = of_step("done again after another step", &seen.again, citations);
    StepRow {
        number: index + 1,
        id: word(&step.id),
        is_required: step.required,
        is_passing: is_passing(&step.activities),
        typed_beside: typed_beside(sources, seen, citations),
        any_order_with: any_order_with(sources, index),
        expected: told
            .map(|told| told.expected.clone())
            .filter(|words| !words.is_empty())
            .or_else(|| expected(&step.activities, commands.first.is_some()).map(str::to_owned)),
        command: commands.first.as_deref().map(|command| exact_fence(command, "sh")),
        command_inline: commands.first.as_deref().map(exact_code),
        command_claim: commands.claim,
        task: commands.first.as_deref().and_then(|command| task(sources, command)),
        once_of_branches: is_once(step).then(|| facts.branches()).filter(|branches| *branches > 1),
        other_commands: commands.others,
        tools: told.iter().flat_map(|told| &told.tools).map(|tool| exact_code(tool)).collect(),
        on_failure: step.on_failure.as_ref().and_then(|id| {
            let place = sources.model.steps.iter().position(|other| other.id == *id)?;
            Some(reference(sources, place))
        }),
        failed,
        again,
        takes: seen
            .median_ms()
            .filter(|ms| *ms >= 1000 && claim.as_ref().is_some_and(|claim| claim.is_enough))
            .map(duration),
        timed: seen.durations_ms.len(),
        who: who(sources, index, seen, citations),
        told_actor: told.map(|told| told.actor.clone()).filter(|actor| !actor.is_empty()),
        access: told.map(|told| told.access.clone()).unwrap_or_default(),
        pitfalls: told.map(|told| told.pitfalls.clone()).unwrap_or_default(),
        notes: told.map(|told| told.notes.clone()).unwrap_or_default(),
        answers: answers_about(sources.capture, &step.id),
        claim,
        title,
    }
}

fn is_once(step: &ModelStep) -> bool {
    !step.activities.is_empty() && step.activities.iter().all(|activity| is_once_a_branch(activity))
}

fn task(sources: &Sources, command: &str) -> Option<TaskRow> {
    let task = sources.repository.tasks.iter().find(|task| task.command == command)?;
    Some(TaskRow { path: code(&task.path), name: code(&task.task), runs: task.runs.as_deref().map(exact_code) })
}

fn any_order_with(sources: &Sources, index: usize) -> Vec<usize> {
    let steps = &sources.model.steps;
    let Some(group) = &steps[index].unordered_with else { return Vec::new() };
    let of_group = |(place, step): (usize, &ModelStep)| (step.unordered_with.as_ref() == Some(group)).then_some(place);
    steps.iter().enumerate().filter_map(of_group).filter(|place| *place != index).map(|place| place + 1).collect()
}

/// What many runs type for the step besides its own command.
fn typed_beside(sources: &Sources, seen: &StepFacts, citations: &mut Citations) -> Vec<CommandRow> {
    let rows = by_runs(&seen.beside, |command| sources.log.text(command).to_owned());
    let many = rows.into_iter().filter(|(_, runs)| 100 * runs.len() >= BESIDE * seen.runs.len());
    many.take(OTHER_COMMANDS)
        .map(|(command, runs)| {
            let text = sources.log.text(command);
            let claim = citations.cite_of(&format!("Typed too: {text}"), runs, seen.runs.len());
            CommandRow { command: exact_code(text), claim }
        })
        .collect()
}

#[derive(Default)]
struct Commands {
    first: Option<String>,
    claim: Option<Claim>,
    others: Vec<CommandRow>,
}

/// The command that was told, or the one that most runs used; then the others. Counts are of the step's runs.
fn commands(step: &ModelStep, seen: &StepFacts, told: Option<&ToldStep>, citations: &mut Citations) -> Commands {
    let told = told.map(|told| told.command.clone()).filter(|command| !command.is_empty());
    let log = citations.log();
    let mut commands = Commands::default();
    let is_by_command = is_done_by_command(&step.activities);
    let least = if is_by_command { OTHER_COMMAND } else { BESIDE };
    let mut listed: Vec<&str> = step.commands.iter().map(|one| one.command.as_str()).collect();
    // What can be typed as it stands comes first, unless far fewer runs do.
    let most = step.commands.first().map_or(0, |one| one.runs);
    let as_it_stands = |one: &ModelCommand| !one.command.contains('<') && 2 * one.runs >= most;
    if let Some(place) = step.commands.iter().position(as_it_stands) {
        listed[..=place].rotate_right(1);
    }
    for command in &listed {
        let runs = log.symbols.find(command).and_then(|symbol| seen.commands.get(&symbol)).cloned().unwrap_or_default();
        let cite =
            |citations: &mut Citations| citations.cite_of(&format!("Command: {command}"), &runs, seen.runs.len());
        let is_first = is_by_command && commands.first.is_none() && told.as_deref().is_none_or(|told| told == *command);
        if is_first {
            commands.first = Some((*command).to_owned());
            commands.claim = (!runs.is_empty()).then(|| cite(citations));
        } else if 100 * runs.len() >= least * seen.runs.len()
            // What one run typed says nothing of how it is done.
            && runs.len() > 1
            && commands.others.len() < OTHER_COMMANDS
        {
            commands.others.push(CommandRow { command: exact_code(command), claim: cite(citations) });
        }
    }
    if let Some(told) = told {
        commands.first.get_or_insert(told);
    }
    commands
}

fn who(sources: &Sources, index: usize, seen: &StepFacts, citations: &mut Citations) -> Vec<Counted> {
    let log = sources.log;
    let rows = by_runs(&seen.actors, |(kind, name)| actor(kind, log.text(name)));
    let mut who: Vec<Counted> = Vec::new();
    for ((kind, name), runs) in rows {
        let words = actor(kind, log.text(name));
        // Where all is by one, the roles say so.
        if !words.is_empty() && seen.actors.len() > 1 {
            let what = format!("Step {}: by {words}", index + 1);
            who.push(Counted { claim: citations.cite_of(&what, runs, seen.runs.len()), words });
        }
    }
    who
}

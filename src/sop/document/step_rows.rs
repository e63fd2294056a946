//! The steps of a model as rows of a document: what to type, what to expect, and what the log says of each.

use super::branch_first::{creates_branch, is_change};
use super::citations::{Citations, Claim};
use super::expectations::{expected, is_done_by_command, is_passing};
use super::facts::{Facts, RunSet, StepFacts, by_runs};
use super::page::{CommandRow, Counted, DoneAfter, RuleRow, StepReference, StepRow, TaskRow};
use super::repository_guide::{RepositoryGuide, RequiredCommands};
use super::setup::place;
use super::sources::Sources;
use super::told::{answers_about, told_step};
use super::words::{actor, as_typed, duration};
use crate::process::asides::is_once_a_branch;
use crate::process::model::{ModelCommand, ModelStep};
use crate::record::execution::ExecutionLog;
use crate::sop::capture::ToldStep;
use crate::text::markdown::{Markdown, code, exact_code, exact_fence, word};

/// A command other than the first is told from this share of the step's runs, in percent.
const OTHER_COMMAND: usize = 5;
/// The same of what is typed in a step that is done by hand.
const BESIDE: usize = 20;
const OTHER_COMMANDS: usize = 4;
const PUSH: &str = "push";
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
    let rule = rule_of(sources.repository, step, seen, sources.log);
    let asked = rule.and_then(|(_, command)| command);
    let mut commands = commands(step, seen, (told, asked), citations);
    let first_push =
        commands.first.as_deref().filter(|first| needs_upstream(first)).and_then(|_| first_push(sources, step, seen));
    commands.others.retain(|row| first_push.is_none_or(|command| row.command != exact_code(&as_typed(command))));
    let (companions, typed_beside) = typed_beside(sources, seen, commands.first.is_some(), citations);
    let own = commands.first.as_deref().and_then(|command| sources.log.symbols.find(command));
    let takes = own.and_then(|own| seen.median_ms(own));
    let of_step = |what: &str, runs: &RunSet, citations: &mut Citations| {
        let is_worth_telling = runs.len() > 1 && 100 * runs.len() >= TOLD_SHARE * seen.runs.len();
        let cite = || citations.cite_of(&format!("Step {}: {what}", index + 1), runs, seen.runs.len());
        is_worth_telling.then(cite)
    };
    let failed = of_step("failed", &seen.failed, citations);
    let again = of_step("repeated later in the same run", &seen.again, citations);
    StepRow {
        number: index + 1,
        id: word(&step.id),
        is_required: step.required,
        is_passing: is_passing(&step.activities),
        rule: rule
            .as_ref()
            .map(|(rule, _)| RuleRow { place: place(&rule.said.place), line: exact_code(&rule.said.line) }),
        is_once_a_branch: is_once(step),
        is_push: step.activities.iter().any(|activity| activity == PUSH),
        done_after: done_after(sources, facts, index, citations),
        first_push: first_push.map(|command| exact_fence(&as_typed(command), "sh")),
        first_push_used: first_push.map(|command| command_row(command, seen, citations)),
        any_order_with: any_order_with(sources, index),
        expected: told
            .map(|told| told.expected.clone())
            .filter(|words| !words.is_empty())
            .or_else(|| expected(&step.activities, commands.first.is_some()).map(str::to_owned)),
        command: commands.first.as_deref().map(|command| block(command, &companions)),
        command_inline: commands.first.as_deref().map(|command| exact_code(&as_typed(command))),
        companions: companions.into_iter().map(|companion| companion.row).collect(),
        typed_beside,
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
        takes: takes
            .filter(|(ms, _)| *ms >= 1000 && claim.as_ref().is_some_and(|claim| claim.is_enough))
            .map(|(ms, _)| duration(ms)),
        timed: takes.map_or(0, |(_, times)| times),
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

/// The rule of the repository that asks for the step, and the command that it names where runs used it too.
pub(crate) fn rule_of<'a>(
    repository: &'a RepositoryGuide,
    step: &'a ModelStep,
    seen: &StepFacts,
    log: &'a ExecutionLog,
) -> Option<(&'a RequiredCommands, Option<&'a str>)> {
    let typed = by_runs(&seen.commands, |command| log.text(command).to_owned());
    let typed = typed.into_iter().map(|(command, _)| log.text(command));
    let used: Vec<&str> = step.commands.iter().map(|one| one.command.as_str()).chain(typed).collect();
    repository.required(&used, &step.activities).filter(|_| is_done_by_command(&step.activities))
}

/// The runs that did a step only after the one that it stands before here, where they are few who do it at all.
fn done_after(sources: &Sources, facts: &Facts, index: usize, citations: &mut Citations) -> Option<DoneAfter> {
    let steps = &sources.model.steps;
    let change =
        (index..steps.len()).find(|step| is_change(&steps[*step])).filter(|_| creates_branch(&steps[index]))?;
    let seen = &facts.steps[index];
    let is_after = |run: &&u32| match (facts.first_of(**run, change), facts.first_of(**run, index)) {
        (Some(change), Some(own)) => change < own,
        _ => false,
    };
    let runs: RunSet = seen.runs.iter().filter(is_after).copied().collect();
    let step = reference(sources, change);
    let what = format!("Step {}: done only after step {}", index + 1, step.number);
    (!runs.is_empty()).then(|| DoneAfter { claim: citations.cite_of(&what, &runs, seen.runs.len()), step })
}

/// What is typed for the first push of a branch, where the command of most runs works for later ones only.
fn first_push<'a>(sources: &Sources<'a>, step: &ModelStep, seen: &StepFacts) -> Option<&'a str> {
    let has_branches = sources.model.steps.iter().any(is_once);
    let is_push = step.activities.iter().any(|activity| activity == PUSH);
    let sets_upstream = |command: &str| {
        command.starts_with("git push ") && command.split(' ').any(|word| matches!(word, "-u" | "--set-upstream"))
    };
    let rows = by_runs(&seen.commands, |command| sources.log.text(command).to_owned());
    let many = rows.into_iter().filter(|(_, runs)| runs.len() > 1);
    many.map(|(command, _)| sources.log.text(command))
        .find(|command| sets_upstream(command))
        .filter(|_| has_branches && is_push)
}

/// Whether a command pushes where git has been told to before, and nowhere else.
fn needs_upstream(command: &str) -> bool {
    let is_flag = |word: &str| word.starts_with('-') && !matches!(word, "-u" | "--set-upstream");
    command.strip_prefix("git push").is_some_and(|rest| rest.split_whitespace().all(is_flag))
}

/// A companion of the step's command, and its place.
struct Companion {
    row: CommandRow,
    typed: String,
    is_after: bool,
}

/// The command with its companions, in the order in which runs typed them.
fn block(command: &str, companions: &[Companion]) -> Markdown {
    let on_side =
        |is_after: bool| companions.iter().filter(move |one| one.is_after == is_after).map(|one| one.typed.clone());
    let lines: Vec<String> = on_side(false).chain([as_typed(command)]).chain(on_side(true)).collect();
    exact_fence(&lines.join("\n"), "sh")
}

fn command_row(command: &str, seen: &StepFacts, citations: &mut Citations) -> CommandRow {
    let symbol = citations.log().symbols.find(command);
    let runs = symbol.and_then(|symbol| seen.commands.get(&symbol)).cloned().unwrap_or_default();
    let claim = citations.cite_of(&format!("Command: {command}"), &runs, seen.runs.len());
    CommandRow { command: exact_code(&as_typed(command)), claim }
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

/// What is typed for the step besides its own command: by most runs, and by some.
fn typed_beside(
    sources: &Sources,
    seen: &StepFacts,
    has_command: bool,
    citations: &mut Citations,
) -> (Vec<Companion>, Vec<CommandRow>) {
    let rows = by_runs(&seen.beside, |command| sources.log.text(command).to_owned());
    let some = rows.into_iter().filter(|(_, runs)| 100 * runs.len() >= BESIDE * seen.runs.len());
    let (mut companions, mut others) = (Vec::new(), Vec::new());
    for (command, runs) in some.take(OTHER_COMMANDS) {
        let text = sources.log.text(command);
        let claim = citations.cite_of(&format!("Typed too: {text}"), runs, seen.runs.len());
        let row = CommandRow { command: exact_code(&as_typed(text)), claim };
        if has_command && 2 * runs.len() > seen.runs.len() {
            let after = seen.beside_after.get(&command).map_or(0, RunSet::len);
            companions.push(Companion { row, typed: as_typed(text), is_after: 2 * after > runs.len() });
        } else {
            others.push(row);
        }
    }
    (companions, others)
}

#[derive(Default)]
struct Commands {
    first: Option<String>,
    claim: Option<Claim>,
    others: Vec<CommandRow>,
}

/// The command that was told, or the one that a rule asks for, or the one that most runs used; then the others. Counts are of the
/// step's runs.
fn commands(
    step: &ModelStep,
    seen: &StepFacts,
    (told, asked): (Option<&ToldStep>, Option<&str>),
    citations: &mut Citations,
) -> Commands {
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
    if let Some(asked) = asked {
        listed.retain(|command| *command != asked);
        listed.insert(0, asked);
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
            commands.others.push(CommandRow { command: exact_code(&as_typed(command)), claim: cite(citations) });
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

//! One log of everything that is known here of how work was done: what all commands, the Action and the MCP server begin with.

use std::collections::{HashMap, HashSet};

pub(crate) use super::collected::{Collected, Options};
use super::lookup::look_up;
use super::recorded::ToldHere;
use super::sessions::SessionUnits;
use super::{cached, log_file, recorded, sessions};
use crate::context::Context;
use crate::environment::Environment;
use crate::process::units::belonging::Processes;
use crate::process::units::{self, Looked, Unit};
use crate::record::execution::{CaseKind, ExecutionLog, Symbol};
use crate::recorder::page::counted;
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;

/// So many problems are said one by one.
const SAID: usize = 5;

/// The runs of this repository, sorted; the texts in it are clean. What could not be read is said on standard error.
///
/// # Errors
/// Outside a repository, and when rules or settings cannot be read.
pub(crate) fn collect(context: &mut Context<'_>, options: &Options) -> anyhow::Result<ExecutionLog> {
    let collected = gather(context.environment, options, Cache::Used)?;
    Ok(said(context, collected))
}

/// As [`collect`], with the cache made anew.
///
/// # Errors
/// As [`collect`].
pub(crate) fn rebuild(context: &mut Context<'_>) -> anyhow::Result<ExecutionLog> {
    let collected = gather(context.environment, &Options::default(), Cache::MadeAnew)?;
    Ok(said(context, collected))
}

/// Whether the log of the last time may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    Used,
    MadeAnew,
}

fn said(context: &mut Context<'_>, collected: Collected) -> ExecutionLog {
    for problem in collected.problems.iter().take(SAID) {
        context.output.message(problem);
    }
    if collected.problems.len() > SAID {
        let more = counted(collected.problems.len() - SAID, "more problem");
        context.output.message(&format!("{more} of this kind; what they are about was left out"));
    }
    collected.log
}

/// As [`collect`], for a caller that says itself what has to be said.
///
/// # Errors
/// As [`collect`].
pub(crate) fn gather(environment: &Environment, options: &Options, cache: Cache) -> anyhow::Result<Collected> {
    let mut workplace = Workplace::open(environment)?;
    let may_read = workplace.confirm(environment)?;
    let rules = Rules::read(workplace.repository.root())?;
    let redactor = workplace.redactor()?;
    let mark = cached::mark(&workplace, environment, (&rules, may_read), options)?;
    if cache == Cache::Used
        && let Some(collected) = cached::read(&workplace, mark.as_deref())?
    {
        return Ok(collected);
    }
    let mut collected = made(&workplace, environment, (&rules, &redactor, may_read), options)?;
    collected.log.rules_version = rules.activities.version();
    collected.log.sort();
    cached::write(&workplace, mark.as_deref(), &mut collected);
    Ok(collected)
}

fn made(
    workplace: &Workplace,
    environment: &Environment,
    (rules, redactor, may_read): (&Rules, &Redactor, bool),
    options: &Options,
) -> anyhow::Result<Collected> {
    let mut collected = Collected::default();
    if may_read {
        let SessionUnits { units, names, problems } =
            sessions::units(workplace, environment, (rules, redactor), options)?;
        collected.problems = problems;
        add_units(&mut collected, workplace, (rules, redactor), (units, options.case))?;
        if options.sessions.is_none() && options.case == CaseKind::Unit {
            add_recorded(&mut collected, workplace, (rules, redactor), names)?;
        }
    }
    if let Some(root) = workplace.repository.root() {
        let read = log_file::read(root, redactor)?;
        collected.problems.extend(read.problems);
        log_file::add(&mut collected.log, read.entries, &rules.activities);
    }
    Ok(collected)
}

/// What the records of this repository tell, and no transcript: the same for all who have them.
///
/// # Errors
/// When the settings of processes cannot be read, or a commit.
pub(crate) fn of_records(
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
) -> anyhow::Result<ExecutionLog> {
    let mut collected = Collected::default();
    add_recorded(&mut collected, workplace, (rules, redactor), HashSet::new())?;
    collected.log.rules_version = rules.activities.version();
    collected.log.sort();
    Ok(collected.log)
}

fn add_units(
    collected: &mut Collected,
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
    (units, case): (Vec<Unit>, CaseKind),
) -> anyhow::Result<()> {
    let processes = Processes::new(&rules.settings.process)?;
    collected.unfinished = units.iter().filter(|unit| !unit.is_whole).count();
    let mut looked: Vec<(Unit, Looked)> = Vec::with_capacity(units.len());
    for unit in units.into_iter().filter(|unit| unit.is_whole || case != CaseKind::Unit) {
        let printed: Vec<&String> =
            unit.steps.iter().filter_map(|step| step.commit.as_ref()).map(|(id, _)| id).collect();
        let seen = look_up(workplace, redactor, &printed)?;
        looked.push((unit, seen));
    }
    looked.sort_by(|(a, _), (b, _)| {
        (a.steps.first().map(|step| step.at), &a.id).cmp(&(b.steps.first().map(|step| step.at), &b.id))
    });
    for (id, places) in cases(&looked, case) {
        let of_run: Vec<(&Unit, &Looked)> = places.iter().map(|place| (&looked[*place].0, &looked[*place].1)).collect();
        units::add(&mut collected.log, (&id, case), &of_run, (&rules.activities, &processes));
    }
    Ok(())
}

/// The runs of processes of which no session here tells anything, from the records.
fn add_recorded(
    collected: &mut Collected,
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
    sessions: HashSet<String>,
) -> anyhow::Result<()> {
    let log = &collected.log;
    let text = |symbol: &Symbol| log.text(*symbol).to_owned();
    let commits = log.runs.iter().flat_map(|run| &run.commits).map(text).collect();
    let known: HashSet<String> = log.runs.iter().map(|run| text(&run.process)).collect();
    let processes = Processes::new(&rules.settings.process)?;
    let (runs, problems) = recorded::runs(workplace, (rules, redactor), &ToldHere { sessions, commits })?;
    collected.problems.extend(problems);
    for run in runs {
        let of_run: Vec<(&Unit, &Looked)> = run.iter().map(|(unit, looked)| (unit, looked)).collect();
        let (process, _) = units::process_of(&of_run, (&rules.activities, &processes));
        if !known.contains(&process) {
            let id = &of_run[0].0.id;
            units::add(&mut collected.log, (id, CaseKind::Unit), &of_run, (&rules.activities, &processes));
        }
    }
    Ok(())
}

/// The runs that the units make: their names, and the places of their units.
fn cases(units: &[(Unit, Looked)], case: CaseKind) -> Vec<(String, Vec<usize>)> {
    let request_of = |unit: &Unit| unit.steps.iter().find_map(|step| step.pull_request.clone());
    let mut of_branch: HashMap<&str, String> = HashMap::new();
    for (unit, _) in units.iter().filter(|(unit, _)| !unit.branch.is_empty()) {
        if let Some(request) = request_of(unit) {
            of_branch.entry(&unit.branch).or_insert(request);
        }
    }
    let mut cases: Vec<(String, Vec<usize>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (place, (unit, _)) in units.iter().enumerate() {
        let name = match case {
            CaseKind::Unit | CaseKind::Logged => Some(unit.id.clone()),
            CaseKind::Session => Some(unit.session.clone()),
            CaseKind::Branch => Some(unit.branch.clone()).filter(|branch| !branch.is_empty()),
            CaseKind::PullRequest => request_of(unit).or_else(|| of_branch.get(unit.branch.as_str()).cloned()),
        };
        // What belongs to no branch or request is in no run of that kind.
        let Some(name) = name else { continue };
        let at = *known.entry(name.clone()).or_insert(cases.len());
        if at == cases.len() {
            cases.push((name, Vec::new()));
        }
        cases[at].1.push(place);
    }
    cases
}

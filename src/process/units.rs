//! Runs out of sessions: what was done, cut into units of change, each with the process that it belongs to.

pub(crate) mod belonging;
pub(crate) mod cut;
pub(crate) mod kept;
pub(crate) mod steps;

use self::belonging::{Known, Processes};
use self::steps::{Making, SessionStep, steps};
use super::activities::Activities;
use crate::record::execution::{Actor, CaseKind, DurationKind, Execution, ExecutionLog, Phase, Run, Symbol};
use crate::record::session::Session;

/// One unit of a session, before its commits were looked up. Texts are clean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Unit {
    /// Unique among the units of all sessions: `<agent>/<session>#<number>`.
    pub(crate) id: String,
    /// `<agent>/<session>`
    pub(crate) session: String,
    pub(crate) agent: String,
    pub(crate) agent_version: String,
    pub(crate) model: String,
    pub(crate) branch: String,
    pub(crate) steps: Vec<SessionStep>,
    /// Whether it ended with a commit.
    pub(crate) is_whole: bool,
}

/// What the repository says of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// Full ids.
    pub(crate) commits: Vec<String>,
    pub(crate) trailer: Option<String>,
    /// Of the first commit.
    pub(crate) subject: Option<String>,
    /// Paths that its commits changed.
    pub(crate) files: Vec<String>,
    /// How many of its commits join branches.
    pub(crate) merges: usize,
}

/// The units of a session, and last what led to no commit, if anything.
pub(crate) fn units_of(session: &Session, making: &mut Making<'_>) -> Vec<Unit> {
    let mut steps = steps(session, making);
    let (ranges, rest) = cut::units(&steps);
    let name = format!("{}/{}", session.agent, session.id);
    let mut clean = |text: Option<&String>| {
        text.map(|text| (making.clean)(crate::record::text::Raw::new(text.clone())).to_string()).unwrap_or_default()
    };
    let whole = Unit {
        session: clean(Some(&name)),
        agent: session.agent.to_string(),
        agent_version: clean(session.agent_versions.last()),
        model: clean(session.models.last()),
        branch: clean(session.branch.as_ref()),
        is_whole: true,
        ..Unit::default()
    };
    let mut units: Vec<Unit> = Vec::new();
    let mut left = steps.split_off(rest.min(steps.len()));
    for range in ranges.iter().rev() {
        units.push(Unit { steps: steps.split_off(range.start), ..whole.clone() });
    }
    if !steps.is_empty() {
        units.push(Unit { steps, is_whole: false, ..whole.clone() });
    }
    units.reverse();
    if !left.is_empty() {
        units.push(Unit { steps: std::mem::take(&mut left), is_whole: false, ..whole });
    }
    for (number, unit) in (1..).zip(&mut units) {
        unit.id = format!("{}#{number}", unit.session);
    }
    units
}

/// Puts a run of one or several units into the log. The units are in order of time.
pub(crate) fn add(
    log: &mut ExecutionLog,
    (id, case): (&str, CaseKind),
    units: &[(&Unit, &Looked)],
    (rules, processes): (&Activities, &Processes),
) {
    let Some((first, _)) = units.first() else { return };
    let mut run = Run::new(log.symbols.intern(id), case);
    run.agent = log.symbols.intern(&first.agent);
    run.agent_version = log.symbols.intern(&first.agent_version);
    run.model = log.symbols.intern(&first.model);
    run.branch = log.symbols.intern(&first.branch);
    let all = || units.iter().flat_map(|(unit, _)| &unit.steps);
    run.pull_request = log.symbols.intern(all().find_map(|step| step.pull_request.as_deref()).unwrap_or_default());
    run.sessions = each(log, units.iter().map(|(unit, _)| unit.session.as_str()));
    run.commits = each(log, units.iter().flat_map(|(_, looked)| &looked.commits).map(String::as_str));
    let known = known(units);
    run.files = each(log, known.files.iter().map(String::as_str));
    let (process, why) = processes.of(&known, rules);
    run.process = log.symbols.intern(&process);
    run.process_why = log.symbols.intern(&why);
    let mut events = Vec::with_capacity(all().count());
    for (unit, looked) in units {
        events.extend(unit.steps.iter().map(|step| execution(log, unit, looked, step)));
    }
    log.push(run, events);
}

/// The process that a run of these units is of, and what says so.
pub(crate) fn process_of(
    units: &[(&Unit, &Looked)],
    (rules, processes): (&Activities, &Processes),
) -> (String, String) {
    processes.of(&known(units), rules)
}

/// Each of several texts once, in order.
fn each<'a>(log: &mut ExecutionLog, texts: impl Iterator<Item = &'a str>) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = Vec::new();
    for symbol in texts.filter(|text| !text.is_empty()).map(|text| log.symbols.intern(text)) {
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    symbols
}

/// What says which process a run is of.
fn known(units: &[(&Unit, &Looked)]) -> Known {
    let steps = || units.iter().flat_map(|(unit, _)| &unit.steps);
    // A person begins with a command; one in the middle is a part of the work.
    let first = steps().find(|step| step.actor == Actor::Person);
    let skill = first.map(|step| step.tool.trim_start_matches('/').to_owned()).filter(|name| !name.is_empty());
    let mut files: Vec<String> = units.iter().flat_map(|(_, looked)| looked.files.iter().cloned()).collect();
    if files.is_empty() {
        files = steps().flat_map(|step| step.files.iter().cloned()).collect();
    }
    files.sort();
    files.dedup();
    let printed = || steps().find_map(|step| step.commit.as_ref().map(|(_, subject)| subject.clone()));
    let branch = units.first().map(|(unit, _)| unit.branch.clone());
    let commits: usize = units.iter().map(|(_, looked)| looked.commits.len()).sum();
    let merges: usize = units.iter().map(|(_, looked)| looked.merges).sum();
    Known {
        only_merges: (commits > 0).then_some(merges == commits),
        trailer: units.iter().find_map(|(_, looked)| looked.trailer.clone()),
        skill,
        labels: Vec::new(),
        subject: units.iter().find_map(|(_, looked)| looked.subject.clone()).or_else(printed),
        branch: branch.filter(|branch| !branch.is_empty()),
        files,
        activities: steps().map(|step| step.activity.clone()).collect(),
    }
}

fn execution(log: &mut ExecutionLog, unit: &Unit, looked: &Looked, step: &SessionStep) -> Execution {
    let activity = log.symbols.intern(&step.activity);
    if let Some(phase) = step.phase {
        log.phases.insert(activity, phase);
    }
    if step.activity == super::activities::UNKNOWN {
        // It was looked at, and is no step that somebody named.
        log.phases.insert(activity, Phase::Other);
    }
    for other in &step.also {
        let symbol = log.symbols.intern(other);
        if let Some(phase) = super::activities::phase_of(other) {
            log.phases.entry(symbol).or_insert(phase);
        }
    }
    let commit = step.commit.as_ref().and_then(|(id, _)| looked.commits.iter().find(|commit| commit.starts_with(id)));
    Execution {
        activity,
        also: step.also.iter().map(|other| log.symbols.intern(other)).collect(),
        also_commands: step.also_commands.iter().map(|command| log.symbols.intern(command)).collect(),
        actor: step.actor,
        actor_name: log.symbols.intern(if step.actor == Actor::Agent { &unit.agent } else { "" }),
        tool: log.symbols.intern(&step.tool),
        command: log.symbols.intern(&step.command),
        input: log.symbols.intern(&step.refused),
        output: log.symbols.intern(commit.map_or(step.output.as_str(), String::as_str)),
        note: log.symbols.intern(&step.note),
        status: step.status,
        failure: step.failure,
        started_at: step.at,
        duration_ms: step.duration,
        duration_kind: if step.duration.is_some() { DurationKind::Measured } else { DurationKind::None },
        files: step.files.iter().map(|file| log.symbols.intern(file)).collect(),
        source: log.symbols.intern(&format!("{}#{}", unit.session, step.number)),
    }
}

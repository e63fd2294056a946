//! What `process list` and `process show` say: the processes of a log, and one of them step by step. Every figure stands with
//! the number of runs that it is of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::level::Level;
use super::tally::{ActorsIn, Median, Rate, Seen, SeenIn, median};
use super::trace::{TraceStep, Traces};
use super::traces::traces;
use super::variants::{Figures, Way, number, ways};
use crate::record::execution::{ExecutionLog, ExecutionStatus, Phase, Symbol};

const MOST_NAMES: usize = 5;
const MOST_COMMANDS: usize = 3;

/// One process of a log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProcessRow {
    pub process: String,
    pub runs: u32,
    /// Absent where no time is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub events: u32,
    pub commits: u32,
    /// Ways in which it was done, at the level that was asked for.
    pub ways: u32,
    /// The most frequent way; absent below the minimum of runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<PrimaryPath>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PrimaryPath {
    pub steps: Vec<String>,
    pub rate: Rate,
}

/// One process, step by step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProcessSummary {
    pub process: String,
    pub level: Level,
    pub minimum: u32,
    /// All its runs.
    pub runs: u32,
    /// Runs of which nothing is told at this level.
    pub runs_without_steps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why runs count as this process, with how many do for that reason.
    pub why: Vec<Seen>,
    pub ways: u32,
    /// Absent below the minimum of runs, as are the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<PrimaryPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// In the order in which they are mostly done.
    pub steps: Vec<StepRow>,
    /// What is no step: reading, planning and the like.
    pub effort: Vec<EffortRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StepRow {
    pub step: String,
    /// Runs that have it.
    pub rate: Rate,
    pub actors: Vec<Seen>,
    pub tools: Vec<Seen>,
    pub commands: Vec<Seen>,
    /// Absent where fewer runs have the step than make a figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EffortRow {
    #[cfg_attr(test, schemars(with = "String"))]
    pub phase: Phase,
    pub events: u32,
    /// Runs that have such events.
    pub rate: Rate,
    /// Of the runs that have such events with a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<Median>,
}

/// The processes of `log`, the one with most runs first.
pub(crate) fn list(log: &ExecutionLog, level: Level, minimum: u32) -> Vec<ProcessRow> {
    let mut runs: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (index, run) in log.runs.iter().enumerate() {
        runs.entry(log.text(run.process)).or_default().push(number(index));
    }
    let mut rows: Vec<ProcessRow> =
        runs.iter().map(|(process, runs)| row(log, process, runs, (level, minimum))).collect();
    rows.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.process.cmp(&b.process)));
    rows
}

fn row(log: &ExecutionLog, process: &str, runs: &[u32], (level, minimum): (Level, u32)) -> ProcessRow {
    let traces = traces(log, runs, level);
    let ways = ways(&traces);
    let of = || runs.iter().map(|index| &log.runs[*index as usize]);
    let (from, until) = window(log, runs);
    ProcessRow {
        process: process.to_owned(),
        runs: number(runs.len()),
        from,
        until,
        events: of().map(|run| number(log.events_of(run).len())).sum(),
        commits: of().map(|run| number(run.commits.len())).sum(),
        ways: number(ways.len()),
        primary: primary(&traces, &ways, minimum),
    }
}

/// The process of `runs`, whose `traces` these are.
pub(crate) fn summary(
    log: &ExecutionLog,
    process: &str,
    traces: &Traces,
    (level, minimum): (Level, u32),
) -> ProcessSummary {
    let runs: Vec<u32> = traces.traces.iter().map(|trace| trace.run).collect();
    let ways = ways(traces);
    let told = number(ways.iter().map(|way| way.traces.len()).sum());
    let (from, until) = window(log, &runs);
    let mut why = SeenIn::default();
    runs.iter().for_each(|run| why.add(log.runs[*run as usize].process_why, *run));
    ProcessSummary {
        process: process.to_owned(),
        level,
        minimum,
        runs: number(runs.len()),
        runs_without_steps: number(runs.len()) - told,
        from,
        until,
        why: why.list(log, MOST_NAMES),
        ways: number(ways.len()),
        primary: primary(traces, &ways, minimum),
        figures: (told >= minimum)
            .then(|| Figures::of(log, traces.traces.iter().filter(|trace| !trace.steps.is_empty()), told)),
        steps: steps(log, traces, told, minimum),
        effort: effort(log, &runs),
    }
}

fn primary(traces: &Traces, ways: &[Way], minimum: u32) -> Option<PrimaryPath> {
    let of = number(ways.iter().map(|way| way.traces.len()).sum());
    let first = ways.first().filter(|_| of >= minimum)?;
    let steps = first.steps.iter().map(|step| traces.label(*step).to_owned()).collect();
    Some(PrimaryPath { steps, rate: Rate { runs: number(first.traces.len()), of } })
}

/// Times of the first and the last event of `runs`.
fn window(log: &ExecutionLog, runs: &[u32]) -> (Option<String>, Option<String>) {
    let events = || runs.iter().flat_map(|run| log.events_of(&log.runs[*run as usize]));
    let first = events().filter(|event| event.started_at.is_some()).min_by_key(|event| event.started_at);
    let last = events().filter(|event| event.started_at.is_some()).max_by_key(|event| event.started_at);
    let text = |event: Option<&crate::record::execution::Execution>| Some(event?.at()?.to_string());
    (text(first), text(last))
}

/// What is counted of one step.
#[derive(Default)]
struct StepCount {
    /// Sum of the places at which it stands in its runs, each from 0 to 1.
    places: f64,
    runs: u32,
    failed: u32,
    reworked: u32,
    times: Vec<i64>,
    actors: ActorsIn,
    tools: SeenIn,
    commands: SeenIn,
}

fn steps(log: &ExecutionLog, traces: &Traces, of: u32, minimum: u32) -> Vec<StepRow> {
    let mut counts: BTreeMap<Symbol, StepCount> = BTreeMap::new();
    for trace in &traces.traces {
        // A step that a run has twice counts once, with all its events.
        let mut run: BTreeMap<Symbol, (f64, Vec<&TraceStep>)> = BTreeMap::new();
        for (at, step) in trace.steps.iter().enumerate() {
            let place = at as f64 / trace.steps.len() as f64;
            run.entry(step.label).or_insert_with(|| (place, Vec::new())).1.push(step);
        }
        for (label, (place, steps)) in run {
            let count = counts.entry(label).or_default();
            count.places += place;
            count.add(log, traces, trace.run, &steps);
        }
    }
    let mut order: Vec<(Symbol, StepCount)> = counts.into_iter().collect();
    let place = |count: &StepCount| count.places / f64::from(count.runs);
    order.sort_by(|a, b| place(&a.1).total_cmp(&place(&b.1)).then_with(|| traces.label(a.0).cmp(traces.label(b.0))));
    order.into_iter().map(|(label, count)| count.row(log, traces.label(label), of, minimum)).collect()
}

impl StepCount {
    fn add(&mut self, log: &ExecutionLog, traces: &Traces, run: u32, steps: &[&TraceStep]) {
        self.runs += 1;
        self.reworked += u32::from(steps.len() > 1 || steps.iter().any(|step| step.rework > 0));
        let (mut has_failed, mut time) = (false, None);
        let told = steps.iter().flat_map(|step| traces.events(log, step).map(move |event| (step, event)));
        for (step, event) in told {
            has_failed |= event.status == ExecutionStatus::Failed;
            if let Some(duration) = event.duration_ms {
                *time.get_or_insert(0) += i64::from(duration);
            }
            self.actors.add(event, run);
            self.tools.add(event.tool, run);
            let is_told = traces.tells(log, step);
            for (_, command) in event.done().filter(|(activity, _)| is_told(*activity)) {
                self.commands.add(command, run);
            }
        }
        self.failed += u32::from(has_failed);
        self.times.extend(time);
    }

    fn row(self, log: &ExecutionLog, step: &str, of: u32, minimum: u32) -> StepRow {
        let figures = Figures {
            median: median(self.times),
            failed: Rate { runs: self.failed, of: self.runs },
            reworked: Rate { runs: self.reworked, of: self.runs },
        };
        StepRow {
            step: step.to_owned(),
            rate: Rate { runs: self.runs, of },
            actors: self.actors.list(log, MOST_NAMES),
            tools: self.tools.list(log, MOST_NAMES),
            commands: self.commands.list(log, MOST_COMMANDS),
            figures: (self.runs >= minimum).then_some(figures),
        }
    }
}

fn effort(log: &ExecutionLog, runs: &[u32]) -> Vec<EffortRow> {
    let mut counts: BTreeMap<Phase, (u32, u32, Vec<i64>)> = BTreeMap::new();
    for run in runs {
        let mut of_run: BTreeMap<Phase, (u32, Option<i64>)> = BTreeMap::new();
        for event in log.events_of(&log.runs[*run as usize]) {
            let phase = log.phase(event.activity);
            let Some(phase @ (Phase::Explore | Phase::Plan | Phase::Other)) = phase else { continue };
            let count = of_run.entry(phase).or_default();
            count.0 += 1;
            if let Some(duration) = event.duration_ms {
                *count.1.get_or_insert(0) += i64::from(duration);
            }
        }
        for (phase, (events, time)) in of_run {
            let count = counts.entry(phase).or_default();
            count.0 += events;
            count.1 += 1;
            count.2.extend(time);
        }
    }
    let of = number(runs.len());
    let row = |(phase, (events, runs, times)): (Phase, (u32, u32, Vec<i64>))| EffortRow {
        phase,
        events,
        rate: Rate { runs, of },
        median: median(times),
    };
    counts.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::planted;
    use crate::process::traces::all_traces;
    use crate::record::execution::Execution;
    use crate::record::execution::{CaseKind, Run};

    #[test]
    fn a_process_is_told_step_by_step_with_the_runs_of_each_figure() {
        let log = planted::log();
        let told = summary(&log, "bug-fix", &all_traces(&log, Level::Raw), (Level::Raw, 5));
        let steps: Vec<(&str, u32, bool)> =
            told.steps.iter().map(|row| (row.step.as_str(), row.rate.runs, row.figures.is_some())).collect();
        assert_eq!(
            steps,
            [
                ("prompt", 30, true),
                ("explore", 27, true),
                ("edit source", 30, true),
                ("run tests (failed)", 6, true),
                ("format code", 7, true),
                ("run tests", 30, true),
                ("commit", 30, true),
                ("open PR", 1, false),
            ]
        );
        let edit = told.steps[2].figures.as_ref().unwrap();
        assert_eq!((edit.reworked, edit.failed), (Rate { runs: 6, of: 30 }, Rate { runs: 0, of: 30 }));
        assert_eq!(told.steps[0].actors, [Seen { name: "person".into(), runs: 30 }]);
        assert_eq!((told.ways, told.primary.unwrap().rate), (5, Rate { runs: 14, of: 30 }));
    }

    #[test]
    fn below_the_minimum_nothing_is_claimed() {
        let log = planted::log();
        let told = summary(&log, "bug-fix", &all_traces(&log, Level::Raw), (Level::Raw, 31));
        assert!(told.primary.is_none() && told.figures.is_none());
        assert!(told.steps.iter().all(|row| row.figures.is_none()));
        assert!(list(&log, Level::Raw, 31)[0].primary.is_none());
    }

    #[test]
    fn of_several_commands_in_one_call_each_is_told_of_its_own_step() {
        let mut log = ExecutionLog::default();
        let mut symbol = |text: &str| log.symbols.intern(text);
        let (commit, push, lint) = (symbol("commit"), symbol("push"), symbol("lint"));
        let event = Execution {
            activity: commit,
            command: symbol("git commit -m <text>"),
            also: vec![lint, push],
            also_commands: vec![symbol("make lint"), symbol("git push")],
            ..Execution::default()
        };
        for (activity, phase) in [(commit, Phase::Commit), (push, Phase::Publish), (lint, Phase::Verify)] {
            log.phases.insert(activity, phase);
        }
        let run = Run::new(commit, CaseKind::Unit);
        log.push(run, vec![event]);
        let told = summary(&log, "", &all_traces(&log, Level::Stepset), (Level::Stepset, 1));
        let commands: Vec<(&str, &str)> = told
            .steps
            .iter()
            .flat_map(|row| row.commands.iter().map(|seen| (row.step.as_str(), seen.name.as_str())))
            .collect();
        assert_eq!(commands, [("{lint}", "make lint"), ("commit", "git commit -m <text>"), ("push", "git push")]);
    }

    #[test]
    fn effort_is_counted_apart_from_steps() {
        let mut log = ExecutionLog::default();
        let (look, commit) = (log.symbols.intern("explore"), log.symbols.intern("commit"));
        log.phases.insert(look, Phase::Explore);
        log.phases.insert(commit, Phase::Commit);
        let event = |activity| Execution { activity, duration_ms: Some(60_000), ..Execution::default() };
        let run = Run::new(commit, CaseKind::Unit);
        log.push(run, vec![event(look), event(look), event(commit)]);
        let told = summary(&log, "", &all_traces(&log, Level::Stepset), (Level::Stepset, 1));
        assert_eq!(told.steps.len(), 1);
        let [effort] = &told.effort[..] else { panic!("{:?}", told.effort) };
        assert_eq!((effort.phase, effort.events, effort.rate), (Phase::Explore, 2, Rate { runs: 1, of: 1 }));
        assert_eq!(effort.median, Some(Median { minutes: 2.0, runs: 1 }));
    }
}

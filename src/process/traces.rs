//! From a log to traces: each run as its steps at a level. Failures are no steps of their own, and what no rule knows stays a
//! step under the name that it was logged with.

use super::folding::Folding;
use super::level::Level;
use super::stepset::{Names, Part, PartKind, StepSets};
use super::trace::{Trace, TraceStep, Traces};
use crate::record::execution::{Execution, ExecutionLog, ExecutionStatus, Phase, Run, Symbol};

/// The label of every change at the two widest levels.
pub(crate) const CHANGE: &str = "change";
/// A change of layout alone.
const LAYOUT: &str = "format code";
const VERIFY: &str = "verify";
const COMMIT: &str = "commit";
const PUBLISH: &str = "publish";
const REVERT: &str = "revert";

/// Traces of `runs` (indexes into `log.runs`), in their order. A run of which nothing is told at this level has no steps.
pub(crate) fn traces(log: &ExecutionLog, runs: &[u32], level: Level) -> Traces {
    let mut told = Traces::default();
    let tellers = Tellers::new(log, level, &mut told);
    let mut folding = Folding::default();
    let mut sets = StepSets::default();
    let mut parts: Vec<Part> = Vec::new();
    let mut all = Vec::with_capacity(runs.len());
    for index in runs {
        let run = &log.runs[*index as usize];
        let steps = match level {
            Level::Raw => tellers.raw(run),
            Level::Activity => tellers.activities(run, &mut folding),
            Level::Milestone => tellers.milestones(run, &mut folding),
            Level::Stepset => {
                let mut names = Names { log: &log.symbols, labels: &mut told.labels, sets: &mut told.sets };
                parts.clear();
                tellers.parts(run, |part| parts.push(part));
                sets.tell_all(&parts, &mut names)
            }
        };
        all.push(Trace { run: *index, steps });
    }
    told.told = tellers.activities.iter().map(|activity| activity.map_or(Symbol::NONE, |told| told.label)).collect();
    told.traces = all;
    told
}

/// Traces of every run of `log`.
pub(crate) fn all_traces(log: &ExecutionLog, level: Level) -> Traces {
    let runs: Vec<u32> = (0..u32::try_from(log.runs.len()).unwrap_or(u32::MAX)).collect();
    traces(log, &runs, level)
}

/// What is said of each activity, by its symbol.
struct Tellers<'a> {
    log: &'a ExecutionLog,
    activities: Vec<Option<Told>>,
}

/// What is said of an activity.
#[derive(Clone, Copy)]
struct Told {
    phase: Option<Phase>,
    /// In the labels of the traces; none where it is effort and not a step.
    label: Symbol,
    is_layout: bool,
}

impl<'a> Tellers<'a> {
    fn new(log: &'a ExecutionLog, level: Level, told: &mut Traces) -> Self {
        let mut activities = vec![None; log.symbols.len()];
        for event in &log.events {
            for activity in std::iter::once(&event.activity).chain(&event.also) {
                let place = &mut activities[activity.0 as usize];
                if place.is_none() {
                    let phase = log.phase(*activity);
                    let name = label(log.text(*activity), phase, level);
                    let is_layout = log.text(*activity) == LAYOUT;
                    *place = Some(Told { phase, label: told.labels.intern(name), is_layout });
                }
            }
        }
        Self { log, activities }
    }

    fn of(&self, activity: Symbol) -> Told {
        self.activities[activity.0 as usize].unwrap_or(Told { phase: None, label: Symbol::NONE, is_layout: false })
    }

    fn raw(&self, run: &Run) -> Vec<TraceStep> {
        self.events(run).map(|(at, event)| step(self.of(event.activity).label, at)).collect()
    }

    fn activities(&self, run: &Run, folding: &mut Folding) -> Vec<TraceStep> {
        for (at, event) in self.events(run) {
            folding.squash(step(self.of(event.activity).label, at), has_failed(event));
        }
        folding.finish()
    }

    fn milestones(&self, run: &Run, folding: &mut Folding) -> Vec<TraceStep> {
        self.parts(run, |part| folding.fold(step(part.label, part.event), part.failed));
        folding.finish()
    }

    /// What is a step of `run`, in order. One call may be several: `make test && git commit`.
    fn parts(&self, run: &Run, mut add: impl FnMut(Part)) {
        for (at, event) in self.events(run) {
            let failed = has_failed(event);
            if event.also.is_empty() {
                self.part(event.activity, at, failed).into_iter().for_each(&mut add);
                continue;
            }
            let mut activities: Vec<Symbol> = std::iter::once(event.activity).chain(event.also.clone()).collect();
            // The order in which they were typed is not kept; this is the order in which they make sense.
            activities.sort_by_key(|activity| self.of(*activity).phase);
            activities.dedup();
            activities.into_iter().filter_map(|activity| self.part(activity, at, failed)).for_each(&mut add);
        }
    }

    fn part(&self, activity: Symbol, event: u32, failed: bool) -> Option<Part> {
        let told = self.of(activity);
        let kind = match told.phase {
            Some(Phase::Change) => PartKind::Change,
            Some(Phase::Verify) => PartKind::Check,
            Some(Phase::Explore | Phase::Plan | Phase::Other) => return None,
            Some(Phase::Commit | Phase::Publish | Phase::Revert) | None => PartKind::Step,
        };
        let label = if told.label.is_none() { activity } else { told.label };
        Some(Part { kind, label, event, failed, is_layout: told.is_layout })
    }

    fn events(&self, run: &Run) -> impl Iterator<Item = (u32, &'a Execution)> + use<'a> {
        (run.events.clone()).zip(self.log.events_of(run))
    }
}

fn step(label: Symbol, event: u32) -> TraceStep {
    TraceStep { label, first: event, last: event, rework: 0 }
}

/// What a person stopped did not reach its end either.
fn has_failed(event: &Execution) -> bool {
    matches!(event.status, ExecutionStatus::Failed | ExecutionStatus::Stopped)
}

/// What an activity is called at a level; empty where a set of checks takes its name.
fn label(activity: &str, phase: Option<Phase>, level: Level) -> &str {
    match (level, phase) {
        (Level::Raw | Level::Activity, _) | (_, None) => activity,
        (_, Some(Phase::Change)) => CHANGE,
        (Level::Milestone, Some(Phase::Verify)) => VERIFY,
        (Level::Milestone, Some(Phase::Publish)) => PUBLISH,
        (_, Some(Phase::Verify)) => "",
        (_, Some(Phase::Commit)) => COMMIT,
        (_, Some(Phase::Revert)) => REVERT,
        (_, Some(Phase::Publish)) => activity,
        (_, Some(Phase::Explore | Phase::Plan | Phase::Other)) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::execution::CaseKind;

    const PHASES: &[(&str, Phase)] = &[
        ("explore", Phase::Explore),
        ("prompt", Phase::Plan),
        ("edit source", Phase::Change),
        ("edit test", Phase::Change),
        ("format code", Phase::Change),
        ("run tests", Phase::Verify),
        ("lint", Phase::Verify),
        ("commit", Phase::Commit),
        ("push", Phase::Publish),
        ("open PR", Phase::Publish),
        ("revert", Phase::Revert),
        ("shell", Phase::Other),
    ];

    /// A run of activities separated by `>`; `!` behind one says that it failed, `+` that it is of the same call.
    fn log(runs: &[&str]) -> ExecutionLog {
        let mut log = ExecutionLog::default();
        for (activity, phase) in PHASES {
            let activity = log.symbols.intern(activity);
            log.phases.insert(activity, *phase);
        }
        for (number, run) in runs.iter().enumerate() {
            let mut events = Vec::new();
            for call in run.split('>').map(str::trim).filter(|call| !call.is_empty()) {
                let mut activities = call
                    .trim_end_matches('!')
                    .split('+')
                    .map(|name| log.symbols.intern(name.trim()))
                    .collect::<Vec<_>>();
                let status = if call.ends_with('!') { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
                let activity = activities.remove(0);
                events.push(Execution { activity, also: activities, status, ..Execution::default() });
            }
            let id = log.symbols.intern(&format!("run {number}"));
            log.push(Run::new(id, CaseKind::Unit), events);
        }
        log
    }

    /// The steps with the number of their rework behind a `*`.
    fn told(run: &str, level: Level) -> String {
        let log = log(&[run]);
        let traces = traces(&log, &[0], level);
        let mut text = Vec::new();
        for step in &traces.traces[0].steps {
            assert!(step.first <= step.last && step.last < u32::try_from(log.events.len()).unwrap());
            let rework = if step.rework == 0 { String::new() } else { format!("*{}", step.rework) };
            text.push(format!("{}{rework}", traces.label(step.label)));
        }
        text.join(" > ")
    }

    #[test]
    fn each_level_tells_a_run_in_its_way() {
        let run = "prompt > explore > edit source > edit source > run tests! > edit source > edit test > lint > run tests \
                   > shell > commit > push > open PR";
        for (level, steps) in [
            (
                Level::Raw,
                "prompt > explore > edit source > edit source > run tests > edit source > edit test > lint > run tests \
                 > shell > commit > push > open PR",
            ),
            (
                Level::Activity,
                "prompt > explore > edit source > run tests > edit source > edit test > lint > run tests > shell \
                 > commit > push > open PR",
            ),
            (Level::Milestone, "change*1 > verify*1 > commit > publish"),
            (Level::Stepset, "change*1 > {lint, run tests}*1 > commit > push > open PR"),
        ] {
            assert_eq!(told(run, level), steps.replace("  ", " "), "{level}");
        }
    }

    #[test]
    fn a_step_set_says_what_was_checked_and_what_was_not() {
        for (run, steps) in [
            ("", ""),
            ("explore > prompt", ""),
            ("edit source > commit", "change > commit"),
            ("run tests > lint", "{lint, run tests}"),
            ("lint > run tests > edit source > commit", "{lint, run tests} > change > commit"),
            ("run tests > edit source > lint > commit", "change > {lint} > commit"),
            ("edit source > run tests > edit source > commit", "change > {run tests} > change > commit"),
            ("edit source > run tests! > run tests > commit", "change > {run tests}*1 > commit"),
            ("edit source > commit + run tests + lint", "change > {lint, run tests} > commit"),
            ("edit source > commit > push > edit source > commit > push", "change*1 > commit*1 > push*1"),
            ("edit source > run tests > revert", "change > {run tests} > revert"),
            ("commit! > commit", "commit*1"),
            (
                "edit source > run tests > commit! > edit source > run tests > commit",
                "change*1 > {run tests}*1 > commit*1",
            ),
            ("edit source > run tests > commit! > edit source > commit", "change > {run tests} > change > commit*1"),
            ("edit source > run tests > format code > commit", "change > {run tests} > commit"),
            (
                "edit source > run tests > format code > lint > format code > commit",
                "change*1 > {lint, run tests}*1 > commit",
            ),
            ("edit source > run tests > format code > edit source > commit", "change > {run tests} > change > commit"),
            ("run tests > format code > commit", "{run tests} > change > commit"),
            ("format code > commit", "change > commit"),
            ("edit source > commit!", "change > commit"),
            ("edit source > commit > push! > edit source > commit > push", "change*1 > commit*1 > push*1"),
        ] {
            assert_eq!(told(run, Level::Stepset), steps, "{run}");
        }
    }

    #[test]
    fn what_no_rule_knows_stays_a_step_of_its_own_and_a_failure_is_none() {
        let run = "call the customer > send offer! > send offer > sign {contract}";
        let once = "call the customer > send offer*1 > sign {contract}";
        assert_eq!(told(run, Level::Raw), run.replace('!', ""));
        for level in [Level::Activity, Level::Milestone, Level::Stepset] {
            assert_eq!(told(run, level), once, "{level}");
        }
    }

    #[test]
    fn runs_are_told_in_the_order_that_was_asked_for() {
        let log = log(&["commit", "explore", "push"]);
        let traces = traces(&log, &[2, 1, 0], Level::Stepset);
        let told: Vec<_> = traces.traces.iter().map(|trace| (trace.run, trace.steps.len())).collect();
        assert_eq!(told, [(2, 1), (1, 0), (0, 1)]);
    }
}

//! From runs to a model: which steps most runs have, in which order, which of them any run must have, with which commands.
//! Nothing is said of a process below the minimum of runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::asides::{is_aside, is_for_several, with_asides};
use super::conformance::conform_traces;
use super::level::Level;
use super::model::{ModelCommand, ModelEvidence, ModelStep, ProcessModel};
use super::model_yaml::SCHEMA;
use super::sequence::{Item, Name, items};
use super::settings;
use super::statistics::share;
use super::step_names::{id, title};
use super::trace::{Trace, Traces};
use super::traces::{CHANGE, traces};
use super::units::belonging::MERGE;
use crate::record::execution::{CaseKind, Execution, ExecutionLog, ExecutionStatus, Phase, Run, Symbol};

/// What makes a step of what runs do. Shares are of the runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Thresholds {
    pub level: Level,
    /// Fewer runs are no process.
    pub min_runs: u32,
    /// A step is in the model from this share on.
    pub kept: f64,
    /// And required from this one on.
    pub required: f64,
    /// Two steps have no order when each of both orders has this share.
    pub unordered: f64,
    /// Going back to a step is part of the process from this share on.
    pub rework: f64,
}

impl Thresholds {
    /// As a project set them.
    pub(crate) fn of(set: &settings::Thresholds) -> Self {
        let settings::Thresholds { min_runs, keep, required, unordered, rework } = *set;
        Self { level: Level::default(), min_runs, kept: keep, required, unordered, rework }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { level: Level::default(), min_runs: 5, kept: 0.2, required: 0.9, unordered: 0.2, rework: 0.2 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not enough runs ({runs} of {min})")]
pub(crate) struct NotEnoughRuns {
    pub runs: u32,
    pub min: u32,
}

/// Of what is done once a branch, so many runs are a step, whatever a caller asks.
const FEW: u32 = 3;

/// Commands of a step that are named, at most.
const MAX_COMMANDS: usize = 5;

/// The model of all runs of `process`.
///
/// # Errors
/// With fewer runs than the minimum.
pub(crate) fn model(log: &ExecutionLog, process: &str, thresholds: &Thresholds) -> Result<ProcessModel, NotEnoughRuns> {
    let runs: Vec<u32> =
        (0..).zip(&log.runs).filter(|(_, run)| log.text(run.process) == process).map(|(at, _)| at).collect();
    model_of(log, &runs, process, thresholds)
}

/// The model of `runs`, which are indexes into `log.runs`.
///
/// # Errors
/// With fewer runs than the minimum.
pub(crate) fn model_of(
    log: &ExecutionLog,
    runs: &[u32],
    process: &str,
    thresholds: &Thresholds,
) -> Result<ProcessModel, NotEnoughRuns> {
    let mut traces = traces(log, runs, thresholds.level);
    traces.traces.retain(|trace| !trace.steps.is_empty());
    let n = count(traces.traces.len());
    if n < thresholds.min_runs.max(1) {
        return Err(NotEnoughRuns { runs: n, min: thresholds.min_runs.max(1) });
    }
    let mined = Mined::new(log, &traces, *thresholds);
    let mut model = ProcessModel {
        schema: SCHEMA,
        process: process.to_owned(),
        case: case_of(log, &traces),
        level: thresholds.level,
        steps: mined.steps(),
        evidence: evidence(log, &traces),
    };
    model.evidence.fitting = conform_traces(log, &model, &traces).fitness.fitting;
    Ok(model)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What most of the runs are of.
fn case_of(log: &ExecutionLog, traces: &Traces) -> CaseKind {
    let mut kinds: BTreeMap<CaseKind, u32> = BTreeMap::new();
    for trace in &traces.traces {
        *kinds.entry(log.runs[trace.run as usize].case).or_default() += 1;
    }
    kinds.into_iter().rev().max_by_key(|(_, runs)| *runs).map_or(CaseKind::default(), |(kind, _)| kind)
}

fn evidence(log: &ExecutionLog, traces: &Traces) -> ModelEvidence {
    let runs: Vec<&Run> = traces.traces.iter().map(|trace| &log.runs[trace.run as usize]).collect();
    let times = || runs.iter().flat_map(|run| log.events_of(run)).filter_map(Execution::at);
    let texts = |symbols: Vec<Symbol>| symbols.into_iter().map(|symbol| log.text(symbol).to_owned()).collect();
    let mut commits: Vec<Symbol> = Vec::new();
    let mut seen = BTreeSet::new();
    for commit in runs.iter().flat_map(|run| &run.commits) {
        if seen.insert(*commit) {
            commits.push(*commit);
        }
    }
    ModelEvidence {
        runs: count(runs.len()),
        fitting: 0,
        from: times().min().map(|time| time.to_string()),
        until: times().max().map(|time| time.to_string()),
        run_ids: texts(runs.iter().map(|run| run.id).collect()),
        commits: texts(commits),
        merges: texts(merges(log, &runs)),
        rules_version: log.rules_version,
    }
}

/// The runs that only join branches; none where they are what is counted.
fn merges(log: &ExecutionLog, counted: &[&Run]) -> Vec<Symbol> {
    let is_merge = |run: &Run| log.text(run.process) == MERGE;
    if counted.iter().any(|run| is_merge(run)) {
        return Vec::new();
    }
    log.runs.iter().filter(|run| is_merge(run)).map(|run| run.id).collect()
}

/// What one run has of one step.
#[derive(Clone, Copy)]
struct Occurrence {
    place: u32,
    repeated: bool,
}

/// Counts over all runs, by name of a step.
struct Mined<'a> {
    log: &'a ExecutionLog,
    traces: &'a Traces,
    thresholds: Thresholds,
    items: Vec<Vec<Item>>,
    /// By run: what it has of each name, at its first place.
    runs: Vec<BTreeMap<Symbol, Occurrence>>,
}

impl<'a> Mined<'a> {
    fn new(log: &'a ExecutionLog, traces: &'a Traces, thresholds: Thresholds) -> Self {
        let items: Vec<Vec<Item>> = traces.traces.iter().map(|trace: &Trace| items(traces, trace)).collect();
        let runs = items.iter().map(|items| occurrences(items)).collect();
        Self { log, traces, thresholds, items, runs }
    }

    fn share_of(&self, has: impl Fn(&BTreeMap<Symbol, Occurrence>) -> bool) -> (u32, f64) {
        let runs = count(self.runs.iter().filter(|run| has(run)).count());
        (runs, share(runs, count(self.runs.len())))
    }

    fn steps(&self) -> Vec<ModelStep> {
        let order = self.order();
        let sets = self.sets(&order);
        let ids = self.ids(&order);
        let looping = self.looping(&order);
        let steps = order.iter().enumerate().map(|(at, name)| {
            let (runs, present) = self.share_of(|run| run.contains_key(name));
            ModelStep {
                id: ids[at].clone(),
                title: title(self.traces.label(*name)),
                activities: vec![self.traces.label(*name).to_owned()],
                unordered_with: sets[at].clone(),
                required: present >= self.thresholds.required,
                commands: self.commands(*name),
                on_failure: looping[at].map(|target| ids[target].clone()),
                runs,
                aside: false,
            }
        });
        with_asides(self.log, self.traces, steps.collect(), |name, runs| self.is_step(name, runs))
    }

    /// Whether enough runs have it. What is done once for several changes needs the minimum of runs alone.
    fn is_step(&self, name: &str, runs: u32) -> bool {
        let is_kept = share(runs, count(self.runs.len())) >= self.thresholds.kept;
        is_kept || (is_for_several(name) && runs >= self.thresholds.min_runs.max(FEW))
    }

    /// The names that are steps, in the order in which most runs carry them out.
    fn order(&self) -> Vec<Symbol> {
        let names: BTreeSet<Symbol> = self.runs.iter().flat_map(|run| run.keys().copied()).collect();
        let kept: Vec<Symbol> = names
            .into_iter()
            .filter(|name| self.is_step(self.traces.label(*name), self.share_of(|run| run.contains_key(name)).0))
            .collect();
        let earlier = |name: &Symbol| -> f64 {
            kept.iter().filter(|other| *other != name).map(|other| self.before(*name, *other).earlier()).sum()
        };
        let mut scored: Vec<(f64, Symbol)> = kept.iter().map(|name| (earlier(name), *name)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| self.traces.label(a.1).cmp(self.traces.label(b.1))));
        scored.into_iter().map(|(_, name)| name).collect()
    }

    fn before(&self, a: Symbol, b: Symbol) -> Order {
        let mut order = Order::default();
        for (a, b) in self.runs.iter().filter_map(|run| Some((run.get(&a)?, run.get(&b)?))) {
            match a.place.cmp(&b.place) {
                std::cmp::Ordering::Less => order.first += 1,
                std::cmp::Ordering::Equal => order.together += 1,
                std::cmp::Ordering::Greater => order.second += 1,
            }
        }
        order
    }

    /// For each step the name of the set that it is in: neighbours of which each pair comes in either order.
    fn sets(&self, order: &[Symbol]) -> Vec<Option<String>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, name) in order.iter().enumerate() {
            let is_free = |other: &usize| self.before(order[*other], *name).is_free(self.thresholds.unordered);
            match groups.last_mut() {
                Some(group) if group.iter().all(is_free) => group.push(at),
                _ => groups.push(vec![at]),
            }
        }
        let mut sets = vec![None; order.len()];
        for (number, group) in (1..).zip(groups.iter().filter(|group| group.len() > 1)) {
            for at in group {
                sets[*at] = Some(format!("any-order-{number}"));
            }
        }
        sets
    }

    /// For each step the one that runs go back to when it fails.
    fn looping(&self, order: &[Symbol]) -> Vec<Option<usize>> {
        let repeats: Vec<bool> = order.iter().map(|name| self.is_repeated(*name)).collect();
        (0..order.len())
            .map(|at| {
                let fails = repeats[at] && self.fails(order[at]);
                // The nearest one that is gone through again and is changed, or does not fail itself: not another check.
                let is_cause = |name: Symbol| self.is_change(name) || !self.fails(name);
                let target = (0..at).rev().find(|before| repeats[*before] && is_cause(order[*before]));
                target.filter(|_| fails)
            })
            .collect()
    }

    fn is_repeated(&self, name: Symbol) -> bool {
        let (with, _) = self.share_of(|run| run.contains_key(&name));
        let (again, _) = self.share_of(|run| run.get(&name).is_some_and(|occurrence| occurrence.repeated));
        share(again, with) >= self.thresholds.rework
    }

    /// Whether it is a change: that an edit of it failed on the way makes it no check.
    fn is_change(&self, name: Symbol) -> bool {
        let label = self.traces.label(name);
        let phase = self.log.symbols.find(label).and_then(|activity| self.log.phase(activity));
        label == CHANGE || phase == Some(Phase::Change)
    }

    /// Whether it has failed in any run.
    fn fails(&self, name: Symbol) -> bool {
        self.executions(name).any(|(_, event)| event.status == ExecutionStatus::Failed)
    }

    /// The events that a step stands for, with the index of their trace.
    fn executions(&self, name: Symbol) -> impl Iterator<Item = (usize, &'a Execution)> {
        let told = Name::of(self.traces.label(name));
        let log = self.log;
        self.items.iter().enumerate().flat_map(move |(trace, items)| {
            items.iter().filter(move |item| item.name == name).flat_map(move |item| {
                let events = &log.events[item.step.first as usize..=item.step.last as usize];
                events.iter().filter(move |event| told.tells(log, event)).map(move |event| (trace, event))
            })
        })
    }

    fn commands(&self, name: Symbol) -> Vec<ModelCommand> {
        let mut runs: HashMap<Symbol, BTreeSet<usize>> = HashMap::new();
        let told = Name::of(self.traces.label(name));
        for (trace, event) in self.executions(name) {
            for command in told.commands(self.log, event).filter(|command| !self.is_of_aside(told, event, *command)) {
                runs.entry(command).or_default().insert(trace);
            }
        }
        let mut commands: Vec<ModelCommand> = runs
            .into_iter()
            .map(|(command, runs)| ModelCommand { command: self.log.text(command).to_owned(), runs: count(runs.len()) })
            .collect();
        commands.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.command.cmp(&b.command)));
        commands.truncate(MAX_COMMANDS);
        commands
    }

    /// Whether a command is of what has a step of its own beside the one that it goes under.
    fn is_of_aside(&self, told: Name<'_>, event: &Execution, command: Symbol) -> bool {
        let is_it = |(activity, one): (Symbol, Symbol)| one == command && is_aside(self.log.text(activity));
        told.is_of_several() && event.done().any(is_it)
    }

    fn ids(&self, order: &[Symbol]) -> Vec<String> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        order
            .iter()
            .map(|name| {
                let id = id(self.traces.label(*name));
                let free = (1..).map(|number| if number == 1 { id.clone() } else { format!("{id}-{number}") });
                let id = free.into_iter().find(|id| !taken.contains(id)).unwrap_or(id);
                taken.insert(id.clone());
                id
            })
            .collect()
    }
}

/// In how many runs one step comes before another.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    first: u32,
    second: u32,
    /// Both in one unordered set.
    together: u32,
}

impl Order {
    /// How much the first is the earlier one, from 0 to 1.
    fn earlier(self) -> f64 {
        let both = self.first + self.second + self.together;
        if both == 0 { 0.5 } else { (f64::from(self.first) + f64::from(self.together) / 2.0) / f64::from(both) }
    }

    fn is_free(self, threshold: f64) -> bool {
        let both = self.first + self.second + self.together;
        both > 0 && share(self.first.min(self.second) + self.together, both) >= threshold
    }
}

fn occurrences(items: &[Item]) -> BTreeMap<Symbol, Occurrence> {
    let mut found: BTreeMap<Symbol, Occurrence> = BTreeMap::new();
    for item in items {
        let repeated = item.step.rework > 0;
        found
            .entry(item.name)
            .and_modify(|occurrence| occurrence.repeated = true)
            .or_insert(Occurrence { place: item.place, repeated });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model_yaml::{read, write};
    use crate::process::planted;

    fn raw() -> Thresholds {
        Thresholds { level: Level::Raw, ..Thresholds::default() }
    }

    /// Runs of these steps, each so often.
    fn log(runs: &[(&[&str], u32)]) -> ExecutionLog {
        let mut log = ExecutionLog::default();
        for (steps, times) in runs {
            for _ in 0..*times {
                let at = log.runs.len() as i64 * 86_400_000;
                planted::add(&mut log, steps, at);
            }
        }
        log
    }

    fn told(model: &ProcessModel) -> Vec<String> {
        let step = |step: &ModelStep| {
            let set = step.unordered_with.as_deref().map(|set| format!(" {set}")).unwrap_or_default();
            let back = step.on_failure.as_deref().map(|target| format!(" < {target}")).unwrap_or_default();
            format!("{}{}{set}{back} {}", step.id, if step.required { "" } else { "?" }, step.runs)
        };
        model.steps.iter().map(step).collect()
    }

    #[test]
    fn the_planted_process_is_found() {
        let log = planted::log();
        let model = model_of(&log, &(0..20).collect::<Vec<_>>(), "bug-fix", &raw()).unwrap();
        assert_eq!(
            told(&model),
            ["prompt 20", "explore? 17", "edit-source 20", "run-tests-failed? 5", "run-tests 20", "commit 20"]
        );
        let evidence = &model.evidence;
        assert_eq!((evidence.runs, evidence.fitting), (20, 15));
        assert_eq!(evidence.from.as_deref(), Some("2026-09-01T09:00:00Z"));
        assert_eq!(evidence.run_ids.len(), 20);
    }

    #[test]
    fn below_the_minimum_nothing_is_said() {
        let log = log(&[(&["a", "b"], 4)]);
        let error = model(&log, "bug-fix", &raw()).unwrap_err();
        assert_eq!(error.to_string(), "not enough runs (4 of 5)");
        assert_eq!(model(&log, "release", &raw()).unwrap_err().runs, 0);
        assert!(model(&log, "bug-fix", &Thresholds { min_runs: 3, ..raw() }).is_ok());
    }

    #[test]
    fn shares_decide_what_is_a_step_and_what_is_required() {
        let log = log(&[(&["a", "b", "c"], 2), (&["a", "c"], 7), (&["a", "x", "c"], 1)]);
        assert_eq!(told(&model(&log, "bug-fix", &raw()).unwrap()), ["a 10", "b? 2", "c 10"]);
    }

    #[test]
    fn two_steps_that_come_in_either_order_are_a_set() {
        for (swapped, set) in [(2, true), (1, false)] {
            let log = log(&[(&["a", "b", "c"], 10 - swapped), (&["a", "c", "b"], swapped)]);
            let model = model(&log, "bug-fix", &raw()).unwrap();
            let sets: Vec<bool> = model.steps.iter().map(|step| step.unordered_with.is_some()).collect();
            assert_eq!(sets, [false, set, set]);
        }
    }

    #[test]
    fn a_failed_check_that_leads_back_to_the_change_is_a_loop() {
        let mut log = log(&[(&["edit", "check", "edit", "check", "commit"], 3), (&["edit", "check", "commit"], 7)]);
        for event in &mut log.events[..2] {
            event.status = ExecutionStatus::Failed;
        }
        log.events[0].status = ExecutionStatus::Succeeded;
        let model = model(&log, "bug-fix", &raw()).unwrap();
        assert_eq!(told(&model), ["edit 10", "check < edit 10", "commit 10"]);
        assert_eq!(model.evidence.fitting, 10);
        let change = log.symbols.find("edit").unwrap();
        log.events[0].status = ExecutionStatus::Failed;
        assert_eq!(
            told(&super::model(&log, "bug-fix", &raw()).unwrap())[1],
            "check 10",
            "both fail, and nobody knows why"
        );
        log.phases.insert(change, Phase::Change);
        assert_eq!(told(&super::model(&log, "bug-fix", &raw()).unwrap())[1], "check < edit 10", "an edit is no check");
    }

    #[test]
    fn commands_stand_with_the_runs_that_used_them() {
        let mut log = log(&[(&["test", "commit"], 6)]);
        let (a, b) = (log.symbols.intern("cargo test"), log.symbols.intern("make test"));
        for (run, event) in log.events.iter_mut().step_by(2).enumerate() {
            event.command = if run < 2 { b } else { a };
        }
        let model = model(&log, "bug-fix", &raw()).unwrap();
        let told: Vec<(&str, u32)> =
            model.steps[0].commands.iter().map(|known| (known.command.as_str(), known.runs)).collect();
        assert_eq!(told, [("cargo test", 4), ("make test", 2)]);
    }

    #[test]
    fn the_same_log_gives_the_same_bytes_and_they_are_read_as_the_same() {
        let one = model(&planted::log(), "bug-fix", &raw()).unwrap();
        let written = write(&one);
        assert_eq!(write(&model(&planted::log(), "bug-fix", &raw()).unwrap()), written);
        assert_eq!(read(&written).unwrap(), one);
    }
}

//! What the log says about each step of a model: which runs have it, who did it with what, how long it took, how it failed.
//! Counts only; the words about them are chosen elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::process::model::ProcessModel;
use crate::record::execution::{Actor, Execution, ExecutionLog, ExecutionStatus, Phase, Run, Symbol};
use crate::record::session::FailureKind;

/// Activities that are no step of a path and have to be done all the same, and the step that they are done for.
const BESIDE: &[(&str, &str)] = &[("stage changes", "commit")];

/// Indexes into `ExecutionLog::runs`, in order.
pub(crate) type RunSet = BTreeSet<u32>;

#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub log: &'a ExecutionLog,
    /// The runs that the model stands for.
    pub runs: RunSet,
    /// In the order of the model's steps.
    pub steps: Vec<StepFacts>,
    step_of: HashMap<Symbol, usize>,
}

#[derive(Debug, Default)]
pub(crate) struct StepFacts {
    pub runs: RunSet,
    /// Runs in which it failed once at least.
    pub failed: RunSet,
    /// Runs that came back to it after another step.
    pub again: RunSet,
    pub actors: BTreeMap<(Actor, Symbol), RunSet>,
    pub tools: BTreeMap<Symbol, RunSet>,
    pub commands: BTreeMap<Symbol, RunSet>,
    /// Commands of what is done for it besides: no step, and yet to be typed.
    pub beside: BTreeMap<Symbol, RunSet>,
    pub durations_ms: Vec<u32>,
}

impl<'a> Facts<'a> {
    /// Looks at the runs that the model names, and at all of its process where it names none.
    pub(crate) fn new(model: &ProcessModel, log: &'a ExecutionLog) -> Self {
        let named: BTreeSet<Symbol> = model.evidence.run_ids.iter().filter_map(|id| log.symbols.find(id)).collect();
        let process = log.symbols.find(&model.process);
        let is_meant =
            |run: &Run| if named.is_empty() { Some(run.process) == process } else { named.contains(&run.id) };
        let runs = (0..).zip(&log.runs).filter(|(_, run)| is_meant(run)).map(|(index, _)| index).collect();
        let step_of = steps_by_activity(model, log);
        let mut steps: Vec<StepFacts> = Vec::new();
        steps.resize_with(model.steps.len(), StepFacts::default);
        let mut facts = Self { log, runs, steps, step_of };
        for run in facts.runs.clone() {
            facts.add(run);
        }
        facts
    }

    pub(crate) fn run(&self, run: u32) -> &'a Run {
        &self.log.runs[run as usize]
    }

    pub(crate) fn events(&self, run: u32) -> &'a [Execution] {
        self.log.events_of(self.run(run))
    }

    /// The step of the model that an execution is of.
    pub(crate) fn step_of(&self, event: &Execution) -> Option<usize> {
        let mut activities = std::iter::once(&event.activity).chain(&event.also);
        activities.find_map(|activity| self.step_of.get(activity).copied())
    }

    /// The step that an activity is done for, where it is no step itself.
    fn is_beside(&self, activity: Symbol) -> Option<usize> {
        let name = self.log.text(activity);
        let (_, of) = BESIDE.iter().find(|(beside, _)| *beside == name)?;
        self.step_of.get(&self.log.symbols.find(of)?).copied()
    }

    /// The step that failed: of several in one call the one whose check it is, else the main one. A mistake of an agent with its
    /// own tools is no failure of a step, for nobody else can make it.
    pub(crate) fn failed_step(&self, event: &Execution) -> Option<usize> {
        use FailureKind::{EditAmbiguous, EditNoMatch, EditStale};
        let is_of_tools =
            event.actor == Actor::Agent && matches!(event.failure, Some(EditNoMatch | EditAmbiguous | EditStale));
        if event.status != ExecutionStatus::Failed || is_of_tools {
            return None;
        }
        let of_kind: &[&str] = match event.failure {
            Some(FailureKind::Tests) => &["run tests"],
            Some(FailureKind::Lint) => &["lint", "check types", "format code"],
            Some(FailureKind::Build) => &["build"],
            _ => &[],
        };
        let is_meant = |activity: &Symbol| of_kind.contains(&self.log.text(*activity));
        let meant = event.done().map(|(activity, _)| activity).find(is_meant);
        meant.and_then(|activity| self.step_of.get(&activity).copied()).or_else(|| self.step_of(event))
    }

    fn add(&mut self, run: u32) {
        let mut last = None;
        for event in self.events(run) {
            for (activity, command) in event.done().filter(|(_, command)| !command.is_none()) {
                if let Some(step) = self.is_beside(activity) {
                    self.steps[step].beside.entry(command).or_default().insert(run);
                }
            }
            let Some(main) = self.step_of(event) else { continue };
            let mut done: BTreeMap<usize, Vec<Symbol>> = BTreeMap::new();
            for (activity, command) in event.done() {
                if let Some(step) = self.step_of.get(&activity) {
                    done.entry(*step).or_default().extend(Some(command).filter(|command| !command.is_none()));
                }
            }
            if last != Some(main) && self.steps[main].runs.contains(&run) {
                self.steps[main].again.insert(run);
            }
            for (step, commands) in done {
                self.steps[step].take(run, event, &commands);
            }
            if let Some(failed) = self.failed_step(event) {
                self.steps[failed].failed.insert(run);
            }
            // How long each part of a call took is not known.
            self.steps[main].durations_ms.extend(event.duration_ms.filter(|_| event.also.is_empty()));
            last = Some(main);
        }
    }
}

/// The step of each activity of the log: the one that names it, else the one that names what it is for (`change`).
fn steps_by_activity(model: &ProcessModel, log: &ExecutionLog) -> HashMap<Symbol, usize> {
    let mut step_of = HashMap::new();
    for (index, step) in model.steps.iter().enumerate() {
        for activity in step.activities.iter().filter_map(|activity| log.symbols.find(activity)) {
            step_of.entry(activity).or_insert(index);
        }
    }
    let effort = [Phase::Explore, Phase::Plan, Phase::Other];
    for (activity, phase) in log.phases.iter().filter(|(_, phase)| !effort.contains(phase)) {
        let name = phase.to_string();
        let named = model.steps.iter().position(|step| step.activities.contains(&name));
        if let Some(index) = named {
            step_of.entry(*activity).or_insert(index);
        }
    }
    step_of
}

impl StepFacts {
    fn take(&mut self, run: u32, event: &Execution, commands: &[Symbol]) {
        self.runs.insert(run);
        self.actors.entry((event.actor, event.actor_name)).or_default().insert(run);
        // What an agent calls its own tools is no program that a person could use.
        if !event.tool.is_none() && event.actor != Actor::Agent {
            self.tools.entry(event.tool).or_default().insert(run);
        }
        for command in commands {
            self.commands.entry(*command).or_default().insert(run);
        }
    }

    /// Half of them took longer.
    pub(crate) fn median_ms(&self) -> Option<u32> {
        let mut sorted = self.durations_ms.clone();
        sorted.sort_unstable();
        let middle = sorted.len().checked_sub(1)? / 2;
        let upper = sorted[sorted.len() / 2];
        Some(sorted[middle] + (upper - sorted[middle]) / 2)
    }
}

/// Those with the most runs first; then by their text.
pub(crate) fn by_runs<K: Copy + Ord>(counted: &BTreeMap<K, RunSet>, text: impl Fn(K) -> String) -> Vec<(K, &RunSet)> {
    let mut rows: Vec<(K, &RunSet)> = counted.iter().map(|(key, runs)| (*key, runs)).collect();
    rows.sort_by_cached_key(|(key, runs)| (std::cmp::Reverse(runs.len()), text(*key)));
    rows
}

/// Whether all that a run changed is documentation.
pub(crate) fn is_documentation_only(log: &ExecutionLog, run: &Run) -> bool {
    let is_page = |path: &str| {
        let path = path.to_ascii_lowercase();
        [".md", ".mdx", ".rst", ".adoc", ".txt"].iter().any(|end| path.ends_with(end)) || path.starts_with("docs/")
    };
    !run.files.is_empty() && run.files.iter().all(|file| is_page(log.text(*file)))
}

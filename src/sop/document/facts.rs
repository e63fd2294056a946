//! What the log says about each step of a model: which runs have it, who did it with what, how long it took, how it failed.
//! Counts only; the words about them are chosen elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::process::model::ProcessModel;
use crate::record::execution::{Actor, Execution, ExecutionLog, ExecutionStatus, Run, Symbol};

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
    /// Commands of executions that did not fail, and of those that did.
    pub commands: BTreeMap<Symbol, RunSet>,
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
        let mut step_of = HashMap::new();
        for (index, step) in model.steps.iter().enumerate() {
            for activity in step.activities.iter().filter_map(|activity| log.symbols.find(activity)) {
                step_of.entry(activity).or_insert(index);
            }
        }
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

    fn add(&mut self, run: u32) {
        let mut last = None;
        for event in self.events(run) {
            for activity in std::iter::once(&event.activity).chain(&event.also) {
                if let Some(step) = self.step_of.get(activity) {
                    self.steps[*step].runs.insert(run);
                }
            }
            let Some(index) = self.step_of(event) else { continue };
            let step = &mut self.steps[index];
            if last != Some(index) && step.is_begun(run) {
                step.again.insert(run);
            }
            step.take(run, event);
            last = Some(index);
        }
    }
}

impl StepFacts {
    fn is_begun(&self, run: u32) -> bool {
        self.actors.values().any(|runs| runs.contains(&run))
    }

    fn take(&mut self, run: u32, event: &Execution) {
        self.actors.entry((event.actor, event.actor_name)).or_default().insert(run);
        // What an agent calls its own tools is no program that a person could use.
        if !event.tool.is_none() && event.actor != Actor::Agent {
            self.tools.entry(event.tool).or_default().insert(run);
        }
        if !event.command.is_none() {
            self.commands.entry(event.command).or_default().insert(run);
        }
        if event.status == ExecutionStatus::Failed {
            self.failed.insert(run);
        }
        self.durations_ms.extend(event.duration_ms);
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
pub(crate) fn by_runs<'a, K: Copy + Ord>(
    counted: &'a BTreeMap<K, RunSet>,
    text: impl Fn(K) -> String,
) -> Vec<(K, &'a RunSet)> {
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

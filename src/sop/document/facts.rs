//! What the log says about each step of a model: which runs have it, who did it with what, how long it took, how it failed. The
//! same events count as for the model. Counts only; the words about them are chosen elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::process::model::ProcessModel;
use crate::process::told::ToldEvents;
use crate::record::execution::{Actor, Execution, ExecutionLog, ExecutionStatus, Phase, Run, Symbol};
use crate::record::session::FailureKind;
use crate::text::paths::is_prose;

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
    /// Activities that have a step of their own and count for that of their phase as well.
    also_of: HashMap<Symbol, usize>,
    told: ToldEvents<'a>,
    /// By step: runs are not compared by it.
    aside: Vec<bool>,
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
    /// Of these runs, those that typed it only after the step.
    pub beside_after: BTreeMap<Symbol, RunSet>,
    /// By command.
    pub durations_ms: BTreeMap<Symbol, Vec<u32>>,
}

impl<'a> Facts<'a> {
    /// Looks at the runs that the model names, and at all of its process where it names none.
    pub(crate) fn new(model: &ProcessModel, log: &'a ExecutionLog) -> Self {
        let named: BTreeSet<Symbol> = model.evidence.run_ids.iter().filter_map(|id| log.symbols.find(id)).collect();
        let process = log.symbols.find(&model.process);
        let is_meant =
            |run: &Run| if named.is_empty() { Some(run.process) == process } else { named.contains(&run.id) };
        let runs: RunSet = (0..).zip(&log.runs).filter(|(_, run)| is_meant(run)).map(|(index, _)| index).collect();
        let (step_of, also_of) = steps_by_activity(model, log);
        let told = ToldEvents::new(log, &runs.iter().copied().collect::<Vec<_>>(), model.level);
        let aside = model.steps.iter().map(|step| step.aside).collect();
        let mut steps: Vec<StepFacts> = Vec::new();
        steps.resize_with(model.steps.len(), StepFacts::default);
        let mut facts = Self { log, runs, steps, step_of, also_of, told, aside };
        for run in facts.runs.clone() {
            facts.add(run);
        }
        facts
    }

    pub(crate) fn run(&self, run: u32) -> &'a Run {
        &self.log.runs[run as usize]
    }

    /// Each with its place in the log.
    pub(crate) fn events(&self, run: u32) -> impl Iterator<Item = (u32, &'a Execution)> + use<'a> {
        let run = self.run(run);
        run.events.clone().zip(self.log.events_of(run))
    }

    /// The step of the model that an execution is of. `at` is its place in the log.
    pub(crate) fn step_of(&self, at: u32, event: &Execution) -> Option<usize> {
        let mut activities = std::iter::once(&event.activity).chain(&event.also);
        activities.find_map(|activity| self.step_of_activity(at, *activity))
    }

    pub(crate) fn step_of_activity(&self, at: u32, activity: Symbol) -> Option<usize> {
        self.step_of.get(&activity).copied().filter(|_| self.told.has(at, activity))
    }

    /// Branches that the runs are of, as far as they are known.
    pub(crate) fn branches(&self) -> usize {
        let named = self.runs.iter().map(|run| self.run(*run).branch).filter(|branch| !branch.is_none());
        named.collect::<BTreeSet<Symbol>>().len()
    }

    /// Whether runs are not compared by a step.
    pub(crate) fn is_aside(&self, step: usize) -> bool {
        self.aside.get(step).copied().unwrap_or_default()
    }

    /// The step that an activity is done for, where it is no step itself.
    fn is_beside(&self, activity: Symbol) -> Option<usize> {
        let name = self.log.text(activity);
        let (_, of) = BESIDE.iter().find(|(beside, _)| *beside == name)?;
        self.step_of.get(&self.log.symbols.find(of)?).copied()
    }

    /// The step that failed: of several in one call the one whose check it is, else the main one. A mistake of an agent with its
    /// own tools is no failure of a step, for nobody else can make it.
    pub(crate) fn failed_step(&self, at: u32, event: &Execution) -> Option<usize> {
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
        meant.and_then(|activity| self.step_of_activity(at, activity)).or_else(|| self.step_of(at, event))
    }

    /// The first place at which a run does a step.
    pub(crate) fn first_of(&self, run: u32, step: usize) -> Option<u32> {
        self.events(run).find(|(at, event)| self.has_step(*at, event, step)).map(|(at, _)| at)
    }

    fn has_step(&self, at: u32, event: &Execution, step: usize) -> bool {
        event.done().any(|(activity, _)| self.step_of_activity(at, activity) == Some(step))
    }

    fn add_beside(&mut self, run: u32) {
        let events: Vec<(u32, &Execution)> = self.events(run).collect();
        for (place, (_, event)) in events.iter().enumerate() {
            for (activity, command) in event.done().filter(|(_, command)| !command.is_none()) {
                let Some(step) = self.is_beside(activity) else { continue };
                let has = |part: &[(u32, &Execution)]| part.iter().any(|(at, event)| self.has_step(*at, event, step));
                // In which order the parts of one call were typed is not kept.
                let is_after = has(&events[..place]) && !has(&events[place..]);
                self.steps[step].beside.entry(command).or_default().insert(run);
                if is_after {
                    self.steps[step].beside_after.entry(command).or_default().insert(run);
                }
            }
        }
    }

    fn add(&mut self, run: u32) {
        self.add_beside(run);
        let mut last = None;
        for (at, event) in self.events(run) {
            for (activity, _) in event.done() {
                if let Some(step) = self.also_of.get(&activity).filter(|_| self.told.has(at, activity)) {
                    self.steps[*step].runs.insert(run);
                }
            }
            let Some(main) = self.step_of(at, event) else { continue };
            let mut done: BTreeMap<usize, Vec<Symbol>> = BTreeMap::new();
            for (activity, command) in event.done() {
                if let Some(step) = self.step_of_activity(at, activity) {
                    done.entry(step).or_default().extend(Some(command).filter(|command| !command.is_none()));
                }
            }
            if last != Some(main) && self.steps[main].runs.contains(&run) && !self.is_aside(main) {
                self.steps[main].again.insert(run);
            }
            for (step, commands) in done {
                self.steps[step].take(run, event, &commands);
            }
            if let Some(failed) = self.failed_step(at, event) {
                self.steps[failed].failed.insert(run);
            }
            // How long each part of a call took is not known.
            if let Some(ms) = event.duration_ms.filter(|_| event.also.is_empty() && !event.command.is_none()) {
                self.steps[main].durations_ms.entry(event.command).or_default().push(ms);
            }
            if !self.is_aside(main) {
                last = Some(main);
            }
        }
    }
}

/// The step of each activity of the log: the one that names it, else the one that names what it is for (`change`). And the latter
/// for those that have both.
fn steps_by_activity(model: &ProcessModel, log: &ExecutionLog) -> (HashMap<Symbol, usize>, HashMap<Symbol, usize>) {
    let (mut step_of, mut also_of) = (HashMap::new(), HashMap::new());
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
            let own = *step_of.entry(*activity).or_insert(index);
            if own != index {
                also_of.insert(*activity, index);
            }
        }
    }
    (step_of, also_of)
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

    /// How long a command took: half of the times are longer; and how many there are.
    pub(crate) fn median_ms(&self, command: Symbol) -> Option<(u32, usize)> {
        let mut sorted: Vec<u32> = self.durations_ms.get(&command)?.clone();
        sorted.sort_unstable();
        let middle = sorted.len().checked_sub(1)? / 2;
        let upper = sorted[sorted.len() / 2];
        Some((sorted[middle] + (upper - sorted[middle]) / 2, sorted.len()))
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
        is_prose(&path) || path.starts_with("docs/")
    };
    !run.files.is_empty() && run.files.iter().all(|file| is_page(log.text(*file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model_from::{Thresholds, model};
    use crate::record::execution::CaseKind;

    /// Runs of calls separated by `>`; `+` joins what is of one call, `!` says that it failed.
    fn log(runs: &[&str]) -> ExecutionLog {
        let mut log = ExecutionLog::default();
        for (name, phase) in [
            ("explore", Phase::Explore),
            ("edit source", Phase::Change),
            ("format code", Phase::Change),
            ("lint", Phase::Verify),
            ("run tests", Phase::Verify),
            ("commit", Phase::Commit),
            ("push", Phase::Publish),
        ] {
            let name = log.symbols.intern(name);
            log.phases.insert(name, phase);
        }
        for (number, told) in runs.iter().enumerate() {
            let mut run = Run::new(log.symbols.intern(&format!("run-{number}")), CaseKind::Unit);
            run.process = log.symbols.intern("change");
            let mut events = Vec::new();
            for call in told.split(" > ") {
                let status = if call.ends_with('!') { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
                let names: Vec<&str> = call.trim_end_matches('!').split('+').collect();
                let symbols: Vec<Symbol> = names.iter().map(|name| log.symbols.intern(name)).collect();
                let commands: Vec<Symbol> =
                    names.iter().map(|name| log.symbols.intern(&format!("make {name}"))).collect();
                events.push(Execution {
                    activity: symbols[0],
                    command: commands[0],
                    also: symbols[1..].to_vec(),
                    also_commands: commands[1..].to_vec(),
                    status,
                    ..Execution::default()
                });
            }
            log.push(run, events);
        }
        log
    }

    #[test]
    fn a_document_counts_what_its_model_counts() {
        let log = log(&[
            "run tests! > edit source > lint > commit",
            "run tests > lint > edit source > run tests > commit > push",
            "format code > commit",
            "lint > commit",
            "edit source > format code+lint+run tests > commit+push",
            "edit source > run tests! > edit source > run tests > format code > commit",
            "explore > edit source > commit! > commit",
        ]);
        let model = model(&log, "change", &Thresholds { min_runs: 1, kept: 0.0, ..Thresholds::default() }).unwrap();
        let facts = Facts::new(&model, &log);
        for (step, seen) in model.steps.iter().zip(&facts.steps) {
            assert_eq!(step.runs as usize, seen.runs.len(), "{}", step.id);
            for one in &step.commands {
                let command = log.symbols.find(&one.command).unwrap();
                assert_eq!(one.runs as usize, seen.commands[&command].len(), "{}: {}", step.id, one.command);
            }
        }
        let tests = model.steps.iter().position(|step| step.id == "run-tests").unwrap();
        assert_eq!(
            facts.steps[tests].failed.iter().copied().collect::<Vec<_>>(),
            [5],
            "before the change it is no check of it"
        );
        assert_eq!(facts.steps[tests].runs.iter().copied().collect::<Vec<_>>(), [1, 4, 5]);
    }
}

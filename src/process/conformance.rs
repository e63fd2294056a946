//! Whether runs went as a model says: each run beside the model (`alignment`), what differs in words of the process, and how
//! often each step was as it should be.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Serialize;

use super::alignment::{Alignment, LARGEST_SET, Move, Plan, PlanStep};
use super::model::{ModelStep, ProcessModel};
use super::sequence::items;
use super::statistics::share;
use super::trace::{Trace, TraceStep, Traces};
use super::traces::traces;
use crate::record::execution::{ExecutionLog, Symbol};

/// Runs beside a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Conformance {
    pub process: String,
    pub fitness: Fitness,
    /// In the order of the model, without the steps that no log shows.
    pub steps: Vec<StepConformance>,
    /// In the order of the log.
    pub runs: Vec<RunConformance>,
}

/// From 0 to 1, as alignments give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Fitness {
    /// The mean over the runs.
    pub average: f64,
    /// Over all runs as if they were one.
    pub log: f64,
    /// Runs of fitness 1.
    pub fitting: u32,
    pub runs: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StepConformance {
    /// Of the model.
    pub step: String,
    pub required: bool,
    /// Runs that carried it out where it belongs.
    pub done: u32,
    /// Runs without it.
    pub missing: u32,
    /// Runs that carried it out elsewhere.
    pub out_of_order: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RunConformance {
    pub run: String,
    pub fitness: f64,
    /// Required steps that were carried out where they belong.
    pub done: u32,
    /// Required steps.
    pub of: u32,
    pub deviations: Vec<Deviation>,
    /// `3 of 4 steps; deviation: no run tests`
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Deviation {
    pub kind: DeviationKind,
    /// The activity, as the log or the model calls it.
    pub activity: String,
    pub times: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeviationKind {
    /// A required step is not there.
    Missing,
    /// A step that most runs have, and this one does not.
    Skipped,
    /// A step is there, elsewhere.
    OutOfOrder,
    /// A step was carried out once more than the model allows.
    Repeated,
    /// Something that is not in the model.
    Extra,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let activity = &self.activity;
        match self.kind {
            DeviationKind::Missing | DeviationKind::Skipped => write!(f, "no {activity}"),
            DeviationKind::OutOfOrder => write!(f, "{activity} out of order"),
            DeviationKind::Repeated => write!(f, "{activity} repeated"),
            DeviationKind::Extra => write!(f, "{activity} is not in the process"),
        }?;
        if self.times > 1 { write!(f, " ({} times)", self.times) } else { Ok(()) }
    }
}

/// A step that is not required is usual when at least this share of the runs has it.
const USUAL: f64 = 0.5;

/// Compares `runs` (indexes into `log.runs`) with `model`, at its level. Runs of which nothing is told at that level have no
/// steps at all, and are left out.
pub(crate) fn conform(log: &ExecutionLog, model: &ProcessModel, runs: &[u32]) -> Conformance {
    let traces = traces(log, runs, model.level);
    conform_traces(log, model, &traces)
}

/// As [`conform`], for traces that are there already, of the model's level.
pub(crate) fn conform_traces(log: &ExecutionLog, model: &ProcessModel, traces: &Traces) -> Conformance {
    let names = traces.traces.iter().filter(|trace| !trace.steps.is_empty());
    let judge = Judge::new(model, traces);
    let mut known: HashMap<Vec<u32>, Judged> = HashMap::new();
    let mut tally = Tally::default();
    let mut steps: Vec<StepConformance> = judge.empty_steps();
    let runs = names
        .map(|trace| {
            let sequence = judge.sequence(trace);
            let judged = known.entry(sequence).or_insert_with_key(|sequence| judge.judge(sequence));
            tally.add(&judged.alignment);
            judged.count(&mut steps);
            let id = log.runs.get(trace.run as usize).map_or("", |run| log.text(run.id));
            RunConformance { run: id.to_owned(), ..judged.result.clone() }
        })
        .collect();
    Conformance { process: model.process.clone(), fitness: tally.fitness(), steps, runs }
}

#[derive(Default)]
struct Tally {
    sum: f64,
    cost: u64,
    worst: u64,
    fitting: u32,
    runs: u32,
}

impl Tally {
    fn add(&mut self, alignment: &Alignment) {
        self.sum += alignment.fitness();
        self.cost += u64::from(alignment.cost);
        self.worst += u64::from(alignment.worst);
        self.fitting += u32::from(alignment.cost == 0);
        self.runs += 1;
    }

    fn fitness(&self) -> Fitness {
        let average = if self.runs == 0 { 0.0 } else { self.sum / f64::from(self.runs) };
        let log = match (self.runs, self.worst) {
            (0, _) => 0.0,
            (_, 0) => 1.0,
            (_, worst) => 1.0 - self.cost as f64 / worst as f64,
        };
        Fitness { average, log, fitting: self.fitting, runs: self.runs }
    }
}

/// One sequence beside the model.
struct Judged {
    alignment: Alignment,
    /// By step of the plan: done, elsewhere.
    steps: Vec<(bool, bool)>,
    result: RunConformance,
}

impl Judged {
    fn count(&self, steps: &mut [StepConformance]) {
        for (step, (done, elsewhere)) in steps.iter_mut().zip(&self.steps) {
            match (done, elsewhere) {
                (true, _) => step.done += 1,
                (false, true) => step.out_of_order += 1,
                (false, false) => step.missing += 1,
            }
        }
    }
}

/// A model, ready to compare traces with.
pub(super) struct Judge<'a> {
    model: &'a ProcessModel,
    traces: &'a Traces,
    plan: Plan,
    /// For each step of the plan, its place in the model.
    places: Vec<usize>,
    /// Where in the plan a name first is.
    first: BTreeMap<u32, usize>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(model: &'a ProcessModel, traces: &'a Traces) -> Self {
        let (plan, places) = plan(model, |name| traces.labels.find(name).map(|symbol| symbol.0));
        let mut first = BTreeMap::new();
        for (place, step) in plan.steps.iter().enumerate() {
            for name in &step.names {
                first.entry(*name).or_insert(place);
            }
        }
        Self { model, traces, plan, places, first }
    }

    /// Whether a trace of these steps goes as the model says.
    pub(super) fn fits(&self, labels: &[Symbol]) -> bool {
        let steps = labels.iter().map(|label| TraceStep { label: *label, first: 0, last: 0, rework: 0 }).collect();
        self.plan.align(&self.sequence(&Trace { run: 0, steps })).cost == 0
    }

    fn empty_steps(&self) -> Vec<StepConformance> {
        let step = |place: &usize| {
            let step = &self.model.steps[*place];
            StepConformance { step: step.id.clone(), required: step.required, done: 0, missing: 0, out_of_order: 0 }
        };
        self.places.iter().map(step).collect()
    }

    /// The names of a trace. Those of a set stand in the order of the model, for any order of them is true.
    fn sequence(&self, trace: &Trace) -> Vec<u32> {
        let mut items = items(self.traces, trace);
        items.sort_by_key(|item| (item.place, self.first.get(&item.name.0).copied().unwrap_or(usize::MAX)));
        items.into_iter().map(|item| item.name.0).collect()
    }

    fn judge(&self, sequence: &[u32]) -> Judged {
        let alignment = self.plan.align(sequence);
        let mut steps = vec![(false, false); self.plan.steps.len()];
        let mut extra: Vec<u32> = Vec::new();
        for made in &alignment.moves {
            match made {
                Move::Done { step, .. } => steps[*step].0 = true,
                Move::Missing { .. } => {}
                Move::Extra { at } => extra.push(sequence[*at]),
            }
        }
        let deviations = self.deviations(&alignment, &mut steps, &extra);
        let required = |done: bool| {
            let steps =
                self.plan.steps.iter().zip(&steps).filter(|(step, (is_done, _))| step.required && (!done || *is_done));
            u32::try_from(steps.count()).unwrap_or(u32::MAX)
        };
        let (done, of) = (required(true), required(false));
        let result = RunConformance {
            run: String::new(),
            fitness: alignment.fitness(),
            done,
            of,
            summary: summary(done, of, &deviations),
            deviations,
        };
        Judged { alignment, steps, result }
    }

    /// What differs; marks in `steps` which are elsewhere.
    fn deviations(&self, alignment: &Alignment, steps: &mut [(bool, bool)], extra: &[u32]) -> Vec<Deviation> {
        let mut found: BTreeMap<(DeviationKind, String), u32> = BTreeMap::new();
        let mut elsewhere: Vec<u32> = extra.to_vec();
        let missing = alignment.moves.iter().filter_map(|made| match made {
            Move::Missing { step } => Some(*step),
            _ => None,
        });
        for step in missing {
            let place = elsewhere.iter().position(|name| self.plan.steps[step].names.contains(name));
            let kind = match place {
                Some(place) => {
                    steps[step].1 = true;
                    elsewhere.remove(place);
                    DeviationKind::OutOfOrder
                }
                None => DeviationKind::Missing,
            };
            *found.entry((kind, self.name_of(step))).or_default() += 1;
        }
        for (place, step) in self.plan.steps.iter().enumerate() {
            if step.required || steps[place].0 {
                continue;
            }
            let index = elsewhere.iter().position(|name| step.names.contains(name));
            if let Some(index) = index {
                elsewhere.remove(index);
                steps[place].1 = true;
                found.insert((DeviationKind::OutOfOrder, self.name_of(place)), 1);
            } else if self.is_usual(place) {
                found.insert((DeviationKind::Skipped, self.name_of(place)), 1);
            }
        }
        for name in elsewhere {
            let kind = if self.first.contains_key(&name) { DeviationKind::Repeated } else { DeviationKind::Extra };
            let label = self.traces.labels.text(Symbol(name));
            *found.entry((kind, label.to_owned())).or_default() += 1;
        }
        found.into_iter().map(|((kind, activity), times)| Deviation { kind, activity, times }).collect()
    }

    fn is_usual(&self, step: usize) -> bool {
        share(self.model.steps[self.places[step]].runs, self.model.evidence.runs) >= USUAL
    }

    /// The activity by which people know the step.
    fn name_of(&self, step: usize) -> String {
        let step = &self.model.steps[self.places[step]];
        step.activities.first().unwrap_or(&step.title).clone()
    }
}

/// `3 of 4 steps; deviation: no run tests`.
pub(super) fn summary(done: u32, of: u32, deviations: &[Deviation]) -> String {
    let steps = format!("{done} of {of} {}", if of == 1 { "step" } else { "steps" });
    let words: Vec<String> = deviations.iter().map(ToString::to_string).collect();
    match words.len() {
        0 => steps,
        1 => format!("{steps}; deviation: {}", words[0]),
        _ => format!("{steps}; deviations: {}", words.join(", ")),
    }
}

/// The plan of a model, and for each of its steps the place in the model. A step without activities is in no log, and what is
/// done along the way in no trace. A name
/// that no trace has gets no number.
fn plan(model: &ProcessModel, number: impl Fn(&str) -> Option<u32>) -> (Plan, Vec<usize>) {
    let mut plan = Plan::default();
    let mut places: Vec<usize> = Vec::new();
    let mut last_set: Option<&str> = None;
    let mut blocks: HashMap<&str, usize> = HashMap::new();
    let is_compared = |step: &ModelStep| !step.activities.is_empty() && !step.aside;
    for (place, step) in model.steps.iter().enumerate().filter(|(_, step)| is_compared(step)) {
        let set = step.unordered_with.as_deref();
        let size = plan.steps.len() - plan.blocks.last().copied().unwrap_or(0);
        if set.is_none() || set != last_set || size >= LARGEST_SET {
            plan.blocks.push(plan.steps.len());
        }
        last_set = set;
        blocks.insert(&step.id, plan.blocks.len() - 1);
        plan.steps.push(PlanStep {
            names: step.activities.iter().map(|name| number(name).unwrap_or(u32::MAX)).collect(),
            required: step.required,
            back_to: step.on_failure.as_deref().and_then(|target| blocks.get(target).copied()),
        });
        places.push(place);
    }
    (plan, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::level::Level;
    use crate::process::model::ModelEvidence;
    use crate::process::planted::{self, BEFORE, RUNS, USUAL};

    /// `name!` is required, `{` opens a set and `}` closes it.
    fn model(level: Level, steps: &[&str]) -> ProcessModel {
        let mut set = None;
        let mut model = ProcessModel { level, ..ProcessModel::default() };
        model.evidence = ModelEvidence { runs: 10, ..ModelEvidence::default() };
        for word in steps {
            match *word {
                "{" => set = Some("set".to_owned()),
                "}" => set = None,
                name => model.steps.push(ModelStep {
                    id: name.trim_end_matches('!').replace(' ', "-"),
                    activities: vec![name.trim_end_matches('!').to_owned()],
                    required: name.ends_with('!'),
                    unordered_with: set.clone(),
                    runs: if name.ends_with('!') { 10 } else { 6 },
                    ..ModelStep::default()
                }),
            }
        }
        model
    }

    fn usual() -> ProcessModel {
        let steps: Vec<String> = USUAL.iter().map(|name| format!("{name}!")).collect();
        model(Level::Raw, &steps.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Figures of pm4py 2.7.23 for the planted log.
    #[test]
    fn the_planted_log_has_the_fitness_that_pm4py_gives_it() {
        let log = planted::log();
        for (runs, average, whole, fitting) in [
            (0..BEFORE, 0.941_666_666_666_666_8, 0.937_198_067_632_850_2, 12),
            (BEFORE..RUNS, 0.912_121_212_121_212_1, 0.909_090_909_090_909_1, 2),
        ] {
            let found = conform(&log, &usual(), &runs.collect::<Vec<_>>()).fitness;
            assert!((found.average - average).abs() < 1e-12, "{found:?}");
            assert!((found.log - whole).abs() < 1e-12, "{found:?}");
            assert_eq!(found.fitting, fitting);
        }
    }

    fn summary_of(model: &ProcessModel, steps: &[&str]) -> String {
        let mut log = ExecutionLog::default();
        planted::add(&mut log, steps, 0);
        conform(&log, model, &[0]).runs.remove(0).summary
    }

    #[test]
    fn a_run_is_told_in_one_line() {
        let model = model(Level::Raw, &["edit!", "{", "lint!", "run tests!", "}", "commit!", "push"]);
        for (steps, said) in [
            (&["edit", "lint", "run tests", "commit", "push"][..], "4 of 4 steps"),
            (&["edit", "run tests", "lint", "commit", "push"], "4 of 4 steps"),
            (&["edit", "lint", "run tests", "commit"], "4 of 4 steps; deviation: no push"),
            (&["edit", "lint", "commit", "push"], "3 of 4 steps; deviation: no run tests"),
            (&["edit", "commit", "lint", "run tests", "push"], "3 of 4 steps; deviation: commit out of order"),
            (
                &["edit", "lint", "run tests", "deploy", "deploy", "commit", "push"],
                "4 of 4 steps; deviation: deploy is not in the process (2 times)",
            ),
            (&["edit", "lint", "run tests", "commit", "push", "push"], "4 of 4 steps; deviation: push repeated"),
            (&["edit", "push"], "1 of 4 steps; deviations: no commit, no lint, no run tests"),
        ] {
            assert_eq!(summary_of(&model, steps), said, "{steps:?}");
        }
    }

    #[test]
    fn each_step_is_counted_over_the_runs() {
        let found = conform(&planted::log(), &usual(), &(0..BEFORE).collect::<Vec<_>>());
        let explore = found.steps.iter().find(|step| step.step == "explore").unwrap();
        assert_eq!((explore.done, explore.missing, explore.out_of_order), (17, 3, 0));
        let tests = found.steps.iter().find(|step| step.step == "run-tests").unwrap();
        assert_eq!((tests.done, tests.missing, tests.out_of_order), (20, 0, 0));
    }

    #[test]
    fn a_step_that_no_log_shows_is_not_missed() {
        let mut model = usual();
        model.steps.push(ModelStep { id: "tell-the-team".to_owned(), required: true, ..ModelStep::default() });
        assert_eq!(summary_of(&model, USUAL), "5 of 5 steps");
    }

    #[test]
    fn no_run_has_no_fitness() {
        let found = conform(&planted::log(), &usual(), &[]);
        assert_eq!(found.fitness, Fitness::default());
        assert!(found.runs.is_empty());
    }
}

//! What runs do along the way, and a newcomer has to know: no path has it, for traces tell it under another name or as effort. It
//! becomes a step of the model by which no run is compared.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{ModelCommand, ModelStep};
use super::sequence::{Name, activities, items};
use super::step_names::{id, title};
use super::trace::{Trace, Traces};
use crate::record::execution::{Execution, ExecutionLog, Symbol};

const ASIDES: &[&str] = &["create branch", "format code"];

/// A branch has several changes and needs these once: few runs have them, however regularly they are done.
const ONCE_A_BRANCH: &[&str] = &["create branch", "open PR"];
/// A branch with several changes may be pushed once as well.
const PUSH: &str = "push";

const MAX_COMMANDS: usize = 5;

pub(super) fn is_aside(activity: &str) -> bool {
    ASIDES.contains(&activity)
}

/// Whether a branch needs an activity once, however many changes it has.
pub(crate) fn is_once_a_branch(activity: &str) -> bool {
    ONCE_A_BRANCH.contains(&activity)
}

/// Whether it may be done for several runs at once, so that the share of the runs says little.
pub(super) fn is_for_several(activity: &str) -> bool {
    is_once_a_branch(activity) || activity == PUSH
}

/// `steps` with those that `is_step` says enough runs have, each where most runs do it.
pub(super) fn with_asides(
    log: &ExecutionLog,
    traces: &Traces,
    mut steps: Vec<ModelStep>,
    is_step: impl Fn(&str, u32) -> bool,
) -> Vec<ModelStep> {
    for name in ASIDES {
        // At a close level it is a step like others.
        let is_label = traces.labels.find(name).is_some();
        let Some(activity) = log.symbols.find(name).filter(|_| !is_label) else { continue };
        let seen = Seen::of(log, traces, activity);
        if is_step(name, number(seen.first.len())) {
            let place = seen.place(log, traces, &steps);
            steps.insert(place, seen.step(log, name));
        }
    }
    steps
}

/// The runs that do it, by their place among the traces.
#[derive(Default)]
struct Seen {
    /// Where each run does it first: an index into the log's events.
    first: BTreeMap<usize, u32>,
    commands: BTreeMap<Symbol, BTreeSet<usize>>,
}

impl Seen {
    fn of(log: &ExecutionLog, traces: &Traces, activity: Symbol) -> Self {
        let mut seen = Self::default();
        for (place, trace) in traces.traces.iter().enumerate() {
            for (at, event) in events(log, trace) {
                let done = event.done().filter(|(one, _)| *one == activity);
                for (_, command) in done {
                    seen.first.entry(place).or_insert(at);
                    if !command.is_none() {
                        seen.commands.entry(command).or_default().insert(place);
                    }
                }
            }
        }
        seen
    }

    /// Where it stands among `steps` so that the fewest runs do it otherwise; never inside a set.
    fn place(&self, log: &ExecutionLog, traces: &Traces, steps: &[ModelStep]) -> usize {
        // For each step the runs that do it earlier, and those that do it later or in the same call.
        let counts: Vec<(u32, u32)> = steps.iter().map(|step| self.beside(log, traces, step)).collect();
        let against = |place: usize| -> u32 {
            let before: u32 = counts[..place].iter().map(|(_, later)| later).sum();
            before + counts[place..].iter().map(|(earlier, _)| earlier).sum::<u32>()
        };
        let set = |place: usize| steps.get(place).and_then(|step| step.unordered_with.as_ref());
        let is_inside = |place: usize| place > 0 && set(place).is_some() && set(place - 1) == set(place);
        (0..=steps.len()).filter(|place| !is_inside(*place)).min_by_key(|place| against(*place)).unwrap_or(0)
    }

    fn beside(&self, log: &ExecutionLog, traces: &Traces, step: &ModelStep) -> (u32, u32) {
        let (mut earlier, mut later) = (0, 0);
        for (place, own) in &self.first {
            match first_of(log, traces, &traces.traces[*place], step) {
                Some(other) if other < *own => earlier += 1,
                Some(_) => later += 1,
                None => {}
            }
        }
        (earlier, later)
    }

    fn step(&self, log: &ExecutionLog, name: &str) -> ModelStep {
        let row = |(command, runs): (&Symbol, &BTreeSet<usize>)| ModelCommand {
            command: log.text(*command).to_owned(),
            runs: number(runs.len()),
        };
        let mut commands: Vec<ModelCommand> = self.commands.iter().map(row).collect();
        commands.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.command.cmp(&b.command)));
        commands.truncate(MAX_COMMANDS);
        ModelStep {
            id: id(name),
            title: title(name),
            activities: vec![name.to_owned()],
            aside: true,
            commands,
            runs: number(self.first.len()),
            ..ModelStep::default()
        }
    }
}

fn events<'a>(log: &'a ExecutionLog, trace: &Trace) -> impl Iterator<Item = (u32, &'a Execution)> {
    let run = &log.runs[trace.run as usize];
    run.events.clone().zip(log.events_of(run))
}

/// The first event of a run that is told as `step`, or that does what is done aside.
fn first_of(log: &ExecutionLog, traces: &Traces, trace: &Trace, step: &ModelStep) -> Option<u32> {
    let is_named = |name: &str| step.activities.iter().any(|activity| activity == name);
    if step.aside {
        let is_it = |event: &Execution| activities(event).any(|activity| is_named(log.text(activity)));
        return events(log, trace).find(|(_, event)| is_it(event)).map(|(at, _)| at);
    }
    let told = items(traces, trace).into_iter().filter(|item| is_named(traces.label(item.name)));
    let first = told.filter_map(|item| {
        let name = Name::of(traces.label(item.name));
        let is_it = |at: &u32| {
            let of_step = |activity: &Symbol| name.means(log, *activity) && !is_aside(log.text(*activity));
            activities(&log.events[*at as usize]).any(|activity| of_step(&activity))
        };
        (item.step.first..=item.step.last).find(is_it)
    });
    first.min()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use crate::process::conformance::conform;
    use crate::process::model::ProcessModel;
    use crate::process::model_from::{Thresholds, model};
    use crate::process::planted;
    use crate::record::execution::{ExecutionLog, Phase};

    fn log(runs: &[(&[&str], u32)]) -> ExecutionLog {
        let mut log = ExecutionLog::default();
        for (name, phase) in [
            ("edit source", Phase::Change),
            ("format code", Phase::Change),
            ("run tests", Phase::Verify),
            ("commit", Phase::Commit),
            ("open PR", Phase::Publish),
            ("create branch", Phase::Other),
        ] {
            let name = log.symbols.intern(name);
            log.phases.insert(name, phase);
        }
        for (steps, times) in runs {
            for _ in 0..*times {
                let at = log.runs.len() as i64 * 86_400_000;
                planted::add(&mut log, steps, at);
            }
        }
        for event in &mut log.events {
            if log.symbols.text(event.activity) == "format code" {
                event.command = log.symbols.intern("make fmt");
            }
        }
        log
    }

    fn told(model: &ProcessModel) -> Vec<String> {
        let step =
            |step: &super::ModelStep| format!("{}{} {}", step.id, if step.aside { " aside" } else { "" }, step.runs);
        model.steps.iter().map(step).collect()
    }

    const PLAIN: &[&str] = &["edit source", "run tests", "commit"];
    const FORMATS: &[&str] = &["edit source", "format code", "run tests", "edit source", "run tests", "commit"];
    const BRANCHES: &[&str] = &["create branch", "edit source", "format code", "run tests", "commit", "open PR"];

    #[test]
    fn what_is_done_along_the_way_is_a_step_by_which_no_run_is_compared() {
        let log = log(&[(PLAIN, 34), (FORMATS, 10), (BRANCHES, 6)]);
        let model = model(&log, "bug-fix", &Thresholds::default()).unwrap();
        assert_eq!(
            told(&model),
            ["create-branch aside 6", "change 50", "format-code aside 16", "run-tests 50", "commit 50", "open-pr 6"]
        );
        assert_eq!(model.evidence.fitting, 50);
        let steps: Vec<String> = conform(&log, &model, &[0]).steps.into_iter().map(|step| step.step).collect();
        assert_eq!(steps, ["change", "run-tests", "commit", "open-pr"]);
        let commands = |id: &str| model.steps.iter().find(|step| step.id == id).unwrap().commands.len();
        assert_eq!((commands("format-code"), commands("change")), (1, 0), "a command is told where it belongs");
    }

    #[test]
    fn what_too_few_runs_do_is_no_step() {
        let model =
            model(&log(&[(PLAIN, 34), (FORMATS, 4), (BRANCHES, 4)]), "bug-fix", &Thresholds::default()).unwrap();
        assert_eq!(told(&model), ["change 42", "run-tests 42", "commit 42"]);
        let close = Thresholds { level: crate::process::level::Level::Activity, ..Thresholds::default() };
        let model = super::super::model_from::model(&log(&[(FORMATS, 10)]), "bug-fix", &close).unwrap();
        assert!(model.steps.iter().any(|step| step.id == "format-code" && !step.aside), "at a close look it is a step");
    }
}

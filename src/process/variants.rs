//! In how many ways a process is done, the most frequent first, and what differs between them.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::Serialize;

use super::tally::{ActorsIn, Median, Rate, Seen, SeenIn, median, run_time};
use super::trace::{Trace, Traces};
use crate::record::execution::{ExecutionLog, ExecutionStatus, Phase, Run, Symbol};

/// Names in a list, run ids of an example.
const MOST_NAMES: usize = 5;
const MOST_EXAMPLES: usize = 3;

/// Runs with the same steps in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub steps: Vec<Symbol>,
    /// Indexes into [`Traces::traces`], in their order.
    pub traces: Vec<u32>,
}

/// All ways of `traces` that have a step, the most frequent first; ties by the words of their steps.
pub(crate) fn ways(traces: &Traces) -> Vec<Way> {
    let mut places: HashMap<Vec<Symbol>, usize, RandomState> = HashMap::default();
    let mut ways: Vec<Way> = Vec::new();
    let mut steps = Vec::new();
    for (index, trace) in traces.traces.iter().enumerate().filter(|(_, trace)| !trace.steps.is_empty()) {
        steps.clear();
        steps.extend(trace.steps.iter().map(|step| step.label));
        let place = match places.get(steps.as_slice()) {
            Some(place) => *place,
            None => {
                places.insert(steps.clone(), ways.len());
                ways.push(Way { steps: steps.clone(), traces: Vec::new() });
                ways.len() - 1
            }
        };
        ways[place].traces.push(u32::try_from(index).unwrap_or(u32::MAX));
    }
    let places = places_of_words(traces);
    let words = |way: &Way, at: usize| way.steps.get(at).map(|step| places[step.0 as usize]);
    let by_words = |a: &Way, b: &Way| {
        let differ = (0..a.steps.len().max(b.steps.len())).find(|at| words(a, *at) != words(b, *at));
        differ.map_or(Ordering::Equal, |at| words(a, at).cmp(&words(b, at)))
    };
    ways.sort_by(|a, b| b.traces.len().cmp(&a.traces.len()).then_with(|| by_words(a, b)));
    ways
}

/// Where each label stands in the order of their words.
fn places_of_words(traces: &Traces) -> Vec<u32> {
    let mut order: Vec<Symbol> = (0..number(traces.labels.len())).map(Symbol).collect();
    order.sort_by(|a, b| traces.label(*a).cmp(traces.label(*b)));
    let mut places = vec![0; order.len()];
    for (place, label) in (0..).zip(order) {
        places[label.0 as usize] = place;
    }
    places
}

/// What `process variants` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Variants {
    /// Runs that have a step at this level.
    pub runs: u32,
    /// Runs of which nothing is told at this level: only reading and planning.
    pub runs_without_steps: u32,
    /// Ways in which the process was done.
    pub ways: u32,
    /// Runs of ways that have three runs or more, of `runs`.
    pub recurring: Rate,
    /// Fewer runs of a way make no figure but their number.
    pub minimum: u32,
    /// The most frequent first: the first one is the primary path.
    pub variants: Vec<Variant>,
    pub left_out: LeftOut,
}

/// What is not in the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LeftOut {
    pub variants: u32,
    pub runs: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Variant {
    pub steps: Vec<String>,
    pub rate: Rate,
    pub actors: Vec<Seen>,
    pub tools: Vec<Seen>,
    /// How the runs ended.
    pub outcomes: Vec<OutcomeSeen>,
    /// Absent where there are not enough runs to say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// What people wrote down about it.
    pub notes: Vec<Seen>,
    /// Ids of the first runs.
    pub examples: Vec<String>,
}

/// What takes some runs to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Figures {
    /// From the first event of a run to the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<Median>,
    /// Runs in which something failed.
    pub failed: Rate,
    /// Runs that went through a step again.
    pub reworked: Rate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OutcomeSeen {
    pub outcome: Outcome,
    pub runs: u32,
}

/// How a run ended, by its last events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Published,
    Committed,
    TakenBack,
    /// Logged elsewhere, and its last step went well.
    Succeeded,
    Failed,
    Stopped,
    NotKnown,
}

/// The ways of `traces`: at most `most` of them in full.
pub(crate) fn variants(log: &ExecutionLog, traces: &Traces, minimum: u32, most: usize) -> Variants {
    let all = ways(traces);
    let runs = all.iter().map(count).sum();
    let recurring = all.iter().map(count).filter(|runs| *runs >= 3).sum();
    let shown = &all[..all.len().min(most)];
    Variants {
        runs,
        runs_without_steps: number(traces.traces.len()) - runs,
        ways: number(all.len()),
        recurring: Rate { runs: recurring, of: runs },
        minimum,
        variants: shown.iter().map(|way| Variant::of(log, traces, way, Scale { runs, minimum })).collect(),
        left_out: LeftOut {
            variants: number(all.len() - shown.len()),
            runs: all[shown.len()..].iter().map(count).sum(),
        },
    }
}

#[derive(Clone, Copy)]
struct Scale {
    runs: u32,
    minimum: u32,
}

impl Variant {
    fn of(log: &ExecutionLog, traces: &Traces, way: &Way, scale: Scale) -> Self {
        let (mut actors, mut tools, mut notes) = (ActorsIn::default(), SeenIn::default(), SeenIn::default());
        let members = || way.traces.iter().map(|index| &traces.traces[*index as usize]);
        for trace in members() {
            for event in log.events_of(&log.runs[trace.run as usize]) {
                actors.add(event, trace.run);
                tools.add(event.tool, trace.run);
                notes.add(event.note, trace.run);
            }
        }
        let id = |trace: &Trace| log.text(log.runs[trace.run as usize].id).to_owned();
        Self {
            steps: way.steps.iter().map(|step| traces.label(*step).to_owned()).collect(),
            rate: Rate { runs: count(way), of: scale.runs },
            actors: actors.list(log, MOST_NAMES),
            tools: tools.list(log, MOST_NAMES),
            outcomes: outcomes(log, members()),
            figures: (count(way) >= scale.minimum).then(|| Figures::of(log, members(), count(way))),
            notes: notes.list(log, MOST_NAMES),
            examples: members().take(MOST_EXAMPLES).map(id).collect(),
        }
    }
}

impl Figures {
    pub(super) fn of<'a>(log: &ExecutionLog, traces: impl Iterator<Item = &'a Trace> + Clone, of: u32) -> Self {
        let run = |trace: &&Trace| &log.runs[trace.run as usize];
        let failed = |run: &&Run| log.events_of(run).iter().any(|event| event.status == ExecutionStatus::Failed);
        let times = traces.clone().filter_map(|trace| run_time(log, &log.runs[trace.run as usize]));
        Self {
            median: median(times.collect()),
            failed: Rate { runs: number(traces.clone().map(|trace| run(&trace)).filter(failed).count()), of },
            reworked: Rate { runs: number(traces.filter(|trace| is_reworked(trace)).count()), of },
        }
    }
}

/// Whether a step was done again: folded into one, or later on.
fn is_reworked(trace: &Trace) -> bool {
    let mut labels: Vec<Symbol> = trace.steps.iter().map(|step| step.label).collect();
    labels.sort_unstable();
    labels.windows(2).any(|pair| pair[0] == pair[1]) || trace.steps.iter().any(|step| step.rework > 0)
}

fn outcomes<'a>(log: &ExecutionLog, traces: impl Iterator<Item = &'a Trace>) -> Vec<OutcomeSeen> {
    let mut counts = std::collections::BTreeMap::new();
    for trace in traces {
        *counts.entry(outcome(log, &log.runs[trace.run as usize])).or_insert(0) += 1;
    }
    counts.into_iter().map(|(outcome, runs)| OutcomeSeen { outcome, runs }).collect()
}

/// How `run` ended. What was taken back counts as that only if nothing was committed later.
pub(crate) fn outcome(log: &ExecutionLog, run: &Run) -> Outcome {
    let mut ended = None;
    for event in log.events_of(run).iter().rev() {
        let went_well = !matches!(event.status, ExecutionStatus::Failed | ExecutionStatus::Stopped);
        match log.phase(event.activity) {
            Some(Phase::Publish) if went_well => return Outcome::Published,
            Some(Phase::Commit) if went_well => return Outcome::Committed,
            Some(Phase::Revert) if went_well => return Outcome::TakenBack,
            _ => {}
        }
        ended.get_or_insert(event.status);
    }
    match ended.unwrap_or_default() {
        ExecutionStatus::Succeeded => Outcome::Succeeded,
        ExecutionStatus::Failed => Outcome::Failed,
        ExecutionStatus::Stopped => Outcome::Stopped,
        ExecutionStatus::NotKnown => Outcome::NotKnown,
    }
}

fn count(way: &Way) -> u32 {
    number(way.traces.len())
}

pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::level::Level;
    use crate::process::planted;
    use crate::process::traces::all_traces;

    #[test]
    fn the_planted_log_has_its_variants_in_order_with_figures_only_where_there_are_enough_runs() {
        let log = planted::log();
        let told = variants(&log, &all_traces(&log, Level::Raw), 5, 4);
        let runs: Vec<u32> = told.variants.iter().map(|variant| variant.rate.runs).collect();
        assert_eq!((told.runs, told.ways, runs), (30, 5, vec![14, 6, 6, 3]));
        assert_eq!(told.left_out, LeftOut { variants: 1, runs: 1 });
        assert_eq!(told.recurring, Rate { runs: 29, of: 30 });
        assert_eq!(told.variants[0].steps, planted::USUAL);
        let figures = |at: usize| told.variants[at].figures.clone();
        assert_eq!(figures(3), None);
        let (usual, fails_once) = (figures(0).unwrap(), figures(2).unwrap());
        assert_eq!((usual.failed.runs, usual.reworked.runs), (0, 0));
        assert_eq!((fails_once.failed, fails_once.reworked), (Rate { runs: 6, of: 6 }, Rate { runs: 6, of: 6 }));
        assert_eq!(usual.median, Some(Median { minutes: 8.5, runs: 14 }));
    }

    #[test]
    fn ties_are_in_the_order_of_their_words_and_runs_without_steps_are_counted_apart() {
        let mut log = ExecutionLog::default();
        for steps in [&["b"][..], &["a", "b"], &["a"], &[], &["ab"]] {
            planted::add(&mut log, steps, 0);
        }
        let told = variants(&log, &all_traces(&log, Level::Raw), 1, 10);
        let steps: Vec<String> = told.variants.iter().map(|variant| variant.steps.join(" > ")).collect();
        assert_eq!(steps, ["a", "a > b", "ab", "b"]);
        assert_eq!((told.runs, told.runs_without_steps), (4, 1));
    }

    #[test]
    fn how_a_run_ended_is_told_by_its_last_events() {
        let mut log = ExecutionLog::default();
        for (activity, phase) in [("commit", Phase::Commit), ("push", Phase::Publish), ("revert", Phase::Revert)] {
            let activity = log.symbols.intern(activity);
            log.phases.insert(activity, phase);
        }
        for (steps, ended) in [
            (&["commit", "push"][..], Outcome::Published),
            (&["commit", "look"], Outcome::Committed),
            (&["revert"], Outcome::TakenBack),
            (&["revert", "commit"], Outcome::Committed),
            (&["call"], Outcome::Succeeded),
            (&["run tests (failed)"], Outcome::Failed),
            (&[], Outcome::NotKnown),
        ] {
            planted::add(&mut log, steps, 0);
            assert_eq!(outcome(&log, log.runs.last().unwrap()), ended, "{steps:?}");
        }
    }
}

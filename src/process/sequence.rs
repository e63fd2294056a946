//! A trace as single activities: the members of an unordered set one by one, at the same place. And which events a name tells.

use super::trace::{Trace, TraceStep, Traces};
use crate::record::execution::{Execution, ExecutionLog, Phase, Symbol};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// In [`Traces::labels`].
    pub(super) name: Symbol,
    /// Which step of the trace it is of. Items of one place have no order among them.
    pub(super) place: u32,
    pub(super) step: TraceStep,
}

/// The items of `trace`, in order.
pub(super) fn items(traces: &Traces, trace: &Trace) -> Vec<Item> {
    let mut items = Vec::with_capacity(trace.steps.len());
    for (place, step) in (0..).zip(&trace.steps) {
        match traces.sets.get(&step.label) {
            Some(members) => items.extend(members.iter().map(|name| Item { name: *name, place, step: *step })),
            None => items.push(Item { name: step.label, place, step: *step }),
        }
    }
    items
}

/// What a step is called: an activity, or what several activities are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    text: &'a str,
    phase: Option<Phase>,
}

/// Those that traces are labelled with.
const PHASES: &[Phase] = &[Phase::Change, Phase::Verify, Phase::Commit, Phase::Publish, Phase::Revert];

impl<'a> Name<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, phase: PHASES.iter().copied().find(|phase| phase.to_string() == text) }
    }

    /// Whether several activities go under it.
    pub(super) fn is_of_several(self) -> bool {
        self.phase.is_some()
    }

    /// Whether an event is of a step with this name: by its activity, or by one of those in the same call.
    pub(super) fn tells(self, log: &ExecutionLog, event: &Execution) -> bool {
        activities(event).any(|activity| self.means(log, activity))
    }

    /// The commands by which an event did what this name stands for.
    pub(super) fn commands(self, log: &'a ExecutionLog, event: &'a Execution) -> impl Iterator<Item = Symbol> + 'a {
        let meant = event.done().filter(move |(activity, _)| self.means(log, *activity));
        meant.map(|(_, command)| command).filter(|command| !command.is_none())
    }

    /// Activities of an event that go under this name without being called so: `format code` under `change`.
    pub(super) fn hides(self, log: &ExecutionLog, event: &Execution) -> Vec<Symbol> {
        match self.phase {
            Some(_) => activities(event)
                .filter(|activity| self.means(log, *activity) && log.text(*activity) != self.text)
                .collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn means(self, log: &ExecutionLog, activity: Symbol) -> bool {
        log.text(activity) == self.text || (self.phase.is_some() && log.phase(activity) == self.phase)
    }
}

/// What an event did, the main thing first.
pub(super) fn activities(event: &Execution) -> impl Iterator<Item = Symbol> + '_ {
    std::iter::once(event.activity).chain(event.also.iter().copied())
}

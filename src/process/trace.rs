//! A run as the sequence of its steps at one [`Level`](super::level::Level): what variants, graphs, conformance and drift are computed from.

use std::collections::BTreeMap;

use crate::record::execution::{Execution, ExecutionLog, Symbol, Symbols};

/// Traces of some runs of a log, in the order of the runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    /// Names of steps. Not the symbols of the log.
    pub labels: Symbols,
    /// Labels that stand for an unordered set of activities, with the names of these, sorted (also in `labels`).
    pub sets: BTreeMap<Symbol, Vec<Symbol>>,
    pub traces: Vec<Trace>,
    /// What the activities of the log are called, by their symbols; none for effort and for checks that are told as sets.
    pub told: Vec<Symbol>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// Index into `ExecutionLog::runs`.
    pub run: u32,
    pub steps: Vec<TraceStep>,
}

/// One step of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceStep {
    /// In [`Traces::labels`].
    pub label: Symbol,
    /// First and last event that are told by this step: indexes into `ExecutionLog::events`. Events of other steps may lie between.
    pub first: u32,
    pub last: u32,
    /// How often it was gone through again after the first time.
    pub rework: u16,
}

impl Traces {
    pub(crate) fn label(&self, symbol: Symbol) -> &str {
        self.labels.text(symbol)
    }

    /// The events of `log` that `step` tells of.
    pub(crate) fn events<'a>(
        &'a self,
        log: &'a ExecutionLog,
        step: &'a TraceStep,
    ) -> impl Iterator<Item = &'a Execution> {
        let is_told = self.tells(log, step);
        let events = &log.events[step.first as usize..=step.last as usize];
        events.iter().filter(move |event| is_told(event.activity) || event.also.iter().copied().any(&is_told))
    }

    /// Whether an activity is one of those that `step` tells of.
    pub(super) fn tells<'a>(&'a self, log: &'a ExecutionLog, step: &'a TraceStep) -> impl Fn(Symbol) -> bool + 'a {
        let names = self.names(step.label);
        move |activity| {
            let told = self.told.get(activity.0 as usize).copied().unwrap_or_default();
            told == step.label || (told.is_none() && names.contains(&log.text(activity)))
        }
    }

    /// The names that a step stands for: those of a set, or its own.
    pub(crate) fn names(&self, symbol: Symbol) -> Vec<&str> {
        match self.sets.get(&symbol) {
            Some(members) => members.iter().map(|member| self.label(*member)).collect(),
            None => vec![self.label(symbol)],
        }
    }
}

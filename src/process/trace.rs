//! A run as the sequence of its steps at one [`Level`](super::level::Level): what variants, graphs, conformance and drift are computed from.

use crate::record::execution::{Symbol, Symbols};

/// Traces of some runs of a log, in the order of the runs.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Names of steps. Not the symbols of the log.
    pub labels: Symbols,
    pub traces: Vec<Trace>,
}

#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Index into `ExecutionLog::runs`.
    pub run: u32,
    pub steps: Vec<TraceStep>,
}

/// One step of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// In [`Traces::labels`].
    pub label: Symbol,
    /// First and last event that are told by this step: indexes into `ExecutionLog::events`. Events of other steps may lie between.
    pub first: u32,
    pub last: u32,
    /// How often it was gone through again after the first time.
    pub rework: u16,
}

impl Traces {
    pub fn label(&self, symbol: Symbol) -> &str {
        self.labels.text(symbol)
    }
}

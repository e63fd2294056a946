//! A trace as single activities: the members of an unordered set one by one, at the same place.

use super::trace::{Trace, TraceStep, Traces};
use crate::record::execution::Symbol;

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

//! What a log of runs says about how work is done: activities, traces, variants, graphs, conformance and drift. Functions over
//! an `ExecutionLog` and a `ProcessModel`; reads no file and prints nothing.

pub(crate) mod activities;
pub(crate) mod alignment;
pub(crate) mod asides;
pub(crate) mod compare;
pub(crate) mod compare_view;
pub(crate) mod conformance;
pub(crate) mod drift;
pub(crate) mod exchange;
mod folding;
pub(crate) mod gone;
pub(crate) mod graph;
pub(crate) mod level;
pub(crate) mod model;
pub(crate) mod model_from;
pub(crate) mod model_yaml;
pub(crate) mod picture;
#[cfg(test)]
pub(crate) mod planted;
mod sequence;
pub(crate) mod settings;
pub(crate) mod statistics;
mod step_names;
mod stepset;
pub(crate) mod summary;
pub(crate) mod tally;
pub(crate) mod told;
pub(crate) mod trace;
pub(crate) mod traces;
pub(crate) mod unified;
pub(crate) mod units;
pub(crate) mod variants;

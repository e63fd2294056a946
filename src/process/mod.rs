//! What a log of runs says about how work is done: activities, traces, variants, graphs, conformance and drift. Functions over
//! an `ExecutionLog` and a `ProcessModel`; reads no file and prints nothing.

pub mod activities;
pub mod alignment;
pub mod compare;
pub mod compare_view;
pub mod conformance;
pub mod drift;
pub mod exchange;
mod folding;
pub mod gone;
pub mod graph;
pub mod level;
pub mod model;
pub mod model_from;
pub mod model_yaml;
pub mod picture;
#[cfg(test)]
pub(crate) mod planted;
mod sequence;
pub mod settings;
pub mod statistics;
mod stepset;
pub mod summary;
pub mod tally;
pub mod trace;
pub mod traces;
pub mod unified;
pub mod units;
pub mod variants;

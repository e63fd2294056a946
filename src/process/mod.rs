//! What a log of runs says about how work is done: activities, traces, variants, graphs, conformance and drift. Functions over
//! an `ExecutionLog` and a `ProcessModel`; reads no file and prints nothing.

pub mod alignment;
pub mod compare;
mod folding;
pub mod graph;
pub mod level;
pub mod model;
pub mod model_yaml;
pub mod picture;
pub mod statistics;
mod stepset;
pub mod summary;
pub mod tally;
pub mod trace;
pub mod traces;
pub mod unified;
pub mod variants;

//! What a log of runs says about how work is done: activities, traces, variants, graphs, conformance and drift. Functions over
//! an `ExecutionLog` and a `ProcessModel`; reads no file and prints nothing.

pub mod alignment;
pub mod compare;
pub mod level;
pub mod model;
pub mod model_yaml;
pub mod statistics;
pub mod trace;
pub mod unified;

//! Runs out of sessions: what was done, cut into units of change, each with the process that it belongs to.

pub(crate) mod belonging;
pub(crate) mod cut;
pub(crate) mod steps;

//! What records say about a question: what was tried and failed, what people corrected, what to know of files before they are
//! changed. Functions over values.

pub(crate) mod answers;
pub(crate) mod audit;
pub(crate) mod audit_page;
pub(crate) mod brief;
pub(crate) mod coverage;
pub(crate) mod handoff;
pub(crate) mod memory;
pub(crate) mod outcomes;
pub(crate) mod outline;
pub(crate) mod page;
pub(crate) mod ranking;
pub(crate) mod tokens;
mod turns;

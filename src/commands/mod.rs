//! What a person types: one file per command, its parts in a folder beside it. What hooks, the Action and several commands
//! do alike is in `recorder`.

mod asking;
pub(crate) mod audit;
pub(crate) mod backfill;
pub(crate) mod brief;
pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod handoff;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod mcp;
pub(crate) mod merge;
pub(crate) mod outcomes;
pub(crate) mod process;
pub(crate) mod prune;
pub(crate) mod redact;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod show;
pub(crate) mod sop;
pub(crate) mod tried;
pub(crate) mod uninstall;
pub(crate) mod why;

#[cfg(test)]
mod stories;

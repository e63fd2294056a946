//! What a person types: one file per command, its parts in a folder beside it. What hooks, the Action and several commands
//! do alike is in `recorder`.

pub mod backfill;
pub mod check;
pub mod demo;
pub mod describe;
pub mod doctor;
pub mod export;
pub mod forget;
pub mod init;
pub mod journal;
pub mod log;
pub mod mcp;
pub mod process;
pub mod prune;
pub mod redact;
pub mod sessions;
pub mod show;
pub mod sop;
pub mod uninstall;
pub mod why;

#[cfg(test)]
mod stories;

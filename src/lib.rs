//! backstory: how every commit was made. See `docs/ARCHITECTURE.md` for the flow, the floors and the words.

mod action;
pub mod capture;
pub mod checks;
pub mod cli;
mod commands;
pub mod config;
pub mod context;
pub mod document;
pub mod environment;
pub mod export;
pub mod failpoint;
mod files;
pub mod forge;
pub mod git;
mod hooks;
pub(crate) mod idle;
pub(crate) mod import;
mod install;
pub(crate) mod language_model;
pub mod link;
pub(crate) mod mcp;
pub mod output;
mod parallel;
pub mod policy;
mod process;
mod process_store;
pub(crate) mod recall;
pub mod record;
pub mod recorder;
pub mod redact;
pub(crate) mod report;
pub mod sop;
mod state;
#[cfg(test)]
mod testing;
pub mod text;

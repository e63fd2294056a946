//! backstory: how every commit was made. See `docs/ARCHITECTURE.md` for the flow and the words.

pub mod capture;
pub mod cli;
pub mod commands;
pub mod config;
pub mod document;
pub mod environment;
pub mod export;
pub mod failpoint;
mod files;
pub mod git;
pub mod github;
pub mod install;
pub mod link;
pub mod output;
pub mod policy;
pub mod record;
pub mod redact;
pub mod store;

//! What a command is and what its output says: checks among the commands, how they ended, what they ran on, and which files a
//! command changes. Works on text alone; steps and edges ask.

pub(crate) mod chain;
pub(crate) mod ci_logs;
pub mod classify;
pub(crate) mod colours;
pub(crate) mod covering;
pub(crate) mod end;
pub(crate) mod files;
pub(crate) mod filters;
pub(crate) mod generators;
pub(crate) mod harness;
pub(crate) mod hook_output;
mod judged;
mod languages;
pub(crate) mod looks;
mod options;
pub mod output;
mod own_scripts;
mod programs;
pub(crate) mod repairs;
pub(crate) mod rewrites;
pub(crate) mod runners;
pub(crate) mod said;
pub(crate) mod scope;
pub(crate) mod shell;
pub(crate) mod shell_changes;
pub(crate) mod shell_expansion;
mod shell_options;
pub(crate) mod shell_walk;
pub(crate) mod shell_writes;
pub(crate) mod summaries;
pub(crate) mod surroundings;
mod syntax;
pub(crate) mod telling;
pub(crate) mod tested;
pub(crate) mod unknown_commands;
pub(crate) mod usage_errors;

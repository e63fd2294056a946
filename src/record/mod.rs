//! The nouns of the program: what was read, what was found, what is kept.
//! This module imports nothing of ours, and everything may import it.

pub mod agent;
pub mod agent_row;
pub mod agents;
pub mod check;
pub mod check_end;
pub mod check_error;
pub mod check_files;
pub mod check_hook;
mod check_names;
mod check_options;
pub mod check_output;
pub(crate) mod checked_state;
pub mod commit;
pub mod contribution;
mod contribution_text;
pub mod entry;
pub mod forgotten;
pub(crate) mod forgotten_mark;
pub mod json;
pub mod no_reason;
pub mod note;
pub mod path_pattern;
pub mod place;
pub mod policy;
pub mod prompts;
pub mod quote;
pub mod rewrites;
pub mod said_checked;
#[cfg(test)]
pub(crate) mod samples;
pub mod session;
pub mod shell;
pub mod shell_changes;
pub mod shell_expansion;
mod shell_options;
pub mod shell_walk;
mod shell_writes;
pub mod tested;
pub mod text;
pub mod transcript_files;
pub mod verdict;

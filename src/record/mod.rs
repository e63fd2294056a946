//! The nouns of the program: what was read, what was found, what is kept.
//! Imports nothing of ours but `text`, and everything may import it. What is told by words of commands is in `checks`.

pub mod agent;
pub(crate) mod agent_mapping;
pub mod agent_row;
pub mod agents;
mod attempt_kinds;
mod brief;
mod check_cover;
pub(crate) mod checked_state;
pub mod commit;
pub(crate) mod constraints;
pub mod contribution;
mod contribution_kinds;
mod contribution_text;
pub mod entry;
pub(crate) mod execution;
pub(crate) mod field_path;
pub(crate) mod fold;
pub(crate) mod forgotten;
pub(crate) mod forgotten_mark;
pub(crate) mod headline;
pub(crate) mod json;
pub(crate) mod no_reason;
pub mod note;
pub(crate) mod own_tools;
pub(crate) mod path_pattern;
pub(crate) mod place;
pub mod policy;
pub(crate) mod proceeding;
pub(crate) mod prompts;
pub(crate) mod providers;
pub(crate) mod quote;
pub(crate) mod recorded_step;
pub(crate) mod replaced_lines;
#[cfg(test)]
pub(crate) mod samples;
pub mod server_settings;
pub mod session;
pub(crate) mod small_talk;
pub(crate) mod telling_line;
pub mod text;
pub(crate) mod transcript_files;
pub(crate) mod verdict;
mod words;

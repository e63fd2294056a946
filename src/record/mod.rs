//! The nouns of the program: what was read, what was found, what is kept.
//! Imports nothing of ours but `text`, and everything may import it. What is told by words of commands is in `checks`.

pub mod agent;
pub mod agent_row;
pub mod agents;
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
#[cfg(test)]
pub(crate) mod samples;
pub mod session;
pub mod text;
pub mod transcript_files;
pub mod verdict;
mod words;

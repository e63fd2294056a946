//! What a command is and what its output says: checks among the commands, how they ended, what they ran on, and which files a
//! command changes. Works on text alone; steps and edges ask.

pub mod classify;
pub mod end;
pub mod error;
pub mod files;
pub mod hook_output;
mod options;
pub mod output;
pub mod rewrites;
pub mod said;
pub mod shell;
pub mod shell_changes;
pub mod shell_expansion;
mod shell_options;
pub mod shell_walk;
mod shell_writes;
pub mod tested;

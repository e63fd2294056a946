//! Claude Code: one JSON object a line, under `<config>/projects/<slug>/`. Fields as seen in 1.0.98 to 2.1.332.

mod calls;
mod fields;
mod files;
mod lines;
mod prompts;
mod reader;
mod results;

pub(in crate::capture) use reader::ClaudeCode;

//! Claude Code: one JSON object a line, under `<config>/projects/<slug>/`. Fields as seen in 1.0.98 to 2.1.332.

mod calls;
pub(crate) mod fields;
mod lines;
mod prompts;
mod results;

pub(crate) use lines::{read_line, recognises};

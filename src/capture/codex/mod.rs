//! OpenAI Codex: one JSON object `{timestamp, type, payload}` a line, under `<home>/sessions/YYYY/MM/DD/`, and its
//! history of prompts. Fields as seen in 0.34 to 0.171.

mod calls;
pub(crate) mod fields;
mod items;
mod lines;
mod results;
mod script;

pub(crate) use lines::{read_line, recognises};

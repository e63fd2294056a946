//! OpenAI Codex: one JSON object `{timestamp, type, payload}` a line, under `<home>/sessions/YYYY/MM/DD/`, and its
//! history of prompts. Fields as seen in 0.34 to 0.171.

mod calls;
mod fields;
mod items;
mod lines;
mod reader;
mod results;
mod script;

pub(in crate::capture) use reader::Codex;

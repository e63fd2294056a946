//! Qwen Code: one JSON object a line, under `<home>/projects/SLUG/chats/`, those of subagents under `SLUG/subagents/SESSION/`.
//! Fields as seen in 0.18.1 and 0.24.4, and in the source of the latter. Lines of telemetry tell of each call once more, and are
//! not read.

mod fields;
mod lines;
mod reader;
mod results;

pub(in crate::capture) use reader::Qwen;

//! Pi: one JSON object a line, under `<agent folder>/sessions/--FOLDER--/TIME_ID.jsonl`. Fields as seen in a session of November
//! 2025, before entries had ids, in sessions of 2026 (version 3 of the format), and in the source of 1.6.0. No refusals: it asks
//! for nothing. Its subagents are those of the extension `pi-subagents`, as in sessions and in its source of 2026.

mod lines;
mod places;
mod reader;
mod subagents;

pub(in crate::capture) use reader::Pi;

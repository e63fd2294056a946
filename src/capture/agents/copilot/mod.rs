//! GitHub Copilot: one event `{type, data, id, timestamp, parentId}` a line. A session is
//! `<home>/session-state/<id>/events.jsonl`. Fields as seen in 1.0.12 to 1.0.102.

mod fields;
mod lines;
mod reader;
mod results;
mod tools;

pub(in crate::capture) use reader::Copilot;

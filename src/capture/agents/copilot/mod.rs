//! GitHub Copilot: one event `{type, data, id, timestamp, parentId}` a line. A session is
//! `<home>/session-state/<id>/events.jsonl`; the extension for editors writes the same events. Fields as seen in 1.0.12 to 1.0.102 of
//! the CLI.

mod fields;
mod lines;
mod reader;
mod results;
mod tools;

pub(super) use lines::{is_of_an_editor, read_line};
pub(in crate::capture) use reader::Copilot;
pub(super) use reader::FAILURES;
pub(super) use tools::action;

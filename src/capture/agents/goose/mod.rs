//! Goose: rows of JSON in a SQLite database (`sessions/sessions.db`), before 1.10 a file of lines each (`sessions/NAME.jsonl`). Fields as
//! in its source, from the files of 2025 to versions 5 and 15 of the schema (2026). What a command ended with is only told since its
//! tools have short names (`shell`, `write`, `edit`).

mod calls;
mod messages;
mod reader;

pub(in crate::capture) use reader::Goose;

//! Zed's own agent: a SQLite database of threads, each one document in a column, compressed. Fields as in its source, versions 0.1.0 to
//! 0.3.0 of the document (2025 to 2026). Messages have no times.

mod calls;
mod messages;
mod reader;

pub(in crate::capture) use reader::Zed;

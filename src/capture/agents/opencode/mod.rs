//! OpenCode, and Kilo's command line, which is made from it: sessions, messages and their parts are rows of JSON in a SQLite database,
//! before 1.2 they were files (`storage/`), and `opencode export` writes a session as one document. Fields as in OpenCode 1.2 and 1.18,
//! Kilo 7.7. The tables with accounts and credentials in the same database are never read.

mod calls;
mod documents;
mod kept;
mod messages;
mod reader;
mod rows;

pub(in crate::capture) use reader::{KILO, OPENCODE};

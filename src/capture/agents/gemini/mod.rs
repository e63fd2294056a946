//! Gemini CLI: `<home>/.gemini/tmp/<project>/chats/session-<minute>-<id>.jsonl`, in which later lines replace, repeat and take
//! back earlier ones; one JSON document in versions of 2025. Fields as seen in the files of January to November 2026 (0.27 to 0.61).

mod calls;
mod files;
mod history;
mod messages;
mod reader;
mod shell;

pub(in crate::capture) use reader::Gemini;

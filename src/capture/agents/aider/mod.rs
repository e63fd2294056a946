//! Reads the chat history of Aider, `.aider.chat.history.md` in the root of a repository: Markdown, to which each run adds. Prompts are
//! `#### ` lines, what the program says `> ` lines, all else is the model's. Read from files of 0.84 to 0.86 and from the source of
//! 0.86.2. Not in it: what commands and tests print and how they end, and the times of anything but the beginning of a run
//! (`.aider.input.history` beside it has those of prompts).

mod blocks;
mod history;
mod questions;
mod reader;
mod runs;

pub(in crate::capture) use reader::Aider;

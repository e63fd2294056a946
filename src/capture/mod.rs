//! The edge to the disk: what coding agents leave behind, read tolerantly. One file per agent and one table here; a
//! reader turns lines into events, `assemble` turns events into a session.

mod account;
mod assemble;
mod claude_code;
mod clock;
mod codex;
mod command_places;
mod event;
mod events;
mod failure;
mod find;
mod injected;
mod journal;
mod json;
mod lines;
mod merge;
mod messages;
pub(crate) mod outside;
mod patch;
mod queue;
mod quotes;
mod reach;
mod reader;
mod reading;
mod search;
mod tail;
mod time;
#[cfg(test)]
mod told_ground;
pub(crate) mod transcript;

pub use crate::capture::outside::Outside;
pub use crate::capture::transcript::{Found, Problem, Transcript};
pub use assemble::assemble;
pub use clock::set_clock;
pub use event::{Event, VERSION, decode, encode, is_unreadable};
pub use find::{
    Folder, Places, find, find_in, find_in_folder, find_named, is_of_session, is_session_id, look_at, parent_of,
    subagents_folder, subagents_of,
};
pub use journal::{Author, Entry, Journal, add as add_to_journal, read as read_journal};
pub use merge::{is_subagent, merge, without_copies};
pub use messages::{message_ids, printed_one_of};
pub use reach::{Reach, keep_here, reach};
#[cfg(test)]
pub(crate) use reading::READERS;
pub(crate) use reading::reader;
pub use reading::{detect, read, read_events, read_tail, read_with};
pub use tail::{Part, Tail};

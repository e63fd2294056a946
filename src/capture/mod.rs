//! The edge to the disk: what coding agents leave behind, read tolerantly. One file or folder per agent in `agents`; a
//! reader turns lines into events, `assemble` turns events into a session.

mod abandoned;
mod account;
mod actions;
mod agents;
mod agents_table;
mod archives;
mod asking;
mod assemble;
mod background;
mod changed_outside;
mod clock;
mod command_places;
mod compressed;
pub(crate) mod databases;
mod empty;
mod event;
mod events;
mod failure;
mod file_uri;
mod find;
mod held;
mod inherited;
mod injected;
mod journal;
mod json;
mod lines;
mod masked_ids;
mod merge;
mod messages;
pub(crate) mod outside;
mod patch;
mod patch_sections;
mod places;
mod prompts;
mod queue;
mod quotes;
mod reach;
mod reader;
mod readers;
mod reading;
mod reports;
mod search;
#[cfg(test)]
mod shapes;
mod stored;
mod tail;
mod time;
mod tokens;
#[cfg(test)]
mod told_ground;
pub(crate) mod tool_calls;
mod transcript;
mod unneeded;
mod values;

pub use crate::capture::outside::Outside;
pub use crate::capture::transcript::{FoundTranscripts, Problem, Transcript};
pub(crate) use agents::mapped::FilePattern;
pub use agents_table::table_of_agents;
pub use assemble::assemble;
pub use clock::set_clock;
pub use databases::file_of;
pub use event::{Event, is_unreadable};
pub use find::{
    NamedTranscripts, SearchedFolder, find, find_in, find_in_folder, find_named, find_named_by_person, is_of_session,
    is_session_id, look_at, parent_of, state_of, subagents_folder, subagents_of,
};
pub use journal::{Journal, JournalAuthor, JournalEntry, add as add_to_journal, read as read_journal};
pub use merge::{is_subagent, merge, without_copies};
pub use messages::{message_ids, printed_one_of};
pub use places::AgentHomes;
pub use reach::{Reach, keep_here, reach};
#[cfg(test)]
use readers::READERS;
pub use readers::{id_in_name, name_of, names_folders, newer_than_known, read_agents, version};
pub(crate) use readers::{is_mapped, map_agents, mapped_digest};
pub use reading::{detect, read, read_events, read_tail, read_with};
pub use stored::{decode, decode_into, encode};
pub use tail::{Tail, TailPart};
pub use unneeded::drop_unneeded_output;

//! OpenHands. The command line program: a folder a session, `~/.openhands/conversations/ID/`, with `base_state.json`, which is the
//! main file, and one JSON document for each event in `events/`. Subagents have the same in `subagents/ID/`. Fields as seen in CLI
//! 1.16.0 (SDK 1.21.0), and in the source of the latter. Times are local and name no zone.
//!
//! The server, and all before version 1: one document an event in `~/.openhands/sessions/ID/events/`, of which `0.json` is the main
//! file, or a list of them that a person had written (`save_trajectory_path`). Fields as in such lists of 2025 and in the source of
//! November 2025.

mod classic;
mod reader;

pub(in crate::capture) use reader::OpenHands;

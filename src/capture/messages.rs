//! The ids of what a session says and does, which its copies keep: those of prompts and calls.

use super::command_places::commit_lines;
use super::event::{Event, EventKind};
use super::masked_ids::is_masked;

/// Of each prompt and call that has an id.
pub fn message_ids(events: &[Event]) -> impl Iterator<Item = &str> {
    events.iter().filter_map(|Event(kind)| match kind {
        EventKind::Prompt(prompt) => prompt.id.as_deref().filter(|id| !is_masked(id.as_bytes())),
        EventKind::Call(call) => Some(call.id.as_str()).filter(|id| !id.is_empty() && !is_masked(id.as_bytes())),
        _ => None,
    })
}

/// Whether git told the session of one of these commits, as it does of one that it has made.
pub fn printed_one_of(events: &[Event], commits: &[String]) -> bool {
    let is_one = |id: &str| id.len() >= SHORTEST && commits.iter().any(|commit| commit.starts_with(id));
    events.iter().any(|Event(kind)| match kind {
        EventKind::Result(result) => {
            let lines = commit_lines(&result.output);
            let mut heads = lines.lines().filter_map(|line| line.split_once(']')?.0.rsplit(' ').next());
            heads.any(is_one)
        }
        _ => false,
    })
}

/// git abbreviates ids to no fewer digits by itself.
const SHORTEST: usize = 7;

//! Tasks as extensions for editors keep them that are made from one: `<User>/globalStorage/EXTENSION/tasks/ID/`, with what was sent to the
//! model (`api_conversation_history.json`, which is read), what the person saw (`ui_messages.json`: tokens, and that a request was
//! stopped), and facts of the task. Read from the sources of April and August 2026, which no session that was recorded was held against.

mod messages;
mod places;
mod results;
mod tags;

pub(super) use messages::{is_of_fork, read, recognises};
pub(super) use places::{describes, files_beside, find_named, folders, holds_task, list, named_by, parent_of, trees};

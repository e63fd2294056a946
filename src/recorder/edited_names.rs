//! The names by which the index finds the sessions that edited a file of a commit.

use crate::record::session::{Change, Edit, Session, ToolCall};
use crate::text::paths;

/// Names of the files that a session edits, without folders.
pub(crate) fn edited_names(session: &Session) -> Vec<String> {
    let calls = session.turns.iter().flat_map(|turn| &turn.calls);
    let edits = calls.map(ToolCall::edits);
    let paths = |edit: &Edit| match &edit.change {
        Change::Move { to } => vec![file_name(&edit.path), file_name(to)],
        _ => vec![file_name(&edit.path)],
    };
    let mut names: Vec<String> = edits.flatten().flat_map(paths).collect();
    names.sort();
    names.dedup();
    names
}

pub(crate) fn file_name(path: &str) -> String {
    paths::name_anywhere(path).to_owned()
}

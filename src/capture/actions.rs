//! Turns what an event says was done into an action of the session.

use super::event::{ActionEvent, ChangeEvent, EditEvent};
use crate::record::session::{Action, Change, Edit, PatchHunk};
use crate::record::text::Raw;

/// `here` is the folder that the session is in, for a command that names none.
pub(super) fn action(event: ActionEvent, here: Option<&String>) -> Action {
    match event {
        ActionEvent::Shell { command, cwd, .. } => {
            Action::Shell { command: Raw::new(command), cwd: cwd.or_else(|| here.cloned()) }
        }
        ActionEvent::Edit(edits) => Action::Edit(edits.into_iter().map(edit).collect()),
        ActionEvent::Ask { question } => Action::Ask { question: Raw::new(question), answer: None },
        ActionEvent::Delegate { prompt } => Action::Delegate { prompt: Raw::new(prompt) },
        ActionEvent::Text { text } => Action::Text { text: Raw::new(text) },
        ActionEvent::Other => Action::Other,
        ActionEvent::Elsewhere { edits } => Action::Elsewhere { edits },
    }
}

pub(super) fn edit(event: EditEvent) -> Edit {
    let change = match event.change {
        ChangeEvent::Write { text } => Change::Write { text: Raw::new(text) },
        ChangeEvent::Replace { before, after, everywhere } => {
            Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere }
        }
        ChangeEvent::Patch { hunks } => Change::Patch {
            hunks: hunks
                .into_iter()
                .map(|hunk| PatchHunk { new_start: hunk.new_start, lines: Raw::new(hunk.lines) })
                .collect(),
        },
        ChangeEvent::Delete => Change::Delete,
        ChangeEvent::Move { to } => Change::Move { to },
    };
    Edit { path: event.path, change }
}

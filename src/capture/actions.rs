//! Turns what an event says was done into an action of the session.

use super::event::{ActionEvent, ChangeEvent, EditEvent};
use crate::checks::here_documents::{DocumentWrite, written};
use crate::record::session::{Action, Change, Edit, Outcome, PatchHunk, ToolCall};
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

/// What a shell says where a folder or a file is not to be had, and goes on.
const SHELL_ERRORS: [&str; 6] = [
    "No such file or directory",
    "Not a directory",
    "Is a directory",
    "Permission denied",
    "Read-only file system",
    "cannot create ",
];

/// Whether a shell says in this text that a folder or a file was not to be had.
pub(super) fn is_shell_error(text: &str) -> bool {
    SHELL_ERRORS.iter().any(|error| text.contains(error))
}

/// The files that a command which ended well wrote out of its own text. `tells_ends`: whether its agent says of each command how it
/// ended.
pub(super) fn written_by(call: &ToolCall, tells_ends: bool) -> Vec<Edit> {
    let (Action::Shell { command, cwd }, Outcome::Succeeded { output, .. }) = (&call.action, &call.outcome) else {
        return Vec::new();
    };
    let found = written(command.expose(), cwd.as_deref().unwrap_or_default());
    if found.is_empty() {
        return Vec::new();
    }
    let has_errors = is_shell_error(output.expose());
    let is_made = |write: &DocumentWrite| (tells_ends && write.is_sure) || (write.is_alone && !has_errors);
    let made = found.into_iter().filter(is_made).map(|write| {
        let text = Raw::new(write.text);
        let change = if write.appends { Change::Append { text } } else { Change::Write { text } };
        Edit { path: write.path, change }
    });
    made.collect()
}

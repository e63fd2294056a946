//! What the agent did: commands, edits, questions, tasks for subagents.

use super::fields::{ContentBlock, LineContext, text};
use crate::capture::asking::other_action;
use crate::capture::event::{ActionEvent, CallEvent, ChangeEvent, EditEvent, Extent, HunkEvent};
use crate::capture::json::Value;

pub(super) fn tool_use(block: &ContentBlock<'_>, place: LineContext<'_>) -> CallEvent {
    let tool = text(block.name).unwrap_or_default();
    let input = block.input.unwrap_or(Value::NULL);
    let member = |name: &str| text(input.member(name));
    let mut process = None;
    let action = match tool.as_str() {
        "Bash" | "PowerShell" => ActionEvent::Shell {
            command: member("command").unwrap_or_default(),
            cwd: text(place.cwd),
            extent: Extent::Whole,
        },
        "BashOutput" | "TaskOutput" | "KillShell" | "KillBash" | "TaskStop" => {
            process = member("task_id").or_else(|| member("bash_id")).or_else(|| member("shell_id"));
            ActionEvent::Other
        }
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => ActionEvent::Edit(edits(&tool, input)),
        "Task" | "Agent" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        _ => other_action(&tool, input),
    };
    let id = text(block.id).unwrap_or_default();
    let LineContext { at, subagent, nested, .. } = place;
    let stops = matches!(tool.as_str(), "KillShell" | "KillBash" | "TaskStop");
    CallEvent { id, at, tool, action, subagent, nested, process, stops, ..CallEvent::default() }
}

/// Whether later steps read what the call prints when it succeeds: a command, or more of the output of one, or a person's answer, of which
/// the line need not say more.
pub(super) fn prints(call: &CallEvent) -> bool {
    let action = &call.action;
    matches!(action, ActionEvent::Shell { .. } | ActionEvent::Delegate { .. } | ActionEvent::Ask { .. })
        || call.process.is_some()
}

fn edits(tool: &str, input: Value<'_>) -> Vec<EditEvent> {
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let Some(path) = member("file_path").or_else(|| member("notebook_path")) else {
        return Vec::new();
    };
    let changes = match tool {
        "Edit" => vec![replacement(input)],
        "Write" => vec![ChangeEvent::Write { text: member("content").unwrap_or_default() }],
        "MultiEdit" => {
            let mut changes = Vec::new();
            if let Some(list) = input.member("edits") {
                let _ = list.cursor().array(|cursor| {
                    changes.push(replacement(cursor.value()?));
                    Ok(())
                });
            }
            changes
        }
        _ => vec![notebook_cell(&member("new_source").unwrap_or_default(), member("edit_mode").as_deref())],
    };
    changes.into_iter().map(|change| EditEvent { path: path.clone(), change }).collect()
}

fn replacement(input: Value<'_>) -> ChangeEvent {
    let (mut before, mut after, mut everywhere) = (String::new(), String::new(), false);
    let _ = input.cursor().object(|cursor, key| {
        match key {
            b"old_string" => before = cursor.value()?.owned().unwrap_or_default(),
            b"new_string" => after = cursor.value()?.owned().unwrap_or_default(),
            b"replace_all" => everywhere = cursor.value()?.is_true(),
            _ => {}
        }
        Ok(())
    });
    ChangeEvent::Replace { before, after, everywhere }
}

/// The source of a cell that was written; what it replaced is not in the call.
fn notebook_cell(source: &str, mode: Option<&str>) -> ChangeEvent {
    let lines: Vec<String> = match mode {
        Some("delete") => Vec::new(),
        _ => source.lines().map(|line| format!("+{line}")).collect(),
    };
    ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: lines.join("\n") }] }
}

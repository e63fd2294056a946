//! What the agent did: commands, edits, questions, tasks for subagents. The tools of the CLI (`bash`, `edit`) and of the
//! extension (`run_in_terminal`, `replace_string_in_file`).

use super::fields::{CopilotEvent, owned};
use crate::capture::event::{ActionEvent, CallEvent, ChangeEvent, EditEvent, Extent, HunkEvent};
use crate::capture::json::{Cursor, Value};
use crate::capture::patch;

/// Whether no later step reads what a call returns when it goes well.
pub(super) fn is_wordless(call: &CallEvent) -> bool {
    let is_read = matches!(call.action, ActionEvent::Shell { .. } | ActionEvent::Ask { .. });
    // The account of a patch tells the lines that it did change.
    !(is_read || call.process.is_some() || call.tool == "apply_patch")
}

/// The call that an event says was begun.
pub(super) fn call(event: &CopilotEvent<'_>) -> Option<CallEvent> {
    let (id, tool) = (event.text("toolCallId")?, event.text("toolName").unwrap_or_default());
    // Some versions write arguments as JSON in a string, and a patch is a string.
    let arguments = event.member("arguments").unwrap_or(Value::NULL);
    let action = action(&tool, arguments);
    let process = process(&tool, arguments);
    let stops = tool.starts_with("stop_") || tool == "kill_terminal";
    let nested = event.is_subagents();
    Some(CallEvent { id, at: event.at, tool, action, subagent: nested, nested, process, stops, ..CallEvent::default() })
}

/// What a tool of this name does with such arguments: an object, or one in a string.
pub(in crate::capture::agents) fn action(tool: &str, arguments: Value<'_>) -> ActionEvent {
    let text = arguments.text();
    let inside =
        text.as_ref().and_then(|text| Cursor::new(text.as_bytes()).value().ok()).filter(|value| value.is_object());
    let given = inside.unwrap_or(arguments);
    let member = |names: &[&str]| names.iter().find_map(|name| owned(given.member(name)));
    match tool {
        "bash" | "powershell" | "local_shell" | "run_in_terminal" => {
            ActionEvent::Shell { command: member(&["command"]).unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        "apply_patch" => {
            let patch = member(&["input", "patch"]).or_else(|| text.map(|text| text.into_owned()));
            ActionEvent::Edit(patch::apply_patch(&patch.unwrap_or_default()))
        }
        "create"
        | "edit"
        | "str_replace"
        | "insert"
        | "create_file"
        | "replace_string_in_file"
        | "insert_edit_into_file"
        | "edit_file" => ActionEvent::Edit(edit(given).into_iter().collect()),
        "str_replace_editor" if member(&["command"]).is_some_and(|command| command != "view") => {
            ActionEvent::Edit(edit(given).into_iter().collect())
        }
        "multi_replace_string_in_file" => {
            let mut edits = Vec::new();
            if let Some(list) = given.member("replacements") {
                let _ = list.cursor().array(|cursor| {
                    edits.extend(edit(cursor.value()?));
                    Ok(())
                });
            }
            ActionEvent::Edit(edits)
        }
        "task" | "runSubagent" | "run_subagent" => {
            ActionEvent::Delegate { prompt: member(&["prompt"]).unwrap_or_default() }
        }
        "ask_user" => ActionEvent::Ask { question: member(&["question"]).unwrap_or_default() },
        "exit_plan_mode" => match member(&["planContent", "plan", "summary"]) {
            Some(text) if text.contains('\n') => ActionEvent::Text { text },
            _ => ActionEvent::Other,
        },
        _ => ActionEvent::Other,
    }
}

/// The edit of a file, as far as the arguments say it to the letter: one that leaves out lines (`...existing code...`) has none.
fn edit(given: Value<'_>) -> Option<EditEvent> {
    let member = |names: &[&str]| names.iter().find_map(|name| given.member(name).and_then(Value::owned));
    let path = member(&["path", "filePath", "file_path"])?;
    let new = member(&["new_str", "newString"]);
    let change = match (member(&["file_text", "content"]), member(&["old_str", "oldString"]), new) {
        (Some(text), None, _) => ChangeEvent::Write { text },
        (_, Some(before), after) => {
            ChangeEvent::Replace { before, after: after.unwrap_or_default(), everywhere: false }
        }
        (_, None, Some(put_in)) => {
            let lines: Vec<String> = put_in.lines().map(|line| format!("+{line}")).collect();
            ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: lines.join("\n") }] }
        }
        _ => ChangeEvent::Patch { hunks: Vec::new() },
    };
    Some(EditEvent { path, change })
}

/// The shell in the background that a call asks for more of.
fn process(tool: &str, arguments: Value<'_>) -> Option<String> {
    let asks = ["read_", "write_", "stop_"].iter().any(|verb| tool.starts_with(verb))
        && ["_bash", "_powershell"].iter().any(|shell| tool.ends_with(shell));
    asks.then(|| owned(arguments.member("shellId")).or_else(|| owned(arguments.member("sessionId")))).flatten()
}

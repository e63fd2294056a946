//! What the agent did: commands, patches, questions, tasks for subagents.

use jiff::Timestamp;

use super::fields::{Payload, owned};
use super::script::{ESCALATED, INTERRUPT, Script};
use crate::capture::event::{ActionEvent, CallEvent, ChangeEvent, EditEvent, Extent, HunkEvent};
use crate::capture::json::{self, Value};
use crate::capture::patch;
use crate::checks::shell_expansion::joined as begun_at;
use crate::checks::shell_walk::walk;

/// The patch of a script that also runs commands is a call of its own: its id with this behind it.
pub(super) const PATCH_OF_SCRIPT: &str = " patch";

/// A call, or two of a script that both runs commands and patches files.
pub(super) fn calls(payload: &Payload<'_>, at: Option<Timestamp>) -> Vec<CallEvent> {
    let is_script = payload.kind == b"custom_tool_call" && payload.name.is_some_and(|name| name.bare() == b"exec");
    let Some(source) = owned(payload.input).filter(|_| is_script) else { return vec![call(payload, at)] };
    let Script { command, cwd, edits, runs, asks, process, stops } = Script::read(&source);
    let id = owned(payload.call_id).unwrap_or_default();
    let tool = "exec".to_owned();
    let made = |id: String, action| CallEvent { id, at, tool: tool.clone(), action, ..CallEvent::default() };
    let patch_id = if command.is_empty() { id.clone() } else { format!("{id}{PATCH_OF_SCRIPT}") };
    let patch = (!edits.is_empty()).then(|| CallEvent { asks: true, ..made(patch_id, ActionEvent::Edit(edits)) });
    let shell = (!command.is_empty()).then(|| {
        let action = ActionEvent::Shell { command, cwd, extent: Extent::Whole };
        CallEvent { runs, asks, ..made(id.clone(), action) }
    });
    let mut calls: Vec<CallEvent> = patch.into_iter().chain(shell).collect();
    if calls.is_empty() {
        calls.push(CallEvent { process, stops, ..made(id, ActionEvent::Other) });
    }
    calls
}

fn call(payload: &Payload<'_>, at: Option<Timestamp>) -> CallEvent {
    let tool = owned(payload.name).unwrap_or_else(|| String::from_utf8_lossy(payload.kind).into_owned());
    // Arguments are JSON inside a string.
    let arguments = owned(payload.arguments).unwrap_or_default();
    let arguments = json::Cursor::new(arguments.as_bytes()).value().unwrap_or(Value::NULL);
    let member = |name: &str| owned(arguments.member(name));
    let cwd = member("workdir");
    let (mut process, mut stops) = (None, false);
    let action = match tool.as_str() {
        "exec_command" => shell(member("cmd").unwrap_or_default(), cwd),
        "shell_command" => shell(member("command").unwrap_or_default(), cwd),
        "shell" | "container.exec" => shell(joined(arguments.member("command")), cwd),
        "local_shell_call" => shell(joined(payload.action.and_then(|action| action.member("command"))), cwd),
        "apply_patch" => {
            let text = owned(payload.input).or_else(|| member("input")).or_else(|| member("patch"));
            ActionEvent::Edit(patch::apply_patch(&text.unwrap_or_default()))
        }
        "write_stdin" => {
            process = number(arguments.member("session_id"));
            stops = member("chars").is_some_and(|typed| typed.contains(INTERRUPT));
            ActionEvent::Other
        }
        // A script that still runs.
        "wait" => {
            process = number(arguments.member("cell_id")).map(cell);
            ActionEvent::Other
        }
        "spawn_agent" => ActionEvent::Delegate { prompt: member("message").unwrap_or_default() },
        "request_user_input" => ActionEvent::Ask { question: member("question").unwrap_or_default() },
        _ => ActionEvent::Other,
    };
    let id = owned(payload.call_id).unwrap_or_default();
    let asks = matches!(action, ActionEvent::Edit(_)) || member("sandbox_permissions").as_deref() == Some(ESCALATED);
    CallEvent { id, at, tool, action, process, stops, asks, ..CallEvent::default() }
}

/// A number, which some versions write as a string.
fn number(value: Option<Value<'_>>) -> Option<String> {
    owned(value).or_else(|| value.and_then(Value::count).map(|number| number.to_string()))
}

/// What a script that still runs is called, so that no command has the same name.
pub(super) fn cell(number: String) -> String {
    format!("cell {number}")
}

/// The command of an argument list: the script of `bash -lc script`, the patch behind `apply_patch`, or the words.
pub(super) fn joined(command: Option<Value<'_>>) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(command) = command {
        let _ = command.cursor().array(|cursor| {
            words.extend(cursor.value()?.owned());
            Ok(())
        });
    }
    match words.as_slice() {
        [shell, flag, script] if shell.ends_with("sh") && matches!(flag.as_str(), "-lc" | "-c") => script.clone(),
        [shell, flag, script] if shell.contains("powershell") && flag.eq_ignore_ascii_case("-command") => {
            script.clone()
        }
        _ => words.join(" "),
    }
}

/// A shell command, or the patch that it hands to `apply_patch` (as an argument or as a here-document).
fn shell(command: String, cwd: Option<String>) -> ActionEvent {
    if command.contains("apply_patch") && command.contains("*** Begin Patch") {
        // Another folder than the session's, which would be taken otherwise.
        let start = cwd.as_deref().unwrap_or_default();
        let folder = match command.trim_start().starts_with("apply_patch") {
            true => Some(start.to_owned()),
            false => {
                walk(&command, start).into_iter().find(|run| run.program == "apply_patch").and_then(|run| run.folder)
            }
        };
        let mut edits = if folder.is_some() { patch::apply_patch(&command) } else { Vec::new() };
        for edit in &mut edits {
            let begun = |path: &str| begun_at(folder.as_deref(), path).unwrap_or_else(|| path.to_owned());
            edit.path = begun(&edit.path);
            if let ChangeEvent::Move { to } = &mut edit.change {
                *to = begun(to);
            }
        }
        if !edits.is_empty() {
            return ActionEvent::Edit(edits);
        }
    }
    ActionEvent::Shell { command, cwd, extent: Extent::Whole }
}

/// `{"<path>": {"type": "update", "unified_diff": "...", "move_path": null}}`
pub(super) fn reported_edits(changes: Value<'_>) -> Vec<EditEvent> {
    let mut edits = Vec::new();
    let _ = changes.cursor().object(|cursor, key| {
        let path = json::decode(key).into_owned();
        let change = cursor.value()?;
        let text = |name: &str| change.member(name).and_then(Value::owned);
        if let Some(to) = text("move_path") {
            edits.push(EditEvent { path: path.clone(), change: ChangeEvent::Move { to } });
        }
        let kind = change.member("type").map(Value::bare).unwrap_or_default();
        let made = match (kind, text("unified_diff"), text("content")) {
            (b"add", _, Some(text)) => ChangeEvent::Write { text },
            (b"delete", ..) => ChangeEvent::Delete,
            (_, Some(diff), _) => ChangeEvent::Patch { hunks: patch::unified(&diff) },
            _ => return Ok(()),
        };
        if made != (ChangeEvent::Patch { hunks: Vec::<HunkEvent>::new() }) {
            edits.push(EditEvent { path, change: made });
        }
        Ok(())
    });
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_moved_file_are_in_the_folder_of_the_call() {
        let patch = "*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n@@\n-1\n+2\n*** End Patch";
        let names = |cwd: &str| {
            let ActionEvent::Edit(edits) = shell(format!("apply_patch '{patch}'"), Some(cwd.into())) else { panic!() };
            let moved = edits.iter().find_map(|edit| match &edit.change {
                ChangeEvent::Move { to } => Some((edit.path.clone(), to.clone())),
                _ => None,
            });
            moved.expect("a move")
        };
        assert_eq!(names("/r/sub/"), ("/r/sub/a.py".to_owned(), "/r/sub/b.py".to_owned()));
        assert_eq!(names("sub"), ("sub/a.py".to_owned(), "sub/b.py".to_owned()));
    }
}

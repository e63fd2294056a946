//! What a call does, by the name of its tool and the paths in its arguments.

use serde_json::json;

use super::fields::{FieldRecord, FieldScope};
use crate::capture::event::{ActionEvent, ChangeEvent, EditEvent, Extent};
use crate::capture::json::Value;
use crate::capture::tool_calls;
use crate::capture::values::items;
use crate::record::agent_mapping::{FieldPaths, ReplaceTool, ToolPaths};

/// `arguments`: JSON text of an object. A tool that is not mapped does nothing that is known.
pub(super) fn action(tools: &ToolPaths, name: &str, arguments: &[u8]) -> ActionEvent {
    let (record, _) = FieldRecord::of(arguments);
    let scope = FieldScope::new(&record, &record);
    mapped(tools, name, scope).unwrap_or(ActionEvent::Other)
}

fn mapped(tools: &ToolPaths, name: &str, scope: FieldScope<'_, '_>) -> Option<ActionEvent> {
    let is_named = |names: &[String]| names.iter().any(|one| one == name);
    if let Some(tool) = tools.shell.iter().find(|tool| is_named(&tool.names)) {
        let command = command(scope, &tool.command)?;
        let cwd = scope.text(&tool.cwd).map(Into::into);
        return Some(ActionEvent::Shell { command, cwd, extent: Extent::Whole });
    }
    if let Some(tool) = tools.write.iter().find(|tool| is_named(&tool.names)) {
        let text = scope.content(&tool.content)?.into_owned();
        return edit(scope, &tool.path, ChangeEvent::Write { text });
    }
    if let Some(tool) = tools.replace.iter().find(|tool| is_named(&tool.names)) {
        let edits = replacements(scope, tool);
        return (!edits.is_empty()).then_some(ActionEvent::Edit(edits));
    }
    if let Some(tool) = tools.patch.iter().find(|tool| is_named(&tool.names)) {
        let mut given = json!({"diff": scope.text(&tool.patch)?});
        if let Some(path) = scope.text(&tool.path) {
            given["path"] = path.into();
        }
        let action = tool_calls::action(name, &given);
        return matches!(action, ActionEvent::Edit(_)).then_some(action);
    }
    let tool = tools.delete.iter().find(|tool| is_named(&tool.names))?;
    edit(scope, &tool.path, ChangeEvent::Delete)
}

fn edit(scope: FieldScope<'_, '_>, path: &FieldPaths, change: ChangeEvent) -> Option<ActionEvent> {
    let path = scope.text(path)?.into_owned();
    Some(ActionEvent::Edit(vec![EditEvent { path, change }]))
}

/// One, or those of the list that `each` names. A path that is not in the item is that of the call.
fn replacements(scope: FieldScope<'_, '_>, tool: &ReplaceTool) -> Vec<EditEvent> {
    let replacement = |own: FieldScope<'_, '_>| {
        let path = own.text(&tool.path).or_else(|| scope.text(&tool.path))?.into_owned();
        let (before, after) = (own.content(&tool.old)?.into_owned(), own.content(&tool.new)?.into_owned());
        let change = match before.is_empty() {
            true => ChangeEvent::Write { text: after },
            false => ChangeEvent::Replace { before, after, everywhere: own.is_true(&tool.everywhere) },
        };
        Some(EditEvent { path, change })
    };
    let Some(list) = &tool.each else { return replacement(scope).into_iter().collect() };
    let items = scope.at(list).into_iter().filter_map(|item| {
        let (own, _) = FieldRecord::of(item.json());
        replacement(FieldScope::new(scope.root, &own))
    });
    items.collect()
}

/// A command, or its words: the script of `sh -c`.
fn command(scope: FieldScope<'_, '_>, paths: &FieldPaths) -> Option<String> {
    if let Some(text) = scope.value(paths)?.text() {
        return Some(text.into_owned()).filter(|text| !text.is_empty());
    }
    let words: Option<Vec<String>> = items(scope.value(paths)).into_iter().map(Value::owned).collect();
    match words?.as_slice() {
        [] => None,
        [shell, flag, script] if shell.ends_with("sh") && matches!(flag.as_str(), "-c" | "-lc") => Some(script.clone()),
        words => Some(words.join(" ")),
    }
}

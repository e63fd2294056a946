//! The requests of a chat: what a person asked, what the model answered in rounds, and the calls of each.

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::agents::copilot::action;
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, HunkEvent, PromptEvent, ResultEvent,
    SessionFacts, Standing, ends_of,
};
use crate::capture::events::Events;
use crate::capture::file_uri::path_of;
use crate::capture::json::Cursor;
use crate::capture::time::milliseconds_since_1970;
use crate::record::session::PromptSource;

/// `isConfirmed.type` of a call that a person did not allow, or passed over.
const DENIED: u64 = 0;
const SKIPPED: u64 = 5;

pub(super) fn tell(chat: &Value, cwd: Option<String>, events: &mut Events) {
    events.about(SessionFacts { session: text(&chat["sessionId"]), cwd, ..SessionFacts::default() });
    for at in ["creationDate", "lastMessageDate"].iter().filter_map(|name| milliseconds(&chat[*name])) {
        events.saw(at);
    }
    for request in chat["requests"].as_array().into_iter().flatten() {
        tell_request(request, events);
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn milliseconds(value: &Value) -> Option<Timestamp> {
    milliseconds_since_1970(value.as_i64()?)
}

fn tell_request(request: &Value, events: &mut Events) {
    let at = milliseconds(&request["timestamp"]);
    at.into_iter().for_each(|at| events.saw(at));
    let id = text(&request["requestId"]);
    events.about(SessionFacts { version: text(&request["agent"]["extensionVersion"]), ..SessionFacts::default() });
    let asked = text(&request["message"]["text"]).or_else(|| text(&request["message"]));
    if let Some(words) = asked.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        let is_command = request["slashCommand"].is_object() && words.starts_with('/');
        let source = if is_command { PromptSource::Slash } else { PromptSource::Typed };
        let standing = Standing::Sure;
        let prompt = PromptEvent { id: id.clone(), at, text: words, source, parent: 0, standing, away: false };
        events.push(EventKind::Prompt(Box::new(prompt)));
    }
    let metadata = &request["result"]["metadata"];
    let model = text(&metadata["resolvedModel"]).or_else(|| {
        text(&request["modelId"]).map(|id| id.split_once('/').map_or(id.clone(), |(_, model)| model.to_owned()))
    });
    // What chooses a model is none.
    if let Some(model) = model.filter(|model| model != "auto") {
        events.model(model.into());
    }
    let shown: Vec<&Value> = request["response"].as_array().into_iter().flatten().collect();
    let of = |kind: &str| shown.iter().copied().filter(|item| item["kind"] == kind).collect::<Vec<&Value>>();
    let invocations = of("toolInvocationSerialized");
    let made: Vec<EditEvent> = of("textEditGroup").into_iter().flat_map(edits).collect();
    let rounds: Vec<&Value> = metadata["toolCallRounds"].as_array().into_iter().flatten().collect();
    let name = id.unwrap_or_default();
    match rounds.is_empty() {
        // A request that was stopped, or one of a mode without tools.
        true => without_rounds(&shown, &name, at, events),
        false => {
            let calls = rounds.iter().flat_map(|round| round["toolCalls"].as_array().into_iter().flatten()).count();
            let mut place = 0;
            for round in rounds {
                if let Some(text) = text(&round["response"]) {
                    events.push(EventKind::Reply { text });
                }
                for call in round["toolCalls"].as_array().into_iter().flatten() {
                    // What the editor shows of calls is in their order, under ids of its own.
                    let shown = invocations.get(place).filter(|_| invocations.len() == calls).copied();
                    place += 1;
                    let shown = ShownCall {
                        result: &metadata["toolCallResults"],
                        shown: shown.unwrap_or(&Value::Null),
                        made: &made,
                    };
                    tell_call(call, shown, at, events);
                }
            }
        }
    }
    if request["isCanceled"] == true {
        events.push(EventKind::Interrupt { id: Some(format!("{name} cancelled")), at });
    }
}

/// What a request says of its calls beside them.
struct ShownCall<'a> {
    /// By the ids of the calls.
    result: &'a Value,
    shown: &'a Value,
    /// What the editor put into files.
    made: &'a [EditEvent],
}

fn tell_call(call: &Value, about: ShownCall<'_>, at: Option<Timestamp>, events: &mut Events) {
    let ShownCall { result, shown, made } = about;
    let Some(id) = text(&call["id"]) else { return };
    let tool = text(&call["name"]).unwrap_or_default();
    // Arguments are JSON in a string.
    let arguments = serde_json::to_vec(&call["arguments"]).unwrap_or_default();
    let mut action = Cursor::new(&arguments).value().map_or(ActionEvent::Other, |arguments| action(&tool, arguments));
    if let ActionEvent::Edit(edits) = &mut action {
        edits.iter_mut().for_each(|edit| complete(edit, made));
    }
    let is_shell = matches!(action, ActionEvent::Shell { .. });
    events.push(EventKind::Call(Box::new(CallEvent { id: id.clone(), at, tool, action, ..CallEvent::default() })));
    let result = &result[id.as_str()];
    if result.is_null() && shown.is_null() {
        return;
    }
    let mut words = String::new();
    collect(result, &mut words);
    let terminal = &shown["toolSpecificData"];
    let output = text(&terminal["terminalCommandOutput"]["text"]).unwrap_or(words);
    let exit_code = terminal["terminalCommandState"]["exitCode"].as_i64().filter(|_| is_shell);
    let exit_code = exit_code.and_then(|code| i32::try_from(code).ok());
    let confirmed = shown["isConfirmed"]["type"].as_u64();
    let end = match confirmed {
        Some(DENIED | SKIPPED) => CallEnd::Rejected { reason: None },
        _ if exit_code.is_some_and(|code| code != 0) || result["isError"] == true || is_failure(&output) => {
            CallEnd::Failed
        }
        _ if result.is_null() && shown["isComplete"] != true => return,
        _ => CallEnd::Succeeded,
    };
    push_result(id, at, (end, exit_code, output), events);
}

/// An edit that leaves out lines in its call is what the editor made of it.
fn complete(edit: &mut EditEvent, made: &[EditEvent]) {
    let is_open = matches!(&edit.change, ChangeEvent::Patch { hunks } if hunks.is_empty());
    if let Some(known) = made.iter().find(|known| is_open && known.path == edit.path) {
        edit.change = known.change.clone();
    }
}

/// What tools say that could not do what they were asked to.
fn is_failure(output: &str) -> bool {
    output.starts_with("ERROR while calling tool") || output.starts_with("ERROR: ")
}

fn push_result(
    call: String,
    at: Option<Timestamp>,
    (end, exit_code, output): (CallEnd, Option<i32>, String),
    events: &mut Events,
) {
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at,
        end,
        exit_code,
        output: ends_of(output.into()),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}

/// The texts of a result: of values, and of trees of what was put into the prompt.
fn collect(value: &Value, words: &mut String) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| collect(item, words)),
        Value::Object(object) => {
            for name in ["text", "value"] {
                if let Some(text) = object.get(name).and_then(Value::as_str) {
                    if object.get("lineBreakBefore") == Some(&Value::Bool(true)) && !words.is_empty() {
                        words.push('\n');
                    }
                    words.push_str(text);
                }
            }
            for name in ["content", "value", "node", "children"] {
                if let Some(inner) = object.get(name).filter(|inner| inner.is_array() || inner.is_object()) {
                    collect(inner, words);
                }
            }
        }
        _ => {}
    }
}

/// What is shown of an answer, where its rounds are not kept: text, commands, and edits as the editor made them.
fn without_rounds(shown: &[&Value], name: &str, at: Option<Timestamp>, events: &mut Events) {
    let said: String =
        shown.iter().filter(|item| item["kind"].is_null()).filter_map(|item| item["value"].as_str()).collect();
    let said = said.replace("```\n\n```", "");
    if !said.trim().is_empty() {
        events.push(EventKind::Reply { text: said.trim().to_owned() });
    }
    for (item, place) in shown.iter().zip(0..) {
        let id = || text(&item["toolCallId"]).unwrap_or_else(|| format!("{name} {place}"));
        let call = |tool: &str, action| {
            EventKind::Call(Box::new(CallEvent { id: id(), at, tool: tool.to_owned(), action, ..CallEvent::default() }))
        };
        match item["kind"].as_str() {
            Some("textEditGroup") => {
                let edits = edits(item);
                events.push(call("textEditGroup", ActionEvent::Edit(edits)));
                let end = if item["done"] == true { CallEnd::Succeeded } else { CallEnd::Interrupted };
                push_result(id(), at, (end, None, String::new()), events);
            }
            Some("toolInvocationSerialized") => {
                let terminal = &item["toolSpecificData"];
                let line = &terminal["commandLine"];
                let command = ["userEdited", "toolEdited", "original"].iter().find_map(|name| text(&line[*name]));
                let command = command.or_else(|| text(&terminal["command"]));
                let tool = text(&item["toolId"]).unwrap_or_default();
                let action = command.map_or(ActionEvent::Other, |command| ActionEvent::Shell {
                    command,
                    cwd: None,
                    extent: Extent::Whole,
                });
                events.push(call(&tool, action));
                let code =
                    terminal["terminalCommandState"]["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok());
                let end = match item["isConfirmed"]["type"].as_u64() {
                    Some(DENIED | SKIPPED) => CallEnd::Rejected { reason: None },
                    _ if item["isComplete"] != true => continue,
                    _ if code.is_some_and(|code| code != 0) => CallEnd::Failed,
                    _ => CallEnd::Succeeded,
                };
                let output = text(&terminal["terminalCommandOutput"]["text"]).unwrap_or_default();
                push_result(id(), at, (end, code, output), events);
            }
            _ => {}
        }
    }
}

/// `{"uri": {"fsPath": "/home/a/x.py"}, "edits": [[{"text": "...", "range": {"startLineNumber": 5}}]]}`: what was put in. What it
/// replaced is not told.
fn edits(group: &Value) -> Vec<EditEvent> {
    let uri = &group["uri"];
    let path =
        text(&uri["fsPath"]).or_else(|| uri["external"].as_str().and_then(path_of)).or_else(|| text(&uri["path"]));
    let Some(path) = path else { return Vec::new() };
    let made = group["edits"].as_array().into_iter().flatten().flat_map(|edits| edits.as_array().into_iter().flatten());
    let hunks: Vec<HunkEvent> = made
        .filter_map(|edit| {
            let lines: Vec<String> = edit["text"].as_str()?.lines().map(|line| format!("+{line}")).collect();
            let start = edit["range"]["startLineNumber"].as_u64().and_then(|line| u32::try_from(line).ok());
            Some(HunkEvent { new_start: start.unwrap_or(0), lines: lines.join("\n") })
        })
        .filter(|hunk| !hunk.lines.is_empty())
        .collect();
    vec![EditEvent { path, change: ChangeEvent::Patch { hunks } }]
}

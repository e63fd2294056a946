//! The lines of a session of Qwen Code: prompts, answers, calls.

use jiff::Timestamp;

use super::fields::{ChatRecord, parse, parts};
use super::results::results;
use crate::capture::asking::other_action;
use crate::capture::event::{
    ActionEvent, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, SessionFacts, UsageEvent, shorten,
};
use crate::capture::events::Events;
use crate::capture::injected::is_a_message;
use crate::capture::json::{Read, Value};
use crate::capture::time::time;
use crate::capture::values::{count, owned, without_elements};
use crate::record::session::{PromptSource, Tokens};

pub(super) fn recognises(line: &[u8]) -> bool {
    let Ok(record) = parse(line) else { return false };
    let has_parts = record.message.is_some_and(|message| message.member("parts").is_some());
    let is_system = record.kind == b"system" && !record.subtype.is_empty() && record.payload.is_some();
    !record.uuid.is_empty() && record.session.is_some() && (has_parts || is_system)
}

pub(super) fn read_line(line: &[u8], events: &mut Events) -> Read<()> {
    let record = parse(line)?;
    let at = time(record.timestamp);
    if let Some(at) = at {
        events.saw(at);
    }
    say_about(&record, events);
    if !record.uuid.is_empty() {
        events.push(EventKind::Node { id: shorten(record.uuid), parent: parent(&record) });
    }
    match record.kind {
        b"user" => prompt(&record, at, events),
        b"assistant" => answer(&record, at, events),
        b"tool_result" => results(&record, at, events),
        b"system" => match record.subtype {
            b"chat_compression" => events.push(EventKind::Compaction { at }),
            b"slash_command" => slash_command(&record, at, events),
            _ => {}
        },
        _ => {}
    }
    Ok(())
}

fn parent(record: &ChatRecord<'_>) -> u64 {
    if record.parent.is_empty() { 0 } else { shorten(record.parent) }
}

fn say_about(record: &ChatRecord<'_>, events: &mut Events) {
    // A detached head is not a branch.
    let branch = record.branch.filter(|branch| branch.bare() != b"HEAD");
    let facts = [record.session, record.cwd, branch, record.version];
    let [session, cwd, on, version] = facts.map(|value| value.map(Value::bare).unwrap_or_default());
    if !record.is_sidechain && events.knows(session, cwd, on, version) {
        return;
    }
    let [session, cwd, branch, version] = facts.map(owned);
    let version = version.filter(|version| version != "unknown");
    let other = owned(record.agent).filter(|_| record.is_sidechain);
    let subagent = record.is_sidechain;
    events.about(SessionFacts { session, cwd, branch, version, other, subagent, ..SessionFacts::default() });
}

fn prompt(record: &ChatRecord<'_>, at: Option<Timestamp>, events: &mut Events) {
    let is_persons = matches!(record.provenance, b"" | b"real_user");
    let source = match record.subtype {
        b"" | b"realtime_message" => PromptSource::Typed,
        // Typed while the agent worked.
        b"mid_turn_user_message" => PromptSource::Queued,
        _ => return,
    };
    let text = said(record);
    if !is_persons || text.is_empty() {
        return;
    }
    let source = if record.is_sidechain || is_a_message(&text) { PromptSource::Delegated } else { source };
    let id = (!record.uuid.is_empty()).then(|| String::from_utf8_lossy(record.uuid).into_owned());
    let prompt = PromptEvent { id, source, parent: parent(record), ..PromptEvent::typed(text, at) };
    events.push(EventKind::Prompt(Box::new(prompt)));
}

/// What the person wrote: as it was shown, where that is said, else the parts, without reminders of the program and without the
/// files that stand below the words.
fn said(record: &ChatRecord<'_>) -> String {
    if let Some(shown) = record.payload.and_then(|payload| owned(payload.member("displayText"))) {
        return shown.trim().to_owned();
    }
    let mut words = Vec::new();
    for part in parts(record) {
        let Some(text) = part.member("text").and_then(Value::text) else { continue };
        if text.trim_start().starts_with("--- Content from referenced files ---") {
            break;
        }
        let text = without_elements(&text, "system-reminder");
        if !text.trim().is_empty() {
            words.push(text.trim().to_owned());
        }
    }
    words.join("\n")
}

/// Each command is told when it is called and when it has ended.
fn slash_command(record: &ChatRecord<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(payload) =
        record.payload.filter(|payload| payload.member("phase").is_some_and(|phase| phase.bare() == b"invocation"))
    else {
        return;
    };
    if let Some(text) = owned(payload.member("rawCommand")) {
        let id = Some(String::from_utf8_lossy(record.uuid).into_owned());
        let (source, parent) = (PromptSource::Slash, parent(record));
        let prompt = PromptEvent { id, source, parent, ..PromptEvent::typed(text, at) };
        events.push(EventKind::Prompt(Box::new(prompt)));
    }
}

fn answer(record: &ChatRecord<'_>, at: Option<Timestamp>, events: &mut Events) {
    if let Some(name) = record.model.and_then(Value::text).filter(|name| !name.is_empty()) {
        events.model(name);
    }
    if let Some(usage) = record.usage {
        let message = Some(String::from_utf8_lossy(record.uuid).into_owned());
        events.usage(UsageEvent { message, tokens: tokens(usage) });
    }
    for part in parts(record) {
        if let Some(call) = part.member("functionCall") {
            let call = call_of(call, record.cwd, (at, record.is_sidechain));
            if !matches!(call.action, ActionEvent::Shell { .. } | ActionEvent::Ask { .. }) {
                events.wordless(call.id.as_bytes());
            }
            events.push(EventKind::Call(Box::new(call)));
        } else if !part.member("thought").is_some_and(Value::is_true)
            && let Some(text) = owned(part.member("text"))
        {
            events.push(EventKind::Reply { text });
        }
    }
}

/// What was read includes what came from the cache; what was thought counts among the answer for some services.
fn tokens(usage: Value<'_>) -> Tokens {
    let of = |name: &str| count(usage.member(name));
    let (prompt, cached) = (of("promptTokenCount"), of("cachedContentTokenCount"));
    let output = of("candidatesTokenCount").max(of("totalTokenCount").saturating_sub(prompt));
    Tokens { input: prompt.saturating_sub(cached), output, cache_read: cached, cache_write: 0 }
}

fn call_of(call: Value<'_>, cwd: Option<Value<'_>>, (at, subagent): (Option<Timestamp>, bool)) -> CallEvent {
    let tool = owned(call.member("name")).unwrap_or_default();
    let input = call.member("args").unwrap_or(Value::NULL);
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let action = match tool.as_str() {
        "run_shell_command" => ActionEvent::Shell {
            command: member("command").unwrap_or_default(),
            cwd: owned(input.member("directory")).or_else(|| owned(cwd)),
            extent: Extent::Whole,
        },
        "edit" | "write_file" | "notebook_edit" => ActionEvent::Edit(edit(&tool, input).into_iter().collect()),
        "agent" | "task" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        _ => other_action(&tool, input),
    };
    let id = owned(call.member("id")).unwrap_or_default();
    CallEvent { id, at, tool, action, subagent, ..CallEvent::default() }
}

fn edit(tool: &str, input: Value<'_>) -> Option<EditEvent> {
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let path = member("file_path").or_else(|| member("notebook_path"))?;
    let change = match tool {
        "write_file" => ChangeEvent::Write { text: member("content").unwrap_or_default() },
        "edit" => ChangeEvent::Replace {
            before: member("old_string").unwrap_or_default(),
            after: member("new_string").unwrap_or_default(),
            everywhere: input.member("replace_all").is_some_and(Value::is_true),
        },
        // What a cell replaces is not in the call.
        _ => ChangeEvent::Replace { before: String::new(), after: member("new_source")?, everywhere: false },
    };
    Some(EditEvent { path, change })
}

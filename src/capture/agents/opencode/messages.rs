//! A session put together: what its messages and their parts say.

use jiff::Timestamp;
use serde_json::Value;

use super::calls;
use super::kept::{KeptSession, SessionContext, text, time};
use crate::capture::event::{EventKind, PromptEvent, SessionFacts, Standing, UsageEvent};
use crate::capture::events::Events;
use crate::record::session::{PromptSource, Tokens};

pub(super) fn read(session: &KeptSession, events: &mut Events) {
    let info = &session.info;
    let parent = text(&info["parentID"]);
    let context = SessionContext { is_subagent: parent.is_some(), is_alone: is_alone(&info["permission"]) };
    events.about(SessionFacts {
        session: text(&info["id"]),
        cwd: text(&info["directory"]),
        version: text(&info["version"]),
        other: parent,
        subagent: context.is_subagent,
        ..SessionFacts::default()
    });
    let taken_back = text(&info["revert"]["messageID"]);
    let mut turns = 0;
    for (message, parts) in &session.messages {
        let is_back = taken_back.as_deref().is_some_and(|from| message["id"].as_str().is_some_and(|id| id >= from));
        if message["role"] == "user" {
            turns += u32::from(is_back && user(message, parts, &context, events));
            if !is_back {
                user(message, parts, &context, events);
            }
        } else {
            assistant(message, parts, &context, events);
        }
    }
    if turns > 0 {
        events.push(EventKind::Rollback { turns });
    }
}

/// A run without a terminal may not ask: its session says so for questions.
fn is_alone(permission: &Value) -> bool {
    let rules = permission.as_array().into_iter().flatten();
    rules.into_iter().any(|rule| rule["permission"] == "question" && rule["action"] == "deny")
}

/// Returns whether the message holds a prompt.
fn user(message: &Value, parts: &[Value], context: &SessionContext, events: &mut Events) -> bool {
    let at = time(&message["time"]["created"]);
    events_saw(at, events);
    if parts.iter().any(|part| part["type"] == "compaction") {
        events.push(EventKind::Compaction { at });
        return false;
    }
    let is_own = |part: &&Value| part["type"] == "text" && part["synthetic"] != true && part["ignored"] != true;
    let words = parts.iter().filter(is_own).filter_map(|part| part["text"].as_str()).map(unquoted);
    let words = words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n");
    let command = parts.iter().filter(|part| part["type"] == "subtask").find_map(|part| part["command"].as_str());
    let (source, text) = match command.filter(|command| !command.is_empty() && words.is_empty()) {
        _ if context.is_subagent => (PromptSource::Delegated, words),
        Some(command) => (PromptSource::Slash, format!("/{command}")),
        None => (PromptSource::Typed, words),
    };
    if text.is_empty() {
        return false;
    }
    let id = message["id"].as_str().map(str::to_owned);
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id,
        at,
        text,
        source,
        parent: 0,
        standing: Standing::Sure,
        away: false,
    })));
    true
}

/// `opencode run "two words"` keeps the words with quotes around them.
fn unquoted(words: &str) -> &str {
    let words = words.trim();
    let inner = words.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(words).trim()
}

fn assistant(message: &Value, parts: &[Value], context: &SessionContext, events: &mut Events) {
    let at = time(&message["time"]["created"]);
    events_saw(at, events);
    events_saw(time(&message["time"]["completed"]), events);
    // The newest form has the model in an object, as a user's message does.
    let model = message["modelID"].as_str().or(message["model"]["modelID"].as_str());
    if let Some(model) = model.filter(|model| !model.is_empty()) {
        events.model(model.into());
    }
    let tokens = tokens(&message["tokens"]);
    if tokens != Tokens::default() {
        events.usage(UsageEvent { message: text(&message["id"]), tokens });
    }
    let is_summary = message["summary"] == true;
    let cwd = text(&message["path"]["cwd"]);
    for part in parts {
        match part["type"].as_str() {
            Some("text") if !is_summary && part["synthetic"] != true => {
                if let Some(text) = text(&part["text"]) {
                    events.push(EventKind::Reply { text });
                }
            }
            Some("tool") => calls::tool(part, (at, cwd.as_deref()), context, events),
            _ => {}
        }
    }
    if message["error"]["name"] == "MessageAbortedError" {
        events.push(EventKind::Interrupt { id: text(&message["id"]), at: time(&message["time"]["completed"]).or(at) });
    }
}

/// `input` is without what came from the cache, `output` without what was thought.
fn tokens(counted: &Value) -> Tokens {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    Tokens {
        input: count(&counted["input"]),
        output: count(&counted["output"]) + count(&counted["reasoning"]),
        cache_read: count(&counted["cache"]["read"]),
        cache_write: count(&counted["cache"]["write"]),
    }
}

fn events_saw(at: Option<Timestamp>, events: &mut Events) {
    if let Some(at) = at {
        events.saw(at);
    }
}

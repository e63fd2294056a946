//! What the document of a thread says: since version 0.3.0 each message is named by its kind, before it had a role.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::calls;
use crate::capture::event::{EventKind, PromptEvent, SessionFacts};
use crate::capture::events::Events;
use crate::record::session::{PromptSource, Tokens};

/// A thread, and what its row says beside the document.
pub(super) struct ZedThread {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    /// The folders that were open, the first one first.
    pub(super) roots: Vec<String>,
    /// When it was begun and last changed.
    pub(super) times: [Option<Timestamp>; 2],
    pub(super) document: Value,
}

pub(super) fn read(thread: &ZedThread, events: &mut Events) {
    let document = &thread.document;
    // Another person shared it.
    if document["imported"] == true {
        return;
    }
    let snapshot = &document["initial_project_snapshot"];
    let worktrees = snapshot["worktree_snapshots"].as_array().map(Vec::as_slice).unwrap_or_default();
    let roots: Vec<String> = match &thread.roots[..] {
        [] => worktrees.iter().filter_map(|one| one["worktree_path"].as_str()).map(str::to_owned).collect(),
        roots => roots.to_vec(),
    };
    let first = worktrees.iter().find(|one| one["worktree_path"].as_str() == roots.first().map(String::as_str));
    let git = first.map_or(&Value::Null, |one| &one["git_state"]);
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let parent = thread.parent.clone().or_else(|| text(&document["subagent_context"]["parent_thread_id"]));
    let is_subagent = parent.is_some();
    events.about(SessionFacts {
        session: Some(thread.id.clone()),
        cwd: roots.first().cloned(),
        branch: text(&git["current_branch"]),
        head: text(&git["head_sha"]),
        other: parent,
        subagent: is_subagent,
        ..SessionFacts::default()
    });
    let begun = snapshot["timestamp"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    thread.times.into_iter().flatten().chain(begun).for_each(|at| events.saw(at));
    if let Some(model) = text(&document["model"]["model"]) {
        events.model(model.into());
    }
    let tokens = tokens(&document["cumulative_token_usage"]);
    if !tokens.is_zero() {
        events.push(EventKind::Total(tokens));
    }
    let messages = document["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for message in messages {
        if message["role"].is_string() {
            older(message, (&roots, is_subagent), events);
            continue;
        }
        if let Some(user) = message.get("User") {
            prompt(text(&user["id"]), &said(&user["content"]), is_subagent, events);
        } else if let Some(agent) = message.get("Agent") {
            for part in agent["content"].as_array().into_iter().flatten() {
                if let Some(text) = part["Text"].as_str() {
                    reply(text, events);
                } else if let Some(call) = part.get("ToolUse") {
                    let result = call["id"].as_str().map_or(&Value::Null, |id| &agent["tool_results"][id]);
                    calls::call(call, result, (&roots, is_subagent), events);
                }
            }
        } else if message.get("Compaction").is_some() {
            events.push(EventKind::Compaction { at: None });
        }
    }
}

/// A message before version 0.3.0. The results of its calls were with the next one until 0.2.0.
fn older(message: &Value, (roots, is_subagent): (&[String], bool), events: &mut Events) {
    let segments = message["segments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = segments.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str());
    let text = texts.chain(message["text"].as_str()).collect::<Vec<_>>().join("\n");
    let results = message["tool_results"].as_array().map(Vec::as_slice).unwrap_or_default();
    if message["role"] == "assistant" {
        reply(&text, events);
        for call in message["tool_uses"].as_array().into_iter().flatten() {
            let result = results.iter().find(|result| result["tool_use_id"] == call["id"]);
            calls::call(call, result.unwrap_or(&Value::Null), (roots, is_subagent), events);
        }
        return;
    }
    for result in results {
        calls::late_result(result, events);
    }
    // What stands beside results, and what is hidden, the program wrote.
    if message["role"] == "user" && results.is_empty() && message["is_hidden"] != true {
        prompt(None, &text, is_subagent, events);
    }
}

fn prompt(id: Option<String>, text: &str, is_subagent: bool, events: &mut Events) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let source = if is_subagent { PromptSource::Delegated } else { PromptSource::Typed };
    events.push(EventKind::Prompt(Box::new(PromptEvent { id, source, ..PromptEvent::typed(text.to_owned(), None) })));
}

fn reply(text: &str, events: &mut Events) {
    if !text.trim().is_empty() {
        events.push(EventKind::Reply { text: text.trim().to_owned() });
    }
}

/// What a person typed: of what was mentioned the name, and not what is in it.
fn said(content: &Value) -> String {
    let part = |part: &Value| {
        let text = part["Text"].as_str().map(str::to_owned);
        text.or_else(|| Some(format!("@{}", mentioned(&part["Mention"]["uri"])?)))
    };
    content.as_array().into_iter().flatten().filter_map(part).collect()
}

/// `{"File":{"abs_path":"/w/a.rs"}}`, `{"Symbol":{"name":"total"}}`
fn mentioned(uri: &Value) -> Option<&str> {
    let (_, what) = uri.as_object()?.iter().next()?;
    let path = || Path::new(what["abs_path"].as_str()?).file_name()?.to_str();
    what["name"].as_str().or_else(path)
}

fn tokens(counted: &Value) -> Tokens {
    let count = |name: &str| counted[name].as_u64().unwrap_or(0);
    Tokens {
        input: count("input_tokens"),
        output: count("output_tokens"),
        cache_read: count("cache_read_input_tokens"),
        cache_write: count("cache_creation_input_tokens"),
    }
}

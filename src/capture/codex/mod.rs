//! OpenAI Codex: one JSON object `{timestamp, type, payload}` a line, under `<home>/sessions/YYYY/MM/DD/`, and its
//! history of prompts. Fields as seen in 0.34 to 0.142.

mod calls;
mod results;
mod script;

use calls::{calls, reported_edits};
use jiff::Timestamp;
use results::{output_text, result, results};

use super::event::{About, End, Events, Kind, PromptEvent, ResultEvent, UsageEvent};
use super::injected::By;
use super::json::{self, Read, Value};
use super::time::time;
use crate::record::session::{PromptSource, Tokens};

#[derive(Default)]
struct Line<'a> {
    kind: &'a [u8],
    timestamp: Option<Value<'a>>,
    payload: Option<Value<'a>>,
    /// Of the history of prompts, which has no payload.
    history: Option<(Value<'a>, i64)>,
}

/// The fields of a payload that are wanted, by their foreign names.
#[derive(Default)]
struct Payload<'a> {
    kind: &'a [u8],
    name: Option<Value<'a>>,
    call_id: Option<Value<'a>>,
    id: Option<Value<'a>>,
    arguments: Option<Value<'a>>,
    input: Option<Value<'a>>,
    output: Option<Value<'a>>,
    message: Option<Value<'a>>,
    role: &'a [u8],
    content: Option<Value<'a>>,
    info: Option<Value<'a>>,
    changes: Option<Value<'a>>,
    result: Option<Value<'a>>,
    action: Option<Value<'a>>,
    success: Option<Value<'a>>,
    cwd: Option<Value<'a>>,
    model: Option<Value<'a>>,
    num_turns: Option<Value<'a>>,
    passthrough: Option<Value<'a>>,
    whole: Option<Value<'a>>,
}

pub(super) fn recognises(text: &[u8]) -> bool {
    parse_line(text).is_ok_and(|line| {
        let known =
            matches!(line.kind, b"session_meta" | b"turn_context" | b"response_item" | b"event_msg" | b"compacted");
        line.history.is_some() || (known && line.payload.is_some_and(Value::is_object))
    })
}

/// Reads one line.
pub(super) fn read_line(text: &[u8], events: &mut Events) -> Read<()> {
    let line = parse_line(text)?;
    if let Some((text, seconds)) = line.history {
        let at = Timestamp::from_second(seconds).ok();
        at.into_iter().for_each(|at| events.saw(at));
        prompt(text.owned().unwrap_or_default(), By::NotSaid, at, false, events);
        return Ok(());
    }
    let at: Option<Timestamp> = line.timestamp.and_then(|at| time(at.bare()));
    at.into_iter().for_each(|at| events.saw(at));
    let Some(payload) = line.payload else {
        return Ok(());
    };
    match line.kind {
        b"session_meta" => session_meta(payload, events),
        b"turn_context" => {
            let payload = parse_payload(payload)?;
            events.about(About { cwd: owned(payload.cwd), ..About::default() });
            if let Some(name) = owned(payload.model) {
                events.push(Kind::Model { name });
            }
        }
        b"response_item" => response_item(&parse_payload(payload)?, at, events),
        b"event_msg" => event_msg(&parse_payload(payload)?, at, events),
        b"compacted" => events.push(Kind::Compaction { at }),
        _ => {}
    }
    Ok(())
}

fn parse_line(text: &[u8]) -> Read<Line<'_>> {
    let mut line = Line::default();
    let (mut session, mut seconds, mut words) = (false, None, None);
    json::whole_object(text, |cursor, key| {
        match key {
            b"type" => line.kind = cursor.value()?.bare(),
            b"timestamp" => line.timestamp = Some(cursor.value()?),
            b"payload" => line.payload = Some(cursor.value()?),
            b"session_id" => session = true,
            b"ts" => seconds = cursor.value()?.count(),
            b"text" => words = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    if let (true, Some(seconds), Some(words)) = (session && line.payload.is_none(), seconds, words) {
        line.history = Some((words, i64::try_from(seconds).unwrap_or(0)));
    }
    Ok(line)
}

fn parse_payload(value: Value<'_>) -> Read<Payload<'_>> {
    let mut payload = Payload { whole: Some(value), ..Payload::default() };
    value.cursor().object(|cursor, key| {
        match key {
            b"type" => payload.kind = cursor.value()?.bare(),
            b"name" => payload.name = Some(cursor.value()?),
            b"call_id" => payload.call_id = Some(cursor.value()?),
            b"id" => payload.id = Some(cursor.value()?),
            b"arguments" => payload.arguments = Some(cursor.value()?),
            b"input" => payload.input = Some(cursor.value()?),
            b"output" => payload.output = Some(cursor.value()?),
            b"message" => payload.message = Some(cursor.value()?),
            b"role" => payload.role = cursor.value()?.bare(),
            b"content" => payload.content = Some(cursor.value()?),
            b"info" => payload.info = Some(cursor.value()?),
            b"changes" => payload.changes = Some(cursor.value()?),
            b"result" => payload.result = Some(cursor.value()?),
            b"action" => payload.action = Some(cursor.value()?),
            b"success" => payload.success = Some(cursor.value()?),
            b"cwd" => payload.cwd = Some(cursor.value()?),
            b"model" => payload.model = Some(cursor.value()?),
            b"num_turns" => payload.num_turns = Some(cursor.value()?),
            b"internal_chat_message_metadata_passthrough" => payload.passthrough = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(payload)
}

fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.and_then(Value::owned).filter(|text| !text.is_empty())
}

/// A fork copies the `session_meta` of what it was forked from behind its own: `assemble` takes the first id.
fn session_meta(payload: Value<'_>, events: &mut Events) {
    let git = payload.member("git");
    let of_git = |name: &str| owned(git.and_then(|git| git.member(name)));
    let subagent = payload.member("source").and_then(|source| source.member("subagent"));
    events.about(About {
        session: owned(payload.member("id")),
        other: owned(payload.member("parent_thread_id").or_else(|| subagent?.member("parent_thread_id"))),
        version: owned(payload.member("cli_version")),
        cwd: owned(payload.member("cwd")),
        branch: of_git("branch"),
        head: of_git("commit_hash"),
        subagent: subagent.is_some(),
    });
}

fn prompt(text: String, by: By, at: Option<Timestamp>, weak: bool, events: &mut Events) {
    let text = text.trim();
    if text.is_empty() || is_injected(text) || by == By::Program {
        return;
    }
    let is_agents = by.is_agents(text);
    let source = if is_agents { PromptSource::Delegated } else { PromptSource::Typed };
    events.push(Kind::Prompt(PromptEvent {
        id: None,
        at,
        text: text.to_owned(),
        source,
        parent: 0,
        weak,
        away: false,
    }));
}

fn is_injected(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "# AGENTS.md instructions",
        "<environment_context>",
        "<user_instructions>",
        "<INSTRUCTIONS>",
        "<skill>",
        "<turn_aborted>",
        "<subagent_notification>",
        "<recommended_plugins>",
        "<codex_internal_context",
        "<user_shell_command>",
        "<permissions instructions>",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

fn response_item(payload: &Payload<'_>, at: Option<Timestamp>, events: &mut Events) {
    match payload.kind {
        b"message" if payload.role == b"user" => {
            for (part, by) in user_parts(payload) {
                prompt(part, by, at, true, events);
            }
        }
        b"message" if payload.role == b"assistant" => {
            let text = content_parts(payload.content).join("\n");
            if !text.is_empty() {
                events.push(Kind::Reply { text });
            }
        }
        b"function_call" | b"custom_tool_call" | b"local_shell_call" | b"web_search_call" | b"tool_search_call" => {
            for call in calls(payload, at) {
                events.push(Kind::Call(call));
            }
        }
        b"function_call_output" | b"custom_tool_call_output" => {
            if let Some(call) = owned(payload.call_id) {
                for result in results(call, &output_text(payload.output), at) {
                    events.push(Kind::Result(result));
                }
            }
        }
        _ => {}
    }
}

/// The parts of a user's message that have text, each with who wrote it, as its provenance says (since 0.150).
fn user_parts(payload: &Payload<'_>) -> Vec<(String, By)> {
    let mut writers: Vec<By> = Vec::new();
    if let Some(metadata) = payload.passthrough.and_then(|data| data.member("content_item_metadata")) {
        let _ = metadata.cursor().array(|cursor| {
            let kind = cursor.value()?.member("provenance").and_then(|provenance| provenance.member("type"));
            writers.push(match kind.map(Value::bare) {
                Some(b"user") => By::Person,
                Some(b"agent" | b"subagent" | b"peer") => By::Agent,
                Some(b"harness" | b"system") => By::Program,
                _ => By::NotSaid,
            });
            Ok(())
        });
    }
    let mut parts = Vec::new();
    let mut place = 0;
    if let Some(content) = payload.content {
        let _ = content.cursor().array(|cursor| {
            let by = writers.get(place).copied().unwrap_or(By::NotSaid);
            place += 1;
            parts.extend(owned(cursor.value()?.member("text")).map(|text| (text, by)));
            Ok(())
        });
    }
    parts
}

fn content_parts(content: Option<Value<'_>>) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(content) = content {
        let _ = content.cursor().array(|cursor| {
            parts.extend(owned(cursor.value()?.member("text")));
            Ok(())
        });
    }
    parts
}

fn event_msg(payload: &Payload<'_>, at: Option<Timestamp>, events: &mut Events) {
    match payload.kind {
        b"user_message" => {
            prompt(owned(payload.message).unwrap_or_default(), By::NotSaid, at, false, events);
        }
        b"agent_message" => {
            if let Some(text) = owned(payload.message) {
                events.push(Kind::Reply { text });
            }
        }
        b"token_count" => {
            // The sum so far; some versions wrote the counts into the payload itself.
            let total = payload.info.and_then(|info| info.member("total_token_usage"));
            if let Some(total) = total.or(payload.whole.filter(|whole| whole.member("input_tokens").is_some())) {
                let count = |name: &str| total.member(name).and_then(Value::count).unwrap_or(0);
                let cache_read = count("cached_input_tokens");
                // The service counts what it read from its cache as input, too; here the two are kept apart.
                let input = count("input_tokens").saturating_sub(cache_read);
                let tokens = Tokens { input, output: count("output_tokens"), cache_read, cache_write: 0 };
                events.usage(UsageEvent { message: None, tokens });
            }
        }
        b"turn_aborted" => events.push(Kind::Interrupt { id: None, at }),
        b"thread_rolled_back" => {
            let turns = payload.num_turns.and_then(Value::count).and_then(|count| u32::try_from(count).ok());
            events.push(Kind::Rollback { turns: turns.unwrap_or(1) });
        }
        b"patch_apply_end" => {
            if let (Some(call), Some(changes)) = (owned(payload.call_id), payload.changes) {
                let edits = reported_edits(changes);
                let made = payload.success.is_none_or(Value::is_true);
                events.push(Kind::Edits { call, edits, at, made });
            }
        }
        b"mcp_tool_call_end" => {
            if let (Some(call), Some(error)) =
                (owned(payload.call_id), payload.result.and_then(|result| result.member("Err")))
            {
                let output = error.owned().unwrap_or_default();
                events.push(Kind::Result(ResultEvent { end: End::Failed, ..result(call, &output, at) }));
            }
        }
        _ => {}
    }
}

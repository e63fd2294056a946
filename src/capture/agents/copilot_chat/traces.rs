//! Traces of Visual Studio: spans of OpenTelemetry, one or more a line, with what models were sent only where a person switched that on.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::agents::copilot::action;
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, Standing, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::json::Cursor;
use crate::capture::lines::first_lines;
use crate::record::session::{PromptSource, Skip, Tokens};

pub(super) fn recognises(head: &[u8]) -> bool {
    let has = |line: &[u8], name: &str| memchr::memmem::find(line, name.as_bytes()).is_some();
    first_lines(head).any(|line| line.starts_with(b"{\"resourceSpans\"") && has(line, "\"vs-copilot\""))
}

/// A span with its attributes by name.
struct TraceSpan {
    id: String,
    begun: Option<Timestamp>,
    attributes: HashMap<String, String>,
}

impl TraceSpan {
    fn of(span: &Value) -> Self {
        let nanoseconds = span["startTimeUnixNano"].as_str().and_then(|text| text.parse().ok());
        Self {
            id: span["spanId"].as_str().unwrap_or_default().to_owned(),
            begun: nanoseconds.and_then(|count: i128| Timestamp::from_nanosecond(count).ok()),
            attributes: attributes(&span["attributes"]),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn count(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// `[{"key": "gen_ai.tool.name", "value": {"stringValue": "get_file"}}]`
fn attributes(list: &Value) -> HashMap<String, String> {
    let of = |one: &Value| {
        let value = one["value"].as_object()?.values().next()?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((one["key"].as_str()?.to_owned(), text))
    };
    list.as_array().into_iter().flatten().filter_map(of).collect()
}

/// Tells the first conversation of a file. Others in it are counted as left out: a file is one session here.
pub(super) fn tell(text: &[u8], events: &mut Events) {
    let (mut spans, mut version) = (Vec::new(), None);
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let is_whole = line.ends_with(b"\n");
        let line = line.trim_ascii();
        let Ok(line) = serde_json::from_slice::<Value>(line) else {
            if !line.is_empty() && is_whole {
                events.push(EventKind::Skipped(Skip { line: number, why: "damaged JSON".to_owned() }));
            }
            continue;
        };
        for resource in line["resourceSpans"].as_array().into_iter().flatten() {
            version = version.or_else(|| attributes(&resource["resource"]["attributes"]).remove("service.version"));
            let scopes = resource["scopeSpans"].as_array().into_iter().flatten();
            spans.extend(scopes.flat_map(|scope| scope["spans"].as_array().into_iter().flatten()).map(TraceSpan::of));
        }
    }
    let session = spans.iter().find_map(|span| span.get("gen_ai.conversation.id")).map(str::to_owned);
    events.about(SessionFacts { session: session.clone(), version, ..SessionFacts::default() });
    let is_other =
        |span: &TraceSpan| span.get("gen_ai.conversation.id").is_some_and(|id| Some(id) != session.as_deref());
    if spans.iter().any(is_other) {
        let why = "other conversations of the file were left out".to_owned();
        events.push(EventKind::Skipped(Skip { line: 0, why }));
    }
    spans.retain(|span| !is_other(span));
    spans.sort_by_key(|span| span.begun);
    let mut asked = HashSet::new();
    for span in &spans {
        span.begun.into_iter().for_each(|at| events.saw(at));
        match span.get("gen_ai.operation.name") {
            Some("chat") => chat(span, &mut asked, events),
            Some("execute_tool") => tool(span, events),
            Some("invoke_agent") => model(span, events),
            _ => {}
        }
    }
}

fn model(span: &TraceSpan, events: &mut Events) {
    if let Some(model) = span.get("gen_ai.response.model").or_else(|| span.get("gen_ai.request.model")) {
        events.model(model.to_owned().into());
    }
}

/// One question to a model. Each of a turn has the person's words again.
fn chat(span: &TraceSpan, asked: &mut HashSet<String>, events: &mut Events) {
    let words = span.get("gen_ai.input.messages").and_then(|messages| last_text(messages, "user"));
    if let Some(text) = words {
        let turn = span.get("copilot_chat.root_request_id").map_or_else(|| text.clone(), str::to_owned);
        if asked.insert(turn.clone()) {
            let (source, standing) = (PromptSource::Typed, Standing::Sure);
            let prompt = PromptEvent { id: Some(turn), at: span.begun, text, source, parent: 0, standing, away: false };
            events.push(EventKind::Prompt(Box::new(prompt)));
        }
    }
    model(span, events);
    let cache_read = span.count("gen_ai.usage.cache_read.input_tokens").unwrap_or(0);
    let input = span.count("gen_ai.usage.input_tokens").unwrap_or(0).saturating_sub(cache_read);
    let output = span.count("gen_ai.usage.output_tokens").unwrap_or(0);
    let tokens = Tokens { input, output, cache_read, cache_write: 0 };
    if !tokens.is_zero() {
        events.usage(UsageEvent { message: Some(span.id.clone()), tokens });
    }
    if let Some(text) = span.get("gen_ai.output.messages").and_then(|messages| last_text(messages, "assistant")) {
        events.push(EventKind::Reply { text });
    }
}

/// `[{"role": "user", "parts": [{"type": "text", "content": "Add a test"}]}]`
fn last_text(messages: &str, role: &str) -> Option<String> {
    let messages: Value = serde_json::from_str(messages).ok()?;
    let last = messages.as_array()?.iter().rev().find(|message| message["role"] == role)?;
    let parts = last["parts"].as_array().or_else(|| last["content"].as_array());
    let of = |part: &Value| part["content"].as_str().or_else(|| part["text"].as_str()).map(str::to_owned);
    let texts: Vec<String> = match parts {
        Some(parts) => parts.iter().filter(|part| part["type"] == "text").filter_map(of).collect(),
        None => last["content"].as_str().map(str::to_owned).into_iter().collect(),
    };
    let text = texts.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn tool(span: &TraceSpan, events: &mut Events) {
    let id = span.get("gen_ai.tool.call.id").map_or_else(|| span.id.clone(), str::to_owned);
    let tool = span.get("gen_ai.tool.name").unwrap_or_default().to_owned();
    let arguments = span.get("gen_ai.tool.call.arguments").unwrap_or_default();
    let action = Cursor::new(arguments.as_bytes()).value().map_or(ActionEvent::Other, |given| action(&tool, given));
    let at = span.begun;
    events.push(EventKind::Call(Box::new(CallEvent { id: id.clone(), at, tool, action, ..CallEvent::default() })));
    let Some(output) = span.get("gen_ai.tool.call.result") else { return };
    let end = if span.get("error.type").is_some() { CallEnd::Failed } else { CallEnd::Succeeded };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: id,
        at,
        end,
        exit_code: None,
        output: ends_of(output.to_owned().into()),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}

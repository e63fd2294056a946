//! The events of a session. A subagent's stand among those of its parent and name it; they are nested calls of the session, and
//! their words nobody's prompts.

use super::fields::{CopilotEvent, owned};
use super::results::{denied, result};
use super::tools::{call, is_wordless};
use crate::capture::event::{EventKind, PromptEvent, SessionFacts, Standing, UsageEvent};
use crate::capture::events::Events;
use crate::capture::json::{self, Read, Value};
use crate::record::session::{PromptSource, Tokens};

/// Whether this is the first event of a session; its data.
fn start(text: &[u8]) -> Option<Value<'_>> {
    let event = CopilotEvent::read(text).ok()?;
    event.data.filter(|data| event.kind == b"session.start" && data.member("sessionId").is_some_and(Value::is_string))
}

pub(super) fn recognises(text: &[u8]) -> bool {
    start(text).is_some_and(|data| data.member("vscodeVersion").is_none())
}

/// Whether the session is a chat in an editor.
pub(in crate::capture::agents) fn is_of_an_editor(text: &[u8]) -> bool {
    start(text).is_some_and(|data| data.member("vscodeVersion").is_some())
}

pub(in crate::capture::agents) fn read_line(text: &[u8], events: &mut Events) -> Read<()> {
    let event = CopilotEvent::read(text)?;
    event.at.into_iter().for_each(|at| events.saw(at));
    match event.kind {
        b"session.start" => {
            let (session, version) = (event.text("sessionId"), event.text("copilotVersion"));
            events.about(SessionFacts { session, version, ..place(event.member("context")) });
        }
        b"session.resume" => {
            let version = event.text("copilotVersion");
            events.about(SessionFacts { version, ..place(event.member("context")) });
        }
        b"session.context_changed" => events.about(place(event.data)),
        b"user.message" => prompt(&event, events),
        b"assistant.message" => message(&event, events),
        b"tool.execution_start" => {
            if let Some(call) = call(&event) {
                if is_wordless(&call) {
                    events.wordless(call.id.as_bytes());
                }
                events.push(EventKind::Call(Box::new(call)));
            }
        }
        b"tool.execution_complete" => {
            model(&event, events);
            result(&event, events);
        }
        b"permission.completed" => denied(&event, events),
        b"session.usage_record" => usage_record(&event, events),
        b"session.compaction_complete" if event.member("success").is_some_and(Value::is_true) => {
            events.push(EventKind::Compaction { at: event.at });
        }
        // A limit that was set beforehand stops a run as well.
        b"abort"
            if event.agent.is_none()
                && event.member("reason").is_none_or(|reason| reason.bare() != b"autopilot_credit_limit") =>
        {
            events.push(EventKind::Interrupt { id: owned(event.id), at: event.at });
        }
        b"session.shutdown" => shutdown(&event, events),
        _ => {}
    }
    Ok(())
}

/// `{"cwd": "/home/a/shop", "branch": "main", "headCommit": "..."}`
fn place(context: Option<Value<'_>>) -> SessionFacts {
    let of = |name: &str| owned(context.and_then(|context| context.member(name)));
    SessionFacts { cwd: of("cwd"), branch: of("branch"), head: of("headCommit"), ..SessionFacts::default() }
}

/// What a person typed. `source` is said of other messages only: of skills, of agents.
fn prompt(event: &CopilotEvent<'_>, events: &mut Events) {
    let source = event.text("source").filter(|source| source != "user");
    let is_agents = source.as_ref().is_some_and(|source| source.starts_with("agent-"));
    let is_injected = event.member("isAutopilotContinuation").is_some_and(Value::is_true);
    let words = event.text("content").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let Some(text) = words.filter(|_| event.agent.is_none() && !is_injected && (source.is_none() || is_agents)) else {
        return;
    };
    let source = match event.member("delivery").map(Value::bare) {
        _ if is_agents => PromptSource::Delegated,
        Some(b"steering" | b"queued") => PromptSource::Queued,
        _ => PromptSource::Typed,
    };
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id: owned(event.id),
        at: event.at,
        text,
        source,
        parent: 0,
        standing: Standing::Sure,
        away: false,
    })));
}

fn message(event: &CopilotEvent<'_>, events: &mut Events) {
    model(event, events);
    if let Some(text) = event.text("content").filter(|_| !event.is_subagents()) {
        events.push(EventKind::Reply { text });
    }
    // Newer versions count each answer of the service in a record before the message, by the same id. That one is kept, too:
    // of two counts of one answer the greater is taken.
    if let (Some(output), Some(message)) =
        (event.member("outputTokens").and_then(Value::count), event.text("apiCallId").or(event.text("messageId")))
    {
        let tokens = Tokens { output, ..Tokens::default() };
        events.push(EventKind::Usage(UsageEvent { message: Some(message), tokens }));
    }
}

fn model(event: &CopilotEvent<'_>, events: &mut Events) {
    if let Some(name) = event.text("model") {
        events.model(name.into());
    }
}

/// The tokens of one answer (since 1.0.7x). Its account names the session by the id that the commands of a subagent are given,
/// which stands nowhere else.
fn usage_record(event: &CopilotEvent<'_>, events: &mut Events) {
    let Some(usage) = event.member("usage") else { return };
    let accounting = usage.member("accounting");
    if event.agent.is_some() {
        let other = owned(accounting.and_then(|of| of.member("sourceSessionId")));
        events.about(SessionFacts { other, ..SessionFacts::default() });
    }
    let message = owned(usage.member("apiCallId")).or(owned(event.id));
    events.usage(UsageEvent { message, tokens: tokens(usage) });
}

/// The sum of the session so far, at the end of each run. Of older versions it alone counts what was sent to the service; what
/// came back is counted by message.
fn shutdown(event: &CopilotEvent<'_>, events: &mut Events) {
    let is_recorded = event.member("usageAccountingWatermarks").or(event.member("accountingSnapshot")).is_some();
    let mut sum = Tokens::default();
    if let Some(models) = event.member("modelMetrics").filter(|_| !is_recorded) {
        let _ = models.cursor().object(|cursor, name| {
            events.model(json::decode(name));
            if let Some(usage) = cursor.value()?.member("usage") {
                sum.add(Tokens { output: 0, ..tokens(usage) });
            }
            Ok(())
        });
    }
    if !sum.is_zero() {
        events.usage(UsageEvent { message: Some("shutdown".to_owned()), tokens: sum });
    }
}

/// The service counts what it read from its cache as input, too; here the two are kept apart.
fn tokens(usage: Value<'_>) -> Tokens {
    let count = |name: &str| usage.member(name).and_then(Value::count).unwrap_or(0);
    let (cache_read, cache_write) = (count("cacheReadTokens"), count("cacheWriteTokens"));
    let input = count("inputTokens").saturating_sub(cache_read);
    Tokens { input, output: count("outputTokens"), cache_read, cache_write }
}

//! The lines of a transcript of Claude Code.

use super::calls::{self, tool_use};
use super::prompts;
use super::results::{self, tool_result};
use crate::capture::agents::claude_code::fields::{
    ApiMessage, LineContext, Progress, TranscriptLine, id_of, parse_line, text,
};
use crate::capture::event::{EventKind, SessionFacts, UsageEvent, shorten};
use crate::capture::events::Events;
use crate::capture::json::{self, Cursor, Read, Value};
use crate::capture::time::time;
use crate::record::session::Tokens;

/// Whether an object of a line is this format's, seen from one line.
pub(crate) fn recognises(line: &[u8]) -> bool {
    let (mut kind, mut marks): (&[u8], u32) = (b"", 0);
    let read = json::whole_object(line, |cursor, key| {
        match key {
            b"type" => kind = cursor.value()?.bare(),
            b"userType" | b"leafUuid" | b"snapshot" | b"isSidechain" => marks += 1,
            b"sessionId" | b"operation" | b"messageId" | b"customTitle" | b"lastPrompt" | b"mode" => marks += 1,
            _ => {}
        }
        Ok(())
    });
    let known = matches!(
        kind,
        b"user"
            | b"assistant"
            | b"system"
            | b"progress"
            | b"attachment"
            | b"summary"
            | b"file-history-snapshot"
            | b"queue-operation"
            | b"custom-title"
            | b"last-prompt"
    );
    let needed = match kind {
        b"summary" => 1,
        b"user" | b"assistant" => 3,
        _ => 2,
    };
    read.is_ok() && known && marks >= needed
}

/// Reads one line.
pub(crate) fn read_line(line: &[u8], events: &mut Events) -> Read<()> {
    let line = parse_line(line)?;
    let at = line.timestamp.and_then(|at| time(at.bare()));
    if let Some(at) = at {
        events.saw(at);
    }
    say_about(&line, events);
    if !line.uuid.is_empty() {
        events.push(EventKind::Line { id: shorten(line.uuid), parent: id_of(line.parent_uuid) });
    }
    let place = LineContext { at, cwd: line.cwd, subagent: line.is_sidechain, nested: false };
    match line.kind {
        b"user" => prompts::user(&line, &line.message, place, events),
        b"assistant" => assistant(&line.message, line.is_api_error, place, events),
        b"progress" => progress(&line.progress, place, events)?,
        b"attachment" => prompts::attachment(&line, place, events),
        b"queue-operation" => prompts::queue_operation(&line, place, events),
        b"system" if line.subtype == b"compact_boundary" => events.push(EventKind::Compaction { at }),
        _ => {}
    }
    Ok(())
}

fn say_about(line: &TranscriptLine<'_>, events: &mut Events) {
    // Titles and summaries may belong to another session; only lines of the conversation speak for this one.
    let speaks = !line.uuid.is_empty() || line.kind == b"queue-operation";
    if !speaks {
        return;
    }
    // A detached head is no branch.
    let branch = line.git_branch.filter(|branch| branch.bare() != b"HEAD");
    let facts = [line.session_id, line.cwd, branch, line.version];
    let [session, cwd, on, version] = facts.map(|value| value.map(Value::bare).unwrap_or_default());
    if !line.is_sidechain && events.knows(session, cwd, on, version) {
        return;
    }
    let [session, cwd, branch, version] = facts.map(text);
    events.about(SessionFacts {
        session,
        cwd,
        branch,
        version,
        other: line.agent_id.filter(|_| line.is_sidechain).and_then(Value::text).map(|id| format!("agent-{id}")),
        subagent: line.is_sidechain,
        ..SessionFacts::default()
    });
}

fn assistant(message: &ApiMessage<'_>, api_error: bool, place: LineContext<'_>, events: &mut Events) {
    if api_error || message.model.is_some_and(|model| model.bare() == b"<synthetic>") {
        return;
    }
    if !place.nested {
        if let Some(name) = message.model.and_then(Value::text).filter(|name| !name.is_empty()) {
            events.model(name);
        }
        if let Some(usage) = message.usage {
            events.usage(UsageEvent { message: text(message.id), tokens: tokens(usage) });
        }
    }
    for block in &message.blocks {
        match block.kind {
            b"text" if !place.nested => {
                if let Some(text) = text(block.text) {
                    events.push(EventKind::Reply { text });
                }
            }
            b"tool_use" => {
                let call = tool_use(block, place);
                if !calls::prints(&call) {
                    events.wordless(call.id.as_bytes());
                }
                events.push(EventKind::Call(Box::new(call)));
            }
            _ => {}
        }
    }
}

fn tokens(usage: Value<'_>) -> Tokens {
    let mut tokens = Tokens::default();
    let count = |cursor: &mut Cursor<'_>| Ok(cursor.value()?.count().unwrap_or(0));
    let _ = usage.cursor().object(|cursor, key| {
        match key {
            b"input_tokens" => tokens.input = count(cursor)?,
            b"output_tokens" => tokens.output = count(cursor)?,
            b"cache_read_input_tokens" => tokens.cache_read = count(cursor)?,
            b"cache_creation_input_tokens" => tokens.cache_write = count(cursor)?,
            _ => {}
        }
        Ok(())
    });
    tokens
}

/// Older versions keep a subagent's messages inside the parent's transcript. Everything else that makes progress is
/// noise.
pub(crate) fn progress(progress: &Progress<'_>, place: LineContext<'_>, events: &mut Events) -> Read<()> {
    if progress.damaged {
        return Err(json::Broken);
    }
    if progress.kind != b"agent_progress" {
        return Ok(());
    }
    let place = LineContext { subagent: true, nested: true, ..place };
    match progress.inner_kind {
        b"assistant" => assistant(&progress.message, false, place, events),
        b"user" => {
            for block in progress.message.blocks.iter().filter(|block| block.kind == b"tool_result") {
                tool_result(
                    block,
                    results::ResultContext { facts: progress.result, ..Default::default() },
                    place,
                    events,
                );
            }
        }
        _ => {}
    }
    Ok(())
}

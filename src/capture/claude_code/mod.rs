//! Claude Code: one JSON object a line, under `<config>/projects/<slug>/`. Fields as seen in 1.0.98 to 2.1.219.

mod calls;
mod prompts;
mod results;

use calls::tool_use;
use jiff::Timestamp;
use results::{ResultFacts, parse_result_facts, tool_result};

use super::event::{About, Events, Kind, UsageEvent, shorten};
use super::json::{self, Cursor, Read, Value};
use super::time::time;
use crate::record::session::Tokens;

/// The fields of a line that are wanted, by their foreign names.
#[derive(Default)]
struct Line<'a> {
    kind: &'a [u8],
    uuid: &'a [u8],
    parent_uuid: &'a [u8],
    session_id: Option<Value<'a>>,
    version: Option<Value<'a>>,
    cwd: Option<Value<'a>>,
    git_branch: Option<Value<'a>>,
    timestamp: Option<Value<'a>>,
    agent_id: Option<Value<'a>>,
    is_sidechain: bool,
    is_meta: bool,
    is_compact_summary: bool,
    is_api_error: bool,
    origin: Option<Value<'a>>,
    prompt_source: Option<Value<'a>>,
    plan_content: Option<Value<'a>>,
    message: Message<'a>,
    result: ResultFacts<'a>,
    progress: Progress<'a>,
    attachment: Option<Value<'a>>,
    subtype: &'a [u8],
    operation: &'a [u8],
    content: Option<Value<'a>>,
}

#[derive(Default)]
struct Message<'a> {
    id: Option<Value<'a>>,
    model: Option<Value<'a>>,
    usage: Option<Value<'a>>,
    text: Option<Value<'a>>,
    blocks: Vec<Block<'a>>,
}

/// The `data` of a line of progress, and the line of a subagent inside it.
#[derive(Default)]
struct Progress<'a> {
    kind: &'a [u8],
    damaged: bool,
    inner_kind: &'a [u8],
    message: Message<'a>,
    result: ResultFacts<'a>,
}

#[derive(Default)]
struct Block<'a> {
    kind: &'a [u8],
    text: Option<Value<'a>>,
    id: Option<Value<'a>>,
    name: Option<Value<'a>>,
    input: Option<Value<'a>>,
    tool_use_id: Option<Value<'a>>,
    content: Option<Value<'a>>,
    is_error: bool,
}

/// What a line says about itself, handed on to everything in it.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: Option<Timestamp>,
    cwd: Option<Value<'a>>,
    subagent: bool,
    nested: bool,
}

/// Whether an object of a line is this format's, seen from one line.
pub(super) fn recognises(line: &[u8]) -> bool {
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
pub(super) fn read_line(line: &[u8], events: &mut Events) -> Read<()> {
    let line = parse_line(line)?;
    let at = line.timestamp.and_then(|at| time(at.bare()));
    if let Some(at) = at {
        events.saw(at);
    }
    say_about(&line, events);
    if !line.uuid.is_empty() {
        events.push(Kind::Line { id: shorten(line.uuid), parent: id_of(line.parent_uuid) });
    }
    let place = Place { at, cwd: line.cwd, subagent: line.is_sidechain, nested: false };
    match line.kind {
        b"user" => prompts::user(&line, &line.message, place, events),
        b"assistant" => assistant(&line.message, line.is_api_error, place, events),
        b"progress" => progress(&line.progress, place, events)?,
        b"attachment" => prompts::attachment(&line, place, events),
        b"queue-operation" => prompts::queue_operation(&line, place, events),
        b"system" if line.subtype == b"compact_boundary" => events.push(Kind::Compaction { at }),
        _ => {}
    }
    Ok(())
}

fn parse_line(text: &[u8]) -> Read<Line<'_>> {
    let mut line = Line::default();
    json::whole_object(text, |cursor, key| {
        match key {
            b"type" => line.kind = cursor.value()?.bare(),
            b"uuid" => line.uuid = cursor.value()?.bare(),
            b"parentUuid" => line.parent_uuid = cursor.value()?.bare(),
            b"sessionId" => line.session_id = Some(cursor.value()?),
            b"version" => line.version = Some(cursor.value()?),
            b"cwd" => line.cwd = Some(cursor.value()?),
            b"gitBranch" => line.git_branch = Some(cursor.value()?),
            b"timestamp" => line.timestamp = Some(cursor.value()?),
            b"agentId" => line.agent_id = Some(cursor.value()?),
            b"isSidechain" => line.is_sidechain = cursor.value()?.is_true(),
            b"isMeta" => line.is_meta = cursor.value()?.is_true(),
            b"isCompactSummary" => line.is_compact_summary = cursor.value()?.is_true(),
            b"isApiErrorMessage" => line.is_api_error = cursor.value()?.is_true(),
            b"origin" => line.origin = Some(cursor.value()?),
            b"promptSource" => line.prompt_source = Some(cursor.value()?),
            b"planContent" => line.plan_content = Some(cursor.value()?),
            b"message" => line.message = parse_message(cursor)?,
            b"toolUseResult" => line.result = parse_result_facts(cursor)?,
            b"data" => line.progress = parse_progress(cursor)?,
            b"attachment" => line.attachment = Some(cursor.value()?),
            b"subtype" => line.subtype = cursor.value()?.bare(),
            b"operation" => line.operation = cursor.value()?.bare(),
            b"content" => line.content = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(line)
}

fn parse_message<'a>(cursor: &mut Cursor<'a>) -> Read<Message<'a>> {
    let mut message = Message::default();
    cursor.object(|cursor, key| {
        match key {
            b"id" => message.id = Some(cursor.value()?),
            b"model" => message.model = Some(cursor.value()?),
            b"usage" => message.usage = Some(cursor.value()?),
            b"content" if cursor.starts_with(b'[') => {
                cursor.array(|cursor| {
                    message.blocks.push(parse_block(cursor)?);
                    Ok(())
                })?;
            }
            b"content" => message.text = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(message)
}

fn parse_progress<'a>(cursor: &mut Cursor<'a>) -> Read<Progress<'a>> {
    let mut progress = Progress::default();
    let whole = cursor.object_in_part(|cursor, key| {
        match key {
            b"type" => progress.kind = cursor.value()?.bare(),
            b"message" => cursor.object(|cursor, key| {
                match key {
                    b"type" => progress.inner_kind = cursor.value()?.bare(),
                    b"message" => progress.message = parse_message(cursor)?,
                    b"toolUseResult" => progress.result = parse_result_facts(cursor)?,
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    progress.damaged = !whole;
    Ok(progress)
}

fn parse_block<'a>(cursor: &mut Cursor<'a>) -> Read<Block<'a>> {
    let mut block = Block::default();
    cursor.object(|cursor, key| {
        match key {
            b"type" => block.kind = cursor.value()?.bare(),
            b"text" => block.text = Some(cursor.value()?),
            b"id" => block.id = Some(cursor.value()?),
            b"name" => block.name = Some(cursor.value()?),
            b"input" => block.input = Some(cursor.value()?),
            b"tool_use_id" => block.tool_use_id = Some(cursor.value()?),
            b"content" => block.content = Some(cursor.value()?),
            b"is_error" => block.is_error = cursor.value()?.is_true(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(block)
}

fn id_of(bare: &[u8]) -> u64 {
    if bare.is_empty() { 0 } else { shorten(bare) }
}

fn text(value: Option<Value<'_>>) -> Option<String> {
    value.and_then(Value::owned).filter(|text| !text.is_empty())
}

fn say_about(line: &Line<'_>, events: &mut Events) {
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
    events.about(About {
        session,
        cwd,
        branch,
        version,
        other: line.agent_id.filter(|_| line.is_sidechain).and_then(Value::text).map(|id| format!("agent-{id}")),
        subagent: line.is_sidechain,
        ..About::default()
    });
}

fn assistant(message: &Message<'_>, api_error: bool, place: Place<'_>, events: &mut Events) {
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
                    events.push(Kind::Reply { text });
                }
            }
            b"tool_use" => {
                let call = tool_use(block, place);
                if !calls::prints(&call) {
                    events.wordless(call.id.as_bytes());
                }
                events.push(Kind::Call(call));
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
fn progress(progress: &Progress<'_>, place: Place<'_>, events: &mut Events) -> Read<()> {
    if progress.damaged {
        return Err(json::Broken);
    }
    if progress.kind != b"agent_progress" {
        return Ok(());
    }
    let place = Place { subagent: true, nested: true, ..place };
    match progress.inner_kind {
        b"assistant" => assistant(&progress.message, false, place, events),
        b"user" => {
            for block in progress.message.blocks.iter().filter(|block| block.kind == b"tool_result") {
                tool_result(block, progress.result, place, events);
            }
        }
        _ => {}
    }
    Ok(())
}

//! Claude Code: one JSON object a line, under `<config>/projects/<slug>/`. Fields as seen in 1.0.98 to 2.1.219.

use std::borrow::Cow;

use jiff::Timestamp;

use super::event::{
    About, ActionEvent, CallEvent, ChangeEvent, EditEvent, End, Events, HunkEvent, Kind, PromptEvent, ResultEvent,
    UsageEvent, ends_of, shorten,
};
use super::json::{self, Cursor, Read, Value};
use crate::record::session::{PromptSource, Tokens};

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
    plan_content: Option<Value<'a>>,
    message: Message<'a>,
    tool_use_result: Option<Value<'a>>,
    data: Option<Value<'a>>,
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
    let at = line.timestamp.and_then(time);
    if let Some(at) = at {
        events.saw(at);
    }
    say_about(&line, events);
    if !line.uuid.is_empty() {
        events.push(Kind::Line { id: shorten(line.uuid), parent: id_of(line.parent_uuid) });
    }
    let place = Place { at, cwd: line.cwd, subagent: line.is_sidechain, nested: false };
    match line.kind {
        b"user" => user(&line, &line.message, place, events),
        b"assistant" => assistant(&line.message, line.is_api_error, place, events),
        b"progress" => progress(&line, place, events)?,
        b"attachment" => attachment(&line, place, events),
        b"queue-operation" => queue_operation(&line, place, events),
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
            b"planContent" => line.plan_content = Some(cursor.value()?),
            b"message" => line.message = parse_message(cursor)?,
            b"toolUseResult" => line.tool_use_result = Some(cursor.value()?),
            b"data" => line.data = Some(cursor.value()?),
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

fn time(value: Value<'_>) -> Option<Timestamp> {
    std::str::from_utf8(value.bare()).ok()?.parse().ok()
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
    let [session, cwd, branch, version] =
        [line.session_id, line.cwd, line.git_branch, line.version].map(|value| value.and_then(Value::text));
    if !line.is_sidechain && events.knows(session.as_deref(), cwd.as_deref(), branch.as_deref(), version.as_deref()) {
        return;
    }
    let own = |value: Option<Cow<'_, str>>| value.map(Cow::into_owned).filter(|value| !value.is_empty());
    events.about(About {
        session: own(session),
        cwd: own(cwd),
        // A detached head is no branch.
        branch: own(branch).filter(|branch| branch != "HEAD"),
        version: own(version),
        other: line.agent_id.filter(|_| line.is_sidechain).and_then(Value::text).map(|id| format!("agent-{id}")),
        subagent: line.is_sidechain,
        ..About::default()
    });
}

fn user(line: &Line<'_>, message: &Message<'_>, place: Place<'_>, events: &mut Events) {
    let mut results = 0;
    for block in message.blocks.iter().filter(|block| block.kind == b"tool_result") {
        results += 1;
        tool_result(block, line.tool_use_result, place, events);
    }
    let injected = line.is_meta || line.is_compact_summary || !from_a_person(line.origin);
    if injected {
        return;
    }
    let words = words_of(message);
    if words.is_empty() {
        return;
    }
    let id = (!line.uuid.is_empty()).then(|| String::from_utf8_lossy(line.uuid).into_owned());
    if is_interrupt(&words) {
        return events.push(Kind::Interrupt { id, at: place.at });
    }
    let (source, text) = if place.subagent {
        (PromptSource::Delegated, words)
    } else if let Some(command) = slash_command(&words) {
        (PromptSource::Slash, command)
    } else if results > 0 {
        (PromptSource::Remark, words)
    } else if line.plan_content.is_some_and(Value::is_string) || words.starts_with("Implement the following plan:") {
        (PromptSource::Plan, words)
    } else {
        (PromptSource::Typed, words)
    };
    let parent = id_of(line.parent_uuid);
    events.push(Kind::Prompt(PromptEvent { id, at: place.at, text, source, parent, weak: false }));
}

/// `origin.kind` is written by newer versions; where it is there, it says who wrote.
fn from_a_person(origin: Option<Value<'_>>) -> bool {
    origin.and_then(|origin| origin.member("kind")).is_none_or(|kind| kind.bare() == b"human")
}

/// The text of a message without what programs put there.
fn words_of(message: &Message<'_>) -> String {
    let blocks = message.blocks.iter().filter(|block| block.kind == b"text").filter_map(|block| block.text);
    let mut words = String::new();
    for part in message.text.into_iter().chain(blocks).filter_map(Value::text) {
        let part = part.trim();
        if part.is_empty() || is_injected(part) {
            continue;
        }
        if !words.is_empty() {
            words.push('\n');
        }
        words.push_str(part);
    }
    words
}

/// Text in a person's record that a program wrote. Command names are not here: they are slash commands.
fn is_injected(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "<command-args>",
        "<local-command-caveat>",
        "<local-command-stdout>",
        "<local-command-stderr>",
        "<bash-input>",
        "<bash-stdout>",
        "<bash-stderr>",
        "<task-notification>",
        "<system-reminder>",
        "<ide_opened_file>",
        "<ide_selection>",
        "<ide_diagnostics>",
        "<user-prompt-submit-hook>",
        "This session is being continued from a previous conversation",
        "Operation stopped by hook",
        "Stop hook feedback",
        "Caveat: The messages below were generated by the user while running local commands",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

fn is_interrupt(text: &str) -> bool {
    text.starts_with("[Request interrupted by user")
}

/// `/name arguments` of a record that holds a command in tags; `None` for other text.
fn slash_command(text: &str) -> Option<String> {
    if !text.starts_with("<command-") {
        return None;
    }
    let name = between(text, "<command-name>", "</command-name>")?;
    let arguments = between(text, "<command-args>", "</command-args>").unwrap_or("");
    Some(format!("/{} {arguments}", name.trim_start_matches('/')).trim().to_owned())
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner.trim())
}

fn assistant(message: &Message<'_>, api_error: bool, place: Place<'_>, events: &mut Events) {
    let model = text(message.model);
    if api_error || model.as_deref() == Some("<synthetic>") {
        return;
    }
    if !place.nested {
        if let Some(name) = model {
            events.push(Kind::Model { name });
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
            b"tool_use" => events.push(Kind::Call(tool_use(block, place))),
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

fn tool_use(block: &Block<'_>, place: Place<'_>) -> CallEvent {
    let tool = text(block.name).unwrap_or_default();
    let input = block.input.unwrap_or(Value::NULL);
    let member = |name: &str| text(input.member(name));
    let mut process = None;
    let action = match tool.as_str() {
        "Bash" | "PowerShell" => {
            ActionEvent::Shell { command: member("command").unwrap_or_default(), cwd: text(place.cwd) }
        }
        "BashOutput" | "TaskOutput" => {
            process = member("task_id").or_else(|| member("bash_id")).or_else(|| member("shell_id"));
            ActionEvent::Other
        }
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => ActionEvent::Edit(edits(&tool, input)),
        "Task" | "Agent" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        "AskUserQuestion" => ActionEvent::Ask { question: questions(input) },
        _ => ActionEvent::Other,
    };
    let id = text(block.id).unwrap_or_default();
    CallEvent { id, at: place.at, tool, action, subagent: place.subagent, nested: place.nested, process }
}

fn edits(tool: &str, input: Value<'_>) -> Vec<EditEvent> {
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let Some(path) = member("file_path").or_else(|| member("notebook_path")) else {
        return Vec::new();
    };
    let changes = match tool {
        "Edit" => vec![replacement(input)],
        "Write" => vec![ChangeEvent::Write { text: member("content").unwrap_or_default() }],
        "MultiEdit" => {
            let mut changes = Vec::new();
            if let Some(list) = input.member("edits") {
                let _ = list.cursor().array(|cursor| {
                    changes.push(replacement(cursor.value()?));
                    Ok(())
                });
            }
            changes
        }
        _ => vec![notebook_cell(&member("new_source").unwrap_or_default(), member("edit_mode").as_deref())],
    };
    changes.into_iter().map(|change| EditEvent { path: path.clone(), change }).collect()
}

fn replacement(input: Value<'_>) -> ChangeEvent {
    let (mut before, mut after, mut everywhere) = (String::new(), String::new(), false);
    let _ = input.cursor().object(|cursor, key| {
        match key {
            b"old_string" => before = cursor.value()?.owned().unwrap_or_default(),
            b"new_string" => after = cursor.value()?.owned().unwrap_or_default(),
            b"replace_all" => everywhere = cursor.value()?.is_true(),
            _ => {}
        }
        Ok(())
    });
    ChangeEvent::Replace { before, after, everywhere }
}

/// The source of a cell that was written; what it replaced is not in the call.
fn notebook_cell(source: &str, mode: Option<&str>) -> ChangeEvent {
    let lines: Vec<String> = match mode {
        Some("delete") => Vec::new(),
        _ => source.lines().map(|line| format!("+{line}")).collect(),
    };
    ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: lines.join("\n") }] }
}

fn questions(input: Value<'_>) -> String {
    let mut questions = Vec::new();
    if let Some(list) = input.member("questions") {
        let _ = list.cursor().array(|cursor| {
            questions.extend(text(cursor.value()?.member("question")));
            Ok(())
        });
    }
    questions.extend(text(input.member("question")));
    questions.join("\n")
}

const REFUSED: &str = "The user doesn't want to proceed with this tool use";
const NOT_NOW: &str = "The user doesn't want to take this action right now";
const SAID: &str = "the user said:\n";

fn tool_result(block: &Block<'_>, result: Option<Value<'_>>, place: Place<'_>, events: &mut Events) {
    let Some(call) = text(block.tool_use_id) else {
        return;
    };
    let facts = result.filter(|result| result.is_object()).map(result_facts).unwrap_or_default();
    // What a successful reading or editing tool says is long, and no later step reads it.
    let output = if facts.of_a_file && !block.is_error { Cow::Borrowed("") } else { content_text(block.content) };
    let end = match (block.is_error, facts.interrupted) {
        (true, _) => flagged_end(&output, result),
        (false, true) => End::Interrupted,
        (false, false) => End::Succeeded,
    };
    let exit_code = output
        .strip_prefix("Exit code ")
        .filter(|_| block.is_error)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    events.push(Kind::Result(ResultEvent {
        call,
        at: place.at,
        end,
        exit_code,
        output: ends_of(&output),
        commit: facts.commit,
        answer: facts.answer,
        process: facts.process,
    }));
}

/// How a call with an error flag ended.
fn flagged_end(output: &str, result: Option<Value<'_>>) -> End {
    let refused =
        output.contains(REFUSED) || result.and_then(Value::text).is_some_and(|text| text == "User rejected tool use");
    if refused {
        let reason = output.split_once(SAID).map(|(_, reason)| reason.trim().to_owned());
        // Newer versions add a note of their own below the person's words.
        let reason = reason.map(|reason| match reason.split_once("\n\nNote: The user's next message") {
            Some((words, _)) => words.to_owned(),
            None => reason,
        });
        return End::Rejected { reason: reason.filter(|reason| !reason.is_empty()) };
    }
    if output.contains(NOT_NOW) || output.contains("Sibling tool call errored") {
        return End::Collateral;
    }
    if output.contains("[Request interrupted by user") {
        return End::Interrupted;
    }
    End::Failed
}

/// What a `toolUseResult` adds to the text of the result.
#[derive(Default)]
struct ResultFacts {
    commit: Option<String>,
    answer: Option<String>,
    process: Option<String>,
    interrupted: bool,
    /// A tool that reads, lists or edits files.
    of_a_file: bool,
}

fn result_facts(result: Value<'_>) -> ResultFacts {
    let mut facts = ResultFacts::default();
    let _ = result.cursor().object(|cursor, key| {
        match key {
            b"gitOperation" => {
                let commit = cursor.value()?.member("commit").and_then(|commit| commit.member("sha"));
                facts.commit = text(commit);
            }
            b"backgroundTaskId" => facts.process = text(Some(cursor.value()?)),
            b"answers" => facts.answer = answers(cursor)?,
            b"interrupted" => facts.interrupted = cursor.value()?.is_true(),
            b"file" | b"filenames" | b"filePath" => {
                facts.of_a_file = true;
                // Nothing else in such a result is wanted: the walk ends here.
                return Err(json::Broken);
            }
            _ => {}
        }
        Ok(())
    });
    facts
}

/// The person's answers, one a line; a single answer stands alone, several behind their questions.
fn answers(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    let mut answers = Vec::new();
    cursor.object(|cursor, question| {
        if let Some(answer) = text(Some(cursor.value()?)) {
            answers.push((json::decode(question).into_owned(), answer));
        }
        Ok(())
    })?;
    Ok(match answers.as_slice() {
        [] => None,
        [(_, answer)] => Some(answer.clone()),
        several => Some(several.iter().map(|(q, a)| format!("{q} {a}")).collect::<Vec<_>>().join("\n")),
    })
}

/// The text of a result: a string, or the text blocks of a list.
fn content_text(content: Option<Value<'_>>) -> Cow<'_, str> {
    let Some(content) = content else {
        return Cow::Borrowed("");
    };
    if let Some(text) = content.text() {
        return text;
    }
    let mut parts = Vec::new();
    let _ = content.cursor().array(|cursor| {
        parts.extend(cursor.value()?.member("text").and_then(Value::text));
        Ok(())
    });
    Cow::Owned(parts.join("\n"))
}

/// Older versions keep a subagent's messages inside the parent's transcript. Everything else that makes progress is
/// noise.
fn progress(line: &Line<'_>, place: Place<'_>, events: &mut Events) -> Read<()> {
    let Some(data) = line.data else {
        return Ok(());
    };
    let (mut kind, mut inner): (&[u8], Option<Value<'_>>) = (b"", None);
    data.cursor().object(|cursor, key| {
        match key {
            b"type" => kind = cursor.value()?.bare(),
            b"message" => inner = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    let Some(inner) = inner.filter(|_| kind == b"agent_progress") else {
        return Ok(());
    };
    let (mut kind, mut message, mut result): (&[u8], _, _) = (b"", Message::default(), None);
    inner.cursor().object(|cursor, key| {
        match key {
            b"type" => kind = cursor.value()?.bare(),
            b"message" => message = parse_message(cursor)?,
            b"toolUseResult" => result = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    let place = Place { subagent: true, nested: true, ..place };
    match kind {
        b"assistant" => assistant(&message, false, place, events),
        b"user" => {
            for block in message.blocks.iter().filter(|block| block.kind == b"tool_result") {
                tool_result(block, result, place, events);
            }
        }
        _ => {}
    }
    Ok(())
}

/// A prompt typed while the agent worked.
fn attachment(line: &Line<'_>, place: Place<'_>, events: &mut Events) {
    let Some(attachment) = line.attachment else {
        return;
    };
    let of_kind = attachment.member("type").is_some_and(|kind| kind.bare() == b"queued_command");
    let by_a_person = from_a_person(attachment.member("origin"))
        && attachment.member("commandMode").is_none_or(|mode| mode.bare() == b"prompt");
    let words = attachment.member("prompt").map(|prompt| content_text(Some(prompt)).trim().to_owned());
    let Some(text) = words.filter(|text| of_kind && by_a_person && !text.is_empty() && !is_injected(text)) else {
        return;
    };
    let id = (!line.uuid.is_empty()).then(|| String::from_utf8_lossy(line.uuid).into_owned());
    let source = if text.starts_with('/') { PromptSource::Slash } else { PromptSource::Queued };
    events.push(Kind::Prompt(PromptEvent { id, at: place.at, text, source, parent: 0, weak: false }));
}

fn queue_operation(line: &Line<'_>, place: Place<'_>, events: &mut Events) {
    let text = line.content.map(|content| content_text(Some(content)).trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    match (line.operation, text) {
        // Injected text takes its place in the queue, but has no words of a person.
        (b"enqueue", Some(text)) if is_injected(&text) => {
            events.push(Kind::Queued { at: place.at, text: String::new() });
        }
        (b"enqueue", Some(text)) => events.push(Kind::Queued { at: place.at, text }),
        (b"remove" | b"dequeue", text) => events.push(Kind::Unqueued { text }),
        (b"popAll", _) => events.push(Kind::QueueTakenBack),
        _ => {}
    }
}

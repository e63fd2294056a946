//! OpenAI Codex: one JSON object `{timestamp, type, payload}` a line, under `<home>/sessions/YYYY/MM/DD/`, and its
//! history of prompts. Fields as seen in 0.34 to 0.142.

use jiff::Timestamp;

use super::event::{
    About, ActionEvent, CallEvent, ChangeEvent, EditEvent, End, Events, HunkEvent, Kind, PromptEvent, ResultEvent,
    UsageEvent, ends_of,
};
use super::json::{self, Read, Value};
use super::patch;
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
    cwd: Option<Value<'a>>,
    model: Option<Value<'a>>,
    num_turns: Option<Value<'a>>,
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
        prompt(text.owned().unwrap_or_default(), at, false, events);
        return Ok(());
    }
    let at: Option<Timestamp> = line.timestamp.and_then(|at| std::str::from_utf8(at.bare()).ok()?.parse().ok());
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
            b"cwd" => payload.cwd = Some(cursor.value()?),
            b"model" => payload.model = Some(cursor.value()?),
            b"num_turns" => payload.num_turns = Some(cursor.value()?),
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

fn prompt(text: String, at: Option<Timestamp>, weak: bool, events: &mut Events) {
    let text = text.trim();
    if !text.is_empty() && !is_injected(text) {
        let text = text.to_owned();
        events.push(Kind::Prompt(PromptEvent { id: None, at, text, source: PromptSource::Typed, parent: 0, weak }));
    }
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
            for part in content_parts(payload.content) {
                prompt(part, at, true, events);
            }
        }
        b"message" if payload.role == b"assistant" => {
            let text = content_parts(payload.content).join("\n");
            if !text.is_empty() {
                events.push(Kind::Reply { text });
            }
        }
        b"function_call" | b"custom_tool_call" | b"local_shell_call" | b"web_search_call" | b"tool_search_call" => {
            events.push(Kind::Call(call(payload, at)));
        }
        b"function_call_output" | b"custom_tool_call_output" => {
            if let Some(call) = owned(payload.call_id) {
                events.push(Kind::Result(result(call, &output_text(payload.output), at)));
            }
        }
        _ => {}
    }
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
        b"user_message" => prompt(owned(payload.message).unwrap_or_default(), at, false, events),
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
                events.push(Kind::Edits { call, edits });
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

fn call(payload: &Payload<'_>, at: Option<Timestamp>) -> CallEvent {
    let tool = owned(payload.name).unwrap_or_else(|| String::from_utf8_lossy(payload.kind).into_owned());
    // Arguments are JSON inside a string.
    let arguments = owned(payload.arguments).unwrap_or_default();
    let arguments = json::Cursor::new(arguments.as_bytes()).value().unwrap_or(Value::NULL);
    let member = |name: &str| owned(arguments.member(name));
    let cwd = member("workdir");
    let mut process = None;
    let action = match tool.as_str() {
        "exec_command" => shell(member("cmd").unwrap_or_default(), cwd),
        "shell_command" => shell(member("command").unwrap_or_default(), cwd),
        "shell" | "container.exec" => shell(joined(arguments.member("command")), cwd),
        "local_shell_call" => shell(joined(payload.action.and_then(|action| action.member("command"))), cwd),
        "apply_patch" => {
            let text = owned(payload.input).or_else(|| member("input")).or_else(|| member("patch"));
            ActionEvent::Edit(patch::apply_patch(&text.unwrap_or_default()))
        }
        "write_stdin" => {
            let number = arguments.member("session_id");
            process = owned(number).or_else(|| number.and_then(Value::count).map(|number| number.to_string()));
            ActionEvent::Other
        }
        "spawn_agent" => ActionEvent::Delegate { prompt: member("message").unwrap_or_default() },
        "request_user_input" => ActionEvent::Ask { question: member("question").unwrap_or_default() },
        _ => ActionEvent::Other,
    };
    let id = owned(payload.call_id).unwrap_or_default();
    CallEvent { id, at, tool, action, subagent: false, nested: false, process }
}

/// The command of an argument list: the script of `bash -lc script`, the patch behind `apply_patch`, or the words.
fn joined(command: Option<Value<'_>>) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(command) = command {
        let _ = command.cursor().array(|cursor| {
            words.extend(cursor.value()?.owned());
            Ok(())
        });
    }
    match words.as_slice() {
        [shell, flag, script] if shell.ends_with("sh") && matches!(flag.as_str(), "-lc" | "-c") => script.clone(),
        [shell, flag, script] if shell.contains("powershell") && flag.eq_ignore_ascii_case("-command") => {
            script.clone()
        }
        _ => words.join(" "),
    }
}

/// A shell command, or the patch that it hands to `apply_patch` (as an argument or as a here-document).
fn shell(command: String, cwd: Option<String>) -> ActionEvent {
    let first = command.trim_start();
    let patches =
        (first.starts_with("apply_patch") || first.contains("\napply_patch") || first.contains("&& apply_patch"))
            && first.contains("*** Begin Patch");
    if patches {
        let edits = patch::apply_patch(&command);
        if !edits.is_empty() {
            return ActionEvent::Edit(edits);
        }
    }
    ActionEvent::Shell { command, cwd }
}

/// `{"<path>": {"type": "update", "unified_diff": "...", "move_path": null}}`
fn reported_edits(changes: Value<'_>) -> Vec<EditEvent> {
    let mut edits = Vec::new();
    let _ = changes.cursor().object(|cursor, key| {
        let path = json::decode(key).into_owned();
        let change = cursor.value()?;
        let text = |name: &str| change.member(name).and_then(Value::owned);
        if let Some(to) = text("move_path") {
            edits.push(EditEvent { path: path.clone(), change: ChangeEvent::Move { to } });
        }
        let kind = change.member("type").map(Value::bare).unwrap_or_default();
        let made = match (kind, text("unified_diff"), text("content")) {
            (b"add", _, Some(text)) => ChangeEvent::Write { text },
            (b"delete", ..) => ChangeEvent::Delete,
            (_, Some(diff), _) => ChangeEvent::Patch { hunks: patch::unified(&diff) },
            _ => return Ok(()),
        };
        if made != (ChangeEvent::Patch { hunks: Vec::<HunkEvent>::new() }) {
            edits.push(EditEvent { path, change: made });
        }
        Ok(())
    });
    edits
}

/// A result's text: a string, `{"content": ...}`, or the text parts of a list.
fn output_text(output: Option<Value<'_>>) -> String {
    let Some(output) = output else {
        return String::new();
    };
    if let Some(text) = output.owned() {
        return text;
    }
    if output.is_object() {
        return output_text(output.member("content"));
    }
    content_parts(Some(output)).join("\n")
}

/// Reads how a call ended from its output: there is no flag.
fn result(call: String, output: &str, at: Option<Timestamp>) -> ResultEvent {
    let mut made = ResultEvent {
        call,
        at,
        end: End::Succeeded,
        exit_code: None,
        output: String::new(),
        commit: None,
        answer: None,
        process: None,
    };
    // Older versions: JSON in the string.
    let old = json::Cursor::new(output.as_bytes()).value().ok().filter(|value| value.is_object());
    if let Some(code) = old.and_then(|old| old.member("metadata")?.member("exit_code")).and_then(Value::integer) {
        made.exit_code = i32::try_from(code).ok();
        made.output = ends_of(&old.and_then(|old| owned(old.member("output"))).unwrap_or_default());
    } else {
        let (head, body) = output.split_once("Output:\n").unwrap_or((output, ""));
        let is_head = ["Chunk ID:", "Wall time:", "Exit code:"].iter().any(|start| head.starts_with(start));
        if is_head {
            made.exit_code = after(head, "Process exited with code ").or_else(|| after(head, "Exit code: "));
            made.process = after::<u64>(head, "Process running with session ID ").map(|number| number.to_string());
        } else if output.starts_with("failed in sandbox") {
            made.exit_code = after(output, "exit code: ");
            made.end = End::Failed;
        }
        made.output = ends_of(if is_head { body } else { output });
    }
    made.end = match made.exit_code {
        Some(code) if code != 0 => End::Failed,
        Some(_) => made.end,
        None => end_in_words(output).unwrap_or(made.end),
    };
    made
}

fn end_in_words(output: &str) -> Option<End> {
    const FAILURES: &[&str] = &[
        "Failed to find expected lines",
        "apply_patch verification failed",
        "failed in sandbox",
        "exec_command failed",
        "write_stdin failed",
        "failed to parse function arguments",
        "unsupported call",
        "tool call error",
        "execution error",
        "invalid patch",
        "invalid hunk",
        "Invalid patch",
        "Failed to apply patch",
    ];
    let output = output.trim_start();
    let output = output.strip_prefix("error: ").unwrap_or(output);
    if matches!(output.trim_end(), "exec command rejected by user" | "patch rejected by user") {
        return Some(End::Rejected { reason: None });
    }
    if output.starts_with("aborted by user") || output.starts_with("aborted") && output.len() < 40 {
        return Some(End::Interrupted);
    }
    FAILURES.iter().any(|start| output.starts_with(start)).then_some(End::Failed)
}

/// The number behind `label`.
fn after<T: std::str::FromStr>(text: &str, label: &str) -> Option<T> {
    let (_, rest) = text.split_once(label)?;
    rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
}

//! What the entries of a session say.

use jiff::Timestamp;

use super::places::id_in_name;
use super::subagents::is_subagents_name;
use crate::capture::asking::{asks, other_action};
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, ForkFacts, PromptEvent, ResultEvent,
    SessionFacts, UsageEvent, ends_of, shorten,
};
use crate::capture::events::Events;
use crate::capture::injected::is_a_message;
use crate::capture::json::{self, Cursor, Read, Value};
use crate::capture::time::time;
use crate::capture::tool_calls::edits_of_patch;
use crate::capture::values::{count, items, owned, text_of};
use crate::record::session::{FailureKind, PromptSource, Tokens};

/// The fields of a line that are wanted.
#[derive(Default)]
struct PiEntry<'a> {
    kind: &'a [u8],
    id: &'a [u8],
    parent: &'a [u8],
    timestamp: &'a [u8],
    cwd: Option<Value<'a>>,
    /// The file of the session that it was forked from.
    forked: Option<Value<'a>>,
    /// What the session is called.
    name: Option<Value<'a>>,
    message: PiMessage<'a>,
    usage: Option<Value<'a>>,
}

#[derive(Default)]
struct PiMessage<'a> {
    role: &'a [u8],
    content: Option<Value<'a>>,
    model: Option<Value<'a>>,
    usage: Option<Value<'a>>,
    stop_reason: &'a [u8],
    call: Option<Value<'a>>,
    tool: &'a [u8],
    is_error: bool,
}

fn parse(line: &[u8]) -> Read<PiEntry<'_>> {
    let mut entry = PiEntry::default();
    json::whole_object(line, |cursor, key| {
        match key {
            b"type" => entry.kind = cursor.value()?.bare(),
            b"id" => entry.id = cursor.value()?.bare(),
            b"parentId" => entry.parent = cursor.value()?.bare(),
            b"timestamp" => entry.timestamp = cursor.value()?.bare(),
            b"cwd" => entry.cwd = Some(cursor.value()?),
            b"parentSession" => entry.forked = Some(cursor.value()?),
            b"name" => entry.name = Some(cursor.value()?),
            b"usage" => entry.usage = Some(cursor.value()?),
            b"message" => entry.message = parse_message(cursor)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(entry)
}

fn parse_message<'a>(cursor: &mut Cursor<'a>) -> Read<PiMessage<'a>> {
    let mut message = PiMessage::default();
    cursor.object(|cursor, key| {
        match key {
            b"role" => message.role = cursor.value()?.bare(),
            b"content" => message.content = Some(cursor.value()?),
            b"model" => message.model = Some(cursor.value()?),
            b"usage" => message.usage = Some(cursor.value()?),
            b"stopReason" => message.stop_reason = cursor.value()?.bare(),
            b"toolCallId" => message.call = Some(cursor.value()?),
            b"toolName" => message.tool = cursor.value()?.bare(),
            b"isError" => message.is_error = cursor.value()?.is_true(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(message)
}

pub(super) fn read_line(line: &[u8], events: &mut Events) -> Read<()> {
    let entry = parse(line)?;
    let at = time(entry.timestamp);
    if let Some(at) = at {
        events.saw(at);
    }
    if entry.kind == b"session" {
        let session = (!entry.id.is_empty()).then(|| String::from_utf8_lossy(entry.id).into_owned());
        let fork = fork(&entry, at);
        events.about(SessionFacts { session, cwd: owned(entry.cwd), fork, ..SessionFacts::default() });
        return Ok(());
    }
    if entry.kind == b"session_info" && owned(entry.name).is_some_and(|name| is_subagents_name(&name)) {
        events.about(SessionFacts { subagent: true, ..SessionFacts::default() });
    }
    let is_prompt = entry.kind == b"message" && entry.message.role == b"user";
    if is_prompt {
        prompt(&entry, at, events);
    }
    if !entry.id.is_empty() {
        let (id, parent) = (shorten(entry.id), parent(&entry));
        // The id of a prompt is not that of its entry: the line is told behind it, and belongs to the turn that begins with it.
        events.push(if is_prompt { EventKind::Line { id, parent } } else { EventKind::Node { id, parent } });
    }
    match (entry.kind, entry.message.role) {
        (b"message", b"assistant") => answer(&entry, at, events),
        (b"message", b"toolResult") => result(&entry.message, at, events),
        (b"compaction", _) => events.push(EventKind::Compaction { at }),
        _ => {}
    }
    // Of what summarises, and of what keeps a cache warm.
    if let Some(usage) = entry.usage {
        say_usage(&entry, usage, events);
    }
    Ok(())
}

/// The session that this one was forked from, by the name of its file, which another machine may have written.
fn fork(entry: &PiEntry<'_>, at: Option<Timestamp>) -> Option<ForkFacts> {
    let path = owned(entry.forked)?;
    let name = path.rsplit(['/', '\\']).next()?;
    let from = id_in_name(name.strip_suffix(".jsonl")?)?.to_owned();
    Some(ForkFacts { from, at })
}

fn parent(entry: &PiEntry<'_>) -> u64 {
    if entry.parent.is_empty() { 0 } else { shorten(entry.parent) }
}

/// The id of an entry in all files: its own has 8 digits and is unique in one. A fork copies both.
fn id_of(entry: &PiEntry<'_>) -> String {
    format!("{}@{}", String::from_utf8_lossy(entry.id), String::from_utf8_lossy(entry.timestamp))
}

fn prompt(entry: &PiEntry<'_>, at: Option<Timestamp>, events: &mut Events) {
    let text = text_of(entry.message.content);
    let (text, source) = said(&text);
    if text.is_empty() {
        return;
    }
    let source = if is_a_message(&text) || is_from_watchdog(&text) { PromptSource::Delegated } else { source };
    let id = Some(id_of(entry));
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id,
        source,
        parent: parent(entry),
        ..PromptEvent::typed(text, at)
    })));
}

/// What the watchdog of `pi-subagents` says in the person's place.
fn is_from_watchdog(text: &str) -> bool {
    let rest = text.strip_prefix("Watchdog auto-follow: address this blocker before continuing.\nSummary: ");
    rest.is_some_and(|rest| rest.contains("\nRecommended action: "))
}

/// What was typed. A skill stands there with all its text and with what was typed behind its name, and files that were named on
/// the command line stand above the words.
fn said(text: &str) -> (String, PromptSource) {
    if let Some((name, rest)) = text.strip_prefix("<skill name=\"").and_then(|rest| rest.split_once('"'))
        && let Some((_, words)) = rest.split_once("\n</skill>")
    {
        return (format!("/skill:{name} {}", words.trim()).trim_end().to_owned(), PromptSource::Slash);
    }
    let mut rest = text.trim();
    while rest.starts_with("<file name=\"") {
        let Some((_, after)) = rest.split_once("</file>") else { break };
        rest = after.trim_start();
    }
    (rest.to_owned(), PromptSource::Typed)
}

fn answer(entry: &PiEntry<'_>, at: Option<Timestamp>, events: &mut Events) {
    let message = &entry.message;
    let content = items(message.content);
    // A request that brought nothing was answered by no model.
    if !content.is_empty()
        && let Some(name) = message.model.and_then(Value::text).filter(|name| !name.is_empty())
    {
        events.model(name);
    }
    if let Some(usage) = message.usage {
        say_usage(entry, usage, events);
    }
    // What it asks for is not done then.
    let broken = match message.stop_reason {
        b"aborted" => Some(CallEnd::Interrupted),
        b"error" => Some(CallEnd::Collateral),
        _ => None,
    };
    for block in content {
        match block.member("type").map(Value::bare) {
            Some(b"text") => {
                if let Some(text) = owned(block.member("text")) {
                    events.push(EventKind::Reply { text });
                }
            }
            Some(b"toolCall") => {
                let call = call(block, at);
                if let Some(end) = broken.clone() {
                    let ended = ResultEvent::new(call.id.clone(), at, end);
                    events.push(EventKind::Call(Box::new(call)));
                    events.push(EventKind::Result(Box::new(ended)));
                } else {
                    events.push(EventKind::Call(Box::new(call)));
                }
            }
            _ => {}
        }
    }
    if message.stop_reason == b"aborted" {
        events.push(EventKind::Interrupt { id: Some(id_of(entry)), at });
    }
}

fn say_usage(entry: &PiEntry<'_>, usage: Value<'_>, events: &mut Events) {
    let of = |name: &str| count(usage.member(name));
    let tokens =
        Tokens { input: of("input"), output: of("output"), cache_read: of("cacheRead"), cache_write: of("cacheWrite") };
    if !tokens.is_zero() {
        events.usage(UsageEvent { message: Some(id_of(entry)), tokens });
    }
}

fn call(block: Value<'_>, at: Option<Timestamp>) -> CallEvent {
    let tool = owned(block.member("name")).unwrap_or_default();
    let input = block.member("arguments").unwrap_or(Value::NULL);
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let action = match tool.as_str() {
        "bash" | "powershell" => {
            ActionEvent::Shell { command: member("command").unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        "write" | "edit" => ActionEvent::Edit(edits(&tool, input)),
        // In sessions that others write in this form, as `backstory export` does: both take one text.
        "shell" => {
            ActionEvent::Shell { command: member("input").unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        "apply_patch" => ActionEvent::Edit(edits_of_patch(&member("input").unwrap_or_default())),
        _ => other_action(&tool, input),
    };
    CallEvent { id: owned(block.member("id")).unwrap_or_default(), at, tool, action, ..CallEvent::default() }
}

fn edits(tool: &str, input: Value<'_>) -> Vec<EditEvent> {
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let Some(path) = member("path") else { return Vec::new() };
    if tool == "write" {
        let change = ChangeEvent::Write { text: member("content").unwrap_or_default() };
        return vec![EditEvent { path, change }];
    }
    let list = input.member("edits");
    let mut replacements = items(list);
    // One alone, and the form of older versions.
    replacements.extend(list.filter(|list| list.is_object()));
    replacements.push(input);
    let change = |one: Value<'_>| {
        let (before, after) = (one.member("oldText")?.owned()?, one.member("newText")?.owned()?);
        Some(ChangeEvent::Replace { before, after, everywhere: false })
    };
    let changes = replacements.into_iter().filter_map(change);
    changes.map(|change| EditEvent { path: path.clone(), change }).collect()
}

fn result(message: &PiMessage<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(call) = owned(message.call) else { return };
    let is_shell = matches!(message.tool, b"bash" | b"powershell" | b"shell");
    let is_question = std::str::from_utf8(message.tool).is_ok_and(asks);
    if !is_shell && !message.is_error && !is_question {
        events.push(EventKind::Result(Box::new(ResultEvent::new(call, at, CallEnd::Succeeded))));
        return;
    }
    let text = text_of(message.content);
    let mut made = ResultEvent::new(call, at, if message.is_error { CallEnd::Failed } else { CallEnd::Succeeded });
    let mut printed = text.trim_end();
    if message.is_error {
        let (before, status) = printed.rsplit_once('\n').unwrap_or(("", printed));
        if matches!(status, "Command aborted" | "Operation aborted") {
            made.end = CallEnd::Interrupted;
        } else if is_shell {
            made.exit_code = status.strip_prefix("Command exited with code ").and_then(|code| code.parse().ok());
            made.failure = match () {
                () if status.starts_with("Command timed out after ") => Some(FailureKind::Timeout),
                () if made.exit_code.is_none() && is_refused(printed) => Some(FailureKind::Permission),
                () => None,
            };
        }
        if made.exit_code.is_some() || made.failure == Some(FailureKind::Timeout) {
            printed = before.trim_end();
        }
    }
    if printed != "(no output)" {
        made.output = ends_of(printed.to_owned().into());
    }
    events.push(EventKind::Result(Box::new(made)));
}

/// Whether an extension kept a command from running: it says so in words of its own, and no exit code follows.
fn is_refused(printed: &str) -> bool {
    let first = printed.lines().next().unwrap_or_default().to_lowercase();
    ["blocked", "denied", "not allowed", "refused", "disallowed", "forbidden"].iter().any(|word| first.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_an_extension_kept_from_running_is_told_from_one_that_failed() {
        for (printed, expected) in [
            ("Guard blocked a shell-based change. Use the edit tool.", true),
            ("This command is not allowed here", true),
            ("spawn bash ENOENT", false),
        ] {
            assert_eq!(is_refused(printed), expected, "{printed}");
        }
    }

    #[test]
    fn what_was_typed_is_told_from_what_stands_around_it() {
        for (text, expected) in [
            ("fix it", ("fix it", PromptSource::Typed)),
            (
                "<skill name=\"review\" location=\"/s/SKILL.md\">\nbody\n</skill>\n\nthe parser",
                ("/skill:review the parser", PromptSource::Slash),
            ),
            (
                "<skill name=\"review\" location=\"/s/SKILL.md\">\nbody\n</skill>",
                ("/skill:review", PromptSource::Slash),
            ),
            (
                "<file name=\"/w/a.md\">\nx\n</file>\n<file name=\"/w/b.md\"></file>\nfix it",
                ("fix it", PromptSource::Typed),
            ),
        ] {
            assert_eq!(said(text), (expected.0.to_owned(), expected.1), "{text}");
        }
    }
}

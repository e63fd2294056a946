//! What the person said: typed, queued, as a slash command, in a plan or as a remark; told apart from the text that
//! programs put into the person's records.

use super::fields::{ApiMessage, LineContext, TranscriptLine, id_of};
use super::results::{ResultContext, tool_result};
use crate::capture::event::{CallEnd, ChangedOutsideEvent, EventKind, PromptEvent, ResultEvent, Standing};
use crate::capture::events::Events;
use crate::capture::injected::{WrittenBy, is_a_message};
use crate::capture::json::Value;
use crate::capture::reports::reported_commits;
use crate::capture::values::{owned, text_of};
use crate::record::session::PromptSource;

pub(super) fn user(line: &TranscriptLine<'_>, message: &ApiMessage<'_>, place: LineContext<'_>, events: &mut Events) {
    let mut results = 0;
    for block in message.blocks.iter().filter(|block| block.kind == b"tool_result") {
        results += 1;
        tool_result(block, ResultContext { facts: line.result, denial: line.denial }, place, events);
    }
    let blocks = message.blocks.iter().filter(|block| block.kind == b"text").filter_map(|block| block.text);
    for text in message.text.into_iter().chain(blocks).filter_map(Value::text) {
        notice(&text, place, events);
    }
    let by = by(line.origin, line.prompt_source);
    if line.is_meta || line.is_compact_summary || by == WrittenBy::Program {
        return;
    }
    let Said { words, messages } = words_of(message, by);
    let id = (!line.uuid.is_empty()).then(|| String::from_utf8_lossy(line.uuid).into_owned());
    if words.is_empty() {
        if !messages.is_empty() {
            let (source, parent) = (PromptSource::Delegated, id_of(line.parent_uuid));
            events.push(EventKind::Prompt(Box::new(PromptEvent {
                id,
                at: place.at,
                text: messages,
                source,
                parent,
                standing: Standing::Sure,
                away: false,
            })));
        }
        return;
    }
    if is_interrupt(&words) {
        return events.push(EventKind::Interrupt { id, at: place.at });
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
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id,
        at: place.at,
        text,
        source,
        parent,
        standing: Standing::Sure,
        away: false,
    })));
}

/// Newer versions write `origin.kind` (at the terminal) or `promptSource` (also where a program starts the agent with a
/// prompt, `sdk`). A `promptSource` that is not known here says nothing.
fn by(origin: Option<Value<'_>>, source: Option<Value<'_>>) -> WrittenBy {
    match origin.and_then(|origin| origin.member("kind")).map(Value::bare) {
        Some(b"human") => return WrittenBy::Person,
        Some(b"peer" | b"agent" | b"teammate" | b"subagent") => return WrittenBy::Agent,
        Some(_) => return WrittenBy::Program,
        None => {}
    }
    match source.map(Value::bare) {
        Some(b"typed") => WrittenBy::Person,
        Some(b"peer" | b"agent" | b"teammate" | b"subagent") => WrittenBy::Agent,
        Some(b"system" | b"hook" | b"harness" | b"task-notification" | b"notification" | b"scheduled") => {
            WrittenBy::Program
        }
        _ => WrittenBy::NotSaid,
    }
}

/// The text of a message without what programs put there: a person's words, and messages of other agents.
#[derive(Default)]
struct Said {
    words: String,
    messages: String,
}

fn words_of(message: &ApiMessage<'_>, by: WrittenBy) -> Said {
    let blocks = message.blocks.iter().filter(|block| block.kind == b"text").filter_map(|block| block.text);
    let mut said = Said::default();
    for part in message.text.into_iter().chain(blocks).filter_map(Value::text) {
        let part = part.trim();
        if part.is_empty() || is_injected(part) {
            continue;
        }
        let into = if by.is_agents(part) { &mut said.messages } else { &mut said.words };
        if !into.is_empty() {
            into.push('\n');
        }
        into.push_str(part);
    }
    said
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
        "<agent-notification>",
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
    STARTS.iter().any(|start| text.starts_with(start)) || is_task_notice(text)
}

/// How a command in the background ended, as the program says it of itself (2.1): `<task-notification><task-id>b1</task-id>
/// <summary>Background command "Run the tests" completed (exit code 0)</summary></task-notification>`.
fn notice(text: &str, place: LineContext<'_>, events: &mut Events) {
    let text = text.trim();
    if !text.starts_with("<task-notification>") {
        return;
    }
    let summary = between(text, "<summary>", "</summary>");
    if summary.is_some_and(|said| said.starts_with("Agent ")) {
        return report(text, place, events);
    }
    let code = summary.and_then(|said| {
        let (_, code) = said.starts_with("Background command").then(|| said.rsplit_once("exit code "))??;
        code.trim_end_matches([')', '.']).parse::<i32>().ok()
    });
    let Some((code, process)) = code.zip(between(text, "<task-id>", "</task-id>")) else { return };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: String::new(),
        at: place.at,
        end: if code == 0 { CallEnd::Succeeded } else { CallEnd::Failed },
        exit_code: Some(code),
        output: String::new(),
        commit: None,
        answer: None,
        process: Some(process.to_owned()),
        failure: None,
    })));
}

/// What a subagent in the background reports at its end: `<task-notification><task-id>a1</task-id>
/// <summary>Agent "Add carts" finished</summary><result>Committed 1a2b3c4.</result></task-notification>`.
fn report(text: &str, place: LineContext<'_>, events: &mut Events) {
    let said = text.split_once("<result>").map_or("", |(_, said)| said);
    let Some(process) = between(text, "<task-id>", "</task-id>").filter(|_| !said.is_empty()) else { return };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: String::new(),
        at: place.at,
        end: CallEnd::Succeeded,
        exit_code: None,
        output: reported_commits(said),
        commit: None,
        answer: None,
        process: Some(process.to_owned()),
        failure: None,
    })));
}

/// Versions 2.1.38 to 2.1.50 queue this when a command or an agent in the background ends:
/// `{"task_id":"b1","tool_use_id":"toolu_1","description":"Run the tests","task_type":"local_bash"}`.
fn is_task_notice(text: &str) -> bool {
    text.starts_with("{\"task_id\":") && text.contains("\"task_type\":")
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

/// A file that changed on the disk since the agent read it. The lines around the change have their numbers before them.
fn changed_outside(attachment: Value<'_>, place: LineContext<'_>) -> Option<EventKind> {
    attachment.member("type").filter(|kind| kind.bare() == b"edited_text_file")?;
    let path = owned(attachment.member("filename"))?;
    let snippet = owned(attachment.member("snippet"))?;
    let bare = |line: &str| {
        line.split_once('\t').filter(|(number, _)| number.parse::<u32>().is_ok()).map(|(_, text)| text.to_owned())
    };
    let lines: Vec<String> = snippet.lines().filter_map(bare).collect();
    let change = ChangedOutsideEvent { path, text: lines.join("\n"), at: place.at };
    (!lines.is_empty()).then(|| EventKind::ChangedOutside(Box::new(change)))
}

/// A prompt typed while the agent worked, or a file that changed beside it.
pub(super) fn attachment(line: &TranscriptLine<'_>, place: LineContext<'_>, events: &mut Events) {
    let Some(attachment) = line.attachment else {
        return;
    };
    if let Some(event) = changed_outside(attachment, place) {
        return events.push(event);
    }
    let of_kind = attachment.member("type").is_some_and(|kind| kind.bare() == b"queued_command");
    let by = by(attachment.member("origin"), attachment.member("promptSource"));
    let by_a_person = matches!(by, WrittenBy::Person | WrittenBy::NotSaid)
        && attachment.member("commandMode").is_none_or(|mode| mode.bare() == b"prompt");
    let words = attachment.member("prompt").map(|prompt| text_of(Some(prompt)).trim().to_owned());
    if let Some(text) = words.as_deref().filter(|_| of_kind) {
        notice(text, place, events);
    }
    let Some(text) =
        words.filter(|text| of_kind && by_a_person && !text.is_empty() && !is_injected(text) && !by.is_agents(text))
    else {
        return;
    };
    let id = (!line.uuid.is_empty()).then(|| String::from_utf8_lossy(line.uuid).into_owned());
    let source = if text.starts_with('/') { PromptSource::Slash } else { PromptSource::Queued };
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id,
        at: place.at,
        text,
        source,
        parent: 0,
        standing: Standing::Sure,
        away: false,
    })));
}

pub(super) fn queue_operation(line: &TranscriptLine<'_>, place: LineContext<'_>, events: &mut Events) {
    let text = line.content.map(|content| text_of(Some(content)).trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    match (line.operation, text) {
        // Injected text takes its place in the queue, but has no words of a person.
        (b"enqueue", Some(text)) if is_injected(&text) || is_a_message(&text) => {
            notice(&text, place, events);
            events.push(EventKind::Queued { at: place.at, text: String::new(), away: false });
        }
        (b"enqueue", Some(text)) => events.push(EventKind::Queued { at: place.at, text, away: false }),
        (b"remove" | b"dequeue", text) => events.push(EventKind::Unqueued { text }),
        (b"popAll", _) => events.push(EventKind::QueueTakenBack),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_background_command_reports_is_no_prompt() {
        let notice =
            r#"{"task_id":"b1","tool_use_id":"toolu_1","description":"Run the tests","task_type":"local_bash"}"#;
        assert!(is_injected(notice));
        assert!(is_injected(r#"{"task_id":"a1","description":"Look around","task_type":"local_agent"}"#));
        assert!(!is_injected(r#"{"task_id":"b1"} is what the server sends, show it"#));
    }

    #[test]
    fn what_a_background_agent_reports_is_no_prompt() {
        assert!(is_injected("<agent-notification>\n<agent-id>a1</agent-id>"));
        assert!(!is_injected("the <agent-notification> is shown twice"));
    }
}

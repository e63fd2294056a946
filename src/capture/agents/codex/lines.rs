//! The lines of a rollout of Codex.

use jiff::Timestamp;

use super::calls::{calls, reported_edits};
use super::items;
use super::results::{output_texts, result, results};
use crate::capture::agents::codex::fields::{Payload, content_parts, owned, parse_line, parse_payload};
use crate::capture::event::{CallEnd, EventKind, PromptEvent, ResultEvent, SessionFacts, Standing, UsageEvent};
use crate::capture::events::Events;
use crate::capture::injected::WrittenBy;
use crate::capture::json::{Read, Value};
use crate::capture::time::{seconds_since_1970, time};
use crate::record::session::{PromptSource, Tokens};

pub(crate) fn recognises(text: &[u8]) -> bool {
    parse_line(text).is_ok_and(|line| {
        let known =
            matches!(line.kind, b"session_meta" | b"turn_context" | b"response_item" | b"event_msg" | b"compacted");
        line.history.is_some() || (known && line.payload.is_some_and(Value::is_object))
    })
}

/// Reads one line.
pub(crate) fn read_line(text: &[u8], events: &mut Events) -> Read<()> {
    let line = parse_line(text)?;
    if let Some((text, seconds)) = line.history {
        let at = seconds_since_1970(seconds);
        at.into_iter().for_each(|at| events.saw(at));
        prompt(&text.owned().unwrap_or_default(), WrittenBy::NotSaid, (at, Standing::Sure), events);
        return Ok(());
    }
    let at: Option<Timestamp> = line.timestamp.and_then(|at| time(at.bare()));
    at.into_iter().for_each(|at| events.saw(at));
    let Some(payload) = line.payload else {
        return Ok(());
    };
    if line.ordinal.is_some_and(|ordinal| events.is_history(ordinal, line.kind == b"turn_context")) {
        return Ok(());
    }
    match line.kind {
        b"session_meta" => session_meta(payload, events),
        b"turn_context" => {
            let payload = parse_payload(payload)?;
            events.about(SessionFacts { cwd: owned(payload.cwd), ..SessionFacts::default() });
            if let Some(name) = owned(payload.model) {
                events.push(EventKind::Model { name });
            }
        }
        b"response_item" => response_item(&parse_payload(payload)?, at, events),
        b"event_msg" => event_msg(&parse_payload(payload)?, at, events)?,
        b"compacted" => events.push(EventKind::Compaction { at }),
        _ => {}
    }
    Ok(())
}

/// A fork copies the `session_meta` of what it was forked from behind its own: `assemble` takes the first id.
fn session_meta(payload: Value<'_>, events: &mut Events) {
    let git = payload.member("git");
    let of_git = |name: &str| owned(git.and_then(|git| git.member(name)));
    let subagent = payload.member("source").and_then(|source| source.member("subagent"));
    let parent = payload.member("parent_thread_id").or_else(|| subagent?.member("parent_thread_id"));
    events.about(SessionFacts {
        session: owned(payload.member("id")),
        other: owned(parent.or_else(|| payload.member("forked_from_id"))),
        version: owned(payload.member("cli_version")),
        cwd: owned(payload.member("cwd")),
        branch: of_git("branch"),
        head: of_git("commit_hash"),
        agent: None,
        subagent: subagent.is_some(),
        fork: None,
    });
    // A subagent of a subagent: its parent has no file of the session's.
    let root = owned(payload.member("session_id")).filter(|_| subagent.is_some());
    events.about(SessionFacts { other: root, ..SessionFacts::default() });
    if let Some(until) = payload.member("subagent_history_start_ordinal").and_then(Value::count) {
        events.history(until);
    }
}

fn prompt(text: &str, by: WrittenBy, (at, standing): (Option<Timestamp>, Standing), events: &mut Events) {
    let text = own_words(text.trim());
    if text.is_empty() || is_injected(text) || by == WrittenBy::Program {
        return;
    }
    let is_agents = by.is_agents(text);
    let source = if is_agents { PromptSource::Delegated } else { PromptSource::Typed };
    let text = text.to_owned();
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id: None,
        at,
        text,
        source,
        parent: 0,
        standing,
        away: false,
    })));
}

/// What a person typed below what the window puts above it: the files that were mentioned (0.144), the page that is open in its
/// browser, what is open in an editor. Where it is empty the pasted text is the request, of which the list of files has the
/// beginning: `## Plan: add discounts …: /home/ann/pasted-text.txt`.
fn own_words(text: &str) -> &str {
    let Some(listed) = ABOVE.iter().find_map(|head| text.strip_prefix(head)) else { return text };
    let Some((list, words)) = listed.split_once("\n## My request for Codex:") else { return text };
    let pasted = || {
        let head = list.lines().find_map(|line| line.strip_prefix("## "))?;
        // A file that was only named has only its name, and that is not a request.
        let (begin, _) = head.split_once("\u{2026}: ")?;
        Some(head[..begin.len() + '\u{2026}'.len_utf8()].trim())
    };
    let words = words.trim();
    if words.is_empty() { pasted().unwrap_or(text) } else { words }
}

/// The headings of what the window puts above a request.
const ABOVE: &[&str] = &["# Files mentioned by the user:", "# In app browser:", "# Context from my IDE setup:"];

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
            let (said, other): (Vec<_>, Vec<_>) =
                user_parts(payload).into_iter().partition(|(part, by)| *by == WrittenBy::Person && !is_injected(part));
            let said: Vec<String> = said.into_iter().map(|(part, _)| part).collect();
            prompt(&said.join("\n"), WrittenBy::Person, (at, Standing::Stated), events);
            for (part, by) in other {
                prompt(&part, by, (at, Standing::Doubtful), events);
            }
        }
        b"message" if payload.role == b"assistant" => {
            let text = content_parts(payload.content).join("\n");
            if !text.is_empty() {
                events.push(EventKind::Reply { text });
            }
        }
        b"function_call" | b"custom_tool_call" | b"local_shell_call" | b"web_search_call" | b"tool_search_call" => {
            for call in calls(payload, at) {
                events.push(EventKind::Call(Box::new(call)));
            }
        }
        b"function_call_output" | b"custom_tool_call_output" => {
            if let Some(call) = owned(payload.call_id) {
                for result in results(call, &output_texts(payload.output), at) {
                    events.push(EventKind::Result(Box::new(result)));
                }
            }
        }
        b"agent_message" => items::task(payload, at, events),
        _ => {}
    }
}

/// The parts of a user's message that have text, each with who wrote it, as its provenance says (since 0.150).
fn user_parts(payload: &Payload<'_>) -> Vec<(String, WrittenBy)> {
    let mut writers: Vec<WrittenBy> = Vec::new();
    let mut kinds: Vec<bool> = Vec::new();
    if let Some(list) = payload.passthrough.and_then(|data| data.member("content_item_kinds")) {
        let _ = list.cursor().array(|cursor| {
            // An image has a label, which is a text as well.
            kinds.push(cursor.value()?.text().is_some_and(|kind| kind.starts_with("user.") && kind != "user.text"));
            Ok(())
        });
    }
    if let Some(metadata) = payload.passthrough.and_then(|data| data.member("content_item_metadata")) {
        let _ = metadata.cursor().array(|cursor| {
            let kind = cursor.value()?.member("provenance").and_then(|provenance| provenance.member("type"));
            writers.push(match kind.map(Value::bare) {
                Some(b"user") => WrittenBy::Person,
                Some(b"agent" | b"subagent" | b"peer") => WrittenBy::Agent,
                Some(b"harness" | b"system") => WrittenBy::Program,
                _ => WrittenBy::NotSaid,
            });
            Ok(())
        });
    }
    let mut parts = Vec::new();
    let mut place = 0;
    if let Some(content) = payload.content {
        let _ = content.cursor().array(|cursor| {
            let is_label = kinds.get(place).copied().unwrap_or(false);
            let by =
                if is_label { WrittenBy::Program } else { writers.get(place).copied().unwrap_or(WrittenBy::NotSaid) };
            place += 1;
            parts.extend(owned(cursor.value()?.member("text")).map(|text| (text, by)));
            Ok(())
        });
    }
    parts
}

fn event_msg(payload: &Payload<'_>, at: Option<Timestamp>, events: &mut Events) -> Read<()> {
    match payload.kind {
        b"user_message" => {
            prompt(&owned(payload.message).unwrap_or_default(), WrittenBy::NotSaid, (at, Standing::Sure), events);
        }
        b"agent_message" => {
            if let Some(text) = owned(payload.message) {
                events.push(EventKind::Reply { text });
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
        b"item_completed" => match payload.item.map(items::RolloutItem::read).transpose()? {
            Some(item) if item.kind == b"UserMessage" => {
                let words = content_parts(item.content).join("\n");
                prompt(&words, WrittenBy::NotSaid, (at, Standing::Sure), events);
            }
            Some(item) => items::item(&item, at, events),
            None => {}
        },
        b"turn_aborted" => events.push(EventKind::Interrupt { id: None, at }),
        b"thread_rolled_back" => {
            let turns = payload.num_turns.and_then(Value::count).and_then(|count| u32::try_from(count).ok());
            events.push(EventKind::Rollback { turns: turns.unwrap_or(1) });
        }
        b"patch_apply_end" => {
            if let (Some(call), Some(changes)) = (owned(payload.call_id), payload.changes) {
                let edits = reported_edits(changes);
                let made = payload.success.is_none_or(Value::is_true);
                events.push(EventKind::Edits { call, edits, at, made });
            }
        }
        b"mcp_tool_call_end" => {
            if let (Some(call), Some(error)) =
                (owned(payload.call_id), payload.result.and_then(|result| result.member("Err")))
            {
                let output = error.owned().unwrap_or_default();
                events.push(EventKind::Result(Box::new(ResultEvent {
                    end: CallEnd::Failed,
                    ..result(call, &output, at)
                })));
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_below_the_list_of_files_are_the_prompt() {
        let list = "# Files mentioned by the user:\n\n## Plan: discounts Goal Let carts \u{2026}: /home/ann/pasted-text.txt\n\n";
        let asked = "## My request for Codex:\n";
        for (text, words) in [
            (format!("{list}{asked}do this in percent\n"), "do this in percent"),
            (format!("{list}Read it.\n\n{asked}\n"), "Plan: discounts Goal Let carts \u{2026}"),
            (format!("# In app browser:\n- Current URL: http://127.0.0.1:5173/\n\n{asked}round it\n"), "round it"),
            (format!("# Context from my IDE setup:\n\n## Active file: a.py\n\n{asked}round it\n"), "round it"),
            ("add a discount".to_owned(), "add a discount"),
            (
                "# Files mentioned by the user:\n\nwhat is that?".to_owned(),
                "# Files mentioned by the user:\n\nwhat is that?",
            ),
        ] {
            assert_eq!(own_words(&text), words, "{text}");
        }
    }
}

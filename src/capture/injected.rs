//! Text in a person's place that another agent or a program put there, seen from the text alone. Where the transcript says
//! itself who wrote, that counts, and nothing here is asked.

use crate::record::agents::AGENTS;

/// Who wrote what stands in a person's place, as the transcript says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrittenBy {
    Person,
    /// It is not stated; the text may say it.
    NotSaid,
    Agent,
    Program,
}

impl WrittenBy {
    /// Whether the text is a message of another agent.
    pub(super) fn is_agents(self, text: &str) -> bool {
        match self {
            Self::Agent => true,
            Self::NotSaid => is_a_message(text),
            Self::Person | Self::Program => false,
        }
    }
}

/// Elements in which agents and harnesses hand messages on, whatever follows them.
const MESSAGES: &[&str] = &[
    "teammate-message",
    "agent-message",
    "agent-notification",
    "cross-session-message",
    "peer-message",
    "subagent-message",
    "subagent_notification",
    "task-notification",
    "ci-monitor-event",
    "heartbeat",
    "scheduled-task",
];

/// The last words of names that programs give such elements: `ci-monitor-event`, `environment_context`.
const LAST_WORDS: &[&str] = &[
    "aborted",
    "caveat",
    "context",
    "event",
    "events",
    "feedback",
    "heartbeat",
    "hook",
    "instructions",
    "message",
    "messages",
    "notice",
    "notification",
    "notifications",
    "reminder",
    "result",
    "results",
    "status",
    "stderr",
    "stdout",
    "update",
    "updates",
];

/// What harnesses write above a message of another session, if they do not name themselves.
const HEAD: &str = "Another agent sent a message:";

/// The last words of the types of notices that agents of a team exchange: `idle_notification`, `shutdown_request`.
const NOTICES: &[&str] = &[
    "ack",
    "acknowledged",
    "approved",
    "assignment",
    "assigned",
    "completed",
    "event",
    "message",
    "notification",
    "rejected",
    "request",
    "response",
    "terminated",
    "update",
];

/// Whether a whole text is a message of another agent or of a program that watches one. A text that a person wrote about such
/// a message, or that holds one, is not.
pub(super) fn is_a_message(text: &str) -> bool {
    let text = text.trim();
    let heads = AGENTS.iter().filter_map(|row| row.message_head).chain([HEAD]);
    let below =
        heads.into_iter().find_map(|head| text.strip_prefix(head)).filter(|rest| rest.starts_with(['\n', '\r']));
    let text = below.map_or(text, str::trim_start);
    is_marked(text)
        || is_message_element(text)
        || is_only_elements(text)
        || is_notice(text)
        || (below.is_some() && !text.is_empty())
}

/// Names of elements with orders of the program in which the agent runs, which it puts before a person's first words.
const ORDERS: &[&str] = &["system_instruction", "system_instructions", "system-instruction", "system-instructions"];

/// What a person typed behind the orders of a program: Conductor (2026) begins the first prompt of a session with
/// `<system_instruction>You are working inside Conductor, …</system_instruction>`, and names in a second element the files that were
/// attached, which say what is wanted where nothing was typed. All of a text that is nothing else.
pub(super) fn behind_orders(text: &str) -> &str {
    let (mut rest, mut attached) = (text, None);
    // A person may paste such an element to work on it.
    let mut beginning = "You are working inside ";
    while let Some((body, after)) = orders(rest.trim_start()).filter(|(body, _)| body.starts_with(beginning)) {
        attached = (beginning == ATTACHED).then_some(body).or(attached);
        (rest, beginning) = (after.trim_start(), ATTACHED);
    }
    if rest.is_empty() { attached.unwrap_or(text) } else { rest }
}

const ATTACHED: &str = "The user has attached ";

/// What is in an element of orders that a text begins with, and what comes behind it.
fn orders(text: &str) -> Option<(&str, &str)> {
    let (name, after) = element(text).filter(|(name, _)| ORDERS.contains(name))?;
    let body = text[1 + name.len()..].trim_start_matches('>').split(&format!("</{name}>")).next()?;
    Some((body.trim(), after))
}

/// Whether a text begins with a comment that names who put it there: `<!-- style-guard -->`, and behind it what the agent is to do.
fn is_marked(text: &str) -> bool {
    let Some((mark, rest)) = text.strip_prefix("<!--").and_then(|text| text.split_once("-->")) else { return false };
    let mark = mark.trim();
    let is_name = mark.contains(['-', '_', ':']) && !mark.contains(char::is_whitespace);
    is_name && !rest.trim().is_empty()
}

fn is_message_element(text: &str) -> bool {
    element(text).is_some_and(|(name, _)| MESSAGES.contains(&name))
}

/// Whether there is nothing but elements whose names no person types.
fn is_only_elements(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        match element(rest) {
            Some((name, after)) if is_a_programs(name) => rest = after.trim_start(),
            _ => return false,
        }
    }
    !text.is_empty()
}

/// The name of the element that a text begins with, and what follows its end.
fn element(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
    let (name, after) = inside.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let head = after.find('>').filter(|_| is_name && after.starts_with(['>', ' ', '\n', '\t', '/']))?;
    if after[..head].ends_with('/') {
        return Some((name, &after[head + 1..]));
    }
    let close = format!("</{name}>");
    let (_, rest) = after[head + 1..].split_once(&close)?;
    Some((name, rest))
}

/// A name of several words, the last of which says that something is told. `command-` is what a typed command stands in.
fn is_a_programs(name: &str) -> bool {
    let last = name.rsplit(['-', '_']).next().unwrap_or_default();
    last.len() < name.len() && !name.starts_with("command-") && LAST_WORDS.contains(&last)
}

/// One JSON object with a type and a sender, as agents of a team send them:
/// `{"type":"idle_notification","from":"tester","timestamp":"..."}`.
fn is_notice(text: &str) -> bool {
    if !(text.starts_with('{') && text.ends_with('}')) {
        return false;
    }
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) else { return false };
    let of = |key: &str| object.get(key).and_then(serde_json::Value::as_str);
    let kind = of("type").unwrap_or_default();
    let last = kind.rsplit('_').next().unwrap_or_default();
    let is_dated =
        ["timestamp", "requestId", "request_id", "taskId", "task_id"].iter().any(|key| object.contains_key(*key));
    of("from").is_some() && is_dated && last.len() < kind.len() && NOTICES.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_of_a_program_before_a_persons_words_are_not_the_persons() {
        for (text, expected) in [
            (
                "<system_instruction>\nYou are working inside Conductor.\n</system_instruction>\n\nadd a discount",
                "add a discount",
            ),
            (
                "<system_instruction>\nYou are working inside Conductor.\n</system_instruction>\n\n<system_instruction>\nThe user has attached these files. Read them before proceeding.\n- plan.md\n</system_instruction>\n\nadd it",
                "add it",
            ),
            (
                "<system_instruction>\nYou are working inside Conductor.\n</system_instruction>\n<system_instruction>\nThe user has attached these files.\n<file>plan.md</file>\n</system_instruction>\n\n",
                "The user has attached these files.\n<file>plan.md</file>",
            ),
            ("add <system_instruction>", "add <system_instruction>"),
            (
                "<system_instruction>x</system_instruction> shorter",
                "<system_instruction>x</system_instruction> shorter",
            ),
            ("  add a discount", "  add a discount"),
            ("<discount>10</discount> is wrong", "<discount>10</discount> is wrong"),
        ] {
            assert_eq!(behind_orders(text), expected);
        }
    }

    #[test]
    fn messages_of_agents_are_told_from_words_of_people() {
        for text in [
            "<teammate-message teammate_id=\"tester\" color=\"blue\">\nAll 12 tests pass\n</teammate-message>",
            "Another Claude session sent a message:\n<teammate-message teammate_id=\"lead\">Stop</teammate-message>",
            "Another Claude session sent a message:\r\nplease rebase",
            "<teammate-message from=\"a\">1</teammate-message>\n\n<teammate-message from=\"b\">2</teammate-message>",
            "<teammate-message from=\"a\">1</teammate-message>\nThis did not come from your user.",
            "<ci-monitor-event>\nbuild failed\n</ci-monitor-event>",
            "<deploy-status state=\"red\"/>",
            "<heartbeat>\n  <automation_id>prices</automation_id>\n  <instructions>\nLook at the request.\n</instructions>\n</heartbeat>",
            "<environment_context>\n<cwd>/x</cwd>\n</environment_context>",
            "<!-- style-guard -->\n\nLook over the style of what you wrote",
            "<hook-feedback>no</hook-feedback> <lint-result>1</lint-result>",
            r#"{"type":"idle_notification","from":"tester","timestamp":"2026-01-02T03:04:05Z"}"#,
            r#"{"type":"shutdown_request","from":"lead","requestId":"1","reason":"done"}"#,
        ] {
            assert!(is_a_message(text), "{text}");
        }
        for text in [
            "",
            "<div class=\"card\">\n<p>x</p>\n</div>",
            "<div>x</div> why is it not in the middle?",
            "<my-widget>x</my-widget>",
            "<!-- a remark that is shown --> why is it on the page?",
            "<input type=\"text\">",
            "<status-bar>x</status-bar> is drawn twice",
            "<order-status>open</order-status> what does the server mean by it?",
            "why does <teammate-message> show up here?",
            "<teammate-message> is shown twice",
            "<heartbeat> is sent twice",
            "Another Claude session sent a message: what is that?",
            "<message>hello</message>",
            "<command-name>/review</command-name>\n<command-message>review</command-message>\n<command-args>12</command-args>",
            "<T>(x: T) => x",
            "<-- here",
            "{\"type\":\"module\",\"from\":\"a\"}",
            r#"{"type":"user_message","from":"ann"}"#,
            r#"{"type":"idle_notification","from":"x","timestamp":1} is what the server sends, parse it"#,
            "yes",
        ] {
            assert!(!is_a_message(text), "{text}");
        }
    }
}

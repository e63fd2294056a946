//! A session put together: what its messages and their parts say.

use jiff::Timestamp;

use super::kept::{KeptInfo, KeptMessage, KeptPart, KeptSession};
use crate::capture::event::{EventKind, PromptEvent, SessionFacts, UsageEvent};
use crate::capture::events::Events;
use crate::record::session::{PromptSource, Tokens};

pub(super) fn read(session: KeptSession, events: &mut Events) {
    let KeptSession { mut info, messages } = session;
    let taken_back = info.taken_back.take();
    events.about(SessionFacts {
        session: info.id.take(),
        cwd: info.directory.take(),
        version: info.version.take(),
        other: info.parent.clone(),
        subagent: info.is_subagent(),
        ..SessionFacts::default()
    });
    let mut turns = 0;
    for message in messages {
        let is_back = taken_back.as_ref().is_some_and(|from| message.id.as_ref().is_some_and(|id| id >= from));
        saw(message.created, events);
        if message.is_users {
            turns += u32::from(user(message, &info, events) && is_back);
        } else {
            assistant(message, events);
        }
    }
    if turns > 0 {
        events.push(EventKind::Rollback { turns });
    }
}

/// Returns whether the message holds a prompt.
fn user(message: KeptMessage, info: &KeptInfo, events: &mut Events) -> bool {
    let KeptMessage { id, created: at, parts, .. } = message;
    if parts.iter().any(|part| matches!(part, KeptPart::Compaction)) {
        events.push(EventKind::Compaction { at });
        return false;
    }
    let words = |part: &'_ KeptPart| match part {
        KeptPart::Text { text, is_synthetic: false, is_ignored: false } => Some(unquoted(text).to_owned()),
        _ => None,
    };
    let words: Vec<String> = parts.iter().filter_map(words).filter(|words| !words.is_empty()).collect();
    let words = words.join("\n");
    let command = parts.into_iter().find_map(|part| match part {
        KeptPart::Subtask { command } => command,
        _ => None,
    });
    let (source, text) = match command.filter(|_| words.is_empty()) {
        _ if info.is_subagent() => (PromptSource::Delegated, words),
        Some(command) => (PromptSource::Slash, format!("/{command}")),
        None => (PromptSource::Typed, words),
    };
    if text.is_empty() {
        return false;
    }
    events.push(EventKind::Prompt(Box::new(PromptEvent { id, source, ..PromptEvent::typed(text, at) })));
    true
}

/// `opencode run "two words"` keeps the words with quotes around them.
fn unquoted(words: &str) -> &str {
    let words = words.trim();
    let inner = words.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(words).trim()
}

fn assistant(message: KeptMessage, events: &mut Events) {
    saw(message.completed, events);
    let id = message.id.filter(|id| !id.is_empty());
    if let Some(model) = message.model {
        events.model(model.into());
    }
    if message.tokens != Tokens::default() {
        events.usage(UsageEvent { message: id.clone(), tokens: message.tokens });
    }
    for part in message.parts {
        match part {
            KeptPart::Text { text, is_synthetic: false, .. } if !message.is_summary => {
                events.push(EventKind::Reply { text });
            }
            KeptPart::Call(call) => {
                events.push(EventKind::Call(call.call));
                saw(call.ended, events);
                call.result.into_iter().for_each(|result| events.push(EventKind::Result(result)));
            }
            _ => {}
        }
    }
    if message.is_aborted {
        events.push(EventKind::Interrupt { id, at: message.completed.or(message.created) });
    }
}

fn saw(at: Option<Timestamp>, events: &mut Events) {
    if let Some(at) = at {
        events.saw(at);
    }
}

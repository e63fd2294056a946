//! What messages say. Some are for the agent alone: the summary that takes the place of what was said, and what goes with it.

use jiff::Timestamp;
use serde_json::Value;

use super::calls;
use crate::capture::event::{EventKind, PromptEvent, SessionFacts};
use crate::capture::events::Events;
use crate::capture::time::{milliseconds_since_1970, seconds_since_1970};
use crate::record::session::{PromptSource, Skip, Tokens};

/// What is known of a session beside its messages.
#[derive(Default)]
pub(super) struct GooseSession {
    pub(super) id: String,
    pub(super) cwd: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) is_subagent: bool,
    pub(super) model: Option<String>,
    /// Of all its requests; what came from a cache is among the input.
    pub(super) tokens: Tokens,
}

/// Written to the agent behind a summary.
const SUMMARISED: &str = "The previous message contains a summary that was prepared";
/// Written in the agent's name after a call was stopped.
const ASKS_AFTER_STOP: &str = "The existing call to ";

pub(super) struct MessageReading<'s> {
    session: &'s GooseSession,
    /// The prompt before, and whether a copy of it may follow, behind a summary.
    last: String,
    is_behind_summary: bool,
}

impl<'s> MessageReading<'s> {
    pub(super) fn begin(session: &'s GooseSession, events: &mut Events) -> Self {
        events.about(SessionFacts {
            session: Some(session.id.clone()),
            cwd: session.cwd.clone(),
            other: session.parent.clone(),
            subagent: session.is_subagent,
            ..SessionFacts::default()
        });
        if let Some(model) = &session.model {
            events.model(model.into());
        }
        if !session.tokens.is_zero() {
            events.push(EventKind::Total(session.tokens));
        }
        Self { session, last: String::new(), is_behind_summary: false }
    }

    pub(super) fn damaged(line: u64, events: &mut Events) {
        events.push(EventKind::Skipped(Skip { line, why: "damaged JSON".to_owned() }));
    }

    /// `created` and `metadata` of a message are what its line, or its row, has beside its content.
    pub(super) fn message(
        &mut self,
        role: &Value,
        content: &Value,
        (created, metadata): (&Value, &Value),
        events: &mut Events,
    ) {
        let at = time(created);
        if let Some(at) = at {
            events.saw(at);
        }
        let parts = content.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_shown = metadata["userVisible"] != false;
        let text = words(parts);
        if !is_shown {
            if text.contains(SUMMARISED) {
                events.push(EventKind::Compaction { at });
                self.is_behind_summary = true;
            }
            return;
        }
        if role == "user" {
            parts.iter().for_each(|part| calls::response(part, at, events));
            self.prompt(text, at, events);
            return;
        }
        let inference = &metadata["inference"];
        let model = inference["resolved_model"].as_str().or(inference["requestedModel"].as_str());
        if let Some(model) = inference["resolvedModel"].as_str().or(model) {
            events.model(model.into());
        }
        if !text.is_empty() && !text.starts_with(ASKS_AFTER_STOP) {
            events.push(EventKind::Reply { text });
        }
        for part in parts {
            calls::request(part, at, (self.session.cwd.as_deref(), self.session.is_subagent), events);
        }
    }

    fn prompt(&mut self, text: String, at: Option<Timestamp>, events: &mut Events) {
        if text.is_empty() || std::mem::take(&mut self.is_behind_summary) && text == self.last {
            return;
        }
        self.last.clone_from(&text);
        let mut prompt = PromptEvent::typed(text, at);
        if self.session.is_subagent {
            prompt.source = PromptSource::Delegated;
        }
        events.push(EventKind::Prompt(Box::new(prompt)));
    }
}

/// The words of a message, without what was thought.
fn words(parts: &[Value]) -> String {
    let texts = parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str());
    texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// In seconds; the desktop program wrote some in milliseconds.
fn time(created: &Value) -> Option<Timestamp> {
    const IN_SECONDS: i64 = 100_000_000_000;
    let created = created.as_i64().filter(|created| *created > 0)?;
    if created < IN_SECONDS { seconds_since_1970(created) } else { milliseconds_since_1970(created) }
}

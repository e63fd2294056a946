//! The items of newer versions (0.171): what Codex itself says of a command, a patch or a message, beside the calls of the model.

use jiff::Timestamp;

use super::calls::{joined, reported_edits};
use super::fields::{Payload, owned};
use crate::capture::event::{CallEnd, EventKind, PromptEvent, RanEvent, Standing, shorten};
use crate::capture::events::Events;
use crate::capture::json::{Read, Value};
use crate::record::session::PromptSource;

/// The fields of an item that are wanted, by their foreign names.
#[derive(Default)]
pub(super) struct RolloutItem<'a> {
    pub(super) kind: &'a [u8],
    pub(super) content: Option<Value<'a>>,
    id: Option<Value<'a>>,
    status: &'a [u8],
    exit_code: Option<i64>,
    command: Option<Value<'a>>,
    changes: Option<Value<'a>>,
}

impl<'a> RolloutItem<'a> {
    pub(super) fn read(value: Value<'a>) -> Read<Self> {
        let mut item = Self::default();
        value.cursor().object(|cursor, key| {
            match key {
                b"type" => item.kind = cursor.value()?.bare(),
                b"id" => item.id = Some(cursor.value()?),
                b"content" => item.content = Some(cursor.value()?),
                b"status" => item.status = cursor.value()?.bare(),
                b"exit_code" => item.exit_code = cursor.value()?.integer(),
                b"command" => item.command = Some(cursor.value()?),
                b"changes" => item.changes = Some(cursor.value()?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(item)
    }
}

/// A command that ran, or a patch that was applied. In a script each has an id of its own, else that of the call.
pub(super) fn item(item: &RolloutItem<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(id) = owned(item.id) else { return };
    let command = item.command.map_or(0, |command| shorten(joined(Some(command)).as_bytes()));
    match (item.kind, item.status) {
        (b"CommandExecution" | b"FileChange", b"declined") => {
            events.push(EventKind::Ran(RanEvent {
                id,
                command,
                end: CallEnd::Rejected { reason: None },
                exit_code: None,
            }));
        }
        (b"CommandExecution", status) => {
            let code = item.exit_code.and_then(|code| i32::try_from(code).ok());
            let failed = code.map_or(status == b"failed", |code| code != 0);
            let end = if failed { CallEnd::Failed } else { CallEnd::Succeeded };
            events.push(EventKind::Ran(RanEvent { id, command, end, exit_code: code.filter(|code| *code >= 0) }));
        }
        (b"FileChange", status) => {
            let edits = item.changes.map(reported_edits).unwrap_or_default();
            events.push(EventKind::Edits { call: id, edits, at, made: status != b"failed" });
        }
        _ => {}
    }
}

/// What an agent tells another one to do. An answer to the one above is no task.
pub(super) fn task(payload: &Payload<'_>, at: Option<Timestamp>, events: &mut Events) {
    let is_root = payload.recipient.is_some_and(|to| to.bare() == b"/root");
    let mut parts = Vec::new();
    if let Some(content) = payload.content.filter(|_| !is_root) {
        let _ = content.cursor().array(|cursor| {
            let part = cursor.value()?;
            let sealed = owned(part.member("encrypted_content"));
            // What is really encrypted is one long word.
            parts.extend(owned(part.member("text")).or(sealed.filter(|text| text.contains(char::is_whitespace))));
            Ok(())
        });
    }
    let whole = parts.concat();
    if whole.is_empty() || whole.starts_with("Message Type: FINAL_ANSWER") {
        return;
    }
    let (head, words) = whole.split_once("Payload:\n").unwrap_or(("", &whole));
    let named = || head.lines().find(|line| line.starts_with("Task name: ")).unwrap_or_default();
    let text = Some(words.trim()).filter(|words| !words.is_empty()).unwrap_or_else(named).to_owned();
    let (source, standing) = (PromptSource::Delegated, Standing::Sure);
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

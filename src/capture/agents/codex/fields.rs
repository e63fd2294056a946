//! The fields of a line that are read, and nothing else of it.

use crate::capture::json::{self, Read, Value};

#[derive(Default)]
pub(crate) struct RolloutLine<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) timestamp: Option<Value<'a>>,
    pub(crate) payload: Option<Value<'a>>,
    /// The place of the line in the whole history (0.171).
    pub(crate) ordinal: Option<u64>,
    /// Of the history of prompts, which has no payload.
    pub(crate) history: Option<(Value<'a>, i64)>,
}

/// The fields of a payload that are wanted, by their foreign names.
#[derive(Default)]
pub(crate) struct Payload<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) name: Option<Value<'a>>,
    pub(crate) call_id: Option<Value<'a>>,
    pub(crate) id: Option<Value<'a>>,
    pub(crate) arguments: Option<Value<'a>>,
    pub(crate) input: Option<Value<'a>>,
    pub(crate) output: Option<Value<'a>>,
    pub(crate) message: Option<Value<'a>>,
    pub(crate) role: &'a [u8],
    pub(crate) content: Option<Value<'a>>,
    pub(crate) info: Option<Value<'a>>,
    pub(crate) changes: Option<Value<'a>>,
    pub(crate) result: Option<Value<'a>>,
    pub(crate) action: Option<Value<'a>>,
    pub(crate) success: Option<Value<'a>>,
    pub(crate) cwd: Option<Value<'a>>,
    pub(crate) model: Option<Value<'a>>,
    pub(crate) num_turns: Option<Value<'a>>,
    pub(crate) passthrough: Option<Value<'a>>,
    pub(crate) item: Option<Value<'a>>,
    pub(crate) recipient: Option<Value<'a>>,
    pub(crate) whole: Option<Value<'a>>,
}

pub(crate) fn parse_line(text: &[u8]) -> Read<RolloutLine<'_>> {
    let mut line = RolloutLine::default();
    let (mut session, mut seconds, mut words) = (false, None, None);
    json::whole_object(text, |cursor, key| {
        match key {
            b"type" => line.kind = cursor.value()?.bare(),
            b"timestamp" => line.timestamp = Some(cursor.value()?),
            b"payload" => line.payload = Some(cursor.value()?),
            b"ordinal" => line.ordinal = cursor.value()?.count(),
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

pub(crate) fn parse_payload(value: Value<'_>) -> Read<Payload<'_>> {
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
            b"success" => payload.success = Some(cursor.value()?),
            b"cwd" => payload.cwd = Some(cursor.value()?),
            b"model" => payload.model = Some(cursor.value()?),
            b"item" => payload.item = Some(cursor.value()?),
            b"recipient" => payload.recipient = Some(cursor.value()?),
            b"num_turns" => payload.num_turns = Some(cursor.value()?),
            b"internal_chat_message_metadata_passthrough" => payload.passthrough = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(payload)
}

pub(crate) fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.and_then(Value::owned).filter(|text| !text.is_empty())
}

pub(crate) fn content_parts(content: Option<Value<'_>>) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(content) = content {
        let _ = content.cursor().array(|cursor| {
            parts.extend(owned(cursor.value()?.member("text")));
            Ok(())
        });
    }
    parts
}

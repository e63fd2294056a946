//! The fields of a line that are read, and nothing else of it.

use crate::capture::json::{self, Read, Value};
use crate::capture::values::items;

/// The fields of a line that are wanted.
#[derive(Default)]
pub(super) struct ChatRecord<'a> {
    pub(super) kind: &'a [u8],
    pub(super) subtype: &'a [u8],
    pub(super) provenance: &'a [u8],
    pub(super) uuid: &'a [u8],
    pub(super) parent: &'a [u8],
    pub(super) timestamp: &'a [u8],
    pub(super) session: Option<Value<'a>>,
    pub(super) cwd: Option<Value<'a>>,
    pub(super) version: Option<Value<'a>>,
    pub(super) branch: Option<Value<'a>>,
    pub(super) agent: Option<Value<'a>>,
    pub(super) is_sidechain: bool,
    pub(super) model: Option<Value<'a>>,
    pub(super) message: Option<Value<'a>>,
    pub(super) usage: Option<Value<'a>>,
    pub(super) result: Option<Value<'a>>,
    pub(super) payload: Option<Value<'a>>,
}

pub(super) fn parse(line: &[u8]) -> Read<ChatRecord<'_>> {
    let mut record = ChatRecord::default();
    json::whole_object(line, |cursor, key| {
        match key {
            b"type" => record.kind = cursor.value()?.bare(),
            b"subtype" => record.subtype = cursor.value()?.bare(),
            b"provenance" => record.provenance = cursor.value()?.bare(),
            b"uuid" => record.uuid = cursor.value()?.bare(),
            b"parentUuid" => record.parent = cursor.value()?.bare(),
            b"timestamp" => record.timestamp = cursor.value()?.bare(),
            b"sessionId" => record.session = Some(cursor.value()?),
            b"cwd" => record.cwd = Some(cursor.value()?),
            b"version" => record.version = Some(cursor.value()?),
            b"gitBranch" => record.branch = Some(cursor.value()?),
            b"agentId" => record.agent = Some(cursor.value()?),
            b"isSidechain" => record.is_sidechain = cursor.value()?.is_true(),
            b"model" => record.model = Some(cursor.value()?),
            b"message" => record.message = Some(cursor.value()?),
            b"usageMetadata" => record.usage = Some(cursor.value()?),
            b"toolCallResult" => record.result = Some(cursor.value()?),
            b"systemPayload" => record.payload = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(record)
}

pub(super) fn parts<'a>(record: &ChatRecord<'a>) -> Vec<Value<'a>> {
    items(record.message.and_then(|message| message.member("parts")))
}

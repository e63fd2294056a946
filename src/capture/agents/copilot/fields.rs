//! The fields of an event that are read.

use jiff::Timestamp;

use crate::capture::json::{self, Read, Value};
use crate::capture::time::time;
pub(super) use crate::capture::values::owned;

/// One event. `agent` is the subagent that it is of.
#[derive(Default)]
pub(super) struct CopilotEvent<'a> {
    pub(super) kind: &'a [u8],
    pub(super) id: Option<Value<'a>>,
    pub(super) agent: Option<Value<'a>>,
    pub(super) at: Option<Timestamp>,
    pub(super) data: Option<Value<'a>>,
}

impl<'a> CopilotEvent<'a> {
    pub(super) fn read(text: &'a [u8]) -> Read<Self> {
        let mut event = Self::default();
        json::whole_object(text, |cursor, key| {
            match key {
                b"type" => event.kind = cursor.value()?.bare(),
                b"data" => event.data = Some(cursor.value()?),
                b"id" => event.id = Some(cursor.value()?),
                b"agentId" => event.agent = Some(cursor.value()?).filter(|id| id.is_string()),
                b"timestamp" => event.at = time(cursor.value()?.bare()),
                _ => {}
            }
            Ok(())
        })?;
        Ok(event)
    }

    pub(super) fn member(&self, name: &str) -> Option<Value<'a>> {
        self.data?.member(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        owned(self.member(name))
    }

    pub(super) fn is_subagents(&self) -> bool {
        self.agent.is_some() || self.member("parentToolCallId").is_some_and(Value::is_string)
    }
}

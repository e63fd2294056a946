//! Sessions in the shape that Pi writes and that the Hugging Face Hub shows as agents' traces: one file per conversation, a line for the
//! session and one for each message, each naming the one before it.

use serde_json::{Value, json};

use crate::export::chat::{Message, messages};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Layout, Row};
use crate::export::metadata::{self, with_fraction};
use crate::record::json;

pub(super) struct AgentTraces;

impl Format for AgentTraces {
    fn name(&self) -> &'static str {
        "agent-traces"
    }

    fn help(&self) -> &'static str {
        "The conversations of `sft` as sessions that the Hugging Face Hub shows, a file each"
    }

    fn layout(&self) -> Layout {
        Layout::Files("jsonl")
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let conversation = &match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let about = metadata::of_conversation(conversation, self.name(), "");
        let started = conversation.first().contribution.started_at.unwrap_or(conversation.first().record.committed_at);
        let at = with_fraction(started);
        let session = json!({
            "type": "session", "version": 3, "id": about.row_id, "timestamp": at, "cwd": "/",
        });
        let mut lines = vec![json::line(&session)?];
        let mut parent = Value::Null;
        for (number, message) in messages(conversation).into_iter().enumerate() {
            let id = format!("{:08x}", number + 1);
            let message = pi_message(message, &about.provider, &about.model, started.as_millisecond());
            lines.push(json::line(
                &json!({"type": "message", "id": id, "parentId": parent, "timestamp": at, "message": message}),
            )?);
            parent = Value::String(id);
        }
        let content = lines.join("\n");
        let metadata = about.with_content(&content);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<SessionLine>()
    }
}

/// A line of a session.
#[cfg(test)]
#[derive(serde::Serialize, schemars::JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct SessionLine {
    /// `session` or `message`.
    r#type: String,
    id: String,
    timestamp: String,
    /// Of a message: `role` (`user`, `assistant`, `toolResult`) and `content`, a list of parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Value>,
}

fn pi_message(message: Message, provider: &str, model: &str, at: i64) -> Value {
    let text = |text: String| json!([{"type": "text", "text": text}]);
    match message {
        Message::Person(said) => json!({"role": "user", "content": text(said), "timestamp": at}),
        Message::Agent(said) => json!({
            "role": "assistant", "content": text(said), "provider": provider, "model": model, "stopReason": "stop", "timestamp": at
        }),
        Message::Call(call) => json!({
            "role": "assistant", "provider": provider, "model": model, "stopReason": "toolUse", "timestamp": at,
            "content": [{"type": "toolCall", "id": call.id, "name": call.tool, "arguments": {"input": call.input}}]
        }),
        Message::Output { id, tool, text: printed } => json!({
            "role": "toolResult", "toolCallId": id, "toolName": tool, "content": text(printed), "isError": false, "timestamp": at
        }),
    }
}

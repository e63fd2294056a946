//! TRL's conversational format for supervised fine-tuning: `messages` with calls of tools, and `tools`.

use serde::Serialize;
use serde_json::Value;

use crate::export::chat::{ArgumentForm, ChatMessage, chat, messages, tools};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Row};
use crate::export::metadata;
use crate::record::json;

pub(super) struct Sft;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct SftRow {
    messages: Vec<ChatMessage>,
    /// JSON Schemas of functions, the same in every row.
    tools: Vec<Value>,
}

impl Format for Sft {
    fn name(&self) -> &'static str {
        "sft"
    }

    fn help(&self) -> &'static str {
        "A session's prompts and the patches that came of them, for supervised fine-tuning (TRL `messages` and `tools`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let conversation = &match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let messages = chat(&messages(conversation), ArgumentForm::Object)?;
        let content = json::line(&SftRow { messages, tools: tools() })?;
        let metadata = metadata::of_conversation(conversation, self.name(), &content);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<SftRow>()
    }
}

//! OpenAI's format for supervised fine-tuning: the messages of `sft` with the arguments of calls as text, and no other keys.

use serde::Serialize;
use serde_json::Value;

use crate::export::chat::{ArgumentForm, ChatMessage, chat, messages, tools};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Layout, Row};
use crate::export::metadata;
use crate::record::json;

pub(super) struct OpenaiSft;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct OpenaiSftRow {
    messages: Vec<ChatMessage>,
    tools: Vec<Value>,
    parallel_tool_calls: bool,
}

impl Format for OpenaiSft {
    fn name(&self) -> &'static str {
        "openai-sft"
    }

    fn help(&self) -> &'static str {
        "The conversations of `sft` for OpenAI's interface and those who take its files"
    }

    fn layout(&self) -> Layout {
        Layout::LinesAndSidecar
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let conversation = &match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let mut messages = chat(&messages(conversation), ArgumentForm::Text)?;
        // Outputs have no name there.
        messages.iter_mut().for_each(|message| message.name = None);
        let content = json::line(&OpenaiSftRow { messages, tools: tools(), parallel_tool_calls: false })?;
        let metadata = metadata::of_conversation(conversation, self.name(), &content);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<OpenaiSftRow>()
    }
}

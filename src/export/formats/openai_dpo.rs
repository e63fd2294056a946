//! OpenAI's preference format: one message on each side, and no other keys.

use serde::Serialize;
use serde_json::Value;

use super::pair_rows;
use crate::export::chat::{ChatMessage, plain};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Layout, Row};
use crate::record::json;

pub(super) struct OpenaiDpo;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct OpenaiDpoRow {
    input: Input,
    preferred_output: Vec<ChatMessage>,
    non_preferred_output: Vec<ChatMessage>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Input {
    messages: Vec<ChatMessage>,
    tools: Vec<Value>,
    parallel_tool_calls: bool,
}

impl Format for OpenaiDpo {
    fn name(&self) -> &'static str {
        "openai-dpo"
    }

    fn help(&self) -> &'static str {
        "The pairs of `preference` for OpenAI's interface (`preferred_output`, `non_preferred_output`)"
    }

    fn layout(&self) -> Layout {
        Layout::LinesAndSidecar
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        pair_rows(conversation, self.name(), |pair| {
            let messages = vec![plain("user", pair.prompt.clone())];
            json::line(&OpenaiDpoRow {
                input: Input { messages, tools: Vec::new(), parallel_tool_calls: false },
                preferred_output: vec![plain("assistant", pair.chosen.clone())],
                non_preferred_output: vec![plain("assistant", pair.rejected.clone())],
            })
        })
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<OpenaiDpoRow>()
    }
}

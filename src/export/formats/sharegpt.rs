//! ShareGPT's turns, as LLaMA-Factory and Axolotl take them: person or output, then agent or call, strictly in turns.

use serde::Serialize;
use serde_json::json;

use crate::export::chat::{Message, messages, tools};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Row};
use crate::export::metadata;
use crate::record::json;

pub(super) struct ShareGpt;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct ShareGptRow {
    conversations: Vec<ShareGptTurn>,
    /// JSON text: what the tools are, the same in every row.
    tools: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ShareGptTurn {
    /// `human`, `gpt`, `function_call`, `observation`.
    from: &'static str,
    /// Of a call: JSON text, `{"name": ..., "arguments": {...}}`.
    value: String,
}

impl Format for ShareGpt {
    fn name(&self) -> &'static str {
        "sharegpt"
    }

    fn help(&self) -> &'static str {
        "The conversations of `sft` in turns of ShareGPT, for LLaMA-Factory and Axolotl"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let conversation = &match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let conversations = messages(conversation).into_iter().map(turn).collect::<serde_json::Result<_>>()?;
        let functions: Vec<_> = tools().into_iter().map(|mut tool| tool["function"].take()).collect();
        let content = json::line(&ShareGptRow { conversations, tools: serde_json::to_string(&functions)? })?;
        let metadata = metadata::of_conversation(conversation, self.name(), &content);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<ShareGptRow>()
    }
}

fn turn(message: Message) -> serde_json::Result<ShareGptTurn> {
    Ok(match message {
        Message::Person(value) => ShareGptTurn { from: "human", value },
        Message::Agent(value) => ShareGptTurn { from: "gpt", value },
        Message::Output { text, .. } => ShareGptTurn { from: "observation", value: text },
        Message::Call(call) => {
            let value = json!({"name": call.tool, "arguments": {"input": call.input}});
            ShareGptTurn { from: "function_call", value: serde_json::to_string(&value)? }
        }
    })
}

//! TRL's conversational prompt and completion: the patch as plain text, for models and templates without tools.

use serde::Serialize;

use super::turns;
use crate::export::chat::{ChatMessage, plain};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Row};
use crate::export::metadata;
use crate::record::json;

pub(super) struct PromptCompletion;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct PromptCompletionRow {
    /// Earlier turns, where there are some, with their patches; then what was asked.
    prompt: Vec<ChatMessage>,
    /// One message of the assistant: a patch as `git apply` takes it.
    completion: Vec<ChatMessage>,
}

impl Format for PromptCompletion {
    fn name(&self) -> &'static str {
        "prompt-completion"
    }

    fn help(&self) -> &'static str {
        "What was asked and the patch as text (TRL `prompt` and `completion`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let conversation = &match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let turns = turns(conversation).into_iter().enumerate();
        turns
            .map(|(number, (prompt, turn))| {
                let completion = vec![plain("assistant", turn.patches())];
                let content = json::line(&PromptCompletionRow { prompt, completion })?;
                let name = format!("{} {number}", self.name());
                Ok(Row::draft(content.clone(), metadata::of_conversation(&turn.done, &name, &content)))
            })
            .collect()
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<PromptCompletionRow>()
    }
}

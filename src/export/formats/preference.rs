//! TRL's conversational preference with an explicit prompt, for DPO and its relatives.

use serde::Serialize;

use super::pair_rows;
use crate::export::chat::{ChatMessage, plain};
use crate::export::conversation::Conversation;
use crate::export::format::{Format, Row};
use crate::record::json;

pub(super) struct Preference;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct PreferenceRow {
    prompt: Vec<ChatMessage>,
    /// One message of the assistant: lines of a file.
    chosen: Vec<ChatMessage>,
    rejected: Vec<ChatMessage>,
}

impl Format for Preference {
    fn name(&self) -> &'static str {
        "preference"
    }

    fn help(&self) -> &'static str {
        "Lines that a person or a check rejected, and those that came in their place (TRL `prompt`, `chosen`, `rejected`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        pair_rows(conversation, self.name(), |pair| {
            json::line(&PreferenceRow {
                prompt: vec![plain("user", pair.prompt.clone())],
                chosen: vec![plain("assistant", pair.chosen.clone())],
                rejected: vec![plain("assistant", pair.rejected.clone())],
            })
        })
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<PreferenceRow>()
    }
}

//! TRL's unpaired preference, for KTO: answers of which each is known to be good or bad by itself.

use serde::Serialize;

use super::turns;
use crate::export::chat::{ChatMessage, plain};
use crate::export::conversation::{Conversation, ConversationCommit};
use crate::export::format::{Format, Row};
use crate::export::metadata::{self, Metadata};
use crate::export::pairs::pairs;
use crate::record::contribution::CheckKind;
use crate::record::json;

pub(super) struct Unpaired;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct UnpairedRow {
    prompt: Vec<ChatMessage>,
    completion: Vec<ChatMessage>,
    /// Good: a patch on which tests passed as it was committed, or lines that a person or a check wanted. Bad: those that they did not.
    label: bool,
}

impl Format for Unpaired {
    fn name(&self) -> &'static str {
        "unpaired"
    }

    fn help(&self) -> &'static str {
        "Answers with a label that a check or a person gave (TRL `prompt`, `completion`, `label`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let (pairs, left_out) = pairs(conversation);
        let mut rows: Vec<Row> = left_out.into_iter().map(Row::LeftOut).collect();
        for (number, pair) in pairs.iter().enumerate() {
            for (side, text, label) in [("chosen", &pair.chosen, true), ("rejected", &pair.rejected, false)] {
                let name = format!("{} {side} {number}", self.name());
                let content = line(vec![plain("user", pair.prompt.clone())], text.clone(), label)?;
                let about = metadata::of_conversation(conversation, &name, &content);
                let by_person = label && pair.by_person;
                rows.push(Row::draft(
                    content,
                    Metadata {
                        correction: pair.note.clone(),
                        evidence_tier: pair.evidence_tier,
                        author_kind: if by_person { "person" } else { "agent" },
                        ..about
                    },
                ));
            }
        }
        for (number, (prompt, turn)) in turns(conversation).into_iter().enumerate() {
            let is_tested = |commit: &ConversationCommit| commit.proofs().any(|check| check.kind == CheckKind::Test);
            if !turn.done.commits.iter().all(is_tested) {
                rows.push(Row::LeftOut("no test is known to have passed on what was committed"));
                continue;
            }
            let content = line(prompt, turn.patches(), true)?;
            let about = metadata::of_conversation(&turn.done, &format!("{} {number}", self.name()), &content);
            rows.push(Row::draft(content, Metadata { evidence_tier: "tests-passed", ..about }));
        }
        Ok(rows)
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<UnpairedRow>()
    }
}

fn line(prompt: Vec<ChatMessage>, completion: String, label: bool) -> serde_json::Result<String> {
    json::line(&UnpairedRow { prompt, completion: vec![plain("assistant", completion)], label })
}

//! TRL's conversational format for supervised fine-tuning: what people asked, then the patch that was committed.
//! One row per commit and session; only what an agent demonstrably wrote, and only with a prompt.

use serde::Serialize;

use crate::export::format::{ExportSource, Format, Row};
use crate::export::metadata::{Metadata, metadata};
use crate::record::contribution::{Confidence, Contribution, PromptRole};
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::note::Record;
use crate::record::session::PromptSource;
use crate::record::text::Clean;
use crate::text::unseen::{is_invisible, is_joining};

pub(super) struct Sft;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct SftRow<'a> {
    messages: &'a [ChatMessage],
    metadata: Metadata,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Message"))]
struct ChatMessage {
    role: &'static str,
    content: String,
}

impl Format for Sft {
    fn name(&self) -> &'static str {
        "sft"
    }

    fn help(&self) -> &'static str {
        "A session's prompts and the patch that came of them, for supervised fine-tuning (TRL `messages`)"
    }

    fn holds_patches(&self) -> bool {
        true
    }

    fn rows<'a>(
        &self,
        entry: &'a CommitEntry,
        record: &'a Record<Clean>,
        source: &'a ExportSource<'a>,
    ) -> Box<dyn Iterator<Item = serde_json::Result<Row>> + 'a> {
        if record.contributions.is_empty() {
            return Box::new(std::iter::once(Ok(Row::LeftOut("no agent"))));
        }
        Box::new((0..record.contributions.len()).map(move |index| row(entry, record, index, source)))
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(SftRow)
    }
}

/// The row of one contribution, by its index in the record.
fn row(
    entry: &CommitEntry,
    record: &Record<Clean>,
    index: usize,
    source: &ExportSource<'_>,
) -> serde_json::Result<Row> {
    let contribution = &record.contributions[index];
    let mut messages = asked(contribution);
    let why = match contribution {
        one if one.confidence == Confidence::Overlap => Some("the session only overlaps"),
        one if !one.was_read() => Some("the session was not read"),
        _ if messages.is_empty() => Some("no prompt"),
        _ => None,
    };
    if let Some(why) = why {
        return Ok(Row::LeftOut(why));
    }
    let patch = match (source.patch)(entry, index) {
        Ok(patch) => patch,
        Err(why) => return Ok(Row::LeftOut(why.reason())),
    };
    messages.push(ChatMessage { role: "assistant", content: visible(patch.text.as_str()) });
    let content = json::line(&messages)?;
    let about = metadata(entry, record, Some(contribution), &content, source);
    let metadata = Metadata { whole_commit: patch.is_whole, ..about };
    Ok(Row::Line(json::line(&SftRow { messages: &messages, metadata })?))
}

/// What people asked for, in order. A yes asks for nothing, and what an agent asked its helper is no person's words.
fn asked(contribution: &Contribution<Clean>) -> Vec<ChatMessage> {
    contribution
        .prompts
        .iter()
        .filter(|prompt| prompt.role != PromptRole::Approval && prompt.source != PromptSource::Delegated)
        .filter(|prompt| !prompt.text.as_str().trim().is_empty())
        .map(|prompt| ChatMessage { role: "user", content: visible(prompt.text.as_str()) })
        .collect()
}

/// Words can be hidden in characters without a shape or with a direction; no row carries them to a model.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c) || is_joining(*c)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::export::patch::RowPatch;
    use crate::export::rows::lines;
    use crate::record::samples;

    #[test]
    fn a_row_has_what_was_asked_and_then_the_patch() {
        let patch = "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+x\n";
        let of =
            |_: &CommitEntry, _: usize| Ok(RowPatch { text: Clean::from_redacted(patch.to_owned()), is_whole: true });
        let rows = lines(&Sft, &[samples::discounts()], &of);
        let row: Value = serde_json::from_str(&rows[0]).unwrap();
        let roles: Vec<&str> =
            row["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["user", "user", "user", "assistant"]);
        assert_eq!(row["messages"][3]["content"], patch);
        assert_eq!(row["metadata"]["outcome"]["result"], "passed");
        assert_eq!(row["metadata"]["author_kind"], "agent-corrected");
        assert_eq!(rows, lines(&Sft, &[samples::discounts()], &of));
    }
}

//! TRL's conversational format for supervised fine-tuning: what people asked, then the patch that was committed.
//! One row per commit and session; only what an agent demonstrably wrote, and only with a prompt.

use serde::Serialize;

use super::metadata::{Metadata, metadata};
use super::{Rows, Source};
use crate::record::contribution::{Confidence, Contribution, PromptRole};
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::session::PromptSource;
use crate::record::text::Clean;
use crate::text::unseen::{is_invisible, is_joining};

#[derive(Serialize)]
struct Row<'a> {
    messages: &'a [Message],
    metadata: Metadata,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

/// What one session did in a commit, as `git apply` takes it.
pub struct RowPatch {
    pub text: Clean,
    /// Whether it is the whole commit, or the part of it that is the session's.
    pub is_whole: bool,
}

/// Why there is no patch that holds all that a session did in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPatch {
    NoLines,
    /// Others had a part in the commit, and who renamed, removed or replaced files or lines in it is not known.
    Mixed,
    /// A binary file, a submodule, or text that is not UTF-8.
    NotText,
    /// The commit cannot be read.
    Unreadable,
}

impl NoPatch {
    fn reason(self) -> &'static str {
        match self {
            Self::NoLines => "no lines of the agent in the commit",
            Self::Mixed => "who made some changes of the commit is not known",
            Self::NotText => "a patch cannot hold a binary file, a submodule or text that is not UTF-8",
            Self::Unreadable => "the commit cannot be read",
        }
    }
}

/// Writes the rows. `patch` gives the patch of one contribution (by its index in the record), or why there is none. `findings` counts what the redactor's last scan finds in a row's bytes.
pub fn rows(
    range: &[CommitEntry],
    source: &Source,
    patch: &dyn Fn(&CommitEntry, usize) -> Result<RowPatch, NoPatch>,
    findings: &dyn Fn(&[u8]) -> usize,
) -> serde_json::Result<Rows> {
    let mut rows = Rows::default();
    for entry in range {
        let Some(record) = rows.admit(entry) else { continue };
        if record.contributions.is_empty() {
            rows.leave_out("no agent");
        }
        for (index, contribution) in record.contributions.iter().enumerate() {
            let asked = asked(contribution);
            if contribution.confidence == Confidence::Overlap {
                rows.leave_out("the session only overlaps");
                continue;
            }
            if !contribution.was_read() {
                rows.leave_out("the session was not read");
                continue;
            }
            if asked.is_empty() {
                rows.leave_out("no prompt");
                continue;
            }
            match patch(entry, index) {
                Ok(patch) => {
                    let mut messages = asked;
                    messages.push(Message { role: "assistant", content: visible(patch.text.as_str()) });
                    let content = json::line(&messages)?;
                    let about = metadata(entry, record, Some(contribution), &content, source);
                    let metadata = Metadata { whole_commit: patch.is_whole, ..about };
                    rows.push(json::line(&Row { messages: &messages, metadata })?, findings);
                }
                Err(why) => rows.leave_out(why.reason()),
            }
        }
    }
    Ok(rows)
}

/// What people asked for, in order. A yes asks for nothing, and what an agent asked its helper is no person's words.
fn asked(contribution: &Contribution<Clean>) -> Vec<Message> {
    contribution
        .prompts
        .iter()
        .filter(|prompt| prompt.role != PromptRole::Approval && prompt.source != PromptSource::Delegated)
        .filter(|prompt| !prompt.text.as_str().trim().is_empty())
        .map(|prompt| Message { role: "user", content: visible(prompt.text.as_str()) })
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
    use crate::record::entry::Training;
    use crate::record::samples;

    fn whole(text: &str) -> RowPatch {
        RowPatch { text: Clean::from_redacted(text.to_owned()), is_whole: true }
    }

    fn export(range: &[CommitEntry]) -> Rows {
        let patch = |_: &CommitEntry, _: usize| Ok(whole("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"));
        rows(range, &Source::default(), &patch, &|_| 0).unwrap()
    }

    #[test]
    fn a_row_has_what_was_asked_and_then_the_patch() {
        let rows = export(&[samples::discounts()]);
        let row: Value = serde_json::from_str(&rows.lines[0]).unwrap();
        let roles: Vec<&str> =
            row["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["user", "user", "user", "assistant"]);
        assert_eq!(row["metadata"]["outcome"]["result"], "passed");
        assert_eq!(row["metadata"]["author_kind"], "agent-corrected");
        assert_eq!(rows.text(), export(&[samples::discounts()]).text());
    }

    #[test]
    fn what_is_no_agents_work_or_refused_is_left_out_and_counted() {
        let refused = CommitEntry { training: Training::Refused, ..samples::discounts() };
        let signed = samples::signed("d4", "Docs", "copilot", true);
        let rows = export(&[refused, samples::by_a_person(), samples::only_overlapping(), signed]);
        assert_eq!(rows.lines, Vec::<String>::new());
        let counts: Vec<(&str, u32)> = rows.left_out.into_iter().collect();
        assert_eq!(
            counts,
            [
                ("no agent", 1),
                ("no record", 1),
                ("the commit message refuses training", 1),
                ("the session only overlaps", 1)
            ]
        );
    }

    #[test]
    fn a_row_in_which_the_last_scan_finds_something_is_left_out() {
        let patch = |_: &CommitEntry, _: usize| Ok(whole("+x"));
        let rows = rows(&[samples::discounts()], &Source::default(), &patch, &|_| 1).unwrap();
        assert_eq!((rows.lines.len(), rows.left_out.values().sum::<u32>()), (0, 1));
    }

    #[test]
    fn every_row_has_the_same_keys_and_types() {
        fn shape(value: &Value) -> Value {
            match value {
                Value::Null => panic!("a null has no type"),
                Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
                Value::Array(items) => items.first().map_or(Value::from("empty"), shape),
                Value::String(_) => "text".into(),
                Value::Number(_) => "number".into(),
                Value::Bool(_) => "bool".into(),
            }
        }
        let mut bare = samples::discounts();
        let contribution = &mut bare.record.as_mut().unwrap().contributions[0];
        (contribution.agent_version, contribution.started_at) = (None, None);
        contribution.checks.clear();
        let rows = export(&[samples::discounts(), bare]);
        let shapes: Vec<Value> = rows.lines.iter().map(|line| shape(&serde_json::from_str(line).unwrap())).collect();
        assert_eq!(shapes[0], shapes[1]);
    }
}

//! What an export format is: a view of commits or of conversations as rows. What is not told of here does not differ between formats:
//! which commits may be exported, the last scan of a row, what is a duplicate, splits, files and their manifest.

use std::fmt;

use super::conversation::Conversation;
use super::metadata::Metadata;
use super::source::Source;
use crate::record::entry::CommitEntry;
use crate::record::note::Record;
use crate::record::text::Clean;

pub trait Format: Sync {
    /// As people type it, in the manifest, and in the name of its folder and schema.
    fn name(&self) -> &'static str;

    /// What a row is, for `--help` and the card of a dataset.
    fn help(&self) -> &'static str;

    fn unit(&self) -> Unit {
        Unit::Conversation
    }

    fn layout(&self) -> Layout {
        Layout::Lines
    }

    /// The rows of one commit that may be exported, for a format whose unit is the commit.
    ///
    /// # Errors
    /// When a row cannot be written as JSON.
    fn of_commit(
        &self,
        _entry: &CommitEntry,
        _record: &Record<Clean>,
        _source: &dyn Source,
    ) -> serde_json::Result<Vec<Row>> {
        Ok(Vec::new())
    }

    /// The rows of one conversation, for a format whose unit it is.
    ///
    /// # Errors
    /// When a row cannot be written as JSON.
    fn of_conversation(&self, _conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        Ok(Vec::new())
    }

    /// What the type of the rows says, for `docs/schema/export-<name>.v1.json`.
    #[cfg(test)]
    fn schema(&self) -> schemars::Schema;
}

impl fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the rows of a format are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Commit,
    /// A session's prompts and the commits that came of them.
    Conversation,
}

/// Where the rows of a format stand, and what is said about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A line each, with what is said about it under `metadata`.
    Lines,
    /// A line each, of the consumer's keys alone; what is said about it stands in the same line of `<file>.meta.jsonl`.
    LinesAndSidecar,
    /// A file each with this extension; what is said about it stands in a line of `files.meta.jsonl`.
    Files(&'static str),
}

impl Layout {
    /// The line of a row, and that of its sidecar, which is empty where there is none. `content` and `metadata` are JSON objects.
    pub(crate) fn placed(self, content: String, metadata: String) -> (String, String) {
        match (self, content.strip_suffix('}')) {
            (Self::Lines, Some(open)) => {
                let comma = if open.ends_with('{') { "" } else { "," };
                (format!("{open}{comma}\"metadata\":{metadata}}}"), String::new())
            }
            _ => (content, metadata),
        }
    }
}

/// What became of a commit or a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Draft(Box<Draft>),
    /// Why there is no row.
    LeftOut(&'static str),
}

/// A row before it is known whether it is a duplicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// By [`crate::record::json::line`]: a JSON object with all keys but `metadata`; for files, what stands in them.
    pub content: String,
    pub metadata: Metadata,
}

impl Row {
    pub(super) fn draft(content: String, metadata: Metadata) -> Self {
        Self::Draft(Box::new(Draft { content, metadata }))
    }
}

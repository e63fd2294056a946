//! What an export format is: one that is not told of here does not differ between formats. Which commits may be exported, the
//! last scan of a row, the file and its manifest are the same for all.

use std::fmt;

use serde_json::Value;

use super::patch::{NoPatch, RowPatch};
use crate::record::entry::CommitEntry;
use crate::record::note::Record;
use crate::record::text::Clean;

pub trait Format: Sync {
    /// As people type it, in the manifest, and in the name of its schema.
    fn name(&self) -> &'static str;

    /// What a row is, for `--help`.
    fn help(&self) -> &'static str;

    /// Whether rows hold patches: for these the files of the commits are needed.
    fn holds_patches(&self) -> bool {
        false
    }

    /// The rows of one commit that may be exported. Every key is in every row, with one type; what is not known is `""`, `[]` or 0.
    fn rows<'a>(
        &self,
        entry: &'a CommitEntry,
        record: &'a Record<Clean>,
        source: &'a ExportSource<'a>,
    ) -> Box<dyn Iterator<Item = serde_json::Result<Row>> + 'a>;

    /// Whose text a row of this format holds, to forget it; `None` for what is not one. All commits and sessions count of which
    /// anything is in the row, not only the first.
    fn owners(&self, row: &Value) -> Option<Owners> {
        Owners::by_metadata(row)
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

/// What became of a commit or a contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// One JSON object, by [`crate::record::json::line`].
    Line(String),
    /// Why there is no row.
    LeftOut(&'static str),
}

/// What is the same for every row of an export.
pub struct ExportSource<'a> {
    /// A name for the repository, the same on every machine; empty where there is none.
    pub repo: String,
    /// SPDX expression; empty where it is not known.
    pub license: String,
    /// The patch of one contribution, by its index in the record, or why there is none.
    pub patch: &'a dyn Fn(&CommitEntry, usize) -> Result<RowPatch, NoPatch>,
}

/// Whose text a row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Full ids; their authors are the people.
    pub commits: Vec<String>,
    /// As `<agent>/<id>`.
    pub sessions: Vec<String>,
}

impl Owners {
    /// What the part of a row says that is the same in most formats.
    pub(crate) fn by_metadata(row: &Value) -> Option<Self> {
        let metadata = row["metadata"].as_object()?;
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut owners = Self { commits: vec![text("commit_sha"), text("recorded_commit_sha")], sessions: Vec::new() };
        owners.commits.retain(|commit| !commit.is_empty());
        owners.add_session(&text("agent"), &text("session_id"));
        Some(owners)
    }

    pub(crate) fn add_session(&mut self, agent: &str, session: &str) {
        if !session.is_empty() {
            self.sessions.push(format!("{agent}/{session}"));
        }
    }
}

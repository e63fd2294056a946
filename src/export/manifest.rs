//! `manifest.json`: what a dataset holds and what it was made from, to check it by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metadata::SCHEMA_VERSION;
use super::selection::Selection;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Manifest {
    /// Of the rows' metadata, and of this file.
    pub schema_version: String,
    /// `backstory 0.1.0`.
    pub tool: String,
    pub formats: Vec<String>,
    /// One per repository, by name.
    pub repositories: Vec<RowsOrigin>,
    /// What was asked for.
    pub selection: Selection,
    /// `text`, or `none` where rows have figures only.
    pub content: String,
    /// By path.
    pub files: Vec<File>,
    /// By format.
    pub counts: BTreeMap<String, Counts>,
}

/// A repository of which rows are here.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RowsOrigin {
    /// The id of its first commit.
    pub repository: String,
    /// The last commit of the range.
    pub head: String,
    /// A digest of the rules of redaction.
    pub redaction_policy: String,
    /// What says that its records may be used: see `consent` in rows.
    pub consent: String,
    /// How often what was taken out of its records, by kind.
    pub redactions: BTreeMap<String, u64>,
    /// SPDX expressions of its rows; `""` where it is not known.
    pub licenses: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct File {
    /// Below the folder of the manifest: `sft/train-00000-of-00001.jsonl`.
    pub path: String,
    pub format: String,
    /// `train`, `validation`, `test`; empty for a sidecar.
    pub split: String,
    pub sha256: String,
    pub bytes: u64,
    pub rows: u64,
}

/// What became of the commits and conversations of a format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Counts {
    /// By split.
    pub rows: BTreeMap<String, u64>,
    /// Rows that say the same as an earlier one.
    pub exact_duplicates: u64,
    /// Rows that share four fifths of their runs of five words with an earlier one.
    pub near_duplicates: u64,
    /// Commits, conversations and rows that are not here, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// How surely rows hold what they say, by `evidence_tier`.
    pub tiers: BTreeMap<String, u64>,
}

impl Manifest {
    pub(crate) fn new(formats: &[&str], selection: Selection, content: &str) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: concat!("backstory ", env!("CARGO_PKG_VERSION")).to_owned(),
            formats: formats.iter().map(|&name| name.to_owned()).collect(),
            selection,
            content: content.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.counts.values().flat_map(|counts| counts.rows.values()).sum()
    }
}

//! `manifest.json`: what an export holds and what it was made from, to check it by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::metadata::SCHEMA_VERSION;
use super::rows::RowsFile;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Manifest {
    pub schema_version: String,
    /// `backstory 0.1.0`.
    pub tool: String,
    /// What `--format` was.
    pub format: String,
    /// The last commit of the range.
    pub git_head: String,
    pub files: Vec<File>,
    /// Commits and contributions that are not in the files, by reason.
    pub left_out: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct File {
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
    pub rows: u64,
}

/// The manifest of an export with one file.
pub(crate) fn manifest(written: &RowsFile, path: &str, format: &dyn Format) -> Manifest {
    Manifest {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: concat!("backstory ", env!("CARGO_PKG_VERSION")).to_owned(),
        format: format.name().to_owned(),
        git_head: written.head.clone(),
        files: vec![File {
            path: path.to_owned(),
            sha256: written.sha256.clone(),
            bytes: written.bytes,
            rows: written.rows,
        }],
        left_out: written.left_out.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
    }
}

//! What an export asks of the repository that the commits are in. Export itself reads nothing.

use std::collections::HashSet;

use super::patch::{NoPatch, RowPatch};
use super::survival::Fate;
use crate::record::entry::CommitEntry;
use crate::record::text::Clean;

pub trait Source {
    /// A name for the repository, the same in every clone and fork: the id of its first commit. Empty where there is none.
    fn repository(&self) -> &str;

    /// SPDX expression of the licence at the commit; empty where it is not known.
    fn license(&self, commit: &str) -> String;

    /// The commit that this one was made on: its first parent. Empty for a first commit.
    fn base(&self, commit: &str) -> String;

    /// The patch of one contribution, by its index in the record, or why there is none.
    ///
    /// # Errors
    /// Why there is no patch that holds all that the session did.
    fn patch(&self, entry: &CommitEntry, index: usize) -> Result<RowPatch, NoPatch>;

    /// A file of the commit before and after it, redacted. `None` for what is no text or longer than a row may hold.
    fn texts(&self, entry: &CommitEntry, path: &str) -> Option<FileTexts>;

    /// Whether one of the names stands in no file of the commit but those of `paths`, nor in these before it, and other files define it
    /// in the last commit.
    fn is_defined_later(&self, entry: &CommitEntry, names: &HashSet<&str>, paths: &[&str]) -> bool;

    /// A file as it is in the last commit, redacted. `None` where it is gone, no text, or longer than a row may hold.
    fn at_head(&self, path: &str) -> Option<Clean>;

    /// What became of the lines that a commit got by a patch.
    fn fate(&self, entry: &CommitEntry, patch: &RowPatch) -> Fate;

    /// What says that the records may be used.
    fn consent(&self) -> &Consent;

    /// The rules of redaction that the rows went through, as a digest.
    fn redaction_policy(&self) -> &str;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTexts {
    /// Empty for a new file.
    pub before: Clean,
    /// Empty for a deleted file.
    pub after: Clean,
}

/// On what ground rows may be made of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Consent {
    /// `not-refused`: nobody said no. `settings`: `.backstory.yml` says yes. `message`: the commit message says `AI-Training: yes`.
    pub basis: String,
    /// What it is for: `training`.
    pub scope: String,
    /// Who said so, as the settings have it; empty where nobody did.
    pub by: String,
    /// The day, as the settings have it; empty where nobody did.
    pub at: String,
}

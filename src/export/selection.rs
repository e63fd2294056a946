//! Which rows are wanted, by what they say of themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metadata::Metadata;
use crate::record::path_pattern::PathPatterns;

/// What a person asks for; everything where nothing is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub(crate) struct Selection {
    pub exclude_providers: Vec<String>,
    pub agents: Vec<String>,
    /// Beginnings of names.
    pub models: Vec<String>,
    /// SPDX expressions, as rows have them.
    pub licenses: Vec<String>,
    /// Patterns; a commit counts that changes a file one of them fits.
    pub paths: Vec<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Percent of the added lines.
    pub min_share: u32,
    pub only_verified: bool,
    pub human_target_only: bool,
    /// Addresses of people whose commits stay out.
    pub excluded_people: Vec<String>,
}

impl Selection {
    /// Why a row is not wanted.
    pub(crate) fn refuses(&self, row: &Metadata) -> Option<&'static str> {
        let is_one_of = |names: &[String], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        // What is not known may be what is to be left out.
        if !self.exclude_providers.is_empty() && !row.agent.is_empty() {
            if row.provider.is_empty() {
                return Some("the provider of the model is not known");
            }
            if is_one_of(&self.exclude_providers, &row.provider) {
                return Some("a provider that is excluded");
            }
        }
        if !self.agents.is_empty() && !is_one_of(&self.agents, &row.agent) {
            return Some("another agent");
        }
        let begins = |model: &String| row.models.split(' ').any(|one| one.starts_with(model.as_str()));
        if !self.models.is_empty() && !self.models.iter().any(begins) {
            return Some("another model");
        }
        if !self.licenses.is_empty() && !is_one_of(&self.licenses, &row.license_spdx) {
            return Some("another licence, or none that is known");
        }
        if row.share < self.min_share {
            return Some("the session wrote a smaller share of the lines");
        }
        let is_verified = row.outcome.result == "passed" && row.outcome.after_last_edit;
        if self.only_verified && !is_verified {
            return Some("no check is known to have passed on what was committed");
        }
        if self.human_target_only && !["person", "agent-corrected"].contains(&row.author_kind) {
            return Some("no person wrote any of the wanted text");
        }
        None
    }

    /// Why a commit is not wanted, by when it was made, what it changes and who made it.
    pub(crate) fn refuses_commit<'a>(
        &self,
        at: Timestamp,
        mut paths: impl Iterator<Item = &'a str>,
        patterns: Option<&PathPatterns>,
    ) -> Option<&'static str> {
        if self.since.is_some_and(|since| at < since) || self.until.is_some_and(|until| at >= until) {
            return Some("made at another time");
        }
        let mut fits = |patterns: &PathPatterns| paths.any(|path| patterns.has(path));
        patterns.is_some_and(|patterns| !fits(patterns)).then_some("other files")
    }
}

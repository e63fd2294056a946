//! The machine half of a process document (`process.yaml`): the steps that conformance and drift compare runs with.
//! Prose about them is in `sop`.

use serde::{Deserialize, Serialize};

use super::level::Level;
use crate::record::execution::CaseKind;

/// What a process is, as far as a program can check it. `process.yaml`, schema 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessModel {
    pub schema: u32,
    /// The name of the process: `change`, `release`.
    pub process: String,
    #[serde(default)]
    pub case: CaseKind,
    #[serde(default)]
    pub level: Level,
    /// In the order in which they are carried out.
    pub steps: Vec<ModelStep>,
    pub evidence: ModelEvidence,
}

impl ProcessModel {
    /// The model without the steps that only such activities mean. They are in no log then, and not missing in it.
    #[must_use]
    pub(crate) fn without(&self, is_out: impl Fn(&str) -> bool) -> Self {
        let mut model = self.clone();
        let is_meant =
            |step: &ModelStep| !step.activities.is_empty() && step.activities.iter().all(|name| is_out(name));
        model.steps.retain(|step| !is_meant(step));
        model
    }
}

/// One step: one or several activities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelStep {
    /// Stays the same while the step means the same: lower case, digits, hyphens.
    pub id: String,
    /// An imperative of one action: `Run the tests`.
    pub title: String,
    /// Activities of the log that mean this step. Empty for a step that no log shows (told in an interview).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
    /// It belongs to a set with its neighbours of the same name, within which any order is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unordered_with: Option<String>,
    pub required: bool,
    /// It is done along the way, and runs are not compared by it: what traces tell under another name, or as effort.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
    /// Commands that were used, most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<ModelCommand>,
    /// The step to go back to when this one fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// Runs that have the step, of [`ModelEvidence::runs`].
    #[serde(default)]
    pub runs: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelCommand {
    pub command: String,
    /// Runs of the step that used it.
    pub runs: u32,
}

/// What the model was made from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelEvidence {
    /// Runs that were looked at; 0 where the process was only told.
    pub runs: u32,
    /// Runs of them that go as the model says, without any deviation.
    #[serde(default)]
    pub fitting: u32,
    /// Times of the first and of the last of them, RFC 3339; absent where no time is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Ids of the runs, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Ids of runs in the same log that only join branches, and count for no other process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<String>,
    /// The version of the rules that named the activities.
    pub rules_version: u32,
}

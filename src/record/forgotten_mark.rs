//! That text was taken out of a record, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// That text was taken out of a record after it was made. Figures, names of agents and models, times and paths stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Forgotten {
    pub at: Timestamp,
    pub why: ForgottenWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ForgottenWhy {
    /// It was older than the time for which text is kept.
    Age,
    /// The text of one of its sessions was to be forgotten.
    Session,
    /// The text of the commit's author was to be forgotten.
    Author,
}

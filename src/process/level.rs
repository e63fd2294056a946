//! How closely one looks at a run: every event, or only what a reader of a process document wants to see.

use std::fmt;

use serde::{Deserialize, Serialize};

/// From the closest look to the widest.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[clap(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// Every event as it was logged.
    Raw,
    /// Activities, repeats in a row once.
    Activity,
    /// Change, verify, commit, publish; loops folded.
    Milestone,
    /// Change, the unordered set of checks, commit, push, pull request; rework is a note of the step.
    #[default]
    Stepset,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Activity => "activity",
            Self::Milestone => "milestone",
            Self::Stepset => "stepset",
        })
    }
}

//! One difference between recent runs and earlier ones that is more than chance, and the sentence that says it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::statistics::Counts;

/// What is compared. Each is a family of tests of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Family {
    /// Whether runs have a step.
    Step,
    /// Which of two steps comes first.
    Order,
    /// Which command a step uses.
    Command,
    /// Whether runs go through a step again.
    Rework,
    /// Whether a step fails.
    Failure,
    /// How long a step takes.
    Duration,
    /// Whether a person, an agent or CI carries a step out.
    Actor,
    /// Whether runs go a certain way that the model does not have.
    Variant,
    /// Whether what the model names is there in the repository. No test: it is or it is not.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    pub family: Family,
    pub change: Change,
    /// The activity, or those of a variant in order.
    pub step: String,
    /// The other step of an order, the command, the actor; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Runs before and since; absent where it is not about runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Share>,
    /// Medians in minutes, for durations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<Minutes>,
    /// The chance of such a difference where nothing has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The same after Benjamini and Hochberg, within its family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted: Option<f64>,
    /// Whether a reader of the document does wrong by it, and not only something unusual.
    pub contradicts: bool,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    New,
    Dropped,
    MoreOften,
    Rarer,
    Reordered,
    Slower,
    Faster,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Share {
    pub before: u32,
    pub before_of: u32,
    pub recent: u32,
    pub recent_of: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Minutes {
    pub before: f64,
    pub recent: f64,
}

impl From<Counts> for Share {
    fn from(counts: Counts) -> Self {
        let Counts { before, before_of, recent, recent_of } = counts;
        Self { before, before_of, recent, recent_of }
    }
}

impl Finding {
    /// What stays the same while the finding is the same, whatever its numbers.
    pub(crate) fn key(&self) -> String {
        let detail = self.detail.as_deref().unwrap_or_default();
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let family = serde_json::to_value(self.family).map(word).unwrap_or_default();
        let change = serde_json::to_value(self.change).map(word).unwrap_or_default();
        [family.as_str(), change.as_str(), &self.step, detail].join("|")
    }
}

/// One significant digit, as much as a p-value of some dozens of runs carries.
pub(super) struct Chance(pub(super) f64);

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0.000_001 {
            return f.write_str("p < 0.000001");
        }
        let digits = (-self.0.log10().floor()).max(1.0) as usize;
        write!(f, "p = {:.digits$}", self.0)
    }
}

/// Two digits, and seconds where minutes say nothing.
pub(super) struct Span(pub(super) f64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 * 60.0;
        match seconds {
            ..10.0 => write!(f, "{seconds:.1} s"),
            10.0..100.0 => write!(f, "{seconds:.0} s"),
            _ => write!(f, "{:.1} min", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_exact_as_they_are_known() {
        for (p, said) in [
            (0.000_058_9, "p = 0.00006"),
            (0.333, "p = 0.3"),
            (0.001_77, "p = 0.002"),
            (1e-9, "p < 0.000001"),
            (0.05, "p = 0.05"),
        ] {
            assert_eq!(Chance(p).to_string(), said);
        }
        for (minutes, said) in [(0.05, "3.0 s"), (1.0, "60 s"), (12.34, "12.3 min")] {
            assert_eq!(Span(minutes).to_string(), said);
        }
    }
}

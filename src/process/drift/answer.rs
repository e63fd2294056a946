//! What somebody answered to the question whether a document needs an update, and when to ask again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::verdict::{Drift, Verdict};

/// What was known when the question was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EvidenceState {
    /// Runs since the version that the answer is about.
    pub recent: u32,
    /// [`Finding::key`](super::finding::Finding::key) of each, sorted.
    pub findings: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// The document is to be updated.
    Yes,
    /// The document is right as it is.
    No,
    /// Not decided.
    Later,
}

impl EvidenceState {
    pub(crate) fn of(drift: &Drift) -> Self {
        let keys: BTreeSet<String> = drift.findings.iter().map(super::finding::Finding::key).collect();
        Self { recent: drift.recent, findings: keys.into_iter().collect() }
    }

    /// The number of runs from which on a "no" may be another answer: half as many again.
    pub(crate) fn again_from(&self) -> u32 {
        self.recent.saturating_mul(3).div_ceil(2).max(self.recent.saturating_add(1))
    }

    /// Whether so much has happened since that a "no" may be another answer now: half as many runs again, or a finding that
    /// was not there.
    pub(crate) fn has_grown(&self, now: &Self) -> bool {
        now.recent >= self.again_from() || now.findings.iter().any(|key| !self.findings.contains(key))
    }
}

/// Whether to ask, given the last answer and what was known then. "Later" and "yes" leave the question open until the document
/// has changed, and with it the window.
pub(crate) fn is_open(drift: &Drift, last: Option<(Answer, &EvidenceState)>) -> bool {
    let found = matches!(drift.verdict, Verdict::Suggested | Verdict::Needed);
    found
        && match last {
            Some((Answer::No, then)) => then.has_grown(&EvidenceState::of(drift)),
            Some((Answer::Yes | Answer::Later, _)) | None => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_stands_until_the_evidence_has_grown() {
        let then = EvidenceState { recent: 10, findings: vec!["step|new|a|".to_owned()] };
        for (case, recent, findings, grown) in [
            ("the same", 10, vec!["step|new|a|"], false),
            ("some more runs", 14, vec!["step|new|a|"], false),
            ("half as many again", 15, vec!["step|new|a|"], true),
            ("a finding is gone", 10, vec![], false),
            ("another finding", 10, vec!["step|new|a|", "step|new|b|"], true),
        ] {
            let findings = findings.into_iter().map(str::to_owned).collect();
            assert_eq!(then.has_grown(&EvidenceState { recent, findings }), grown, "{case}");
        }
        let none = EvidenceState::default();
        assert!(!none.has_grown(&none));
    }
}

//! That a session contributed to a commit, with the evidence for it.

use std::collections::BTreeSet;

use crate::record::contribution::{Confidence, Evidence};

/// A session's part in a commit.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub session: usize,
    pub confidence: Confidence,
    pub evidence: Vec<Evidence>,
    /// Added lines it wrote, and what they weigh.
    pub lines: u32,
    pub weight: f64,
    /// The turn in which it made the commit, where that was seen.
    pub committed_in: Option<usize>,
    /// The turns in which it made a plan that another session carried out.
    pub planned_in: BTreeSet<usize>,
}

impl Claim {
    /// Whether the session made the plan and nothing else of the commit.
    pub(crate) fn only_planned(&self) -> bool {
        self.lines == 0 && !self.planned_in.is_empty()
    }

    /// Whether a subagent made the commit, of which nothing is known but what it reported.
    pub(crate) fn was_reported(&self) -> bool {
        self.lines == 0 && self.evidence.iter().any(|evidence| matches!(evidence, Evidence::Report { .. }))
    }
}

//! How a change went beside an SOP, as a template tells it.

use serde::Serialize;

use super::list::List;
use crate::text::markdown::{Markdown, inline};

/// So many deviations are named.
const DEVIATIONS: usize = 5;

/// One SOP, and the commits of the range that are runs of its process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessRow {
    pub sop: Markdown,
    pub version: u32,
    /// Commits of the range, and those of them whose steps were recorded and are of this process.
    pub commits: usize,
    pub runs: usize,
    /// Those without any deviation.
    pub fitting: usize,
    /// Required steps, and how many of them every run has where they belong.
    pub steps: u32,
    pub done: u32,
    pub deviations: List<DeviationPoint>,
}

/// Something that differs from the SOP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviationPoint {
    /// `no run tests`
    pub what: Markdown,
    /// Commits in which it is so.
    pub runs: usize,
    /// Of the step in the document; absent where it is none of its steps.
    pub step: Option<usize>,
}

impl ProcessRow {
    /// `deviations` are words, commits and the step, most commits first.
    pub(crate) fn new(
        (sop, version): (&str, u32),
        (commits, runs, fitting): (usize, usize, usize),
        (done, steps): (u32, u32),
        deviations: &[(String, usize, Option<usize>)],
    ) -> Self {
        let point = |(what, runs, step): &(String, usize, Option<usize>)| DeviationPoint {
            what: inline(what),
            runs: *runs,
            step: *step,
        };
        let mut deviations = List::new(deviations.iter().map(point).collect());
        deviations.truncate(DEVIATIONS);
        Self { sop: inline(sop), version, commits, runs, fitting, steps, done, deviations }
    }
}

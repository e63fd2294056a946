//! What the policy of the repository says of commits, and whether it is to stop anything.

use clap::ValueEnum;

use super::workplace::Workplace;
use crate::policy::evaluate;
use crate::record::entry::CommitEntry;
use crate::record::verdict::{Severity, Verdict};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A finding of a rule that fails
    Fail,
    /// Warnings too
    Warn,
    /// Nothing
    Never,
}

/// What the policy of this repository says about these commits, oldest first.
pub(crate) fn verdict(workplace: &Workplace, entries: &[CommitEntry]) -> Verdict {
    evaluate(entries, &workplace.config.policy)
}

/// Whether the worst finding is one to stop for.
pub(crate) fn is_stopped(verdict: &Verdict, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::Fail => verdict.worst() == Some(Severity::Fail),
        FailOn::Warn => verdict.worst().is_some(),
        FailOn::Never => false,
    }
}

//! What is asked of the log, and what comes with it.

use std::path::PathBuf;

use crate::record::execution::{CaseKind, ExecutionLog};

/// Which runs are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// What one run is of. Runs that somebody logged are there whatever it is.
    pub(crate) case: CaseKind,
    /// Transcripts of this folder instead of those of this home.
    pub(crate) sessions: Option<PathBuf>,
}

/// A log, with what has to be said of it.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) log: ExecutionLog,
    /// What could not be read, a line each.
    pub(crate) problems: Vec<String>,
    /// Units that led to no commit, and are in no run.
    pub(crate) unfinished: usize,
}

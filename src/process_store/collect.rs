//! One log of everything that is known here of how work was done: what all commands, the Action and the MCP server begin with.

use std::path::PathBuf;

use crate::context::Context;
use crate::record::execution::{CaseKind, ExecutionLog};
use crate::recorder::workplace::Workplace;

/// Which runs are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// What one run is of. Runs that somebody logged are there whatever it is.
    pub(crate) case: CaseKind,
    /// Transcripts of this folder instead of those of this home.
    pub(crate) sessions: Option<PathBuf>,
}

/// The runs of this repository, sorted; the texts in it are clean. What could not be read is said on standard error.
///
/// # Errors
/// Outside a repository, and when rules or settings cannot be read.
pub(crate) fn collect(context: &mut Context<'_>, _options: &Options) -> anyhow::Result<ExecutionLog> {
    let mut workplace = Workplace::open(context.environment)?;
    if !workplace.confirm(context.environment)? {
        return Ok(ExecutionLog::default());
    }
    Ok(ExecutionLog::default())
}

//! `process rebuild`: makes the cache of executions anew.

use crate::context::{Context, Ending};
use crate::process_store::collect::rebuild;
use crate::recorder::page::counted;

#[derive(Debug, clap::Args)]
pub(super) struct RebuildArgs {}

pub(super) fn run(_: &RebuildArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let log = rebuild(context)?;
    let (runs, steps) = (counted(log.runs.len(), "run"), counted(log.events.len(), "step"));
    context.output.message(&format!("{runs} with {steps}"));
    Ok(Ending::Done)
}

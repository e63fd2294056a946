//! `backstory process`: how work is really done here, from sessions, commits and logs. One file a subcommand.

mod conform;
mod diff;
mod drift;
mod explain;
pub(crate) mod source;

use crate::context::{Context, Ending};

/// Says how work is really done here
#[derive(Debug, clap::Args)]
pub struct Process {
    #[command(subcommand)]
    command: ProcessCommand,
}

/// One line a subcommand here and one in [`run`].
#[derive(Debug, clap::Subcommand)]
enum ProcessCommand {
    /// Say whether runs went as an SOP says
    Conform(conform::ConformArgs),
    /// Say whether an SOP needs an update
    Drift(drift::DriftArgs),
    /// Say what changed between two versions of a model
    Diff(diff::DiffArgs),
    /// Say which activity a command is, and by which rule
    Explain(explain::Arguments),
}

pub(crate) fn run(process: &Process, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &process.command {
        ProcessCommand::Conform(arguments) => conform::run(arguments, context),
        ProcessCommand::Drift(arguments) => drift::run(arguments, context),
        ProcessCommand::Diff(arguments) => diff::run(arguments, context),
        ProcessCommand::Explain(arguments) => explain::run(arguments, context),
    }
}

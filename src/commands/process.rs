//! `backstory process`: how work is really done here, from sessions, commits and logs. One file a subcommand.

mod conform;
mod diff;
mod drift;
mod explain;
mod log;
mod rebuild;
pub(crate) mod source;
mod unknown;

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
    /// List the commands that no rule knows
    Unknown(unknown::Arguments),
    /// Write down steps that no session holds
    Log(log::Log),
    /// Make the cache of executions anew
    Rebuild(rebuild::Arguments),
}

pub(crate) fn run(process: &Process, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &process.command {
        ProcessCommand::Conform(arguments) => conform::run(arguments, context),
        ProcessCommand::Drift(arguments) => drift::run(arguments, context),
        ProcessCommand::Diff(arguments) => diff::run(arguments, context),
        ProcessCommand::Explain(arguments) => explain::run(arguments, context),
        ProcessCommand::Unknown(arguments) => unknown::run(arguments, context),
        ProcessCommand::Log(arguments) => log::run(arguments, context),
        ProcessCommand::Rebuild(arguments) => rebuild::run(arguments, context),
    }
}

//! `backstory process`: how work is really done here, from sessions, commits and logs. One file a subcommand.

mod explain;

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
    /// Say which activity a command is, and by which rule
    Explain(explain::Arguments),
}

pub(crate) fn run(process: &Process, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &process.command {
        ProcessCommand::Explain(arguments) => explain::run(arguments, context),
    }
}

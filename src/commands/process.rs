//! `backstory process`: how work is really done here, from sessions, commits and logs. One file a subcommand.

mod conform;
mod diff;
mod documents;
mod drift;
mod explain;
mod export;
mod graph;
mod list;
mod log;
mod overview;
mod pages;
mod rebuild;
mod show;
pub(crate) mod source;
mod unknown;
mod variants;

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
    /// List the processes that there are runs of
    List(list::ProcessListArgs),
    /// Show a process step by step
    Show(show::ProcessShowArgs),
    /// Say in how many ways a process is done
    Variants(variants::ProcessVariantsArgs),
    /// Draw which step follows which
    Graph(graph::ProcessGraphArgs),
    /// Write the log for programs that mine processes
    Export(export::ProcessExportArgs),
    /// Say whether runs went as an SOP says
    Conform(conform::ConformArgs),
    /// Say whether an SOP needs an update
    Drift(drift::DriftCommandArgs),
    /// Say what changed between two versions of a model
    Diff(diff::DiffArgs),
    /// Say which activity a command is, and by which rule
    Explain(explain::ExplainArgs),
    /// List the commands that no rule knows
    Unknown(unknown::UnknownArgs),
    /// Write down steps that no session holds
    Log(log::ProcessLogArgs),
    /// Make the cache of executions anew
    Rebuild(rebuild::RebuildArgs),
    /// Write a process on a page
    Overview(overview::OverviewArgs),
}

pub(crate) fn run(process: &Process, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &process.command {
        ProcessCommand::List(arguments) => list::run(arguments, context),
        ProcessCommand::Show(arguments) => show::run(arguments, context),
        ProcessCommand::Variants(arguments) => variants::run(arguments, context),
        ProcessCommand::Graph(arguments) => graph::run(arguments, context),
        ProcessCommand::Export(arguments) => export::run(arguments, context),
        ProcessCommand::Conform(arguments) => conform::run(arguments, context),
        ProcessCommand::Drift(arguments) => drift::run(arguments, context),
        ProcessCommand::Diff(arguments) => diff::run(arguments, context),
        ProcessCommand::Explain(arguments) => explain::run(arguments, context),
        ProcessCommand::Unknown(arguments) => unknown::run(arguments, context),
        ProcessCommand::Log(arguments) => log::run(arguments, context),
        ProcessCommand::Rebuild(arguments) => rebuild::run(arguments, context),
        ProcessCommand::Overview(arguments) => overview::run(arguments, context),
    }
}

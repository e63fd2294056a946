//! `process show`: one process step by step, with who, what, how long, how often it fails.

use super::documents::{ProcessShown, VERSION};
use super::pages;
use super::source::{ProcessSource, ProcessView, process, runs_of};
use crate::context::{Context, Ending};
use crate::process::summary::summary;
use crate::process::traces::traces;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ProcessShowArgs {
    /// The process [default: the only one]
    process: Option<String>,
    #[command(flatten)]
    source: ProcessSource,
    #[command(flatten)]
    view: ProcessView,
    /// Write JSON (docs/schema/process-show.v1.json)
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ProcessShowArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let minimum = arguments.view.minimum(context)?;
    let log = arguments.source.load(context)?;
    let process = process(&log, arguments.process.as_deref())?;
    let level = arguments.view.level;
    let traces = traces(&log, &runs_of(&log, &process), level);
    let document = ProcessShown { backstory: VERSION, summary: summary(&log, &process, &traces, (level, minimum)) };
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        pages::write(context.output, include_str!("../../../templates/terminal/process_show.txt"), &document)?;
    }
    Ok(Ending::Done)
}

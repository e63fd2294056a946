//! `process list`: which processes there are runs of.

use super::documents::{ProcessList, VERSION};
use super::pages;
use super::source::{ProcessSource, ProcessView};
use crate::context::{Context, Ending};
use crate::process::summary::list;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ProcessListArgs {
    #[command(flatten)]
    source: ProcessSource,
    #[command(flatten)]
    view: ProcessView,
    /// Write JSON (docs/schema/process-list.v1.json)
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ProcessListArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let minimum = arguments.view.minimum(context)?;
    let log = arguments.source.load(context)?;
    let level = arguments.view.level;
    let document = ProcessList { backstory: VERSION, level, minimum, processes: list(&log, level, minimum) };
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        pages::write(context.output, include_str!("../../../templates/terminal/process_list.txt"), &document)?;
    }
    Ok(Ending::Done)
}

//! `process variants`: in how many ways a process is done, the most frequent first.

use serde::Serialize;

use super::documents::{ProcessVariants, VERSION};
use super::pages;
use super::source::{ProcessSource, ProcessView, process, runs_of};
use crate::context::{Context, Ending};
use crate::process::traces::traces;
use crate::process::variants::variants;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ProcessVariantsArgs {
    /// The process [default: the only one]
    process: Option<String>,
    #[command(flatten)]
    source: ProcessSource,
    #[command(flatten)]
    view: ProcessView,
    /// Variants that are shown, the most frequent first
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Say how the runs of each variant ended
    #[arg(long, value_name = "WHAT")]
    by: Option<VariantsBy>,
    /// Write JSON (docs/schema/process-variants.v1.json)
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum VariantsBy {
    Outcome,
}

pub(super) fn run(arguments: &ProcessVariantsArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let minimum = arguments.view.minimum(context)?;
    let log = arguments.source.load(context)?;
    let process = process(&log, arguments.process.as_deref())?;
    let level = arguments.view.level;
    let traces = traces(&log, &runs_of(&log, &process), level);
    let variants = variants(&log, &traces, minimum, arguments.top);
    let document = ProcessVariants { backstory: VERSION, process, level, variants };
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        let template = include_str!("../../../templates/terminal/process_variants.txt");
        pages::write(context.output, template, &VariantsPage { document, with_outcomes: arguments.by.is_some() })?;
    }
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct VariantsPage {
    #[serde(flatten)]
    document: ProcessVariants,
    with_outcomes: bool,
}

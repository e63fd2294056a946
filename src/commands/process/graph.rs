//! `process graph`: which step follows which, as a picture in Mermaid or DOT.

use super::documents::{ProcessGraph, VERSION};
use super::source::{ProcessSource, ProcessView, process, runs_of};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::graph::graph;
use crate::process::picture::Picture;
use crate::process::traces::traces;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ProcessGraphArgs {
    /// The process [default: the only one]
    process: Option<String>,
    #[command(flatten)]
    source: ProcessSource,
    #[command(flatten)]
    view: ProcessView,
    /// Language of the picture
    #[arg(long, default_value = "mermaid")]
    format: PictureFormat,
    /// Write the whole graph as JSON (docs/schema/process-graph.v1.json)
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PictureFormat {
    Mermaid,
    Dot,
}

pub(super) fn run(arguments: &ProcessGraphArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let minimum = arguments.view.minimum(context)?;
    let log = arguments.source.load(context)?;
    let process = process(&log, arguments.process.as_deref())?;
    let level = arguments.view.level;
    let graph = graph(&traces(&log, &runs_of(&log, &process), level));
    if arguments.json {
        page::write_json(context.output, &ProcessGraph { backstory: VERSION, process, level, graph })?;
        return Ok(Ending::Done);
    }
    let runs = graph.runs;
    let note = if runs < minimum { format!("not enough runs ({runs} of {minimum})") } else { String::new() };
    let picture = Picture::of(&graph, &process, &note);
    let text = match arguments.format {
        PictureFormat::Mermaid => picture.mermaid(),
        PictureFormat::Dot => picture.dot(),
    };
    context.output.write(&for_terminal(&text))?;
    Ok(Ending::Done)
}

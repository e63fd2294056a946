//! `sop draft SLUG`: the document, from the log and what was told.

use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::drafting::{self, DraftOptions};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopDraftArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Runs below which nothing is claimed [default: 5]
    #[arg(long, value_name = "RUNS")]
    min: Option<u32>,
    /// Read transcripts from this directory instead of the agents' own
    #[arg(long, value_name = "DIR")]
    sessions: Option<std::path::PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopDraftArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let mut options = DraftOptions { min_runs: arguments.min, ..DraftOptions::default() };
    options.collect.sessions.clone_from(&arguments.sessions);
    let drafted = drafting::draft(context, &desk, &arguments.slug, &options)?;
    if arguments.json {
        page::write_json(context.output, &drafted)?;
        return Ok(Ending::Done);
    }
    let figures =
        drafted.without_figures.as_ref().map(|few| format!("; {few}, so it makes no claims")).unwrap_or_default();
    let runs = page::counted(drafted.runs as usize, "run");
    context.output.line(&format!("{} from {runs}{figures}", page::counted(drafted.steps, "step")))?;
    write_one(&drafted.status, context.output)?;
    Ok(Ending::Done)
}

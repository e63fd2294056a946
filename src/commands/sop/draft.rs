//! `sop draft SLUG`: the document, from the log and what was told.

use super::documents::SopDraft;
use super::llm::{LlmArguments, LlmMode};
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::drafting::{self, DraftOptions};
use crate::process_store::sops::rewording::{self, Rewording};
use crate::process_store::sops::status;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopDraftArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Runs below which nothing is claimed [default: 5]
    #[arg(long, value_name = "RUNS")]
    min: Option<u32>,
    /// Read transcripts from this folder or archive instead of the agents' own
    #[arg(long, value_name = "PATH")]
    sessions: Option<std::path::PathBuf>,
    /// Write JSON (docs/schema/sop-draft.v1.json)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    llm: LlmArguments,
}

pub(crate) fn run(arguments: &SopDraftArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let mut options = DraftOptions { min_runs: arguments.min, ..DraftOptions::default() };
    options.collect.sessions.clone_from(&arguments.sessions);
    let how = arguments.llm.llm;
    // What is wrong with the options is said before anything is written.
    let backend = how.map(|how| arguments.llm.backend(how, context.environment)).transpose()?.flatten();
    let mut drafted = drafting::draft(context, &desk, &arguments.slug, &options)?;
    if how == Some(LlmMode::DryRun) {
        let payload = rewording::payload(&desk, &arguments.slug, backend.as_ref())?;
        context.output.line(&for_terminal(payload.trim_end()))?;
        return Ok(Ending::Done);
    }
    let rewording = backend.map(|backend| rewording::reword(&desk, &arguments.slug, &backend)).transpose()?;
    if rewording.is_some() {
        drafted.status = status::status(&desk, &arguments.slug)?;
    }
    if arguments.json {
        page::write_json(context.output, &SopDraft::new(drafted, rewording))?;
        return Ok(Ending::Done);
    }
    for line in rewording.iter().flat_map(lines) {
        context.output.line(&for_terminal(&line))?;
    }
    let figures =
        drafted.without_figures.as_ref().map(|few| format!("; {few}, so it makes no claims")).unwrap_or_default();
    let runs = page::counted(drafted.runs as usize, "run");
    context.output.line(&format!("{} from {runs}{figures}", page::counted(drafted.steps, "step")))?;
    write_one(&drafted.status, context.output)?;
    Ok(Ending::Done)
}

fn lines(rewording: &Rewording) -> Vec<String> {
    let Rewording { provider, model, offered, changed, kept } = rewording;
    let model = model.as_ref().map(|model| format!(", {model}")).unwrap_or_default();
    let mut lines = vec![format!("{provider}{model} reworded {changed} of {offered} passages")];
    lines.extend(kept.iter().map(|kept| format!("kept as the template has it: {kept}")));
    lines
}

//! `sop resume SLUG`: where it stands, what is open, and the next command, for whoever goes on with it.

use super::documents::SopNotes;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::sops::capturing;
use crate::process_store::sops::desk::Desk;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopResumeArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Write JSON (docs/schema/sop-notes.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopResumeArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let notes = capturing::notes(&desk, &arguments.slug)?;
    if arguments.json {
        page::write_json(context.output, &SopNotes::new(notes))?;
        return Ok(Ending::Done);
    }
    write_one(&notes.status, context.output)?;
    let mut lines = Vec::new();
    for (number, step) in notes.capture.steps.iter().enumerate() {
        let command = if step.command.is_empty() { String::new() } else { format!("  `{}`", step.command) };
        lines.push(format!("  step {:<5} {}: {}{command}", number + 1, step.id, step.action));
    }
    for question in notes.capture.unsettled() {
        lines.push(format!("  question   {}: {}", question.id, question.question));
    }
    for line in lines {
        context.output.line(&for_terminal(&line))?;
    }
    Ok(Ending::Done)
}

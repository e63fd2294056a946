//! `brief FILES...`: what to know of files before they are changed.

use super::asking::{about_files, ask};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recorder::page;
use crate::recorder::recall_place::RecallPlace;

const EXAMPLES: &str = "Examples:
  backstory brief src/price.py
  backstory brief $(git diff --name-only)";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct BriefArgs {
    /// Files that are about to be changed
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Write JSON (docs/schema/brief.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository, and for files outside of it.
pub(crate) fn run(arguments: &BriefArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let mut place = RecallPlace::open(context.environment)?;
    let asking = ask(&mut place, context)?;
    let files = about_files(&asking, context, &arguments.files)?;
    let answer = asking.brief(&files)?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&answer.text))?,
    }
    Ok(Ending::Done)
}

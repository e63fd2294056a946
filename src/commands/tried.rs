//! `tried [WORDS...]`: what was tried before and failed, was corrected or taken back, and what was done about it.

use super::asking::{about_files, ask};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recall::page as pages;
use crate::recorder::page;
use crate::recorder::recall_place::RecallPlace;

const EXAMPLES: &str = "Examples:
  backstory tried \"cannot find value 'total' in this scope\"
  backstory tried --file src/price.py
  backstory tried retry with backoff --file src/upload.go";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct TriedArgs {
    /// An error as it was printed, a name, or words
    #[arg(required_unless_present = "file")]
    pub words: Vec<String>,
    /// Only what is about this file; may be given several times
    #[arg(long, value_name = "PATH")]
    pub file: Vec<String>,
    /// So many answers
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 5)]
    pub number: usize,
    /// Write JSON (docs/schema/tried.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository, and for files outside of it.
pub(crate) fn run(arguments: &TriedArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let mut place = RecallPlace::open(context.environment)?;
    let asking = ask(&mut place, context)?;
    let files = about_files(&asking, context, &arguments.file)?;
    let answer = asking.tried(&arguments.words.join(" "), &files, arguments.number)?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&pages::tried(&answer)))?,
    }
    Ok(Ending::Done)
}

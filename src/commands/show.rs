//! `show [REV]`: everything that is known about how one commit was made.

use anyhow::bail;

use super::range::{Span, load};
use super::workplace::Workplace;
use super::{Context, Ending, page};
use crate::document::{terminal, views};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The commit
    #[arg(default_value = "HEAD")]
    pub revision: String,
    /// Write JSON (docs/schema/show.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Ending> {
    if arguments.revision.contains("..") {
        bail!("`show` takes one commit; for a range use `backstory log {}`", arguments.revision);
    }
    let loaded = load(&Workplace::open(context.environment)?, Span::Given(&arguments.revision))?;
    if let Some(problem) = loaded.unreadable.first() {
        bail!("{problem}");
    }
    for entry in &loaded.entries {
        if arguments.json {
            page::write_json(context.output, &views::show(entry))?;
        } else {
            page::write(context.output, &terminal::show(entry))?;
        }
    }
    Ok(Ending::Done)
}

//! `log [RANGE]`: who made the commits of a range, in a line or two each.

use crate::context::{Context, Ending};
use crate::document::{terminal, views};
use crate::recorder::page;
use crate::recorder::range::{Span, load, warn};
use crate::recorder::workplace::Workplace;

/// Commits without a range.
const LAST: usize = 30;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Commit range, such as `main..HEAD`, a branch (its last 30 commits) or one commit [default: the last 30 of HEAD]
    pub range: Option<String>,
    /// Write JSON (docs/schema/log.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Ending> {
    let span = Span::Last(arguments.range.as_deref(), LAST);
    let workplace = Workplace::for_telling(context.environment)?;
    let loaded = load(&workplace, &workplace.redactor()?, span)?;
    warn(context.output, &loaded);
    if arguments.json {
        let unreadable = u32::try_from(loaded.unreadable.len())?;
        page::write_json(context.output, &views::log(&loaded.entries, unreadable))?;
    } else {
        page::write(context.output, &terminal::log(&loaded.entries))?;
    }
    Ok(Ending::Done)
}

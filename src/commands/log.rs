//! `log [RANGE]`: who made the commits of a range, in a line or two each.

use super::range::{Span, load, warn};
use super::workplace::Workplace;
use super::{Context, Ending, page};
use crate::document::{terminal, views};

/// Commits without a range.
const LAST: usize = 30;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Commits, as in `main..HEAD`; the last 30 without it
    pub range: Option<String>,
    /// Write JSON (docs/schema/log.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Ending> {
    let span = arguments.range.as_deref().map_or(Span::Last(LAST), Span::Given);
    let loaded = load(&Workplace::open(context.environment)?, span)?;
    warn(context.output, &loaded.unreadable);
    if arguments.json {
        let unreadable = u32::try_from(loaded.unreadable.len())?;
        page::write_json(context.output, &views::log(&loaded.entries, unreadable))?;
    } else {
        page::write(context.output, &terminal::log(&loaded.entries))?;
    }
    Ok(Ending::Done)
}

//! `search WORDS...`: looks for words in what was asked, tried, corrected and checked.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::asking::{about_files, ask};
use crate::config::Days;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recall::memory::MemoryKind;
use crate::recall::page as pages;
use crate::recorder::page;
use crate::recorder::recall_place::RecallPlace;
use crate::recorder::recalling::Search;

const EXAMPLES: &str = "Examples:
  backstory search discount rounding
  backstory search --kind correction cents
  backstory search --path src/ --since 90d timeout";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SearchArgs {
    /// What is found has all of these
    #[arg(required = true)]
    pub words: Vec<String>,
    /// failure, taken-back, refused, stopped, correction, revert, prompt, check, constraint or commit
    #[arg(long, value_parser = kind)]
    pub kind: Option<&'static str>,
    /// Only what is about this file or folder
    #[arg(long)]
    pub path: Option<String>,
    /// Only of this agent, by its short name
    #[arg(long)]
    pub agent: Option<String>,
    /// Not older: a day (2026-03-01) or a number of days (90d)
    #[arg(long, value_name = "WHEN", value_parser = since)]
    pub since: Option<Since>,
    /// So many answers
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 10)]
    pub number: usize,
    /// Write JSON (docs/schema/search.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// A day, or so many days ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Day(Date),
    Ago(Days),
}

impl Since {
    /// # Errors
    /// When the day is none that there can be a commit of.
    fn time(self, now: Timestamp) -> anyhow::Result<Timestamp> {
        Ok(match self {
            Self::Day(day) => day.to_zoned(TimeZone::UTC)?.timestamp(),
            Self::Ago(days) => now.checked_sub(SignedDuration::from_hours(i64::from(days.0) * 24))?,
        })
    }
}

fn since(text: &str) -> Result<Since, String> {
    let day = text.parse().map(Since::Day).ok();
    day.or_else(|| text.parse().map(Since::Ago).ok()).ok_or_else(|| "write a day, 2026-03-01, or days, 90d".to_owned())
}

fn kind(name: &str) -> Result<&'static str, String> {
    MemoryKind::named(name).map(MemoryKind::name).ok_or_else(|| {
        let names = MemoryKind::ALL.map(MemoryKind::name).join(", ");
        format!("it is one of {names}")
    })
}

/// # Errors
/// Outside a repository, and for a path outside of it.
pub(crate) fn run(arguments: &SearchArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let mut place = RecallPlace::open(context.environment)?;
    let asking = ask(&mut place, context)?;
    let path = about_files(&asking, context, arguments.path.as_slice())?.pop();
    let search = Search {
        text: &arguments.words.join(" "),
        kind: arguments.kind.and_then(MemoryKind::named),
        path: path.as_deref(),
        agent: arguments.agent.as_deref(),
        since: arguments.since.map(|since| since.time(context.environment.now)).transpose()?,
    };
    let answer = asking.search(&search, arguments.number)?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&pages::search(&answer)))?,
    }
    Ok(Ending::Done)
}

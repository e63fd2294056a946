//! `coverage [RANGE]`: how many commits have records, of which agents, and what is lacking.

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recall::coverage as pages;
use crate::recorder::range::RangeQuery;
use crate::recorder::workplace::Workplace;
use crate::recorder::{covering, page};

const EXAMPLES: &str = "Examples:
  backstory coverage
  backstory coverage v1.2..main";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CoverageArgs {
    /// Commit range, such as `main..HEAD`, a branch or one commit [default: all of HEAD]
    pub range: Option<String>,
    /// Write JSON (docs/schema/coverage.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository, and for a range that is none.
pub(crate) fn run(arguments: &CoverageArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let mut workplace = Workplace::for_telling(context.environment)?;
    let (answer, listing) = covering::of_range(&mut workplace, RangeQuery::History(arguments.range.as_deref()))?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&pages::page(&answer)))?,
    }
    listing.warn(context.output);
    Ok(Ending::Done)
}

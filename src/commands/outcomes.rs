//! `outcomes [RANGE]`: whether what was decided has held.

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recall::outcomes as pages;
use crate::recorder::range::{self, RangeQuery};
use crate::recorder::workplace::Workplace;
use crate::recorder::{agent_shell, outcomes, page};

/// Commits without a range.
const LAST: usize = 30;

const EXAMPLES: &str = "Examples:
  backstory outcomes
  backstory outcomes v1.2..main
  backstory outcomes 1a2b3c4";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OutcomesArgs {
    /// Commit range, such as `main..HEAD`, a branch (its last 30 commits) or one commit [default: the last 30 of HEAD]
    pub range: Option<String>,
    /// Write JSON (docs/schema/outcomes.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository, and for a range that is none.
pub(crate) fn run(arguments: &OutcomesArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let session = agent_shell::inside(context.environment).and_then(|shell| shell.session);
    let workplace = Workplace::for_telling(context.environment)?;
    let span = RangeQuery::Last(arguments.range.as_deref(), LAST);
    let (answer, loaded) = outcomes::of_range(&workplace, span, session.as_deref())?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&pages::page(&answer)))?,
    }
    range::warn(context.output, &loaded);
    Ok(Ending::Done)
}

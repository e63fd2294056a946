//! `sop approve SLUG`: a person's approval, at a terminal or by a review of the pull request.

use super::documents::SopState;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::{approving, forge};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopApproveArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Check the reviews of this pull request instead of asking here
    #[arg(long, value_name = "NUMBER")]
    pull_request: Option<u64>,
    /// Write JSON (docs/schema/sop-state.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopApproveArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let slug = &arguments.slug;
    let status = match arguments.pull_request {
        Some(number) => {
            // What is missing here is said before anybody is asked.
            approving::pending(&desk, slug)?;
            let pull = forge::reviewed(&desk, context.environment, number)?;
            approving::by_review(&desk, slug, number, &pull)?
        }
        None => approving::at_terminal(&desk, slug, context.environment, context.output)?,
    };
    match arguments.json {
        true => page::write_json(context.output, &SopState::new(status))?,
        false => write_one(&status, context.output)?,
    }
    Ok(Ending::Done)
}

//! `sop review SLUG`: a published document was found right again, or needs a review.

use super::documents::SopState;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::ending;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopReviewArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Say that it needs a review instead of confirming it
    #[arg(long)]
    needed: bool,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// Write JSON (docs/schema/sop-state.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopReviewArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let status = match arguments.needed {
        true => ending::review_needed(&desk, &arguments.slug, &arguments.reason)?,
        false => ending::reviewed(&desk, &arguments.slug, &arguments.reason)?,
    };
    match arguments.json {
        true => page::write_json(context.output, &SopState::new(status))?,
        false => write_one(&status, context.output)?,
    }
    Ok(Ending::Done)
}

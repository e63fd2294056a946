//! `sop reject SLUG`: back to draft, with the reason.

use super::documents::SopState;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::walking;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopRejectArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// What has to change
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Write JSON (docs/schema/sop-state.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopRejectArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let status = walking::reject(&desk, &arguments.slug, &arguments.reason)?;
    match arguments.json {
        true => page::write_json(context.output, &SopState::new(status))?,
        false => write_one(&status, context.output)?,
    }
    Ok(Ending::Done)
}

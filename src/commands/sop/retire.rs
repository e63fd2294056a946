//! `sop retire SLUG`: out of use.

use super::documents::SopState;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::ending;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopRetireArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// The published document that takes its place
    #[arg(long, value_name = "SLUG")]
    by: Option<String>,
    /// Write JSON (docs/schema/sop-state.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopRetireArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let status = ending::retire(&desk, &arguments.slug, &arguments.reason, arguments.by.as_deref())?;
    match arguments.json {
        true => page::write_json(context.output, &SopState::new(status))?,
        false => write_one(&status, context.output)?,
    }
    Ok(Ending::Done)
}

//! `sop publish SLUG --to TARGET`: the approved text goes to its readers.

use anyhow::bail;

use super::documents::SopPublications;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::settings::FILE_NAME;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::publishing;
use crate::recorder::page;
use crate::sop::target::Target;

#[derive(Debug, clap::Args)]
pub(super) struct SopPublishArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Where to: path:FILE, mkdocs:DIR, docusaurus:DIR, wiki:URL, agents:FILE, skill:DIR, sop:DIR; repeatable [default: as set]
    #[arg(long, value_name = "TARGET")]
    to: Vec<Target>,
    /// Show the text and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write JSON (docs/schema/sop-publish.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopPublishArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let set = if arguments.to.is_empty() { desk.targets()? } else { Vec::new() };
    if arguments.to.is_empty() && set.is_empty() {
        bail!(
            "it is not said where to publish `{}`\nhint: name a target with --to, or set `publish` under `[sop]` in {FILE_NAME}",
            arguments.slug
        );
    }
    let mut done = Vec::new();
    for target in arguments.to.iter().chain(&set) {
        done.push(publishing::publish(&desk, &arguments.slug, target, arguments.dry_run)?);
    }
    if arguments.json {
        page::write_json(context.output, &SopPublications::new(done))?;
        return Ok(Ending::Done);
    }
    for published in &done {
        let what = match (arguments.dry_run, published.changed) {
            (true, true) => "would write",
            (false, true) => "wrote",
            (_, false) => "is up to date:",
        };
        context.output.line(&for_terminal(&format!("{} {what} {}", published.target, published.file)))?;
        if arguments.dry_run {
            context.output.line(&for_terminal(published.text.trim_end()))?;
        }
    }
    if let Some(status) = done.iter().rev().find_map(|published| published.status.as_ref()) {
        write_one(status, context.output)?;
    }
    Ok(Ending::Done)
}

//! `sop check [FILE|SLUG]`: what is wrong with documents before anybody is asked to approve them.

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::checking;
use crate::recorder::page;
use crate::sop::lint::report::for_people;

#[derive(Debug, clap::Args)]
pub(super) struct SopCheckArgs {
    /// Document to check, by its file or its slug [default: all]
    #[arg(value_name = "FILE|SLUG")]
    document: Option<String>,
    /// Write JSON (docs/schema/sop-check.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopCheckArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let report = checking::check(context.environment, arguments.document.as_deref())?;
    if arguments.json {
        page::write_json(context.output, &report)?;
    } else {
        context.output.write(&for_terminal(&for_people(&report)))?;
    }
    Ok(if report.count() > 0 { Ending::Found } else { Ending::Done })
}

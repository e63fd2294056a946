//! `sop_reject`: returns a document to draft, with the reason.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::walking;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_reject",
    title: "Return it to draft",
    description: "Returns a process document from the walkthrough to draft, with the reason: something is wrong in it, or the person said \
        so.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || object(&[SLUG, ("reason", Kind::Text, "What has to change", Need::Required)]),
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    reason: String,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug, reason } = call.arguments()?;
    if reason.trim().is_empty() {
        return Err(Fault::Arguments("`reason` is empty".to_owned()));
    }
    let desk = call.desk()?;
    walking::reject(&desk, &slug, &reason)?;
    Report::of("it is a draft again").about(&desk, &slug)
}

//! `sop_draft`: writes the document from the log and what was told, and shows it page by page.

use crate::context::Context;
use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{CURSOR, PageArguments, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::output::Output;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::drafting::{self, DraftOptions};

pub(crate) const TOOL: Tool = Tool {
    name: "sop_draft",
    title: "Write the draft",
    description: "Writes the draft of a process document from the log and from what was told, and returns its text. Drafting again takes \
        in what is new. With a cursor it only reads on.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || object(&[SLUG, CURSOR]),
    run,
};

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let PageArguments { slug, cursor } = call.arguments()?;
    let desk = call.desk()?;
    let (mut output, said) = Output::kept();
    let done = match cursor {
        Some(_) => "the next part of the draft".to_owned(),
        None => draft(call, &desk, &slug, &mut output)?,
    };
    let text = desk.existing(&slug)?.document()?.map(|document| document.text).unwrap_or_default();
    Report::of(&done).with_text(&text, cursor.as_deref()).unread(&said.text()).about(&desk, &slug)
}

fn draft(call: &Call<'_>, desk: &Desk, slug: &str, output: &mut Output) -> anyhow::Result<String> {
    let mut context = Context { environment: call.environment, output };
    let drafted = drafting::draft(&mut context, desk, slug, &DraftOptions::default())?;
    let few = drafted.without_figures.map(|few| format!("; {few}, so it makes no claims from it")).unwrap_or_default();
    Ok(format!("drafted {} steps from {} runs of the log{few}", drafted.steps, drafted.runs))
}

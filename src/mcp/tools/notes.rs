//! `sop_notes`: everything that was told so far, page by page.

use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{CURSOR, PageArguments, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::capturing;
use crate::sop::capture_file;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_notes",
    title: "Read what was told",
    description: "Reads everything that people told about a process so far: steps with their ids, access, tools, pitfalls, notes, \
        questions and answers. Call it when you take over a document that another session began.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || object(&[SLUG, CURSOR]),
    run,
};

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: PageArguments = call.arguments()?;
    let desk = call.desk()?;
    let notes = capturing::notes(&desk, &arguments.slug)?;
    let text = capture_file::write(&notes.capture);
    Report::of("what was told so far").with_text(&text, arguments.cursor.as_deref()).about(&desk, &arguments.slug)
}

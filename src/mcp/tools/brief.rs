//! `brief`: what to know of files before they are changed.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{Reading, files_of};
use crate::mcp::schema::{Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recorder::page::counted;

pub(crate) const TOOL: Tool = Tool {
    name: "brief",
    title: "Know files before changing them",
    description: "Says in at most 1,500 characters what to know of files before they are changed: what failed on them and what was \
        done about it, what people corrected and why, what they have to keep to, which checks were run. Call it before you edit.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || {
        object(&[("files", Kind::Texts, "Files that are about to be changed, relative to the root", Need::Required)])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    files: Vec<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: Arguments = call.arguments()?;
    if arguments.files.is_empty() {
        return Err(Fault::Arguments("`files` names no file".to_owned()));
    }
    let mut kept = call.kept.borrow_mut();
    let reading = Reading::begin(call, kept.now(call.environment)?)?;
    let files = files_of(call, &reading, &arguments.files)?;
    let answer = reading.asking.brief(&files)?;
    let done = counted(answer.hits.len(), "thing") + " to know";
    reading.answer(&done, &answer.coverage.said, &answer.text, None)
}

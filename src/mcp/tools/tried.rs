//! `tried`: what was tried before and failed, was corrected or taken back.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{MOST, Reading, files_of};
use crate::mcp::schema::{CURSOR, Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recall::page;
use crate::recorder::page::counted;

pub(crate) const TOOL: Tool = Tool {
    name: "tried",
    title: "See what was tried before",
    description: "Says what was tried in this repository before and failed, was corrected by a person or taken back, why, and what was \
        done about it. Call it with the text of an error when something fails, and with the idea in a few words before you try it.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || {
        object(&[
            ("text", Kind::Text, "An error as it was printed, a name, or words", Need::Optional),
            ("files", Kind::Texts, "Only what is about these files, relative to the root", Need::Optional),
            CURSOR,
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    text: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: Arguments = call.arguments()?;
    let text = arguments.text.unwrap_or_default();
    if text.trim().is_empty() && arguments.files.is_empty() {
        return Err(Fault::Arguments("give `text` or `files`".to_owned()));
    }
    let mut kept = call.kept.borrow_mut();
    let reading = Reading::begin(call, kept.now(call.environment)?)?;
    let files = files_of(call, &reading, &arguments.files)?;
    let answer = reading.asking.tried(&text, &files, MOST)?;
    let done = counted(answer.hits.len(), "answer") + ", best first";
    reading.answer(&done, &answer.coverage.said, &page::tried(&answer), arguments.cursor.as_deref())
}

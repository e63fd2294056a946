//! `why`: who wrote a line, what was asked for it, and what was tried and corrected in its file.

use serde::Deserialize;

use crate::document::terminal;
use crate::mcp::answer::Answer;
use crate::mcp::fault::Fault;
use crate::mcp::next_call::NextCall;
use crate::mcp::schema::{CURSOR, Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recorder::{line_why, page};

pub(crate) const TOOL: Tool = Tool {
    name: "why",
    title: "See why a line is as it is",
    description: "Says which commit last changed a line, which agent or person wrote it, what was asked for it, and what was tried and \
        corrected in its file. Call it before you change a line that looks odd.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || {
        object(&[
            ("file", Kind::Text, "A file of the working tree, relative to the root", Need::Required),
            ("line", Kind::Number, "A line of it, counted from 1", Need::Required),
            CURSOR,
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    file: String,
    line: u32,
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { file, line, cursor } = call.arguments()?;
    if line == 0 {
        return Err(Fault::Arguments("lines are counted from 1".to_owned()));
    }
    let mut kept = call.kept.borrow_mut();
    let workplace = kept.now(call.environment)?.workplace();
    let root = workplace.repository.root().unwrap_or(&call.environment.cwd).to_owned();
    let (why, remark) = line_why::why(workplace, &root, &file, line)?;
    let coverage = match (&why.commit, why.recorded) {
        (None, _) => "the line is not committed yet, so nothing is recorded of it",
        (Some(_), true) => "the commit that last changed the line has a record",
        (Some(_), false) => "the commit that last changed the line has no record",
    };
    let text = page::text(&terminal::why(&why), false);
    let done = remark.unwrap_or_else(|| format!("line {line} of {file}"));
    let answer = Answer::general(&done, coverage, NextCall::nothing("use it for what you are about to do"));
    Ok(Outcome::Answer(Box::new(answer.with_text(&text, cursor.as_deref())?)))
}

//! `handoff`: what the next agent has to know about the work at hand.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{session_of, told, with_unreadable};
use crate::mcp::schema::{CURSOR, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recorder::handing_off;

pub(crate) const TOOL: Tool = Tool {
    name: "handoff",
    title: "Take over the work at hand",
    description: "Says what the next agent has to know about the work of this branch: what was asked, what failed and is not to be tried \
        again, what people corrected, how checks ended and what was edited after them, which files are not committed. Call it first \
        when you go on with what somebody else began.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || object(&[CURSOR]),
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { cursor } = call.arguments()?;
    let mut kept = call.kept.borrow_mut();
    let workplace = kept.now(call.environment)?.workplace();
    let (answer, loaded) = handing_off::hand_off(workplace, session_of(call).as_deref())?;
    let coverage = with_unreadable(&answer.coverage.said, loaded.unreadable.len());
    told("the work at hand", &coverage, &answer.text, cursor.as_deref())
}

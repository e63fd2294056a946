//! `sop_answer`: keeps the person's answer to a question, or that they go on without one.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::capturing;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_answer",
    title: "Keep an answer",
    description: "Keeps the person's answer to one question of sop_questions, in their words. If they say that nobody knows and that it \
        may stay open, pass accept_open instead. Never answer from your own knowledge.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || {
        object(&[
            SLUG,
            ("id", Kind::Text, "The question's id", Need::Required),
            ("answer", Kind::Text, "What the person said", Need::Optional),
            ("accept_open", Kind::Flag, "The person goes on without an answer", Need::Optional),
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    id: String,
    answer: Option<String>,
    #[serde(default)]
    accept_open: bool,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug, id, answer, accept_open } = call.arguments()?;
    if answer.is_some() == accept_open {
        return Err(Fault::Arguments("give either `answer` or `accept_open`".to_owned()));
    }
    let desk = call.desk()?;
    capturing::answer(&desk, &slug, &id, answer.as_deref())?;
    let done = if accept_open { "the question stays open" } else { "the answer is kept" };
    Report::of(done).about(&desk, &slug)
}

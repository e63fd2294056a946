//! `sop_start`: begins a process document, or takes in what is said about one that was begun.

use serde::Deserialize;

use crate::context::Context;
use crate::mcp::fault::Fault;
use crate::mcp::next_call::After;
use crate::mcp::report::Report;
use crate::mcp::schema::{Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::output::Output;
use crate::process_store::collect::{self, Options};
use crate::process_store::sops::capturing::{self, Begun, Start};
use crate::process_store::sops::desk::Desk;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_start",
    title: "Start a process document",
    description: "Starts documenting a process (an SOP), or adds its purpose, outcome, trigger or who takes part. Call it when the \
        person wants a process written down. Pass what the person said, in their words; what they did not say is left out.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || {
        object(&[
            ("name", Kind::Text, "What people call the process; needed to start", Need::Optional),
            ("slug", Kind::Text, "Name of a document that was started", Need::Optional),
            ("process", Kind::Text, "Its name in the log, where that is another", Need::Optional),
            ("purpose", Kind::Text, "Why it is done", Need::Optional),
            ("outcome", Kind::Text, "What is there when it is done", Need::Optional),
            ("trigger", Kind::Text, "What makes someone begin", Need::Optional),
            ("who", Kind::Texts, "Who takes part", Need::Optional),
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Arguments {
    name: String,
    slug: String,
    process: String,
    purpose: String,
    outcome: String,
    trigger: String,
    who: Vec<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { name, slug, process, purpose, outcome, trigger, who } = call.arguments()?;
    if name.trim().is_empty() && slug.is_empty() {
        return Err(Fault::Arguments("one of `name` and `slug` is needed".to_owned()));
    }
    let desk = call.desk()?;
    let start = Start { slug, name, process, purpose, outcome, trigger, who };
    let Begun { status, is_new } = capturing::start(&desk, &start)?;
    let (runs, unread) = runs(call, &desk, &status.slug)?;
    let after = if runs >= desk.thresholds(None)?.min_runs as usize { After::RunsFound } else { After::Anything };
    let verb = if is_new { "started" } else { "noted" };
    let done = format!("{verb} `{}`; the log has {runs} runs of it", status.slug);
    Report::of(&done).after(after).unread(&unread).about(&desk, &status.slug)
}

/// How many runs of the process the log has, and what of it could not be read.
fn runs(call: &Call<'_>, desk: &Desk, slug: &str) -> Result<(usize, String), Fault> {
    let process = capturing::notes(desk, slug)?.capture.process;
    let (mut output, said) = Output::kept();
    let mut context = Context { environment: call.environment, output: &mut output };
    let log = collect::collect(&mut context, &Options::default())?;
    Ok((log.runs.iter().filter(|run| log.text(run.process) == process).count(), said.text()))
}

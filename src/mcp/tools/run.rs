//! `sop_run`: hands out a published document one step at a time, and logs each step when it is done.

use serde::Deserialize;

use crate::mcp::answer::Answer;
use crate::mcp::fault::Fault;
use crate::mcp::next_call::NextCall;
use crate::mcp::schema::{CURSOR, Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::running::{self, LONGEST_MINUTES, Outcome as Done, Progress, Step, Which};

pub(crate) const TOOL: Tool = Tool {
    name: "sop_run",
    title: "Follow a published document",
    description: "Hands out one step of a published process document at a time. Do what the step says, then call it again with the run, \
        the step and its outcome (`done` or `failed`) and what came of it: the step is logged, and the next one comes.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || {
        object(&[
            SLUG,
            (
                "run",
                Kind::Text,
                "The run to go on with, as an answer gave it; the last unfinished one where it is missing",
                Need::Optional,
            ),
            ("step", Kind::Text, "Id of the step that is reported", Need::Optional),
            ("outcome", Kind::OneOf(&["done", "failed"]), "How the step ended", Need::Optional),
            ("output", Kind::Text, "What came of it", Need::Optional),
            ("skip", Kind::Flag, "The person wants required steps before it left out", Need::Optional),
            ("note", Kind::Text, "Anything else about it", Need::Optional),
            ("minutes", Kind::Number, "How long it took", Need::Optional),
            ("new_run", Kind::Flag, "Start a new run", Need::Optional),
            CURSOR,
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    run: Option<String>,
    step: Option<String>,
    outcome: Option<Ended>,
    #[serde(default)]
    output: String,
    #[serde(default)]
    note: String,
    minutes: Option<f64>,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    new_run: bool,
    cursor: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ended {
    Done,
    Failed,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug, run, step, outcome, output, note, minutes, skip, new_run, cursor } = call.arguments()?;
    if outcome.is_none() && (step.is_some() || !output.is_empty() || !note.is_empty() || minutes.is_some() || skip) {
        return Err(Fault::Arguments("a step is reported with `outcome`".to_owned()));
    }
    if minutes.is_some_and(|minutes| !(0.0..=LONGEST_MINUTES).contains(&minutes)) {
        return Err(Fault::Arguments(format!("`minutes` is a number from 0 to {LONGEST_MINUTES}, which is a year")));
    }
    let desk = call.desk()?;
    let which = Which { run, new: new_run };
    let (done, progress) = match outcome {
        Some(ended) => {
            let report = Done { step, output, note, minutes, failed: ended == Ended::Failed, skip };
            ("the step is logged", running::finish_step(&desk, &slug, &which, &report)?)
        }
        None => ("the step to do now", running::next_step(&desk, &slug, &which)?),
    };
    let next = next(&progress);
    let text = progress.step.as_ref().map(|step| shown(step, progress.of)).unwrap_or_default();
    let left_out = match progress.left_out.as_slice() {
        [] => String::new(),
        steps => format!("; left out, though required: {}", steps.join(", ")),
    };
    let coverage = format!("run {}: {} of {} steps are logged{left_out}", progress.run, progress.done, progress.of);
    let answer = Answer { sop: Some(slug), version: Some(progress.version), ..Answer::general(done, &coverage, next) };
    Ok(Outcome::Answer(Box::new(answer.with_text(&text, cursor.as_deref())?)))
}

fn next(progress: &Progress) -> NextCall {
    match &progress.step {
        Some(step) => {
            let arguments = serde_json::json!({
                "slug": progress.slug, "run": progress.run, "step": step.id, "outcome": "<done or failed>", "output": "<what came of it>",
            });
            NextCall::call("sop_run", arguments, "do this step, check its expected result, then report it")
        }
        None => NextCall::nothing("the run is at its end: tell the person"),
    }
}

fn shown(step: &Step, of: usize) -> String {
    let optional = if step.required { "" } else { " (optional)" };
    format!("step {} of {of}, `{}`{optional}: {}\n{}\n", step.number, step.id, step.title, step.text)
}

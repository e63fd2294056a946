//! `sop run SLUG`: one step of a published document at a time.

use super::documents::SopRun;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::running::{self, Outcome, Progress, Which};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopRunArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// The step is done: log it and show the next one
    #[arg(long)]
    done: bool,
    /// The step failed: log it and show it again
    #[arg(long, conflicts_with = "done")]
    failed: bool,
    /// Another step than the next one
    #[arg(long, value_name = "ID")]
    step: Option<String>,
    /// Leave out required steps before it that are not done
    #[arg(long, requires = "step")]
    skip: bool,
    /// What came of it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    output: String,
    /// Anything else about it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// How long it took
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<f64>,
    /// Start a new run
    #[arg(long, conflicts_with = "run")]
    new: bool,
    /// Continue the run of this name [default: the last unfinished one]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Write JSON (docs/schema/sop-run.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopRunArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let which = Which { run: arguments.run.clone(), new: arguments.new };
    let progress = if arguments.done || arguments.failed {
        let outcome = Outcome {
            step: arguments.step.clone(),
            output: arguments.output.clone(),
            note: arguments.note.clone(),
            minutes: arguments.minutes,
            failed: arguments.failed,
            skip: arguments.skip,
        };
        running::finish_step(&desk, &arguments.slug, &which, &outcome)?
    } else {
        running::next_step(&desk, &arguments.slug, &which)?
    };
    if arguments.json {
        page::write_json(context.output, &SopRun::new(progress))?;
    } else {
        for line in lines(&progress) {
            context.output.line(&for_terminal(&line))?;
        }
    }
    Ok(Ending::Done)
}

fn lines(progress: &Progress) -> Vec<String> {
    let Progress { slug, version, run, done, of, step, left_out } = progress;
    let mut lines = vec![format!("{slug} v{version}, run {run}: {done} of {of} steps done")];
    if !left_out.is_empty() {
        lines.push(format!("left out, though required: {}", left_out.join(", ")));
    }
    match step {
        Some(step) => {
            lines.push(format!("step {} of {of}, {}: {}", step.number, step.id, step.title));
            lines.extend(step.text.lines().map(|line| format!("  {line}")));
            lines.push(format!("next: backstory sop run {slug} --run {run} --done --output \"...\""));
        }
        None => lines.push("the run is at its end".to_owned()),
    }
    lines
}

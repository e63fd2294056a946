//! `sop walk SLUG`: the checklist of a draft, and answers to it.

use super::documents::SopWalk;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::collect::{self, Options};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::walking::{self, Answer, Walk};
use crate::recorder::page;
use crate::sop::walkthrough::{Check, Item};

#[derive(Debug, clap::Args)]
pub(super) struct SopWalkArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// The step to answer for
    #[arg(long, value_name = "ID")]
    step: Option<String>,
    /// The item to answer [default: all that are open]
    #[arg(long, value_name = "ITEM", requires = "step")]
    check: Option<Check>,
    /// The item is right
    #[arg(long, requires = "step", conflicts_with = "no")]
    yes: bool,
    /// The item is wrong; --note says why
    #[arg(long, requires = "step")]
    no: bool,
    /// What was noticed
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Go on although questions are open
    #[arg(long)]
    accept_open: bool,
    /// Write JSON (docs/schema/sop-walk.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopWalkArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let walk = match &arguments.step {
        Some(_) if !arguments.yes && !arguments.no => {
            anyhow::bail!("--step needs an answer\nhint: --yes, or --no with --note \"...\"")
        }
        Some(step) => {
            let answer = Answer {
                step: step.clone(),
                check: arguments.check,
                passed: arguments.yes,
                note: arguments.note.clone(),
            };
            walking::answer(&desk, &arguments.slug, &answer)?
        }
        None => {
            let log = collect::collect(context, &Options::default())?;
            walking::walk(&desk, &arguments.slug, &log, arguments.accept_open)?
        }
    };
    if arguments.json {
        page::write_json(context.output, &SopWalk::new(walk))?;
    } else {
        for line in lines(&walk) {
            context.output.line(&for_terminal(&line))?;
        }
    }
    Ok(Ending::Done)
}

fn lines(walk: &Walk) -> Vec<String> {
    let mark = |item: &Item| match item.passed {
        Some(true) => 'x',
        Some(false) => '-',
        None => ' ',
    };
    let mut lines = Vec::new();
    for step in &walk.walkthrough.steps {
        lines.push(format!("{}: {}", step.id, step.title));
        for item in &step.items {
            let note = if item.note.is_empty() { String::new() } else { format!("  {}", item.note) };
            lines.push(format!("  [{}] {:<13} {}{note}", mark(item), item.check.name(), item.check.question()));
        }
    }
    lines.extend(walk.walkthrough.replay.iter().map(|sentence| format!("replay: {sentence}")));
    let command = walk.status.next.command.clone().unwrap_or_default();
    lines.push(format!("next: {command}  # {}", walk.status.next.why));
    lines
}

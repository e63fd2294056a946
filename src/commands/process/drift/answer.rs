//! `process drift answer`: remembers what a person says to the question, until there is more to ask about.

use super::{DriftArgs, DriftReport, answered_line, compared};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::drift::answer::Answer;
use crate::process::drift::verdict::Drift;
use crate::process_store::sops::answering;
use crate::process_store::sops::desk::Desk;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct AnswerArgs {
    /// Whether the SOP needs an update
    answer: Answer,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    drift: DriftArgs,
}

pub(super) fn run(arguments: &AnswerArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let (slug, drift) = compared(&arguments.drift, context)?;
    let Some(slug) = slug else {
        anyhow::bail!("an answer is about an SOP\nhint: name one with --sop, without --model");
    };
    let desk = Desk::open(context.environment)?;
    let answered = answering::answer(&desk, &slug, &drift, (arguments.answer, &arguments.reason))?;
    if arguments.drift.json {
        let question = drift.question.filter(|_| !answered.stands);
        let drift = Drift { question, ..drift };
        let document = DriftReport { backstory: 1, sop: Some(slug), answered: Some(answered), drift };
        page::write_json(context.output, &document)?;
    } else {
        context.output.write(&for_terminal(&(answered_line(&slug, &answered) + "\n")))?;
    }
    Ok(Ending::Done)
}

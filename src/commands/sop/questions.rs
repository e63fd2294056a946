//! `sop questions SLUG`: what nobody answered yet, and the answers.

use super::documents::SopQuestions;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::sops::capturing::{self, Notes};
use crate::process_store::sops::desk::Desk;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopQuestionsArgs {
    #[arg(value_name = "SLUG")]
    slug: String,
    /// Answer a question
    #[arg(long, num_args = 2, value_names = ["ID", "TEXT"])]
    answer: Option<Vec<String>>,
    /// Go on without an answer to this question
    #[arg(long, value_name = "ID", conflicts_with = "answer")]
    accept: Option<String>,
    /// Ask something that nobody knows yet
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["answer", "accept"])]
    ask: Option<String>,
    /// Write JSON (docs/schema/sop-questions.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopQuestionsArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let slug = &arguments.slug;
    let notes = match (&arguments.answer, &arguments.accept, &arguments.ask) {
        (Some(answer), _, _) => capturing::answer(&desk, slug, &answer[0], Some(&answer[1]))?,
        (_, Some(id), _) => capturing::answer(&desk, slug, id, None)?,
        (_, _, Some(question)) => capturing::ask(&desk, slug, question, None)?,
        _ => capturing::notes(&desk, slug)?,
    };
    if arguments.json {
        page::write_json(context.output, &SopQuestions::new(notes.capture.questions))?;
    } else {
        for line in lines(&notes) {
            context.output.line(&for_terminal(&line))?;
        }
    }
    Ok(Ending::Done)
}

fn lines(notes: &Notes) -> Vec<String> {
    let questions = &notes.capture.questions;
    if questions.is_empty() {
        return vec!["no questions".to_owned()];
    }
    let mut lines = Vec::new();
    for question in questions {
        let about = if question.step.is_empty() { String::new() } else { format!(" (step {})", question.step) };
        lines.push(format!("{}{about}: {}", question.id, question.question));
        if !question.evidence.is_empty() {
            lines.push(format!("  because  {}", question.evidence));
        }
        if question.is_answered() {
            lines.push(format!("  answer   {} ({})", question.answer, question.answered_by));
        } else if question.accepted_open {
            lines.push(format!("  left open by {}", question.answered_by));
        }
    }
    let open = notes.capture.unsettled().count();
    lines.push(format!("{open} of {} open", questions.len()));
    lines
}

//! `sop_questions`: what the log cannot answer, with what was answered.

use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{CURSOR, PageArguments, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::capturing;
use crate::sop::capture::Question;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_questions",
    title: "List open questions",
    description: "Lists the questions about a process that only people can answer, with their ids, the evidence that makes them asked, \
        and the answers so far. Ask the person one at a time and keep each answer with sop_answer.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || object(&[SLUG, CURSOR]),
    run,
};

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: PageArguments = call.arguments()?;
    let desk = call.desk()?;
    let questions = capturing::notes(&desk, &arguments.slug)?.capture.questions;
    let text: String = questions.iter().map(lines).collect();
    let open = questions.iter().filter(|question| !question.is_settled()).count();
    let done = format!("{} questions, {open} of them open", questions.len());
    Report::of(&done).with_text(&text, arguments.cursor.as_deref()).about(&desk, &arguments.slug)
}

fn lines(question: &Question) -> String {
    let about = if question.step.is_empty() { String::new() } else { format!(" (step {})", question.step) };
    let mut text = format!("{}{about}: {}\n", question.id, question.question);
    if !question.evidence.is_empty() {
        text.push_str(&format!("  because: {}\n", question.evidence));
    }
    if question.is_answered() {
        text.push_str(&format!("  answer by {}: {}\n", question.answered_by, question.answer));
    } else if question.accepted_open {
        text.push_str(&format!("  left open by {}\n", question.answered_by));
    }
    text
}

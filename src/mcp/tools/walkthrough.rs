//! `sop_walkthrough`: begins the walkthrough of a draft, after asking the person where the client can, and answers the checklist one
//! step at a time.

use serde::Deserialize;

use crate::context::Context;
use crate::mcp::asking::{Choice, Decision, Question};
use crate::mcp::fault::Fault;
use crate::mcp::next_call::After;
use crate::mcp::report::Report;
use crate::mcp::schema::{CURSOR, Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::output::Output;
use crate::process_store::collect::{self, Options};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::status;
use crate::process_store::sops::walking::{self, Answer};
use crate::sop::life::State;
use crate::sop::walkthrough::{Check, Walkthrough, step_lines};

pub(crate) const TOOL: Tool = Tool {
    name: "sop_walkthrough",
    title: "Walk through the draft",
    description: "Walks through a draft step by step. Without a step it begins or goes on: the person is asked whether the draft goes to \
        the walkthrough (ask: false skips that), and the text of the next step comes with its checklist. With a step it keeps an answer: \
        follow the step as the text says, then pass whether it holds, and what was noticed.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || {
        object(&[
            SLUG,
            ("step", Kind::Text, "Id of the step that is answered", Need::Optional),
            (
                "check",
                Kind::OneOf(&["actionable", "prerequisites", "order", "edge-cases", "followable"]),
                "One item of its checklist; all open ones where it is missing",
                Need::Optional,
            ),
            ("passed", Kind::Flag, "Whether the step holds", Need::Optional),
            ("note", Kind::Text, "What was noticed; needed where it does not hold", Need::Optional),
            ("ask", Kind::Flag, "false: begin without asking the person", Need::Optional),
            CURSOR,
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    step: Option<String>,
    check: Option<Check>,
    passed: Option<bool>,
    #[serde(default)]
    note: String,
    #[serde(default = "yes")]
    ask: bool,
    cursor: Option<String>,
}

fn yes() -> bool {
    true
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: Arguments = call.arguments()?;
    let slug = arguments.slug.clone();
    match (arguments.step.clone(), arguments.passed) {
        (Some(step), Some(passed)) => {
            let answer = Answer { step, check: arguments.check, passed, note: arguments.note };
            let desk = call.desk()?;
            let walk = walking::answer(&desk, &slug, &answer)?;
            shown(&desk, &slug, "the answer is kept", &walk.walkthrough, None)
        }
        (None, None) if arguments.check.is_none() => begin(call, &arguments),
        _ => Err(Fault::Arguments("an answer needs both `step` and `passed`".to_owned())),
    }
}

fn begin(call: &Call<'_>, arguments: &Arguments) -> Result<Outcome, Fault> {
    let (slug, cursor) = (&arguments.slug, arguments.cursor.as_deref());
    let desk = call.desk()?;
    let status = status::status(&desk, slug)?;
    let is_draft = status.state == Some(State::Draft);
    if !is_draft || !status.open_questions.is_empty() || !arguments.ask {
        return walk(call, &desk, slug, "the walkthrough of the draft", cursor);
    }
    let digest = desk.existing(slug)?.document()?.map(|document| document.digest);
    let Some(digest) = digest else { return walk(call, &desk, slug, "the walkthrough of the draft", cursor) };
    let decided = call.decision.as_ref().filter(|decision| decision.slug == *slug && decision.digest == digest);
    match decided {
        Some(decision) => follow(call, &desk, decision, cursor),
        None if call.can_ask => Ok(Outcome::Ask(Question {
            message: format!(
                "The draft of \"{}\" (version {}, docs/processes/{slug}/SOP.md, {}) is ready. Approve it for the walkthrough, or reject it \
                 with a reason. This is not the approval of the document: that comes after, at a terminal or as a review.",
                status.name,
                status.version,
                digest.short()
            ),
            slug: slug.clone(),
            digest,
        })),
        None => walk(call, &desk, slug, "this client shows no question, so the walkthrough is the agent's", cursor),
    }
}

/// What the person, or whoever answered for one, wants.
fn follow(call: &Call<'_>, desk: &Desk, decision: &Decision, cursor: Option<&str>) -> Result<Outcome, Fault> {
    let slug = decision.slug.as_str();
    match &decision.choice {
        Choice::ApproveForReview => {
            let relayed = call.relayed_desk()?;
            walk(call, &relayed, slug, "the walkthrough began, as the client relayed", cursor)
        }
        Choice::Reject(reason) => {
            let reason = if reason.is_empty() { "no reason was given" } else { reason };
            let relayed = call.relayed_desk()?;
            walk(call, &relayed, slug, "", None)?;
            walking::reject(&relayed, slug, reason)?;
            Report::of("it was rejected, as the client relayed").about(desk, slug)
        }
        Choice::Declined | Choice::Cancelled => {
            let text = format!(
                "Nothing was done. Ask the person in the chat. If the draft goes to the walkthrough, call sop_walkthrough with ask: false, \
                 or have them type\n    backstory sop walk {slug}\n"
            );
            let done = match decision.choice {
                Choice::Declined => "the client gave no decision",
                _ => "the question was cancelled",
            };
            Report::of(done).with_text(&text, None).after(After::Cancelled).about(desk, slug)
        }
    }
}

fn walk(call: &Call<'_>, desk: &Desk, slug: &str, done: &str, cursor: Option<&str>) -> Result<Outcome, Fault> {
    let (mut output, said) = Output::kept();
    let mut context = Context { environment: call.environment, output: &mut output };
    let log = collect::collect(&mut context, &Options::default())?;
    let walk = walking::walk(desk, slug, &log, false)?;
    let Walkthrough { replay, .. } = &walk.walkthrough;
    let mut text = of_next_step(desk, slug, &walk.walkthrough)?;
    text.extend(replay.iter().map(|sentence| format!("recent runs: {sentence}\n")));
    Report::of(done).with_text(&text, cursor).unread(&said.text()).about(desk, slug)
}

fn shown(
    desk: &Desk,
    slug: &str,
    done: &str,
    walkthrough: &Walkthrough,
    cursor: Option<&str>,
) -> Result<Outcome, Fault> {
    let text = of_next_step(desk, slug, walkthrough)?;
    Report::of(done).with_text(&text, cursor).about(desk, slug)
}

/// The text of the next step with open items, and these.
fn of_next_step(desk: &Desk, slug: &str, walkthrough: &Walkthrough) -> anyhow::Result<String> {
    let Some((step, _)) = walkthrough.open().next() else { return Ok("no item is open\n".to_owned()) };
    let document = desk.existing(slug)?.document()?.map(|document| document.text).unwrap_or_default();
    let mut text = format!("step `{}`: {}\n", step.id, step.title);
    for line in step_lines(&document, &step.id) {
        text.push_str(line);
        text.push('\n');
    }
    for item in step.items.iter().filter(|item| item.passed.is_none()) {
        text.push_str(&format!("- {}: {}\n", item.check.name(), item.check.question()));
    }
    Ok(text)
}

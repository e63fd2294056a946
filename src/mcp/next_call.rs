//! The one next step of a document, for an AI chat: which tool to call with which arguments, what to ask the person before, or what
//! only the person can do. Pure: over where the document stands.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::shortened::shortened;
use crate::process_store::sops::status::Status;
use crate::sop::capture::{Capture, Question};
use crate::sop::life::State;
use crate::sop::walkthrough::Walkthrough;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct NextCall {
    /// `agent` or `person`.
    pub(crate) by: &'static str,
    pub(crate) why: String,
    /// What to ask the person first, in these or simpler words. Their answer goes where the arguments have `<...>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ask: Option<String>,
    /// What the person types, where no agent may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<&'static str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) arguments: Map<String, Value>,
}

/// What was done just now, where that says more than where the document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Anything,
    /// A step was told, and the person said that it is the last.
    LastStep,
    /// The log has runs enough for a draft.
    RunsFound,
    /// The question whether the draft goes to the walkthrough was cancelled: the next call does not ask it again.
    Cancelled,
    /// The person was told how to approve it.
    ApprovalAsked,
}

/// Where a document stands.
pub(crate) struct Position<'a> {
    pub(crate) status: &'a Status,
    pub(crate) capture: &'a Capture,
    pub(crate) walkthrough: Option<&'a Walkthrough>,
    /// Something was told since the last draft.
    pub(crate) lacks_news: bool,
    /// Why it was rejected, if it was since the last draft.
    pub(crate) rejected: Option<&'a str>,
    pub(crate) after: After,
}

impl NextCall {
    pub(crate) fn call(tool: &'static str, arguments: Value, why: &str) -> Self {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        Self { by: "agent", why: shortened(why), ask: None, command: None, tool: Some(tool), arguments }
    }

    pub(crate) fn asking(self, question: &str) -> Self {
        Self { ask: Some(shortened(question)), ..self }
    }

    fn person(command: Option<String>, why: &str) -> Self {
        let look = Self::call("sop_status", json!({}), why);
        Self { by: "person", command, ..look }
    }

    pub(crate) fn nothing(why: &str) -> Self {
        Self { by: "agent", why: why.to_owned(), ask: None, command: None, tool: None, arguments: Map::new() }
    }

    /// Where there is no document yet.
    pub(crate) fn begin() -> Self {
        Self::call(
            "sop_start",
            json!({ "name": "<the name of the process>" }),
            "no process document is under way; for one that is published, sop_status with its slug",
        )
        .asking("Which process is to be documented?")
    }

    pub(crate) fn look(slug: &str, why: &str) -> Self {
        Self::call("sop_status", json!({ "slug": slug }), why)
    }
}

pub(crate) fn next_call(position: &Position<'_>) -> NextCall {
    let status = position.status;
    let slug = status.slug.as_str();
    match status.state {
        None => NextCall::begin(),
        Some(State::Capture) => in_capture(position, slug),
        Some(State::Draft) => in_draft(position, slug),
        Some(State::Walkthrough) if status.edited => NextCall::call(
            "sop_walkthrough",
            json!({ "slug": slug }),
            "the document was edited since the walkthrough began",
        ),
        Some(State::Walkthrough) => in_walkthrough(position, slug),
        Some(State::Approved) => publish(slug, "a person approved it"),
        Some(State::Published) if status.next.by_person => {
            NextCall::person(status.next.command.clone(), &status.next.why)
        }
        Some(State::Published) => NextCall::nothing(
            "it is published, and nothing is left to do here; sop_run carries it out step by step, sop_start begins another document",
        )
        .asking("It is published. Shall it be carried out now, or another process be documented?"),
        Some(State::Superseded | State::Retired) => NextCall::nothing("it is no longer in use"),
    }
}

/// What the interview begins with: the argument of `sop_start`, what is asked, and whether nobody has said it yet.
type Field = (&'static str, &'static str, fn(&Capture) -> bool);

const FIELDS: [Field; 4] = [
    ("purpose", "What is this process for?", |capture| capture.purpose.is_empty()),
    ("outcome", "What is there when it is done, and how does one see it?", |capture| capture.outcome.is_empty()),
    ("trigger", "What makes someone begin?", |capture| capture.trigger.is_empty()),
    ("who", "Who takes part?", |capture| capture.who.is_empty()),
];

fn in_capture(position: &Position<'_>, slug: &str) -> NextCall {
    let capture = position.capture;
    let is_asked = matches!(position.after, After::LastStep | After::RunsFound);
    if !capture.steps.is_empty() && !is_asked {
        let told = capture.steps.len();
        let why = "ask for one step at a time, the small ones too; if that was the last, call sop_draft";
        return tell_step(slug, why).asking(&format!(
            "What comes after step {told}? One action, with its command and how one sees that it worked. Or was that the last?"
        ));
    }
    if capture.steps.is_empty() {
        if let Some((field, question, _)) = FIELDS.iter().find(|(_, _, is_missing)| is_missing(capture)) {
            let value = if *field == "who" { json!(["<their answer>"]) } else { json!("<their answer>") };
            return NextCall::call(
                "sop_start",
                json!({ "slug": slug, (*field): value }),
                "the document needs it; if the person does not know, go on with sop_note_add and kind `step`",
            )
            .asking(question);
        }
        if position.after != After::RunsFound {
            return tell_step(
                slug,
                "no step was told yet; if the log has runs of it, sop_draft takes the steps from there",
            )
            .asking("What is done first? One action, with its command and how one sees that it worked.");
        }
    }
    NextCall::call("sop_draft", json!({ "slug": slug }), "write the draft from what was told and what the log shows")
}

fn tell_step(slug: &str, why: &str) -> NextCall {
    let step = json!({
        "slug": slug, "kind": "step", "text": "<one action>", "command": "<the command, if there is one>",
        "expected": "<how one sees that it worked>", "last": "<true if the person said that it is the last one>",
    });
    NextCall::call("sop_note_add", step, why)
}

fn in_draft(position: &Position<'_>, slug: &str) -> NextCall {
    if let Some(question) = position.capture.unsettled().next() {
        return put_question(slug, question);
    }
    if position.lacks_news {
        return NextCall::call(
            "sop_draft",
            json!({ "slug": slug }),
            "draft again: what was told since is not in the draft",
        );
    }
    if position.after == After::Cancelled {
        let arguments = json!({ "slug": slug, "ask": false });
        return NextCall::call("sop_walkthrough", arguments, "the client did not show the question, or it was closed")
            .asking("Does the draft go to the walkthrough? If not, what has to change?");
    }
    match position.rejected {
        Some(reason) => tell_step(slug, "tell what changes; then sop_draft")
            .asking(&format!("It was rejected: {reason}. What has to change, and at which step?")),
        None => NextCall::call("sop_walkthrough", json!({ "slug": slug }), "walk through the draft step by step"),
    }
}

fn put_question(slug: &str, question: &Question) -> NextCall {
    let ask = match (question.evidence.as_str(), question.step.as_str()) {
        ("", _) => question.question.clone(),
        (evidence, _) => format!("{} ({evidence})", question.question),
    };
    NextCall::call(
        "sop_answer",
        json!({ "slug": slug, "id": question.id, "answer": "<their answer>" }),
        "only a person knows; if nobody does, pass accept_open instead of answer",
    )
    .asking(&ask)
}

fn in_walkthrough(position: &Position<'_>, slug: &str) -> NextCall {
    let Some(walkthrough) = position.walkthrough else {
        return NextCall::call("sop_walkthrough", json!({ "slug": slug }), "the checklist is missing");
    };
    if let Some((step, item)) = walkthrough.refused().next() {
        let why = format!("step `{}` has a no ({})", step.id, item.check.name());
        let note = item.note.trim();
        if note.is_empty() {
            let arguments = json!({ "slug": slug, "reason": "<what has to change>" });
            return NextCall::call("sop_reject", arguments, &why)
                .asking(&format!("What has to change at step `{}`?", step.id));
        }
        let reason = format!("step `{}` ({}): {note}", step.id, item.check.name());
        return NextCall::call("sop_reject", json!({ "slug": slug, "reason": reason }), &why);
    }
    if let Some((step, _)) = walkthrough.open().next() {
        let arguments =
            json!({ "slug": slug, "step": step.id, "passed": "<true or false>", "note": "<what was noticed>" });
        let why = format!("follow step `{}` as the text says, then answer its checklist", step.id);
        return NextCall::call("sop_walkthrough", arguments, &why);
    }
    if position.after == After::ApprovalAsked {
        let command = Some(format!("backstory sop approve {slug}"));
        let person = NextCall::person(command, "only a person can approve; afterwards look with sop_status");
        return NextCall { arguments: Map::from_iter([("slug".to_owned(), json!(slug))]), ..person };
    }
    NextCall::call(
        "sop_request_approval",
        json!({ "slug": slug }),
        "the walkthrough is done: a person has to approve it",
    )
}

fn publish(slug: &str, why: &str) -> NextCall {
    NextCall::call("sop_publish", json!({ "slug": slug, "target": "<kind:place, such as path:docs/NAME.md>" }), why)
        .asking("Where shall it be published: a file, a MkDocs or Docusaurus folder, a wiki, AGENTS.md, a skill?")
}

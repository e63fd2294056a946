//! `sop_status`: where documents stand and what to do next: how another session takes over.

use serde::Deserialize;

use crate::mcp::answer::Answer;
use crate::mcp::fault::Fault;
use crate::mcp::next_call::NextCall;
use crate::mcp::report::Report;
use crate::mcp::schema::{CURSOR, Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::status::{self, Status, headline};
use crate::sop::life::State;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_status",
    title: "See where documents stand",
    description: "Says where one process document stands and what to do next, or lists all of them. Call it first, also to go on with \
        what another session or another agent began.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || object(&[("slug", Kind::Text, "One document instead of all", Need::Optional), CURSOR]),
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: Option<String>,
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug, cursor } = call.arguments()?;
    let desk = call.desk()?;
    match slug {
        Some(slug) => {
            let text = lines(&status::status(&desk, &slug)?);
            Report::of("where it stands").with_text(&text, cursor.as_deref()).about(&desk, &slug)
        }
        None => all(&desk, cursor.as_deref()),
    }
}

fn all(desk: &Desk, cursor: Option<&str>) -> Result<Outcome, Fault> {
    let slugs = desk.slugs()?;
    let mut text = String::new();
    let mut unreadable = 0;
    for slug in &slugs {
        match status::status(desk, slug) {
            Ok(status) => text.push_str(&headline(&status)),
            Err(error) => {
                unreadable += 1;
                text.push_str(&format!("{slug}: cannot be read: {error:#}\n"));
            }
        }
    }
    let next = match slugs.as_slice() {
        [] => NextCall::begin(),
        [_, rest @ ..] => {
            let is_done = |slug: &String| {
                let state = status::status(desk, slug).ok().and_then(|status| status.state);
                matches!(state, Some(State::Published | State::Superseded | State::Retired))
            };
            let open = slugs.iter().find(|slug| !is_done(slug));
            let next = |slug| NextCall::look(slug, "go on with it; for another process call sop_start with its name");
            match open {
                Some(open) if rest.is_empty() => next(open),
                Some(open) => next(open).asking("Which of these process documents, or another process?"),
                None => NextCall::begin(),
            }
        }
    };
    let coverage = format!("process documents of this work tree: {}; cannot be read: {unreadable}", slugs.len());
    let answer = Answer::general("the process documents of this repository", &coverage, next);
    Ok(Outcome::Answer(Box::new(answer.with_text(&text, cursor)?)))
}

fn lines(status: &Status) -> String {
    let mut text = headline(status);
    if let Some(approval) = &status.approval {
        let kind = approval.refs.get("kind").map_or("", String::as_str);
        text.push_str(&format!("approved {} by {} ({kind})\n", approval.at, approval.by));
    }
    if let Some(live) = &status.live {
        text.push_str(&format!(
            "published: version {} since {}: {}\n",
            live.version,
            live.since,
            live.targets.join(", ")
        ));
    }
    if let Some(rejected) = &status.rejected {
        text.push_str(&format!("rejected {} by {}: {}\n", rejected.at, rejected.by, rejected.reason));
    }
    if let Some(day) = &status.review_by {
        text.push_str(&format!("review by {day}{}\n", if status.due { ": due" } else { "" }));
    }
    text.push_str(&format!(
        "steps told: {}\nopen questions: {}\n",
        status.told_steps,
        status.open_questions.join(", ")
    ));
    text.extend(status.notes.iter().map(|note| format!("note: {note}\n")));
    text
}

//! `sop_request_approval`: says how a person approves. It approves nothing, and nothing that an agent can call does.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::next_call::After;
use crate::mcp::report::Report;
use crate::mcp::schema::{SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process::settings::ApprovalKind;
use crate::process_store::sops::approving;
use crate::process_store::sops::desk::Desk;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_request_approval",
    title: "Say how to approve it",
    description: "Says how a person approves a process document whose walkthrough is done: the command to type or the pull request to \
        review. Show the text to the person. It approves nothing; an agent cannot approve.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || object(&[SLUG]),
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug } = call.arguments()?;
    let desk = call.desk()?;
    let pending = approving::pending(&desk, &slug)?;
    let text = how(&desk, &slug, pending.digest.as_str())?;
    Report::of("it waits for a person's approval")
        .with_text(&text, None)
        .after(After::ApprovalAsked)
        .about(&desk, &slug)
}

fn how(desk: &Desk, slug: &str, digest: &str) -> anyhow::Result<String> {
    let approval = desk.approval()?;
    let who = match approval.approvers.as_slice() {
        [] => String::new(),
        names => format!("Who may approve: {}\n", names.join(", ")),
    };
    let review = format!(
        "By review: commit docs/processes/{slug}, open a pull request, have a person approve it there, then type\n    backstory sop approve {slug} --pull-request NUMBER\n"
    );
    let terminal = match approval.require {
        Some(ApprovalKind::Review) => {
            "This project asks for a review: an approval at a terminal does not count.\n".to_owned()
        }
        _ => format!(
            "At a terminal of your own, outside of any agent (the weaker kind):\n    backstory sop approve {slug}\n"
        ),
    };
    Ok(format!(
        "The approval is bound to {digest}; any edit voids it.\n{who}{review}{terminal}To reject it:\n    backstory sop reject {slug} --reason \"...\"\n"
    ))
}

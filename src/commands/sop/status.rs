//! `sop status [SLUG]`: the state of each process document, and what to do next.

use super::documents::{SopStatusList, UnreadableSop, VERSION};
use crate::context::{Context, Ending};
use crate::output::{Output, for_terminal};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::settling;
use crate::process_store::sops::status::{self, Status};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopStatusArgs {
    /// One process document instead of all
    #[arg(value_name = "SLUG")]
    slug: Option<String>,
    /// Write what the ledger says into the front matter
    #[arg(long, requires = "slug")]
    fix: bool,
    /// Write JSON (docs/schema/sop-status.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopStatusArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let mut list = SopStatusList { backstory: VERSION, sops: Vec::new(), unreadable: Vec::new() };
    if let Some(slug) = &arguments.slug {
        if arguments.fix {
            settling::write_front(&desk.to_change(slug)?)?;
        }
        list.sops.push(status::status(&desk, slug)?);
    } else {
        for slug in desk.slugs()? {
            match status::status(&desk, &slug) {
                Ok(status) => list.sops.push(status),
                Err(error) => list.unreadable.push(UnreadableSop { slug, problem: format!("{error:#}") }),
            }
        }
    }
    if arguments.json {
        page::write_json(context.output, &list)?;
    } else {
        write(&list, context.output)?;
    }
    Ok(if list.unreadable.is_empty() { Ending::Done } else { Ending::Found })
}

fn write(list: &SopStatusList, output: &mut Output) -> anyhow::Result<()> {
    if list.sops.is_empty() && list.unreadable.is_empty() {
        output.line("no process documents yet")?;
        output.message("hint: backstory sop capture --name \"Release a version\"");
    }
    for status in &list.sops {
        write_one(status, output)?;
    }
    for bad in &list.unreadable {
        output.message(&format!("{}: {}", bad.slug, bad.problem));
    }
    Ok(())
}

/// One SOP in a few lines.
pub(super) fn write_one(status: &Status, output: &mut Output) -> anyhow::Result<()> {
    let mut lines = vec![headline(status)];
    if let Some(approval) = &status.approval {
        let kind = approval.refs.get("kind").map_or("", String::as_str);
        lines.push(format!("  approved   {} by {} ({kind})", approval.at, approval.by));
    }
    if let Some(live) = &status.live {
        lines.push(format!("  published  version {} since {}: {}", live.version, live.since, live.targets.join(", ")));
    }
    if let Some(rejected) = &status.rejected {
        lines.push(format!("  rejected   {} by {}: {}", rejected.at, rejected.by, rejected.reason));
    }
    if let Some(day) = &status.review_by {
        lines.push(format!("  review by  {day}{}", if status.due { ": due" } else { "" }));
    }
    if !status.open_questions.is_empty() {
        lines.push(format!("  questions  {} open: {}", status.open_questions.len(), status.open_questions.join(", ")));
    }
    lines.extend(status.notes.iter().map(|note| format!("  note       {note}")));
    let command = status.next.command.as_ref().map(|command| format!("{command}  # ")).unwrap_or_default();
    lines.push(format!("  next       {command}{}", status.next.why));
    for line in lines {
        output.line(&for_terminal(&line))?;
    }
    Ok(())
}

fn headline(status: &Status) -> String {
    let state = status.state.map_or_else(|| "not started".to_owned(), |state| state.to_string());
    let version = if status.version == 0 { String::new() } else { format!(" v{}", status.version) };
    let edited = if status.edited { ", edited" } else { "" };
    let name = if status.name.is_empty() { String::new() } else { format!(": {}", status.name) };
    format!("{}{version} ({state}{edited}){name}", status.slug)
}

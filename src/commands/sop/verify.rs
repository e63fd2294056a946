//! `sop verify [SLUG]`: whether documents are what their ledgers say.

use super::documents::SopVerifyList;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::verifying::{self, Verified};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct SopVerifyArgs {
    /// One process document instead of all
    #[arg(value_name = "SLUG")]
    slug: Option<String>,
    /// Write JSON (docs/schema/sop-verify.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopVerifyArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let slugs = match &arguments.slug {
        Some(slug) => vec![slug.clone()],
        None => desk.slugs()?,
    };
    let sops: Vec<Verified> = slugs.iter().map(|slug| verifying::verify(&desk, slug)).collect::<Result<_, _>>()?;
    let found = sops.iter().any(|sop| !sop.findings.is_empty());
    if arguments.json {
        page::write_json(context.output, &SopVerifyList::new(sops))?;
    } else {
        for line in sops.iter().flat_map(lines) {
            context.output.line(&for_terminal(&line))?;
        }
    }
    Ok(if found { Ending::Found } else { Ending::Done })
}

fn lines(sop: &Verified) -> Vec<String> {
    let state = sop.state.map_or_else(|| "not known".to_owned(), |state| state.to_string());
    if sop.findings.is_empty() {
        return vec![format!("{}: {state}, version {}, {} entries: ok", sop.slug, sop.version, sop.entries)];
    }
    let mut lines = vec![format!("{}: {state}, version {}, {} entries", sop.slug, sop.version, sop.entries)];
    for finding in &sop.findings {
        lines.push(format!("  {}", finding.what.replace('\n', "\n  ")));
        lines.extend(finding.hint.iter().map(|hint| format!("  hint: {hint}")));
    }
    lines
}

//! `sop_publish`: the approved text goes to its readers.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::report::Report;
use crate::mcp::schema::{Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::publishing;
use crate::sop::target::Target;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_publish",
    title: "Publish the approved text",
    description: "Publishes a process document that a person approved, and nothing else, to a place: `path:FILE`, `mkdocs:DIR`, \
        `docusaurus:DIR`, `wiki:URL`, `agents:FILE`, `skill:DIR` or `sop:DIR`. With dry_run it shows the text and writes nothing.",
    only_reads: false,
    reach: Reach::Readers,
    schema: || {
        object(&[
            SLUG,
            ("target", Kind::Text, "Kind and place, such as `path:docs/release.md`", Need::Required),
            ("dry_run", Kind::Flag, "Write nothing", Need::Optional),
            ("cursor", Kind::Text, "From an earlier answer to a dry run, to read on", Need::Optional),
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    target: String,
    #[serde(default)]
    dry_run: bool,
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let Arguments { slug, target, dry_run, cursor } = call.arguments()?;
    let target: Target = target.parse().map_err(|error| Fault::Arguments(format!("{error}")))?;
    if cursor.is_some() && !dry_run {
        return Err(Fault::Arguments("`cursor` reads on in a dry run; pass dry_run too".to_owned()));
    }
    let desk = call.desk()?;
    let published = publishing::publish(&desk, &slug, &target, dry_run)?;
    let what = match (dry_run, published.changed) {
        (true, true) => "would write",
        (false, true) => "wrote",
        (_, false) => "is up to date:",
    };
    let done = format!("{} {what} {}", published.target, published.file);
    let text = if dry_run { published.text.as_str() } else { "" };
    Report::of(&done).with_text(text, cursor.as_deref()).about(&desk, &slug)
}

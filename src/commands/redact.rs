//! `backstory redact`: standard input without secrets on standard output, or what would be taken out of it. Inside a
//! repository with the repository's rules and key, as its records are made.

use std::io::{self, IsTerminal};

use anyhow::Context as _;
use clap::Args;

use crate::context::{Context, Ending};
use crate::files::Spool;
use crate::recorder::redactor_here::redactor_here;
use crate::redact::{RedactionCounts, keep_text};

#[derive(Debug, Args)]
pub struct RedactArgs {
    /// Redact personal data too: e-mail addresses, phone, card and account numbers
    #[arg(long)]
    pub strict: bool,
    /// Print one line of JSON for each finding (kind, start and end in bytes) instead of the text
    #[arg(long)]
    pub json: bool,
}

/// A longer text is kept in a file while it is worked on.
const IN_MEMORY: usize = 4 << 20;

pub(crate) fn run(args: &RedactArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    if io::stdin().is_terminal() {
        context.output.message("reading standard input: type or paste a text, then press Ctrl-D");
    }
    let redactor = redactor_here(args.strict, context.environment)?;
    let keep = || Spool::new(IN_MEMORY);
    let text = keep_text(io::stdin().lock(), keep()).context("standard input cannot be read or kept")?;
    let (counts, examples) = if args.json {
        let (spans, examples) = redactor.spans_of_kept(text)?;
        let mut counts = RedactionCounts::new();
        for span in spans {
            let line = serde_json::json!({"kind": span.kind, "start": span.start, "end": span.end});
            crate::recorder::page::write_json_line(context.output, &line)?;
            *counts.entry(span.kind).or_default() += 1;
        }
        (counts, examples)
    } else {
        // As it came, but for the secrets: whoever pipes a text through wants the same text.
        redactor.redact_kept(text, &keep, &mut |clean| context.output.exact(clean))?
    };
    context.output.flush()?;
    context.output.message(&summary(&counts, examples));
    Ok(Ending::Done)
}

/// `2 redacted (1 github-token, 1 password); 1 looks like an example and was kept`
fn summary(counts: &RedactionCounts, examples: usize) -> String {
    let total: u32 = counts.values().sum();
    let kinds: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let kept = match examples {
        0 => String::new(),
        1 => "; 1 looks like an example and was kept".to_owned(),
        more => format!("; {more} look like examples and were kept"),
    };
    format!("{total} redacted{kinds}{kept}")
}

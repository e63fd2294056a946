//! `backstory redact`: standard input without secrets on standard output, or what would be taken out of it.

use std::io::{self, Read};

use anyhow::Context as _;
use clap::Args;

use super::{Context, Ending};
use crate::record::text::Raw;
use crate::redact::{Policy, Redactor};

#[derive(Debug, Args)]
pub struct RedactArgs {
    /// Take out personal data too: e-mail addresses, phone, card and account numbers
    #[arg(long)]
    pub strict: bool,
    /// Print one line of JSON for each finding (kind, start and end in bytes) instead of the text
    #[arg(long)]
    pub json: bool,
}

pub fn run(args: &RedactArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input).context("standard input cannot be read")?;
    let text = String::from_utf8(input).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let redactor = Redactor::new(policy(args, context))?;
    if args.json {
        for span in redactor.spans(&text) {
            let line = serde_json::json!({"kind": span.kind, "start": span.start, "end": span.end});
            context.output.line(&line.to_string())?;
        }
    } else {
        let (clean, _) = redactor.text(Raw::new(text));
        context.output.write(clean.as_str())?;
    }
    context.output.flush()?;
    Ok(Ending::Done)
}

/// Outside of a repository there is no key to keep: tags say only which placeholders hold the same secret.
fn policy(args: &RedactArgs, context: &Context<'_>) -> Policy {
    let home = context.environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
    Policy { strict: args.strict, home, ..Policy::default() }
}

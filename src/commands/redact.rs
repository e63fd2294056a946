//! `backstory redact`: standard input without secrets on standard output, or what would be taken out of it. Inside a
//! repository with the repository's rules and key, as its records are made.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::record::text::Raw;
use crate::recorder::workplace::{Workplace, read_config};
use crate::redact::{Counts, RedactionOptions, Redactor};

#[derive(Debug, Args)]
pub struct RedactArgs {
    /// Redact personal data too: e-mail addresses, phone, card and account numbers
    #[arg(long)]
    pub strict: bool,
    /// Print one line of JSON for each finding (kind, start and end in bytes) instead of the text
    #[arg(long)]
    pub json: bool,
}

pub fn run(args: &RedactArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    if io::stdin().is_terminal() {
        context.output.message("reading standard input: type or paste a text, then press Ctrl-D");
    }
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input).context("standard input cannot be read")?;
    let text = String::from_utf8(input).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let redactor = redactor(args.strict, context.environment)?;
    let examples = redactor.examples(&text);
    let mut counts = Counts::new();
    if args.json {
        for span in redactor.spans(&text) {
            *counts.entry(span.kind.clone()).or_default() += 1;
            let line = serde_json::json!({"kind": span.kind, "start": span.start, "end": span.end});
            crate::recorder::page::write_json_line(context.output, &line)?;
        }
    } else {
        let clean;
        (clean, counts) = redactor.text(Raw::new(text));
        // As it came, but for the secrets: whoever pipes a text through wants the same text.
        context.output.exact(clean.as_str())?;
    }
    context.output.flush()?;
    context.output.message(&summary(&counts, examples));
    Ok(Ending::Done)
}

/// `2 redacted (1 github-token, 1 password); 1 looks like an example and was kept`
fn summary(counts: &Counts, examples: usize) -> String {
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

/// Settings with a mistake are an error: a text must not pass because a rule could not be read.
fn redactor(strict: bool, environment: &Environment) -> anyhow::Result<Redactor> {
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    match Repository::find(&environment.cwd, git_dir.as_deref())? {
        Some(repository) => {
            let config = read_config(&repository)?;
            let mut workplace = Workplace::of(repository, config, environment)?;
            workplace.config.redaction.strict |= strict;
            workplace.redactor()
        }
        None => {
            let home = environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
            // Drawn for this run: with a key that everybody knows, a short password could be guessed from its tag.
            let mut key = [0; 32];
            getrandom::fill(&mut key)
                .map_err(|error| anyhow::anyhow!("no random numbers for the tags of placeholders: {error}"))?;
            Ok(Redactor::new(RedactionOptions { strict, home, key, ..RedactionOptions::default() })?)
        }
    }
}

//! `import --from NAME`: records from what another recorder noted beside commits.

use anyhow::bail;

use crate::context::{Context, Ending};
use crate::import::sources::{NoteSource, SOURCES, named};
use crate::record::json;
use crate::recorder::imported::{Imported, import};
use crate::recorder::workplace::Workplace;
use crate::text::template::thousands;

const EXAMPLES: &str = "Examples:
  backstory import
  backstory import --from git-ai --dry-run
  backstory import --from agent-note";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct NotedImportArgs {
    /// The recorder: git-ai, agent-note, whogitit or ai-attribution [default: say of each what is there, and write nothing]
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Say what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write JSON (docs/schema/import.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// What `import --json` writes.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ImportReport {
    /// Version of this format: 1.
    backstory: u32,
    /// Whether nothing was written.
    dry_run: bool,
    sources: Vec<Imported>,
}

/// # Errors
/// For a recorder that is not known, and when notes cannot be read or records not be written.
pub(crate) fn run(arguments: &NotedImportArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let sources: Vec<&NoteSource> = match arguments.from.as_deref() {
        None => SOURCES.iter().collect(),
        Some(name) => match named(name) {
            Some(source) => vec![source],
            None => {
                let known: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
                bail!(
                    "`{name}` is not a recorder whose notes can be read; name one of {}, or take transcripts in with `backstory backfill --sessions`",
                    known.join(", ")
                );
            }
        },
    };
    let is_dry_run = arguments.dry_run || arguments.from.is_none();
    let mut workplace = Workplace::open(context.environment)?;
    if !is_dry_run && !workplace.confirm(context.environment)? {
        bail!("recording is switched off here, by BACKSTORY or by `git config backstory.enabled`");
    }
    let redactor = if is_dry_run { workplace.redactor_of_a_dry_run()? } else { workplace.redactor()? };
    let mut report = ImportReport { backstory: 1, dry_run: is_dry_run, sources: Vec::new() };
    for source in sources {
        report.sources.push(import(&workplace, context.environment, source, &redactor, is_dry_run)?);
    }
    if arguments.json {
        context.output.exact(&(json::pretty(&report)? + "\n"))?;
        return Ok(Ending::Done);
    }
    for (done, source) in report.sources.iter().map(|done| (done, named(&done.from))) {
        tell(done, source.map_or("", |source| source.title), is_dry_run, context)?;
    }
    if arguments.from.is_none() && report.sources.iter().any(|done| done.records > 0) {
        context.output.line("Nothing was written: name a recorder with `--from`.")?;
    }
    Ok(Ending::Done)
}

fn tell(done: &Imported, title: &str, is_dry_run: bool, context: &mut Context) -> anyhow::Result<()> {
    let Some(reference) = &done.reference else {
        let asked = format!(
            "{title}: there are no notes here; `git fetch origin 'refs/notes/*:refs/notes/*'` brings those of the remote"
        );
        return Ok(context.output.line(&asked)?);
    };
    let count =
        |count: u32, noun: &str| format!("{} {noun}{}", thousands(u64::from(count)), if count == 1 { "" } else { "s" });
    context.output.line(&format!("{title} ({reference}): {}", count(done.notes, "note")))?;
    let lines = done.lines;
    let made = format!(
        "  {}: {}, {}, {}; of {} agents wrote {}, people {}, unknown {}",
        if is_dry_run { "would be written" } else { "written" },
        count(done.records, "record"),
        count(done.sessions, "session"),
        count(done.prompts, "prompt"),
        count(lines.added, "added line"),
        thousands(u64::from(lines.agent) + u64::from(lines.corrected)),
        thousands(u64::from(lines.person)),
        thousands(u64::from(lines.unknown)),
    );
    context.output.line(&made)?;
    for (number, says) in [
        (done.recorded_before, "of which sessions are recorded already; they stay as they are"),
        (done.without_commit, "of commits that are not here"),
        (done.nothing_in_it, "without a session of an agent"),
        (done.unreadable, "that cannot be read"),
    ] {
        if number > 0 {
            context.output.line(&format!("  {} {says}", count(number, "note")))?;
        }
    }
    if done.passed_over > 0 {
        context
            .output
            .line(&format!("  {} left out: forgotten, or in .backstoryignore", count(done.passed_over, "session")))?;
    }
    for problem in &done.problems {
        context.output.line(&crate::output::for_terminal(&format!("  {problem}")))?;
    }
    context.output.line(&format!("  not in these notes: {}", done.lacks))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::schema;

    #[test]
    fn the_document_is_as_its_schema_says() {
        let report = ImportReport { backstory: 1, dry_run: true, sources: vec![Imported::default()] };
        let mistakes = schema::mistakes("import.v1", &schema::written::<ImportReport>(), &[json!(report)]);
        assert_eq!(mistakes, Vec::<String>::new());
    }
}

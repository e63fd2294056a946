//! `process log`: steps that people do by hand, and logs of other programs, into `.backstory/process/log.jsonl`.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::{Timestamp, civil, tz::TimeZone};

use crate::context::{Context, Ending};
use crate::process::exchange::fields::Mapping;
use crate::process::exchange::format::{LogFormat, read};
use crate::process_store::log_file::{self, LogEntry};
use crate::recorder::page::counted;
use crate::recorder::workplace::Workplace;

#[derive(Debug, clap::Args)]
pub(super) struct ProcessLogArgs {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Debug, clap::Subcommand)]
enum LogCommand {
    /// Write down a step that somebody did
    Add(Box<LogAddArgs>),
    /// Take in the log of another program
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
struct LogAddArgs {
    /// The process: `release`
    #[arg(long, value_name = "NAME")]
    process: String,
    /// What was done: `check the invoices`
    #[arg(long, value_name = "NAME")]
    step: String,
    /// The run that the step is a part of; today's date where it is not given
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Who did it
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// A tool that was used; may be repeated
    #[arg(long, value_name = "NAME")]
    tool: Vec<String>,
    /// What it was done with
    #[arg(long, value_name = "TEXT")]
    input: Option<String>,
    /// What came of it
    #[arg(long, value_name = "TEXT")]
    output: Option<String>,
    /// How long it took
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    minutes: Option<f64>,
    /// What else is worth knowing
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// When it was begun, as 2026-10-01 or 2026-10-01T09:30:00Z; now where it is not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The log, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is written in; by the file's name where it is not given
    #[arg(long, value_enum)]
    format: Option<LogFormat>,
    /// What a column means, as COLUMN=FIELD; may be repeated
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
    /// The process, where the log names none
    #[arg(long, value_name = "NAME", default_value = "imported")]
    process: String,
}

pub(super) fn run(log: &ProcessLogArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &log.command {
        LogCommand::Add(add) => self::add(add, context),
        LogCommand::Import(import) => self::import(import, context),
    }
}

fn add(add: &LogAddArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    for (option, text) in [("--process", Some(&add.process)), ("--step", Some(&add.step)), ("--run", add.run.as_ref())]
    {
        if text.is_some_and(|text| text.trim().is_empty()) {
            bail!("{option} is empty\nhint: it takes a name of a few words");
        }
    }
    if add.minutes.is_some_and(|minutes| !minutes.is_finite() || minutes < 0.0) {
        bail!("--minutes takes a number that is not negative");
    }
    let now = context.environment.now;
    let at = add.at.as_deref().map(time).transpose()?.unwrap_or(now);
    let today = at.strftime("%Y-%m-%d").to_string();
    let entry = LogEntry {
        process: add.process.trim().to_owned(),
        run: add.run.as_ref().map_or(today, |run| run.trim().to_owned()),
        step: add.step.trim().to_owned(),
        at: Some(Timestamp::from_millisecond(at.as_millisecond())?),
        actor: add.actor.clone(),
        tools: add.tool.clone(),
        input: add.input.clone(),
        output: add.output.clone(),
        minutes: add.minutes,
        note: add.note.clone(),
        ..LogEntry::default()
    };
    let workplace = Workplace::for_telling(context.environment)?;
    let root = root(&workplace)?;
    let redacted = log_file::append(&root, &workplace.redactor()?, vec![entry])?;
    said(context, &root, redacted)
}

fn import(import: &ImportArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let name = import.file.to_string_lossy();
    let format = import.format.or_else(|| LogFormat::of(&name));
    let format = format.with_context(|| {
        format!("`{name}` does not say by its name what it is\nhint: --format takes xes, ocel2, csv or jsonl")
    })?;
    let mapping = Mapping::new(&import.map)?.of_process(&import.process);
    let read = if import.file == Path::new("-") {
        read(format, std::io::stdin().lock(), &mapping)
    } else {
        let path = context.environment.cwd.join(&import.file);
        let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        read(format, BufReader::new(file), &mapping)
    };
    let read = read.map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
    for row in &read.skipped {
        context.output.message(&format!("{name}:{}: {}", row.line, row.why));
    }
    let workplace = Workplace::for_telling(context.environment)?;
    let (root, redactor) = (root(&workplace)?, workplace.redactor()?);
    let known = log_file::read(&root, &redactor)?.entries;
    let (entries, repeated) = log_file::of_log(&read.log, &redactor, &known);
    let steps = counted(entries.len(), "step");
    let redacted = if entries.is_empty() { 0 } else { log_file::append(&root, &redactor, entries)? };
    let left_out = if read.skipped_rows > 0 {
        format!(", {} left out", counted(read.skipped_rows as usize, "row"))
    } else {
        String::new()
    };
    let repeated = if repeated > 0 { format!(", {repeated} there already") } else { String::new() };
    context.output.message(&format!("{steps} taken in{left_out}{repeated}"));
    said(context, &root, redacted)
}

fn root(workplace: &Workplace) -> anyhow::Result<PathBuf> {
    let root = workplace.repository.root().map(Path::to_path_buf);
    root.context("the repository has no work tree, so no place for a log")
}

fn said(context: &mut Context<'_>, root: &Path, redacted: u32) -> anyhow::Result<Ending> {
    context.output.message(&format!("added to {}", log_file::path(root)?.display()));
    if redacted > 0 {
        let secrets = counted(redacted as usize, "secret");
        context.output.message(&format!("{secrets} taken out of it first"));
    }
    Ok(Ending::Done)
}

/// A time, or a day, which begins at midnight UTC.
fn time(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = text.parse::<civil::Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let day = day.map(|day| day.timestamp());
    day.with_context(|| format!("`{text}` is no time\nhint: write 2026-10-01 or 2026-10-01T09:30:00Z"))
}

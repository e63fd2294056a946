//! `process export`: the log for programs that mine processes.

use std::io::{self, Write};

use super::source::{ProcessSource, process, runs_of};
use crate::context::{Context, Ending};
use crate::output::Output;
use crate::process::exchange::format::{LogFormat, write};
use crate::process::exchange::outgoing::Selection;
use crate::process::level::Level;
use crate::process::traces::{all_traces, traces};

#[derive(Debug, clap::Args)]
pub(super) struct ProcessExportArgs {
    /// The process [default: all of them]
    process: Option<String>,
    #[command(flatten)]
    source: ProcessSource,
    /// Format to write
    #[arg(long)]
    format: LogFormat,
    /// How closely to look
    #[arg(long, default_value = "raw")]
    level: Level,
}

pub(super) fn run(arguments: &ProcessExportArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let log = arguments.source.load(context)?;
    let named = arguments.process.as_deref().map(|named| process(&log, Some(named))).transpose()?;
    let traces = match &named {
        Some(process) => traces(&log, &runs_of(&log, process), arguments.level),
        None => all_traces(&log, arguments.level),
    };
    let selection = Selection { log: &log, process: named.as_deref(), traces: &traces };
    let left = write(arguments.format, &selection, &mut ExactWriter(context.output))?;
    context.output.flush()?;
    for (count, one, several) in [
        (left.events_without_time, "event without a time", "events without a time"),
        (left.empty_runs, "run without events", "runs without events"),
    ] {
        if count > 0 {
            context.output.message(&format!("{count} {} left out", if count == 1 { one } else { several }));
        }
    }
    Ok(Ending::Done)
}

/// Standard output for a writer.
struct ExactWriter<'a>(&'a mut Output);

impl Write for ExactWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.exact_bytes(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

//! The table of formats: what `--format` takes, and who reads and writes each.

use std::io::{self, BufRead, Write};

use super::building::{ReadError, ReadLog};
use super::fields::Mapping;
use super::outgoing::{LeftOut, Selection};
use super::{csv_in, csv_out, jsonl_in, jsonl_out, ocel_in, ocel_out, xes_in, xes_out};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "lower")]
pub(crate) enum LogFormat {
    /// IEEE 1849, what process mining tools read
    Xes,
    /// Object-centric: runs, sessions, commits and files at once
    #[clap(alias = "ocel")]
    Ocel2,
    /// A row an event, with the column names of XES
    Csv,
    /// An object an event, with everything that is known
    Jsonl,
}

impl LogFormat {
    /// By the ending of a file's name; `None` for another one.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let endings = [
            (".xes", Self::Xes),
            (".json", Self::Ocel2),
            (".jsonocel", Self::Ocel2),
            (".csv", Self::Csv),
            (".tsv", Self::Csv),
            (".jsonl", Self::Jsonl),
            (".ndjson", Self::Jsonl),
        ];
        endings.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format)
    }
}

/// Reads a log. One event at a time is in memory as it was written.
///
/// # Errors
/// When nothing in it can be read: no column for the case, no XML, an event that is longer than a megabyte. A row that cannot
/// be read is skipped and named in the result.
pub(crate) fn read(format: LogFormat, input: impl BufRead, mapping: &Mapping) -> Result<ReadLog, ReadError> {
    match format {
        LogFormat::Xes => xes_in::read(input, mapping),
        LogFormat::Ocel2 => ocel_in::read(input, mapping),
        LogFormat::Csv => csv_in::read(input, mapping),
        LogFormat::Jsonl => jsonl_in::read(input, mapping),
    }
}

/// Writes the runs of `selection` in the order of their first event, events in order of time.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn write(format: LogFormat, selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<LeftOut> {
    match format {
        LogFormat::Xes => xes_out::write(selection, out),
        LogFormat::Ocel2 => ocel_out::write(selection, out),
        LogFormat::Csv => csv_out::write(selection, out),
        LogFormat::Jsonl => jsonl_out::write(selection, out),
    }
}

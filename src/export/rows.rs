//! Writes the rows of an export one after the other, and counts why others were left out.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::format::{ExportSource, Format, Row};
use crate::record::entry::{CommitEntry, Training};
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::text::digest::Sha256Sum;

/// What a file of rows came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowsFile {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// The last commit of the range; empty where it has none.
    pub head: String,
    /// How many commits or contributions have no row, by reason.
    pub left_out: BTreeMap<&'static str, u32>,
}

/// Writes each row on its line, `\n` at the end of each. `findings` counts what the redactor's last scan finds in a row's
/// bytes; such a row is left out.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn write(
    range: impl IntoIterator<Item = CommitEntry>,
    format: &dyn Format,
    source: &ExportSource<'_>,
    findings: &dyn Fn(&[u8]) -> usize,
    out: &mut dyn Write,
) -> io::Result<RowsFile> {
    let mut sum = Sha256Sum::default();
    let mut written =
        RowsFile { rows: 0, bytes: 0, sha256: String::new(), head: String::new(), left_out: BTreeMap::new() };
    for entry in range {
        let record = match admitted(&entry) {
            Ok(record) => record,
            Err(reason) => {
                written.leave_out(reason);
                written.head = entry.id;
                continue;
            }
        };
        for row in format.rows(&entry, record, source) {
            let mut line = match row? {
                Row::LeftOut(reason) => {
                    written.leave_out(reason);
                    continue;
                }
                Row::Line(line) if findings(line.as_bytes()) > 0 => {
                    written.leave_out("the last scan of the row found something to redact");
                    continue;
                }
                Row::Line(line) => line,
            };
            line.push('\n');
            out.write_all(line.as_bytes())?;
            sum.add(line.as_bytes());
            written.rows += 1;
            written.bytes += line.len() as u64;
        }
        written.head = entry.id;
    }
    written.sha256 = sum.hex();
    Ok(written)
}

impl RowsFile {
    fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }
}

/// The record that rows may be made of, or why there is none.
fn admitted(entry: &CommitEntry) -> Result<&Record<Clean>, &'static str> {
    let record = entry.record.as_ref().ok_or("no record")?;
    match entry.training {
        Training::Allowed => Ok(record),
        Training::Refused => Err("the commit message refuses training"),
        Training::NotRecorded => Err("a session or an agent that is not to be recorded"),
    }
}

/// The rows of a range without a repository, for tests.
#[cfg(test)]
pub(crate) fn lines(
    format: &dyn Format,
    range: &[CommitEntry],
    patch: &dyn Fn(&CommitEntry, usize) -> Result<super::patch::RowPatch, super::patch::NoPatch>,
) -> Vec<String> {
    let source = ExportSource { repo: "shop".to_owned(), license: String::new(), patch };
    let mut out = Vec::new();
    write(range.iter().cloned(), format, &source, &|_| 0, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::formats::{FORMATS, named};
    use super::super::patch::{NoPatch, RowPatch};
    use super::*;
    use crate::record::samples;
    use crate::text::digest::sha256;

    fn written(format: &dyn Format, range: &[CommitEntry], findings: usize) -> (RowsFile, String) {
        let patch = |_: &CommitEntry, _: usize| {
            Ok::<_, NoPatch>(RowPatch { text: Clean::from_redacted("+x".to_owned()), is_whole: true })
        };
        let source = ExportSource { repo: String::new(), license: String::new(), patch: &patch };
        let mut out = Vec::new();
        let written = write(range.iter().cloned(), format, &source, &|_| findings, &mut out).unwrap();
        (written, String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_is_no_agents_work_or_refused_is_left_out_and_counted() {
        let refused = CommitEntry { training: Training::Refused, ..samples::discounts() };
        let signed = samples::signed("d4", "Docs", "copilot", true);
        let range = [refused, samples::by_a_person(), samples::only_overlapping(), signed];
        let (written, text) = written(named("sft").unwrap(), &range, 0);
        assert_eq!((text.as_str(), written.rows, written.head.as_str()), ("", 0, range[3].id.as_str()));
        let counts: Vec<(&str, u32)> = written.left_out.into_iter().collect();
        assert_eq!(
            counts,
            [
                ("no agent", 1),
                ("no record", 1),
                ("the commit message refuses training", 1),
                ("the session only overlaps", 1)
            ]
        );
    }

    #[test]
    fn no_format_gets_what_is_refused_or_keeps_what_the_last_scan_finds() {
        let may = |training: Training| [CommitEntry { training, ..samples::discounts() }];
        for format in FORMATS {
            for (name, range, findings) in [
                ("refused", may(Training::Refused), 0),
                ("not recorded", may(Training::NotRecorded), 0),
                ("a finding", may(Training::Allowed), 1),
            ] {
                let (written, text) = written(*format, &range, findings);
                assert_eq!((text.as_str(), written.left_out.values().sum::<u32>()), ("", 1), "{format:?}: {name}");
            }
        }
    }

    #[test]
    fn the_sums_are_those_of_the_file() {
        for format in FORMATS {
            let (written, text) = written(*format, &[samples::discounts(), samples::discounts()], 0);
            assert_eq!((written.rows, written.bytes), (2, text.len() as u64), "{format:?}");
            assert_eq!((text.lines().count(), written.sha256), (2, sha256(text.as_bytes())), "{format:?}");
        }
    }
}

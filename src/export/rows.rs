//! The rows of an export, and why others were left out.

use std::collections::BTreeMap;

use crate::record::entry::{CommitEntry, Training};
use crate::record::note::Record;
use crate::record::text::Clean;

/// The rows of a file, and how many commits or contributions were left out, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// One JSON object each, without the line end.
    pub lines: Vec<String>,
    pub left_out: BTreeMap<&'static str, u32>,
}

impl Rows {
    pub(crate) fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }

    /// The record that rows may be made of; without one, or where it may not, says so.
    pub(crate) fn admit<'a>(&mut self, entry: &'a CommitEntry) -> Option<&'a Record<Clean>> {
        let why = match entry.training {
            _ if entry.record.is_none() => "no record",
            Training::Allowed => return entry.record.as_ref(),
            Training::Refused => "the commit message refuses training",
            Training::NotRecorded => "a session or an agent that is not to be recorded",
        };
        self.leave_out(why);
        None
    }

    /// Keeps a row, unless the redactor's last look at its bytes still finds something.
    pub(crate) fn push(&mut self, line: String, findings: &dyn Fn(&[u8]) -> usize) {
        if findings(line.as_bytes()) > 0 {
            self.leave_out("the last scan of the row found something to redact");
        } else {
            self.lines.push(line);
        }
    }

    /// The file: each row on its line, `\n` at the end of each.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// What is the same for every row of an export.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// A name for the repository, the same on every machine; empty where there is none.
    pub repo: String,
    /// SPDX expression; empty where it is not known.
    pub license: String,
}

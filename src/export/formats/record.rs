//! The records themselves, one row per commit: flat columns for what is asked of them most, and the whole record.

use serde::Serialize;

use crate::export::conversation::admitted;
use crate::export::format::{Format, Row, Unit};
use crate::export::metadata;
use crate::export::source::Source;
use crate::record::constraints::{Constraint, constraints};
use crate::record::contribution::{Confidence, Contribution};
use crate::record::entry::CommitEntry;
use crate::record::headline::headline;
use crate::record::json;
use crate::record::note::{LineCounts, Record};
use crate::record::text::Clean;

pub(super) struct WholeRecord;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct RecordRow<'a> {
    subject: &'a str,
    /// What was wanted, what came of it and how it went, in a line; empty where nobody knows what was wanted.
    headline: String,
    lines: LineCounts,
    /// What people said that the work had to keep to, in their own words.
    constraints: Vec<Constraint>,
    /// By `docs/schema/record.v1.json`. Its optional parts come and go: see `docs/training.md` on how to load it.
    record: &'a Record<Clean>,
}

impl Format for WholeRecord {
    fn name(&self) -> &'static str {
        "record"
    }

    fn help(&self) -> &'static str {
        "A commit with its whole record, for queries and tools of your own"
    }

    fn unit(&self) -> Unit {
        Unit::Commit
    }

    fn of_commit(
        &self,
        entry: &CommitEntry,
        _record: &Record<Clean>,
        source: &dyn Source,
    ) -> serde_json::Result<Vec<Row>> {
        let record = match admitted(entry) {
            Ok(record) => record,
            Err(why) => return Ok(vec![Row::LeftOut(why)]),
        };
        let claimed = || record.contributions.iter().filter(|one| one.confidence != Confidence::Overlap);
        let content = json::line(&RecordRow {
            subject: entry.subject.as_str(),
            headline: headline(entry).unwrap_or_default(),
            lines: record.lines,
            constraints: claimed().flat_map(constraints).collect(),
            record,
        })?;
        // It holds the text of all sessions of its record.
        let overlapping = record.contributions.iter().filter(|one| one.confidence == Confidence::Overlap);
        let sessions: Vec<&Contribution<Clean>> = claimed().chain(overlapping).collect();
        let metadata = metadata::of_commit((entry, record), self.name(), &sessions, &content, source);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<RecordRow<'_>>()
    }
}

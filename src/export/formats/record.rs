//! The records themselves, one row per commit: flat columns for what is asked of them most, and the whole record as
//! JSON text in `record`, because its optional parts would change the type of a column from row to row.

use serde::Serialize;
use serde_json::Value;

use crate::export::format::{ExportSource, Format, Owners, Row};
use crate::export::metadata::{Metadata, metadata};
use crate::record::constraints::{Constraint, constraints};
use crate::record::contribution::Confidence;
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
    prompts: Vec<&'a str>,
    /// What people said that the work had to keep to, in their own words.
    constraints: Vec<Constraint>,
    attempts: u32,
    corrections: u32,
    /// By `docs/schema/record.v1.json`.
    record: String,
    metadata: Metadata,
}

impl Format for WholeRecord {
    fn name(&self) -> &'static str {
        "record"
    }

    fn help(&self) -> &'static str {
        "A commit with its whole record"
    }

    fn rows<'a>(
        &self,
        entry: &'a CommitEntry,
        record: &'a Record<Clean>,
        source: &'a ExportSource<'a>,
    ) -> Box<dyn Iterator<Item = serde_json::Result<Row>> + 'a> {
        Box::new(std::iter::once_with(move || row(entry, record, source).map(Row::Line)))
    }

    /// It holds the text of all sessions of its record.
    fn owners(&self, row: &Value) -> Option<Owners> {
        let mut owners = Owners::by_metadata(row)?;
        let record = row["record"].as_str().and_then(|record| serde_json::from_str::<Value>(record).ok());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for one in record.iter().filter_map(|record| record["contributions"].as_array()).flatten() {
            owners.add_session(&text(&one["agent"]), &text(&one["session"]));
        }
        Some(owners)
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(RecordRow)
    }
}

fn row(entry: &CommitEntry, record: &Record<Clean>, source: &ExportSource<'_>) -> serde_json::Result<String> {
    let claimed = || record.contributions.iter().filter(|one| one.confidence != Confidence::Overlap);
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let text = json::line(record)?;
    json::line(&RecordRow {
        subject: entry.subject.as_str(),
        headline: headline(entry).unwrap_or_default(),
        lines: record.lines,
        prompts: claimed().flat_map(|one| &one.prompts).map(|prompt| prompt.text.as_str()).collect(),
        constraints: claimed().flat_map(constraints).collect(),
        attempts: count(claimed().map(|one| one.attempts.len()).sum()),
        corrections: count(claimed().map(|one| one.corrections.len()).sum()),
        metadata: metadata(entry, record, claimed().next(), &text, source),
        record: text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::patch::NoPatch;
    use crate::export::rows::lines;
    use crate::record::samples;

    #[test]
    fn a_row_holds_the_whole_record_and_says_where_it_is_from() {
        let range = [samples::discounts(), samples::by_a_person(), samples::only_overlapping()];
        let rows = lines(&WholeRecord, &range, &|_, _| Err(NoPatch::Unreadable));
        assert_eq!(rows.len(), 3);
        let row: Value = serde_json::from_str(&rows[0]).unwrap();
        let record: Record<Clean> = serde_json::from_str(row["record"].as_str().unwrap()).unwrap();
        assert_eq!(Some(&record), range[0].record.as_ref());
        assert_eq!((row["metadata"]["repo"].as_str(), row["prompts"].as_array().unwrap().len()), (Some("shop"), 4));
        let overlapping: Value = serde_json::from_str(&rows[2]).unwrap();
        assert_eq!(overlapping["metadata"]["agent"], "", "an overlap is no author");
    }
}

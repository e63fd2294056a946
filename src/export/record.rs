//! The records themselves, one row per commit: flat columns for what is asked of them most, and the whole record as
//! JSON text in `record`, because its optional parts would change the type of a column from row to row.

use serde::Serialize;

use super::metadata::{Metadata, metadata};
use super::{Rows, Source};
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::note::LineCounts;

#[derive(Serialize)]
struct Row<'a> {
    subject: &'a str,
    lines: LineCounts,
    prompts: Vec<&'a str>,
    attempts: u32,
    corrections: u32,
    /// By `docs/schema/record.v1.json`.
    record: String,
    metadata: Metadata,
}

/// Writes the rows of the commits that have a record.
pub fn rows(range: &[CommitEntry], source: &Source, findings: &dyn Fn(&[u8]) -> usize) -> serde_json::Result<Rows> {
    let mut rows = Rows::default();
    for entry in range {
        let Some(record) = rows.admit(entry) else { continue };
        let claimed = || record.contributions.iter().filter(|one| one.confidence != Confidence::Overlap);
        let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
        let text = serde_json::to_string(record)?;
        let row = Row {
            subject: entry.subject.as_str(),
            lines: record.lines,
            prompts: claimed().flat_map(|one| &one.prompts).map(|prompt| prompt.text.as_str()).collect(),
            attempts: count(claimed().map(|one| one.attempts.len()).sum()),
            corrections: count(claimed().map(|one| one.corrections.len()).sum()),
            metadata: metadata(entry, record, claimed().next(), &text, source),
            record: text,
        };
        rows.push(serde_json::to_string(&row)?, findings);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::note::Record;
    use crate::record::samples;
    use crate::record::text::Clean;

    #[test]
    fn a_row_holds_the_whole_record_and_says_where_it_is_from() {
        let range = [samples::discounts(), samples::by_a_person(), samples::only_overlapping()];
        let source = Source { repo: "example".to_owned(), license: "MIT".to_owned() };
        let rows = rows(&range, &source, &|_| 0).unwrap();
        assert_eq!(rows.lines.len(), 3);
        let row: serde_json::Value = serde_json::from_str(&rows.lines[0]).unwrap();
        let record: Record<Clean> = serde_json::from_str(row["record"].as_str().unwrap()).unwrap();
        assert_eq!(Some(&record), range[0].record.as_ref());
        assert_eq!((row["metadata"]["repo"].as_str(), row["prompts"].as_array().unwrap().len()), (Some("example"), 4));
        let overlapping: serde_json::Value = serde_json::from_str(&rows.lines[2]).unwrap();
        assert_eq!(overlapping["metadata"]["agent"], "", "an overlap is no author");
    }
}

//! The records themselves, one row per commit: flat columns for what is asked of them most, and the whole record as
//! JSON text in `record`, because its optional parts would change the type of a column from row to row.

use serde::Serialize;

use super::metadata::{Metadata, metadata};
use super::{Rows, Source};
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::json;
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
        let text = json::line(record)?;
        let row = Row {
            subject: entry.subject.as_str(),
            lines: record.lines,
            prompts: claimed().flat_map(|one| &one.prompts).map(|prompt| prompt.text.as_str()).collect(),
            attempts: count(claimed().map(|one| one.attempts.len()).sum()),
            corrections: count(claimed().map(|one| one.corrections.len()).sum()),
            metadata: metadata(entry, record, claimed().next(), &text, source),
            record: text,
        };
        rows.push(json::line(&row)?, findings);
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
    fn a_row_is_one_line_for_every_reader() {
        let mut entry = samples::discounts();
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\r\nh";
        entry.record.as_mut().unwrap().contributions[0].prompts[0].text = Clean::from_redacted(text.to_owned());
        let findings = |_: &[u8]| 0;
        let patch = |_: &CommitEntry, _: usize| {
            Ok(super::super::sft::RowPatch { text: Clean::from_redacted(text.to_owned()), is_whole: true })
        };
        let source = Source::default();
        let range = [entry];
        let (records, sft) =
            (rows(&range, &source, &findings), super::super::sft::rows(&range, &source, &patch, &findings));
        for (rows, pointer) in [(records, "/prompts/0"), (sft, "/messages/0/content")] {
            let [row] = &rows.unwrap().lines[..] else { panic!("not one row") };
            // As Python's `splitlines` and Node's readline take lines.
            let ends = |c: char| ('\u{a}'..='\u{1f}').contains(&c) || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
            assert!(!row.contains(ends), "{row}");
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            assert_eq!(row.pointer(pointer).unwrap(), text);
        }
    }

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

//! Remarks for single lines: where people changed what an agent had written, for the places that show a remark beside the
//! code.

use super::cut::cut;
use crate::record::contribution::{Contribution, Correction, CorrectionForm};
use crate::record::entry::CommitEntry;
use crate::record::note::LineAuthor;
use crate::record::text::Clean;
use crate::text::visible::visible_line;

/// Code points of a reason.
const REASON: usize = 300;

/// A run of lines in one commit that a person corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// Full id of the commit that the lines are numbered in.
    pub commit: String,
    pub path: String,
    /// From 1.
    pub start: u32,
    pub lines: u32,
    /// One line of plain text.
    pub text: String,
}

/// The remarks of a range, in its order.
pub(crate) fn remarks(range: &[CommitEntry]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (entry, record) in range.iter().filter_map(|entry| Some((entry, entry.record.as_ref()?))) {
        for file in &record.files {
            for span in file.spans.iter().filter(|span| span.author == LineAuthor::Corrected) {
                let own = span.contribution.and_then(|index| record.contributions.get(index as usize));
                let writer = own.map_or("an agent", |own| own.agent.title());
                let reason = reason(own, &file.path, span.range());
                let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                remarks.push(Remark {
                    commit: entry.id.clone(),
                    path: file.path.clone(),
                    start: span.start,
                    lines: span.lines,
                    text: visible_line(&format!("A person changed what {writer} had written here{reason}")),
                });
            }
        }
    }
    remarks
}

/// Why the lines were changed, in the person's own words.
fn reason(own: Option<&Contribution<Clean>>, path: &str, lines: std::ops::Range<u32>) -> Option<String> {
    let is_here = |correction: &&Correction<Clean>| {
        // What a directed one changed, the agent changed itself.
        correction.form != CorrectionForm::Directed
            && correction.path.as_deref() == Some(path)
            && correction.line.is_none_or(|line| lines.contains(&line))
    };
    let reason = own?.corrections.iter().filter(is_here).find_map(|correction| correction.reason.as_ref())?;
    let (short, left) = cut(reason.as_str(), REASON);
    let dots = if left > 0 { " \u{2026}" } else { "" };
    Some(format!("{short}{dots}"))
}

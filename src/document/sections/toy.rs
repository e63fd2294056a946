//! A section for tests: the subjects of the commits. It shows that a section is its file and its row in the table.

use serde::Serialize;

use super::{FoldedSection, values};
use crate::text::markdown::{Markdown, inline};

pub(super) const SECTION: FoldedSection = FoldedSection {
    name: "toy",
    rows: |material| values(material.range.iter().map(|entry| ToySection { subject: inline(entry.subject.as_str()) })),
};

#[derive(Serialize)]
struct ToySection {
    subject: Markdown,
}

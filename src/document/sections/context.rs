//! Constraints, requirements and plans, as sessions and messages say them.

use super::super::cut::cut;
use super::super::details::BLOCK;
use super::super::range::Once;
use super::{FoldedSection, Material, values};
use crate::record::note::Statement;
use crate::text::markdown::{Markdown, fence};

pub(super) const SECTION: FoldedSection = FoldedSection { name: "context", rows: |material| values(context(material)) };

fn context(Material { range, claims }: &Material<'_>) -> Vec<Markdown> {
    let mut once = Once::new();
    let from_sessions = claims.iter().flat_map(|claim| &claim.contribution.context);
    let from_messages = range.iter().flat_map(|entry| entry.stated()).filter_map(|statement| match statement {
        Statement::Context { text } => Some(text),
        _ => None,
    });
    from_sessions
        .chain(from_messages)
        .filter(|text| once.first(text.as_str()))
        .map(|text| fence(cut(text.as_str(), BLOCK).0, "text"))
        .collect()
}

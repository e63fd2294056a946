//! What people said that the work had to keep to, in their own words.

use serde::Serialize;

use super::super::excerpt::shortened;
use super::super::range::Once;
use super::{FoldedSection, Material, values};
use crate::record::constraints::constraints;
use crate::text::markdown::Markdown;

pub(super) const SECTION: FoldedSection =
    FoldedSection { name: "constraints", rows: |material| values(rows(material)) };

#[derive(Serialize)]
struct ConstraintRow {
    /// `performance`, `style`, `requirement`.
    kind: &'static str,
    text: Markdown,
}

fn rows(Material { claims, .. }: &Material<'_>) -> Vec<ConstraintRow> {
    let mut once = Once::new();
    let all = claims.iter().flat_map(|claim| constraints(claim.contribution));
    all.filter(|one| once.first(one.text.clone()))
        .map(|one| ConstraintRow { kind: one.kind.name(), text: shortened(&one.text) })
        .collect()
}

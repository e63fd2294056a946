//! What people corrected, with their reasons.

use super::events::CorrectionEvent;
use super::figures::{CorrectionFigures, CorrectionTold, FigureOf};
use super::periods::date;
use super::tallies::NamedCounts;

/// Characters of a reason.
const LONGEST: usize = 280;

pub(super) fn corrections(events: &[CorrectionEvent<'_>]) -> CorrectionFigures {
    let (mut all, mut without_reason, mut forms) = (FigureOf::default(), FigureOf::default(), NamedCounts::default());
    for event in events {
        let id = &event.commit.entry.id;
        all.add(id);
        forms.add(event.form, id);
        if event.reason.is_none() {
            without_reason.add(id);
        }
    }
    let told = |event: &CorrectionEvent<'_>| CorrectionTold {
        commit: event.commit.entry.id.clone(),
        day: date(event.commit.at).to_string(),
        form: event.form,
        files: event.files.iter().map(|file| (*file).to_owned()).collect(),
        reason: event.reason.map(|reason| reason.shortened(LONGEST).0),
    };
    let each = events.iter().rev().map(told).collect();
    CorrectionFigures { all, forms: forms.most_first(1), without_reason, each }
}

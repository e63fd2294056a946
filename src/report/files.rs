//! What is known of each file.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{CorrectionEvent, DatedCommit, FailureEvent};
use super::figures::{FigureOf, FileFigures};
use crate::record::note::LineCounts;

/// Reasons of one file that are told, and characters of one.
const MOST_REASONS: usize = 3;
const LONGEST: usize = 160;

pub(super) fn files(
    commits: &[DatedCommit<'_>],
    failures: &[FailureEvent<'_>],
    corrections: &[CorrectionEvent<'_>],
) -> Vec<FileFigures> {
    let mut known: BTreeMap<&str, FileFigures> = BTreeMap::new();
    for commit in commits {
        for file in commit.entry.record.iter().flat_map(|record| &record.files) {
            let one = of(&mut known, &file.path);
            one.commits.add(&commit.entry.id);
            file.spans.iter().for_each(|span| one.lines.count(span.author, span.lines));
        }
    }
    for event in failures {
        let named: BTreeSet<&str> = event.attempt.files.iter().map(String::as_str).collect();
        named.into_iter().for_each(|file| of(&mut known, file).failures.add(&event.commit.entry.id));
    }
    for event in corrections {
        for file in &event.files {
            let one = of(&mut known, file);
            one.corrections.add(&event.commit.entry.id);
            one.reasons.extend(event.reason.map(|reason| reason.shortened(LONGEST).0));
        }
    }
    let newest = |one: FileFigures| FileFigures {
        reasons: one.reasons.iter().rev().take(MOST_REASONS).cloned().collect(),
        ..one
    };
    let mut all: Vec<FileFigures> = known.into_values().map(newest).collect();
    all.sort_by_cached_key(|one| (std::cmp::Reverse(weight(one)), one.path.clone()));
    all
}

fn of<'a, 'p>(known: &'a mut BTreeMap<&'p str, FileFigures>, path: &'p str) -> &'a mut FileFigures {
    known.entry(path).or_insert_with(|| FileFigures {
        path: path.to_owned(),
        commits: FigureOf::default(),
        failures: FigureOf::default(),
        corrections: FigureOf::default(),
        reasons: Vec::new(),
        lines: LineCounts::default(),
    })
}

/// What a reader looks for first: corrections, then failures, then lines of which nobody knows who wrote them.
fn weight(one: &FileFigures) -> (u32, u32, u32) {
    (one.corrections.n.saturating_mul(2).saturating_add(one.failures.n), one.lines.unknown, one.commits.n)
}

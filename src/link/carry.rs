//! Carrying records over to a commit that was made from others: amend, rebase, cherry-pick, squash. Lines keep their
//! author where the same text stands in the new commit; everything else is what the new commit's own links say.

use std::collections::HashMap;

use super::lines::LineKey;
use super::paths::name;
use crate::record::commit::Commit;
use crate::record::contribution::{Contribution, Evidence};
use crate::record::note::{LineAuthor, LineCounts, Record, Span};
use crate::record::text::Clean;

/// A commit that the new one was made from, with its record.
pub struct Source {
    pub commit: Commit,
    pub record: Record<Clean>,
}

/// Adds to `record`, which was made for `commit` from the sessions that are still there, what the records of its sources
/// say: contributions of sessions that are missing, and the authors of lines that are unknown.
pub fn carry(commit: &Commit, record: &mut Record<Clean>, sources: &[Source]) {
    for source in sources {
        let places: Vec<Option<u32>> = source
            .record
            .contributions
            .iter()
            .map(|contribution| Some(place_of(&mut record.contributions, contribution, &source.record.commit)))
            .collect();
        let authors = authors_by_text(source);
        for file in &mut record.files {
            let Some(change) = commit.files.iter().find(|change| change.path == file.path) else { continue };
            let texts = change.hunks.iter().flat_map(|hunk| {
                hunk.added.iter().enumerate().map(|(offset, text)| (hunk.new_start + offset as u32, text.expose()))
            });
            let texts: HashMap<u32, &str> = texts.collect();
            file.spans = respan(&file.spans, |number| {
                let key = (name(&file.path).to_owned(), LineKey::of(texts.get(&number)?));
                let (author, contribution) = authors.get(&key)?;
                let contribution = contribution.and_then(|place| places.get(place as usize).copied().flatten());
                Some((*author, contribution))
            });
        }
        for (kind, count) in &source.record.redactions {
            let known = record.redactions.entry(kind.clone()).or_default();
            *known = (*known).max(*count);
        }
        record.skipped = record.skipped.max(source.record.skipped);
        record.cut = record.cut.max(source.record.cut);
    }
    for (index, one) in record.contributions.iter_mut().enumerate() {
        if one.evidence.iter().any(|evidence| matches!(evidence, Evidence::Carried { .. })) {
            let spans = record.files.iter().flat_map(|file| &file.spans);
            let held = spans.filter(|span| span.contribution == Some(index as u32)).map(|span| span.lines).sum();
            // What an amend took out again is no part of the new commit.
            one.lines = one.lines.min(held);
        }
    }
    let mut lines = LineCounts::default();
    for span in record.files.iter().flat_map(|file| &file.spans) {
        lines.count(span.author, span.lines);
    }
    record.lines = lines;
}

/// The place of the carried contribution among those of the record; it is added where its session is not there yet.
fn place_of(contributions: &mut Vec<Contribution<Clean>>, carried: &Contribution<Clean>, from: &str) -> u32 {
    let same = |known: &Contribution<Clean>| known.agent == carried.agent && known.session == carried.session;
    if let Some(place) = contributions.iter().position(same) {
        let known = &mut contributions[place];
        add_missing(&mut known.prompts, &carried.prompts);
        add_missing(&mut known.attempts, &carried.attempts);
        add_missing(&mut known.corrections, &carried.corrections);
        if known.checks.is_empty() {
            known.checks.clone_from(&carried.checks);
            known.changed_after_check.clone_from(&carried.changed_after_check);
        }
        known.confidence = known.confidence.min(carried.confidence);
        return place as u32;
    }
    let mut added = carried.clone();
    let evidence = Evidence::Carried { from: from.to_owned() };
    if !added.evidence.contains(&evidence) {
        added.evidence.push(evidence);
    }
    contributions.push(added);
    contributions.len() as u32 - 1
}

fn add_missing<T: Clone + PartialEq>(known: &mut Vec<T>, carried: &[T]) {
    for item in carried {
        if !known.contains(item) {
            known.push(item.clone());
        }
    }
}

/// The known authors of the source's added lines, by file name and text.
fn authors_by_text(source: &Source) -> HashMap<(String, LineKey), (LineAuthor, Option<u32>)> {
    let mut authors = HashMap::new();
    for file in &source.record.files {
        let Some(change) = source.commit.files.iter().find(|change| change.path == file.path) else { continue };
        for hunk in &change.hunks {
            for (offset, text) in hunk.added.iter().enumerate() {
                let number = hunk.new_start + offset as u32;
                let span = file.spans.iter().find(|span| (span.start..span.start + span.lines).contains(&number));
                if let Some(span) = span.filter(|span| span.author != LineAuthor::Unknown) {
                    let key = (name(&file.path).to_owned(), LineKey::of(text.expose()));
                    authors.insert(key, (span.author, span.contribution));
                }
            }
        }
    }
    authors
}

/// The same lines with the authors of unknown ones filled in.
fn respan(spans: &[Span], author_of: impl Fn(u32) -> Option<(LineAuthor, Option<u32>)>) -> Vec<Span> {
    let mut filled: Vec<Span> = Vec::new();
    for span in spans {
        for number in span.start..span.start + span.lines {
            let (author, contribution) = match span.author {
                LineAuthor::Unknown => author_of(number).unwrap_or((LineAuthor::Unknown, None)),
                author => (author, span.contribution),
            };
            match filled.last_mut() {
                Some(last)
                    if last.start + last.lines == number
                        && last.author == author
                        && last.contribution == contribution =>
                {
                    last.lines += 1;
                }
                _ => filled.push(Span { start: number, lines: 1, author, contribution }),
            }
        }
    }
    filled
}

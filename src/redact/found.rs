//! What was found in a text, put in order: found again elsewhere, without what has a placeholder already, without overlaps.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::finding::Detection;
use super::private;
use crate::redact::finding;

/// What is known to be secret from other texts of the same record.
#[derive(Default)]
pub(crate) struct KnownSecrets {
    secrets: Vec<Detection>,
    /// Words of private parts, as one finding each.
    words: BTreeSet<String>,
    secret_finder: Option<AhoCorasick>,
    word_finder: Option<AhoCorasick>,
}

impl KnownSecrets {
    /// Takes note of what was found in a text.
    pub(crate) fn learn(&mut self, text: &str, findings: &[Detection]) {
        for finding in findings {
            if finding.is_worth_finding_again() {
                self.secrets.push(finding.clone());
            } else if finding.rank == finding::RANK_PRIVATE
                && let Some(part) = text.get(at_char_boundaries(text, finding.range.clone()))
            {
                self.words.extend(private::telling_words(part));
            }
        }
    }

    /// Makes ready to look for what was learnt; whether there is anything.
    pub(crate) fn prepare(&mut self) -> bool {
        in_order(&mut self.secrets);
        if !self.secrets.is_empty() {
            self.secret_finder = finder_of(&self.secrets);
        }
        if !self.words.is_empty() {
            self.word_finder = AhoCorasick::builder().ascii_case_insensitive(true).build(&self.words).ok();
        }
        self.secret_finder.is_some() || self.word_finder.is_some()
    }

    pub(crate) fn find(&self, text: &[u8], findings: &mut Vec<Detection>) {
        if let Some(secrets) = &self.secret_finder {
            findings.extend(
                secrets.find_iter(text).map(|found| again(&self.secrets[found.pattern().as_usize()], found.range())),
            );
        }
        if let Some(words) = &self.word_finder {
            let whole = |range: &Range<usize>| {
                let is_part =
                    |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
                let before = range.start.checked_sub(1).and_then(|at| text.get(at));
                !is_part(before) && !is_part(text.get(range.end))
            };
            let found = words.find_overlapping_iter(text).map(|found| found.range()).filter(whole);
            findings.extend(found.map(|range| Detection {
                rank: finding::RANK_PRIVATE,
                ..Detection::new(range, "private".into(), b"")
            }));
        }
    }
}

/// By value, each once: of the same value the finding that says most.
fn in_order(secrets: &mut Vec<Detection>) {
    secrets.sort_by(|a, b| a.value.cmp(&b.value).then(b.rank.cmp(&a.rank)));
    secrets.dedup_by(|a, b| a.value == b.value);
}

fn finder_of(secrets: &[Detection]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(secrets.iter().map(|it| &it.value)).ok()
}

fn again(first: &Detection, range: Range<usize>) -> Detection {
    Detection { range, rank: finding::RANK_AGAIN, ..first.clone() }
}

/// A secret that was recognised once is redacted wherever else it occurs.
pub(crate) fn find_again(text: &[u8], findings: &mut Vec<Detection>) {
    if let Some(again) = Again::new(findings) {
        findings.extend(again.find(text));
    }
}

/// What is looked for wherever else it occurs.
pub(crate) struct Again {
    secrets: Vec<Detection>,
    finder: AhoCorasick,
}

impl Again {
    /// `None` where none of the findings is worth it.
    pub(crate) fn new(findings: &[Detection]) -> Option<Self> {
        let mut secrets: Vec<Detection> = findings.iter().filter(|it| it.is_worth_finding_again()).cloned().collect();
        // Of two that say as much the first in the text names the kind, in whatever parts it was looked at.
        secrets.sort_by_key(|secret| secret.range.start);
        in_order(&mut secrets);
        let finder = if secrets.is_empty() { None } else { finder_of(&secrets) };
        Some(Self { finder: finder?, secrets })
    }

    pub(crate) fn find(&self, text: &[u8]) -> impl Iterator<Item = Detection> {
        self.finder.find_iter(text).map(|found| again(&self.secrets[found.pattern().as_usize()], found.range()))
    }

    pub(crate) fn has_line_ends(&self) -> bool {
        self.secrets.iter().any(|secret| secret.value.contains(&b'\n'))
    }
}

/// How many examples are not taken out for another reason, alone or with what stands around them.
pub(crate) fn outside(examples: Vec<Range<usize>>, findings: &[Detection]) -> usize {
    let stays = |example: &Range<usize>| {
        let next = findings.partition_point(|finding| finding.range.end <= example.start);
        findings.get(next).is_none_or(|finding| finding.range.start >= example.end)
    };
    examples.into_iter().filter(stays).count()
}

/// Findings without what lies in `kept`, the placeholders that are there already, in order.
pub(crate) fn without(findings: Vec<Detection>, kept: &[Range<usize>]) -> Vec<Detection> {
    if kept.is_empty() {
        return findings;
    }
    let mut parts = Vec::with_capacity(findings.len());
    for finding in findings {
        let first = kept.partition_point(|kept| kept.end <= finding.range.start);
        let overlapping = kept[first..].iter().take_while(|kept| kept.start < finding.range.end);
        // What begins inside a placeholder was led there by the placeholder's own words: `password:1234]...`. A private part
        // was not: it may begin anywhere.
        let is_private = finding.rank == finding::RANK_PRIVATE;
        if !is_private && kept.get(first).is_some_and(|kept| kept.start <= finding.range.start) {
            continue;
        }
        let mut start = finding.range.start;
        let mut whole = true;
        for range in overlapping {
            whole = false;
            if start < range.start && !finding.is_context() {
                parts.push(Detection { range: start..range.start, ..finding.clone() });
            }
            start = start.max(range.end);
        }
        if whole {
            parts.push(finding);
        } else if start < finding.range.end {
            parts.push(Detection { range: start..finding.range.end, ..finding });
        }
    }
    // What is left of a finding beside a placeholder is mostly punctuation: `"`, `@`, a line end.
    let stays = |part: &Detection| part.instead.is_some() || part.rank == finding::RANK_PRIVATE || part.range.len() > 3;
    parts.retain(stays);
    parts
}

/// Findings in order, those that overlap as one.
pub(crate) fn merge(mut findings: Vec<Detection>) -> Vec<Detection> {
    findings.sort_by_key(|finding| (finding.range.start, finding.range.end));
    let mut merged: Vec<Detection> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last) if finding.range.start < last.range.end => last.join(finding),
            _ => merged.push(finding),
        }
    }
    merged
}

/// A place in all of a text at boundaries of characters, where a part of the text begins at `start`.
pub(crate) fn at_boundaries(part: &[u8], start: usize, range: &Range<usize>) -> Range<usize> {
    let goes_on = |at: usize| at.checked_sub(start).and_then(|at| part.get(at)).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut range = range.clone();
    while range.start > start && goes_on(range.start) {
        range.start -= 1;
    }
    while goes_on(range.end) {
        range.end += 1;
    }
    range
}

pub(crate) fn at_char_boundaries(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    let mut end = range.end.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

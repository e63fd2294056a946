//! One pass over texts: what is found in each is replaced by placeholders, and remembered for the others.

use std::ops::Range;

use super::finding::Detection;
use super::found::{KnownSecrets, at_char_boundaries};
use super::options::RedactionCounts;
use super::redactor::Redactor;
use super::work;
use crate::record::quote::{LONGEST, Quote};
use crate::record::text::{Clean, Raw, beginning};

pub(super) struct Pass<'a> {
    redactor: &'a Redactor,
    known: &'a KnownSecrets,
    pub(super) learnt: KnownSecrets,
    pub(super) counts: RedactionCounts,
    is_of_record: bool,
}

/// How often a text is looked at again after something in it was redacted. Twice is enough for what was seen so far.
pub(super) const MAX_PASSES: usize = 5;

impl<'a> Pass<'a> {
    pub(super) fn new(redactor: &'a Redactor, known: &'a KnownSecrets) -> Self {
        Self { redactor, known, learnt: KnownSecrets::default(), counts: RedactionCounts::new(), is_of_record: false }
    }

    /// The same for the texts of a record: of each, no more is kept than [`LONGEST`], as a note holds no more.
    pub(super) fn of_record(redactor: &'a Redactor, known: &'a KnownSecrets) -> Self {
        Self { is_of_record: true, ..Self::new(redactor, known) }
    }

    pub(super) fn raw(&mut self, raw: Raw) -> Clean {
        if let Some(quote) = raw.quote() {
            return Clean::from_redacted(self.quote(quote));
        }
        let text = raw.into_inner();
        let kept = if self.is_of_record { kept(&text) } else { text.len() };
        Clean::from_redacted(if kept < text.len() { self.start_of(&text, kept) } else { self.clean(text) })
    }

    pub(super) fn clean(&mut self, mut text: String) -> String {
        for _ in 0..MAX_PASSES {
            let findings = self.findings(&text);
            if findings.is_empty() {
                return text;
            }
            text = self.replace(&text, 0..text.len(), &findings, &mut 0);
        }
        // What still holds something that must not travel is left out whole.
        if let Some(finding) = self.findings(&text).iter().find(|finding| finding.is_certain()) {
            let mut instead = Vec::new();
            self.redactor.write_instead(finding, &mut instead);
            return String::from_utf8(instead).unwrap_or_default();
        }
        text
    }

    /// The first `kept` bytes of a text. All of it is looked at: what is private or secret further on may come again in another.
    fn start_of(&mut self, text: &str, kept: usize) -> String {
        let findings = self.findings(text);
        let start = self.replace(text, 0..kept, &findings, &mut 0);
        self.clean(start)
    }

    /// Redacts the text around, then what is quoted of it, and cuts the lines. What was cut is redacted once more: the end of
    /// a long word may look like a secret without the rest.
    fn quote(&mut self, quote: &Quote) -> String {
        let findings = self.findings(quote.source());
        let mut told = 0;
        let mut lines: Vec<String> = Vec::new();
        for part in quote.parts() {
            let line = self.replace(quote.source(), part.clone(), &findings, &mut told);
            // A key of many lines is one placeholder.
            if !line.trim().is_empty() || part.is_empty() {
                lines.push(line);
            }
        }
        let clean = self.clean(quote.put_together(lines.join("\n")));
        let short: Vec<String> = clean.lines().map(|line| cut(line, quote.width())).collect();
        self.clean(short.join("\n"))
    }

    pub(super) fn findings(&mut self, text: &str) -> Vec<Detection> {
        let findings = self.redactor.findings(text.as_bytes(), self.known);
        if self.is_of_record {
            self.learnt.learn(text, &findings);
        }
        findings
    }

    /// A part of a text without the findings in it; `told` of them have their placeholder already.
    pub(super) fn replace(
        &mut self,
        text: &str,
        part: Range<usize>,
        findings: &[Detection],
        told: &mut usize,
    ) -> String {
        work::looks_at(part.len());
        let mut out = Vec::with_capacity(part.len());
        let mut copied = part.start;
        let first = findings.partition_point(|finding| finding.range.end <= part.start);
        for (index, finding) in findings.iter().enumerate().skip(first) {
            let range = at_char_boundaries(text, finding.range.clone());
            if range.start >= part.end {
                break;
            }
            let start = range.start.max(copied);
            out.extend_from_slice(&text.as_bytes()[copied..start]);
            if index >= *told {
                self.redactor.write_instead(finding, &mut out);
                *self.counts.entry(finding.kind.clone().into_owned()).or_default() += 1;
                *told = index + 1;
            }
            copied = range.end.clamp(copied, part.end);
        }
        out.extend_from_slice(&text.as_bytes()[copied..part.end]);
        String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// How many bytes of a text a record keeps: all, or up to a line end near the limit.
pub(super) fn kept(text: &str) -> usize {
    if text.len() <= LONGEST {
        return text.len();
    }
    let end = at_char_boundaries(text, 0..LONGEST).end;
    let near = at_char_boundaries(text, end - 4096..end).start;
    text[near..end].rfind('\n').map_or(end, |found| near + found)
}

/// At most `width` characters of a line; an ellipsis tells that there were more.
fn cut(line: &str, width: usize) -> String {
    match beginning(line, width) {
        (all, 0) => all.to_owned(),
        (short, _) => format!("{short}…"),
    }
}

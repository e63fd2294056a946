//! What the rest of the program calls: the policy, the redactor, and how findings become placeholders.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};

use super::scan::{self, Finding};
use super::{homes, placeholder};
use crate::record::note::Record;
use crate::record::quote::Quote;
use crate::record::text::{Clean, MapText, Raw, beginning};

/// What is taken out, and how.
#[derive(Clone, Default)]
pub struct Policy {
    /// Take out personal data too: e-mail addresses, phone and card numbers, accounts, addresses of machines.
    pub strict: bool,
    /// The user's home folder, with `/` or `\`; paths under it are written `~/...`.
    pub home: Option<String>,
    /// Folders of repositories; paths under them are written relative to them.
    pub roots: Vec<String>,
    pub rules: Vec<UserRule>,
    /// Expressions for values that may stay.
    pub allow: Vec<String>,
    /// Keys the tags of placeholders: one per repository.
    pub key: [u8; 32],
}

/// A rule from the repository's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserRule {
    /// Lower case letters, digits and `-`.
    pub kind: String,
    /// A regular expression; its first group, where it has one, is what is taken out.
    pub pattern: String,
    /// The rule looks only at text that has one of these, in any case; at all text where there are none.
    pub keywords: Vec<String>,
}

/// A rule of the settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("the pattern of redaction rule `{kind}` cannot be read: {source}")]
    Pattern { kind: String, source: Box<regex::Error> },
    #[error("the pattern of redaction rule `{kind}` matches empty text: make it match what is to be taken out")]
    Empty { kind: String },
    #[error("`{kind}` is no kind for a redaction rule: use 1 to 32 lower case letters, digits and `-`")]
    Kind { kind: String },
    #[error("the pattern `{pattern}` under `allow` cannot be read: {source}")]
    Allow { pattern: String, source: Box<regex::Error> },
}

/// Redactions by kind.
pub type Counts = BTreeMap<String, u32>;

/// A place in a text that must not travel, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: String,
}

/// Takes secrets out of text. Cheap to make: the built-in rules are shared and compiled when first needed.
pub struct Redactor {
    policy: Policy,
    rules: Vec<CompiledRule>,
    allow: Vec<Regex>,
}

struct CompiledRule {
    kind: String,
    pattern: Regex,
    keywords: Vec<String>,
}

/// How often a text is looked at again after something was taken out of it. Twice is enough for what was seen so far.
const MAX_PASSES: usize = 5;

impl Redactor {
    pub fn new(policy: Policy) -> Result<Self, RuleError> {
        let rules = policy.rules.iter().map(compile).collect::<Result<_, _>>()?;
        let allow = policy
            .allow
            .iter()
            .map(|pattern| {
                Regex::new(pattern)
                    .map_err(|source| RuleError::Allow { pattern: pattern.clone(), source: Box::new(source) })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { policy, rules, allow })
    }

    /// The text without what must not travel, and what was taken out of it.
    pub fn text(&self, raw: Raw) -> (Clean, Counts) {
        let mut counts = Counts::new();
        let clean = self.clean_raw(raw, &mut counts);
        (clean, counts)
    }

    /// The record without what must not travel; what was taken out is added to its counts.
    pub fn record(&self, record: Record<Raw>) -> Record<Clean> {
        let mut counts = Counts::new();
        let mut record = record.map_text(&mut |raw: Raw| self.clean_raw(raw, &mut counts));
        self.clean_names(&mut record, &mut counts);
        for (kind, count) in counts {
            *record.redactions.entry(kind).or_default() += count;
        }
        record
    }

    /// What must not travel, in order and without overlaps.
    pub fn spans(&self, text: &str) -> Vec<Span> {
        self.findings(text.as_bytes())
            .into_iter()
            .map(|finding| {
                let range = at_char_boundaries(text, finding.range);
                Span { start: range.start, end: range.end, kind: finding.kind.into_owned() }
            })
            .collect()
    }

    /// The last look at bytes that are about to leave. An item with a span must not be written.
    pub fn scan_final(&self, bytes: &[u8]) -> Vec<Span> {
        self.findings(bytes)
            .into_iter()
            .map(|Finding { range, kind, .. }| Span { start: range.start, end: range.end, kind: kind.into_owned() })
            .collect()
    }

    /// Names of files and models are no prose, but a path can hold a key or a home folder.
    fn clean_names(&self, record: &mut Record<Clean>, counts: &mut Counts) {
        let mut clean = |name: &mut String| {
            *name = self.clean(std::mem::take(name), counts).as_str().to_owned();
        };
        record.files.iter_mut().for_each(|file| clean(&mut file.path));
        for contribution in &mut record.contributions {
            contribution.changed_after_check.iter_mut().for_each(&mut clean);
            contribution.models.iter_mut().for_each(&mut clean);
            contribution.attempts.iter_mut().flat_map(|attempt| &mut attempt.files).for_each(&mut clean);
            contribution.corrections.iter_mut().filter_map(|correction| correction.path.as_mut()).for_each(&mut clean);
        }
    }

    fn clean_raw(&self, raw: Raw, counts: &mut Counts) -> Clean {
        match raw.quote() {
            Some(quote) => self.clean_quote(quote, counts),
            None => self.clean(raw.into_inner(), counts),
        }
    }

    /// Redacts the text around, then what is quoted of it, and cuts the lines. What was cut is redacted once more: the end of
    /// a long word may look like a secret without the rest.
    fn clean_quote(&self, quote: &Quote, counts: &mut Counts) -> Clean {
        let findings = self.findings(quote.source().as_bytes());
        let mut told = 0;
        let mut lines: Vec<String> = Vec::new();
        for part in quote.parts() {
            let line = self.replace_in(quote.source(), part.clone(), &findings, &mut told, counts);
            // A key of many lines is one placeholder.
            if !line.trim().is_empty() || part.is_empty() {
                lines.push(line);
            }
        }
        let clean = self.clean(quote.put_together(lines.join("\n")), counts);
        let short: Vec<String> = clean.as_str().lines().map(|line| cut(line, quote.width())).collect();
        self.clean(short.join("\n"), counts)
    }

    /// A part of a text without the findings in it; `told` of them have their placeholder already.
    fn replace_in(
        &self,
        text: &str,
        part: Range<usize>,
        findings: &[Finding],
        told: &mut usize,
        counts: &mut Counts,
    ) -> String {
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
                self.write_instead(finding, &mut out);
                *counts.entry(finding.kind.clone().into_owned()).or_default() += 1;
                *told = index + 1;
            }
            copied = range.end.clamp(copied, part.end);
        }
        out.extend_from_slice(&text.as_bytes()[copied..part.end.max(copied)]);
        String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn clean(&self, mut text: String, counts: &mut Counts) -> Clean {
        for _ in 0..MAX_PASSES {
            let findings = self.findings(text.as_bytes());
            if findings.is_empty() {
                break;
            }
            text = self.replace_in(&text, 0..text.len(), &findings, &mut 0, counts);
        }
        Clean::from_redacted(text)
    }

    fn write_instead(&self, finding: &Finding, into: &mut Vec<u8>) {
        match &finding.instead {
            Some(instead) => into.extend_from_slice(instead.as_bytes()),
            None => placeholder::write(&finding.kind, &finding.value, &self.policy.key, into),
        }
    }

    fn findings(&self, text: &[u8]) -> Vec<Finding> {
        let mut findings = scan::scan(text, self.policy.strict);
        self.find_by_user_rules(text, &mut findings);
        findings.retain(|finding| !self.is_allowed(&finding.value));
        find_again(text, &mut findings);
        homes::find(text, &self.policy, &mut findings);
        let kept = placeholder::find(text, |kind| self.is_kind(kind));
        merge(without(findings, &kept))
    }

    fn find_by_user_rules(&self, text: &[u8], findings: &mut Vec<Finding>) {
        for rule in &self.rules {
            let wanted = rule.keywords.is_empty() || rule.keywords.iter().any(|word| scan::contains(text, word));
            if !wanted {
                continue;
            }
            for captures in rule.pattern.captures_iter(text) {
                let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                if !found.is_empty() {
                    let mut finding = Finding::new(found.range(), Cow::Owned(rule.kind.clone()), found.as_bytes());
                    finding.rank = scan::RANK_USER;
                    findings.push(finding);
                }
            }
        }
    }

    fn is_allowed(&self, value: &[u8]) -> bool {
        self.allow.iter().any(|pattern| pattern.is_match(value))
    }

    fn is_kind(&self, kind: &str) -> bool {
        super::rules::is_kind(kind) || self.rules.iter().any(|rule| rule.kind == kind)
    }
}

fn compile(rule: &UserRule) -> Result<CompiledRule, RuleError> {
    let kind = rule.kind.clone();
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if kind.is_empty() || kind.len() > 32 || !kind.bytes().all(letters) {
        return Err(RuleError::Kind { kind });
    }
    let pattern = RegexBuilder::new(&rule.pattern)
        .multi_line(true)
        .build()
        .map_err(|source| RuleError::Pattern { kind: kind.clone(), source: Box::new(source) })?;
    if pattern.is_match(b"") {
        return Err(RuleError::Empty { kind });
    }
    Ok(CompiledRule { kind, pattern, keywords: rule.keywords.clone() })
}

/// A secret that was recognised once is taken out wherever else it stands.
fn find_again(text: &[u8], findings: &mut Vec<Finding>) {
    let known: Vec<usize> = (0..findings.len()).filter(|index| findings[*index].is_worth_finding_again()).collect();
    if known.is_empty() {
        return;
    }
    let Ok(finder) = AhoCorasick::new(known.iter().map(|index| &findings[*index].value)) else { return };
    let again: Vec<Finding> = finder
        .find_iter(text)
        .map(|found| {
            let first = &findings[known[found.pattern().as_usize()]];
            Finding { range: found.range(), rank: scan::RANK_AGAIN, ..first.clone() }
        })
        .collect();
    findings.extend(again);
}

/// Findings without what lies in `kept`, the placeholders that are there already.
fn without(findings: Vec<Finding>, kept: &[Range<usize>]) -> Vec<Finding> {
    if kept.is_empty() {
        return findings;
    }
    let mut parts = Vec::with_capacity(findings.len());
    for finding in findings {
        // What begins inside a placeholder was led there by the placeholder's own words: `password:1234]...`.
        if kept.iter().any(|kept| kept.contains(&finding.range.start)) {
            continue;
        }
        let mut start = finding.range.start;
        let mut whole = true;
        for range in kept.iter().filter(|kept| kept.start < finding.range.end && finding.range.start < kept.end) {
            whole = false;
            if start < range.start && !finding.is_context() {
                parts.push(Finding { range: start..range.start, ..finding.clone() });
            }
            start = start.max(range.end);
        }
        if whole {
            parts.push(finding);
        } else if start < finding.range.end {
            parts.push(Finding { range: start..finding.range.end, ..finding });
        }
    }
    // What is left of a finding beside a placeholder is mostly punctuation: `"`, `@`, a line end.
    parts.retain(|part| part.instead.is_some() || part.range.len() > 3);
    parts
}

/// Findings in order, those that overlap as one.
fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.range.start, finding.range.end));
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last) if finding.range.start < last.range.end => last.join(finding),
            _ => merged.push(finding),
        }
    }
    merged
}

/// At most `width` characters of a line; an ellipsis tells that there were more.
fn cut(line: &str, width: usize) -> String {
    match beginning(line, width) {
        (all, 0) => all.to_owned(),
        (short, _) => format!("{short}…"),
    }
}

fn at_char_boundaries(text: &str, range: Range<usize>) -> Range<usize> {
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

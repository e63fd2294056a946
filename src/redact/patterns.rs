//! Rules that need an expression. Each is compiled when its keyword is first seen, and looks at a window around it.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::safe;
use super::scan::{Finding, RANK_FORMAT};
use super::{randomness, stand_in};

/// A rule with an expression; its first group that matched, where it has one, is what is taken out.
pub(crate) struct PatternRule {
    pub(crate) kind: &'static str,
    pub(crate) keywords: &'static [&'static str],
    pub(crate) pattern: &'static str,
    pub(crate) check: Check,
    compiled: OnceLock<Regex>,
}

/// What the value must be beside matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The format says enough.
    Format,
    /// No placeholder, variable or call.
    Value,
    /// A value, and no word: two kinds of characters at least.
    Password,
    /// A password that no words explain: only the sentence around it leads to it.
    Strong,
    /// A value that looks drawn at random.
    Random,
    /// A value that can be a token: long, with digits between its letters.
    Key,
    /// Twelve words of a standard list at least.
    Words,
}

impl PatternRule {
    pub(crate) const fn new(
        kind: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        check: Check,
    ) -> Self {
        Self { kind, keywords, pattern, check, compiled: OnceLock::new() }
    }

    pub(crate) fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            RegexBuilder::new(self.pattern)
                .unicode(false)
                .multi_line(true)
                .build()
                .expect("the patterns are a fixed list that the tests compile")
        })
    }
}

impl Check {
    fn passes(self, value: &[u8]) -> bool {
        let real = || !stand_in::is_stand_in(value) && !safe::is_reference(value);
        match self {
            Self::Format => true,
            Self::Value => real(),
            Self::Password => real() && safe::is_password_like(value),
            Self::Strong => value.len() >= 6 && real() && safe::is_strong_password(value),
            Self::Key => value.len() >= 16 && real() && safe::is_key_like(value),
            Self::Random => real() && randomness::is_random(value),
            Self::Words => safe::begins_with_seed_phrase(value),
        }
    }
}

const BEFORE: usize = 160;
const AFTER: usize = 2048;
/// How far behind its keyword a match may begin.
const NEAR: usize = 64;

/// Where each rule has looked already: windows of neighbouring keywords overlap.
#[derive(Default)]
pub(crate) struct Seen(Vec<(*const PatternRule, usize)>);

impl Seen {
    fn until(&mut self, rule: &PatternRule) -> &mut usize {
        let rule: *const PatternRule = rule;
        let index = match self.0.iter().position(|(seen, _)| std::ptr::eq(*seen, rule)) {
            Some(index) => index,
            None => {
                self.0.push((rule, 0));
                self.0.len() - 1
            }
        };
        &mut self.0[index].1
    }
}

pub(crate) fn find(
    rule: &'static PatternRule,
    text: &[u8],
    keyword: Range<usize>,
    seen: &mut Seen,
    findings: &mut Vec<Finding>,
) {
    let until = seen.until(rule);
    let floor = keyword.start.saturating_sub(BEFORE).max(*until).min(keyword.start);
    let start = memchr::memrchr(b'\n', &text[floor..keyword.start]).map_or(floor, |found| floor + found + 1);
    let start = start.max(*until);
    let end = (keyword.end + AFTER).min(text.len());
    if start >= end {
        return;
    }
    for captures in rule.regex().captures_iter(&text[start..end]) {
        let Some(whole) = captures.get(0) else { continue };
        if start + whole.start() > keyword.end + NEAR {
            // Belongs to a later keyword, whose window reaches further.
            break;
        }
        let value = captures.iter().skip(1).flatten().next().unwrap_or(whole);
        if rule.check.passes(value.as_bytes()) {
            let range = start + value.start()..start + value.end();
            findings.push(Finding::ranked(range, rule.kind, text, RANK_FORMAT));
            *until = start + whole.end();
        }
    }
}

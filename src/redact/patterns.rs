//! Rules that need an expression. Each is compiled when its keyword is first seen, and looks at a window around it.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::finding::{Detection, RANK_FORMAT};
use super::{randomness, safe, stand_in, work, wrapped};

/// A rule with an expression; its first group that matched, where it has one, is what is taken out.
pub(crate) struct PatternRule {
    pub(crate) kind: &'static str,
    pub(crate) keywords: &'static [&'static str],
    pub(crate) pattern: &'static str,
    pub(crate) check: ValueCheck,
    /// Every match holds that many bytes of a token ([`is_token_byte`]) in a row; 0 where nothing is promised.
    pub(crate) run: usize,
    /// Every match holds one of the keywords as it is written here; keywords are found in any case.
    pub(crate) exact: bool,
    /// Whether the expression asks for the start of a line, for which the start of a window is taken too.
    anchored: bool,
    compiled: OnceLock<Regex>,
}

/// What the value must be beside matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueCheck {
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
        check: ValueCheck,
    ) -> Self {
        let anchored = has_anchor(pattern.as_bytes());
        Self { kind, keywords, pattern, check, run: 0, exact: false, anchored, compiled: OnceLock::new() }
    }

    /// Promises that every match holds `run` bytes of a token in a row, so that most windows are passed over without the
    /// expression, which is costly to compile and to run.
    pub(crate) const fn with_run(mut self, run: usize) -> Self {
        self.run = run;
        self
    }

    /// Promises that every match holds one of the keywords as it is written.
    pub(crate) const fn with_exact_keyword(mut self) -> Self {
        self.exact = true;
        self
    }

    fn may_stand_at(&self, keyword: &[u8]) -> bool {
        !self.exact || self.keywords.iter().any(|exact| exact.as_bytes() == keyword)
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

impl ValueCheck {
    fn passes(self, value: &[u8]) -> bool {
        let real = || !stand_in::is_stand_in(value) && !safe::is_reference(value);
        match self {
            Self::Format => true,
            Self::Value => real(),
            Self::Password => real() && safe::is_password_like(value),
            Self::Strong => {
                value.len() >= 6 && real() && (safe::is_strong_password(value) || safe::is_hyphenated(value))
            }
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
/// No match that matters is longer.
const LONGEST: usize = 1536;

/// Whether an expression has a `^` that begins no class.
const fn has_anchor(pattern: &[u8]) -> bool {
    let mut at = 0;
    while at < pattern.len() {
        if pattern[at] == b'^' && (at == 0 || pattern[at - 1] != b'[') {
            return true;
        }
        at += 1;
    }
    false
}

fn is_token_byte(byte: u8) -> bool {
    // Escaped for an address.
    byte == b'%' || wrapped::is_token_byte(byte)
}

/// Whether `length` bytes of a token stand in a row. Looks at few of the bytes: from the end of each possible row backwards.
fn has_run(text: &[u8], length: usize) -> bool {
    let mut start = 0;
    while let Some(row) = text.get(start..start + length) {
        match row.iter().rposition(|&byte| !is_token_byte(byte)) {
            Some(other) => start += other + 1,
            None => return true,
        }
    }
    false
}

/// Where each rule has looked already: windows of neighbouring keywords overlap.
#[derive(Default)]
pub(crate) struct PatternProgress(Vec<RuleProgress>);

#[derive(Clone, Copy, Default)]
struct RuleProgress {
    /// The end of what was found last.
    until: usize,
    /// For keywords from here on, no match begins before `clear`.
    keyword: usize,
    clear: usize,
}

impl PatternProgress {
    fn at(&mut self, number: usize) -> &mut RuleProgress {
        if self.0.len() <= number {
            self.0.resize(number + 1, RuleProgress::default());
        }
        &mut self.0[number]
    }
}

/// What the rule with this number finds around its keyword.
pub(crate) fn find(
    (number, rule): (usize, &'static PatternRule),
    text: &[u8],
    keyword: Range<usize>,
    seen: &mut PatternProgress,
    findings: &mut Vec<Detection>,
) {
    if !rule.may_stand_at(&text[keyword.clone()]) {
        return;
    }
    let looked = seen.at(number);
    // A match that begins further on belongs to a later keyword, whose window reaches further.
    let last_start = keyword.end + NEAR;
    if last_start < looked.clear && keyword.start >= looked.keyword {
        return;
    }
    let floor = keyword.start.saturating_sub(BEFORE).max(looked.until).min(keyword.start);
    let start = memchr::memrchr(b'\n', &text[floor..keyword.start]).map_or(floor, |found| floor + found + 1);
    let start = start.max(looked.until);
    let end = (keyword.end + AFTER).min(text.len());
    if start >= end {
        return;
    }
    work::looks_at(end - start);
    // What ends in the window begins before this.
    let mut clear = if end == text.len() { end + NEAR } else { end.saturating_sub(LONGEST) };
    if has_run(&text[start..end], rule.run) {
        for captures in rule.regex().captures_iter(&text[start..end]) {
            let Some(whole) = captures.get(0) else { continue };
            if start + whole.start() > last_start {
                clear = clear.min(start + whole.start());
                break;
            }
            let value = captures.iter().skip(1).flatten().next().unwrap_or(whole);
            if rule.check.passes(value.as_bytes()) {
                let range = start + value.start()..start + value.end();
                findings.push(Detection::ranked(range, rule.kind, text, RANK_FORMAT));
                looked.until = start + whole.end();
            } else {
                // Another match may begin inside this one.
                clear = 0;
            }
        }
    }
    if clear > looked.clear && !rule.anchored {
        (looked.keyword, looked.clear) = (keyword.start, clear);
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, Hir, HirKind};

    use super::*;
    use crate::redact::rules;

    /// What every match of an expression holds: bytes of a token in a row at its beginning, at its end and anywhere, and
    /// whether it is nothing else.
    #[derive(Clone, Copy)]
    struct Runs {
        first: usize,
        last: usize,
        best: usize,
        whole: bool,
    }

    impl Runs {
        const NONE: Self = Self { first: 0, last: 0, best: 0, whole: false };

        fn of_length(length: usize) -> Self {
            Self { first: length, last: length, best: length, whole: true }
        }

        fn then(self, next: Self) -> Self {
            Self {
                first: if self.whole { self.first + next.first } else { self.first },
                last: if next.whole { self.last + next.last } else { next.last },
                best: self.best.max(next.best).max(self.last + next.first),
                whole: self.whole && next.whole,
            }
        }

        fn or(self, other: Self) -> Self {
            Self {
                first: self.first.min(other.first),
                last: self.last.min(other.last),
                best: self.best.min(other.best),
                whole: self.whole && other.whole,
            }
        }
    }

    fn runs(hir: &Hir) -> Runs {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Runs::of_length(0),
            HirKind::Literal(literal) => {
                let each = |byte: &u8| if is_token_byte(*byte) { Runs::of_length(1) } else { Runs::NONE };
                literal.0.iter().map(each).fold(Runs::of_length(0), Runs::then)
            }
            HirKind::Class(Class::Bytes(class)) => {
                let holds = class.ranges().iter().all(|range| (range.start()..=range.end()).all(is_token_byte));
                if holds { Runs::of_length(1) } else { Runs::NONE }
            }
            HirKind::Class(Class::Unicode(_)) => Runs::NONE,
            HirKind::Repetition(repetition) => {
                let once = runs(&repetition.sub);
                let least = (0..repetition.min).map(|_| once).fold(Runs::of_length(0), Runs::then);
                // More of the same keeps a row whole; of another kind it may stand between two rows.
                if once.whole || repetition.max == Some(repetition.min) {
                    least
                } else {
                    Runs { whole: false, last: 0, ..least }
                }
            }
            HirKind::Capture(capture) => runs(&capture.sub),
            HirKind::Concat(parts) => parts.iter().map(runs).fold(Runs::of_length(0), Runs::then),
            HirKind::Alternation(parts) => parts.iter().map(runs).reduce(Runs::or).unwrap_or(Runs::NONE),
        }
    }

    #[test]
    fn every_match_of_a_rule_holds_the_run_that_it_promises() {
        let parser = || regex_syntax::ParserBuilder::new().unicode(false).utf8(false).multi_line(true).build();
        let mut promised = 0;
        for rule in rules::patterns().filter(|rule| rule.run > 0) {
            let found = runs(&parser().parse(rule.pattern).unwrap()).best;
            assert!(rule.run <= found, "{}: a match may hold no more than {found} in a row", rule.kind);
            promised += 1;
        }
        assert!(promised > 10, "the rules are not looked at");
    }

    #[test]
    fn every_match_of_a_rule_with_an_exact_keyword_holds_it() {
        for rule in rules::patterns().filter(|rule| rule.exact) {
            let without = rule.keywords.iter().fold(rule.pattern.to_owned(), |left, keyword| left.replace(keyword, ""));
            assert!(!rule.pattern.contains("(?i") && without.len() < rule.pattern.len(), "{}", rule.kind);
        }
    }

    #[test]
    fn a_row_is_found_wherever_it_stands() {
        for text in ["abcde", "..abcde", "(abcde", "abcde)", "a bcd abcde f"] {
            assert!(has_run(text.as_bytes(), 5), "{text}");
        }
        for text in ["", "abcd", "abcd efgh", "ab(cd)ef"] {
            assert!(!has_run(text.as_bytes(), 5), "{text}");
        }
        assert!(has_run(b"", 0));
    }
}

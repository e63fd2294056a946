//! One look at a text: keywords decide which rules look where; then the same for each layer of decoding.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use super::blocks::Armour;
use super::keywords::Keywords;
use super::rules::{self, Rule};
use super::{
    assignment, blocks, codes, columns, decoded, encoded, lines, links, patterns, personal, phrases, private, safe,
    tokens, work, wrapped,
};

/// Something that must not travel.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Cow<'static, str>,
    /// The secret as it reads when decoded: what the tag is made of.
    pub(crate) value: Vec<u8>,
    /// Of overlapping findings, the one with the highest rank names the kind.
    pub(crate) rank: u8,
    /// What is written instead of a placeholder.
    pub(crate) instead: Option<String>,
}

pub(crate) const RANK_AGAIN: u8 = 0;
pub(crate) const RANK_RANDOM: u8 = 1;
pub(crate) const RANK_ASSIGNED: u8 = 3;
pub(crate) const RANK_FORMAT: u8 = 5;
pub(crate) const RANK_BLOCK: u8 = 7;
pub(crate) const RANK_USER: u8 = 8;
pub(crate) const RANK_PRIVATE: u8 = 9;

impl Finding {
    pub(crate) fn new(range: Range<usize>, kind: Cow<'static, str>, value: &[u8]) -> Self {
        Self { range, kind, value: value.to_vec(), rank: RANK_FORMAT, instead: None }
    }

    pub(crate) fn ranked(range: Range<usize>, kind: &'static str, text: &[u8], rank: u8) -> Self {
        Self { rank, ..Self::new(range.clone(), Cow::Borrowed(kind), &text[range]) }
    }

    /// Long enough, and unlike words, so that the same characters elsewhere are the same secret.
    pub(crate) fn is_worth_finding_again(&self) -> bool {
        let words =
            self.value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b' ' | b'.'));
        let short_id = self.value.len() < 32 && self.value.iter().all(u8::is_ascii_hexdigit);
        !short_id
            && self.instead.is_none()
            && self.rank != RANK_PRIVATE
            && !safe::is_uuid(&self.value)
            && (8..=4096).contains(&self.value.len())
            && !words
    }

    /// Whether no setting may let it stay: the format of a provider's token, a private key, a private part.
    pub(crate) fn is_certain(&self) -> bool {
        match self.rank {
            RANK_PRIVATE | RANK_BLOCK => true,
            RANK_FORMAT => rules::is_private_key(&self.kind) || rules::is_providers(&self.kind),
            _ => false,
        }
    }

    /// Whether the finding is a rewritten path and no secret.
    pub(crate) fn is_context(&self) -> bool {
        self.instead.is_some()
    }

    /// Takes in an overlapping finding.
    pub(crate) fn join(&mut self, other: Self) {
        let range = self.range.start.min(other.range.start)..self.range.end.max(other.range.end);
        let stronger = (other.instead.is_none(), other.rank, other.value.len())
            > (self.instead.is_none(), self.rank, self.value.len());
        if self.instead.is_some() && other.instead.is_some() {
            // A repository inside the home: the longer path says more.
            if other.range.len() > self.range.len() {
                *self = other;
            }
            return;
        }
        if stronger {
            *self = other;
        }
        self.range = range;
    }
}

/// Layers of escapes that are undone: JSON in JSON in JSON, and one more.
const MAX_DECODING: usize = 4;
/// Layers of base64 and hexadecimal text.
const MAX_ENCODING: usize = 2;

/// How deep inside other text a text was found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Depth {
    pub(crate) decoding: usize,
    pub(crate) encoding: usize,
}

pub(crate) fn scan(text: &[u8], strict: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    scan_layer(text, strict, Depth::default(), &mut findings);
    findings
}

pub(crate) fn scan_layer(text: &[u8], strict: bool, depth: Depth, findings: &mut Vec<Finding>) {
    work::looks_at(text.len());
    let before = findings.len();
    let public = find_by_keywords(text, findings);
    if strict {
        personal::find(text, findings);
    }
    encoded::find(text, strict, depth, MAX_ENCODING, findings);
    lines::find(text, findings);
    phrases::find(text, findings);
    leave_public(text, &public, before, findings);
    if depth.decoding >= MAX_DECODING {
        return;
    }
    if let Some(decoded) = decoded::decode(text) {
        let mut inner = Vec::new();
        scan_layer(&decoded.bytes, strict, Depth { decoding: depth.decoding + 1, ..depth }, &mut inner);
        joined_literals(&decoded.bytes, &decoded.joints, &mut inner);
        let before = findings.len();
        let length = decoded.bytes.len();
        findings.extend(inner.into_iter().map(|finding| {
            let mut range = decoded.source(finding.range.clone());
            // Only regions with escapes are decoded; a private part that is not closed there goes on behind them.
            if finding.rank == RANK_PRIVATE {
                let from = if finding.range.start == 0 { 0 } else { range.start };
                range = from..if finding.range.end == length { text.len() } else { range.end };
            }
            Finding { range, ..finding }
        }));
        leave_public(text, &public, before, findings);
    }
}

/// What only looks random is not a secret inside public armour. What is known by its format or its name still is.
fn leave_public(text: &[u8], public: &[Range<usize>], from: usize, findings: &mut Vec<Finding>) {
    if public.is_empty() {
        return;
    }
    let is_public = |range: &Range<usize>| {
        let next = public.partition_point(|armour| armour.end < range.end);
        public.get(next).is_some_and(|armour| armour.start <= range.start)
    };
    let mut index = 0;
    let is_base64 = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    };
    findings.retain(|finding| {
        index += 1;
        // A short beginning of a token comes about by chance in the middle of a line.
        let inside = finding.rank <= RANK_FORMAT
            && (is_base64(finding.range.start.checked_sub(1)) || is_base64(Some(finding.range.end)));
        index <= from || finding.rank > RANK_RANDOM && !inside || !is_public(&finding.range)
    });
}

/// A value that was written as a sum of strings, and that looks like a secret, needs no name: nobody splits other text
/// without a blank in it so.
fn joined_literals(text: &[u8], joints: &[usize], findings: &mut Vec<Finding>) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    for &joint in joints {
        work::looks_at(2 * LONGEST_JOINED);
        let floor = joint.saturating_sub(LONGEST_JOINED);
        let Some(start) = text[floor..joint].iter().rposition(ends).map(|found| floor + found + 1) else { continue };
        let reach = text.len().min(joint + LONGEST_JOINED);
        let Some(end) = text[joint..reach].iter().position(ends).map(|found| joint + found) else { continue };
        let is_quote = |at: Option<&u8>| matches!(at, Some(b'"' | b'\'' | b'`'));
        let literals = start > 0 && is_quote(text.get(start - 1)) && is_quote(text.get(end));
        let halves = joint - start >= 3 && end - joint >= 3;
        if literals
            && halves
            && (10..=LONGEST_JOINED).contains(&(end - start))
            && safe::is_mixed_random(&text[start..end])
        {
            findings.push(Finding::ranked(start..end, "random-string", text, RANK_ASSIGNED));
        }
    }
}

const LONGEST_JOINED: usize = 256;

/// Returns the public armour that was passed, in order.
fn find_by_keywords(text: &[u8], findings: &mut Vec<Finding>) -> Vec<Range<usize>> {
    let engine = engine();
    let mut seen = patterns::Seen::default();
    let mut names = assignment::Seen::default();
    let mut runs = tokens::Seen::default();
    let mut private = private::Seen::default();
    let mut armour_until = 0;
    let mut hooks = [0; 4];
    let mut codes_until = 0;
    let mut columns_until = 0;
    let mut public = Vec::new();
    engine.keywords.each(text, |word, range| match &engine.rules[word] {
        Rule::Token(rule) => {
            if let Some(found) = rule.matches(text, range.start, &mut runs) {
                push_token(Finding::ranked(found, rule.kind, text, RANK_FORMAT), findings);
            }
        }
        Rule::Key => assignment::find(text, range, &mut names, findings),
        Rule::ForeignName => assignment::find_foreign(text, range, &mut names, findings),
        Rule::Pattern(number, rule) => patterns::find((*number, rule), text, range, &mut seen, findings),
        Rule::KeyBlock if range.start < armour_until => {}
        Rule::KeyBlock => match blocks::armour(text, range.start) {
            Some(Armour::Private(finding)) => {
                armour_until = finding.range.end;
                findings.push(finding);
            }
            Some(Armour::Public(armour)) => {
                armour_until = armour.end;
                public.push(armour);
            }
            None => {}
        },
        Rule::KeyBlockEnd => findings.extend(blocks::key_block_end(text, range.start)),
        Rule::Private if range.start >= private.until => findings.extend(private::find(text, range, &mut private)),
        Rule::Private => {}
        Rule::Link => findings.extend(links::user_info(text, range)),
        Rule::Codes => codes::find(text, range, &mut codes_until, findings),
        Rule::Columns => columns::find(text, range, &mut columns_until, findings),
        Rule::Hook(place) => links::in_path(*place, text, range, &mut hooks, findings),
    });
    wrapped::extend(text, findings);
    public
}

/// Of two formats that begin at the same place the longer prefix says more: `sk-ant-` is also `sk-`. It comes later.
fn push_token(found: Finding, findings: &mut Vec<Finding>) {
    let same = |last: &&mut Finding| last.range.start == found.range.start && last.rank == RANK_FORMAT;
    match findings.iter_mut().rev().take(4).find(same) {
        Some(last) if last.range.end <= found.range.end => *last = found,
        _ => findings.push(found),
    }
}

/// The tokens of examples and documents in a text, in order: they begin like a secret and stand for one.
pub(crate) fn examples(text: &[u8], strict: bool) -> Vec<Range<usize>> {
    let engine = engine();
    let mut examples: Vec<Range<usize>> = Vec::new();
    engine.keywords.each(text, |word, range| {
        if let Rule::Token(rule) = &engine.rules[word] {
            examples.extend(rule.example(text, range.start));
        }
    });
    if strict {
        examples.extend(personal::examples(text));
    }
    examples.sort_unstable_by_key(|example| (example.start, example.end));
    // One prefix may begin another, and stand in what follows it.
    let mut until = 0;
    examples.retain(|example| {
        let apart = example.start >= until;
        until = until.max(example.end);
        apart
    });
    examples
}

/// The keywords of all rules, and what each means.
struct Engine {
    keywords: Keywords,
    rules: Vec<Rule>,
}

/// Room for the keywords of all rules: there are a few fewer.
const KEYWORDS: usize = 2048;

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let (mut words, mut rules) = (Vec::with_capacity(KEYWORDS), Vec::with_capacity(KEYWORDS));
        rules::all().for_each(|(word, rule)| {
            words.push(word);
            rules.push(rule);
        });
        Engine { keywords: Keywords::new(words), rules }
    })
}

//! One look at a text: keywords decide which rules look where; then the same for each layer of decoding.

use std::ops::Range;
use std::sync::OnceLock;

use super::blocks::{self, Armour};
use super::decoded::Decoded;
use super::keywords::Keywords;
use super::rules::{self, KeywordRule};
use super::windows::{SIZES, ScanWindow, Windows};
use super::{
    assignment, codes, columns, decoded, empty_texts, encoded, lines, links, patterns, personal, phrases, private,
    safe, tokens, work, wrapped,
};
use crate::redact::finding::{Depth, Detection, RANK_ASSIGNED, RANK_FORMAT, RANK_PRIVATE, RANK_RANDOM};

/// Layers of escapes that are undone: JSON in JSON in JSON, and one more.
const MAX_DECODING: usize = 4;
/// Layers of base64 and hexadecimal text.
const MAX_ENCODING: usize = 2;

pub(crate) fn scan(text: &[u8], strict: bool) -> Vec<Detection> {
    empty_texts::unless_known(text, strict, || look(text, strict))
}

fn look(text: &[u8], strict: bool) -> Vec<Detection> {
    // The memory of a long text's layers would be new at every one of them.
    let in_parts = (text.len() > SIZES.part).then(|| scan_in_parts(text, strict)).flatten();
    in_parts.unwrap_or_else(|| {
        let mut findings = Vec::new();
        scan_layer(text, strict, Depth::default(), &mut None, &mut findings);
        findings
    })
}

fn scan_in_parts(text: &[u8], strict: bool) -> Option<Vec<Detection>> {
    let mut findings = Vec::new();
    let mut windows = Windows::new(text, SIZES);
    while let Some(window) = windows.next().ok()? {
        let found = scan_window(&window, strict, &mut None)?;
        findings.extend(found.into_iter().map(|it| Detection { range: window.in_all(&it.range), ..it }));
    }
    Some(findings)
}

/// What begins in a part of a text, by its place in the window; `None` where something of any length, as private
/// parts and text in base64 are, may reach further than the window.
pub(super) fn scan_window(window: &ScanWindow<'_>, strict: bool, examples: &mut Examples) -> Option<Vec<Detection>> {
    let mut findings = Vec::new();
    let reach = scan_layer(window.text, strict, Depth::default(), examples, &mut findings);
    let may_reach_further =
        |it: &Detection| window.was_cut(&it.range) || it.rank == RANK_PRIVATE && window.may_leave(&it.range);
    if reach.is_opened_before && window.start > 0
        || reach.runs.iter().any(|run| window.may_cut(run))
        || findings.iter().any(may_reach_further)
    {
        return None;
    }
    findings.retain(|finding| window.owns(&finding.range));
    Some(findings)
}

/// Where what stands for a secret is collected, where somebody asks for it.
pub(super) type Examples = Option<Vec<Range<usize>>>;

/// What may go on outside of a text.
struct OpenEnds {
    /// Whether a tag closes a private part that was not opened in this text.
    is_opened_before: bool,
    /// See [`encoded::find`].
    runs: Vec<Range<usize>>,
}

fn scan_layer(
    text: &[u8],
    strict: bool,
    depth: Depth,
    examples: &mut Examples,
    findings: &mut Vec<Detection>,
) -> OpenEnds {
    work::looks_at(text.len());
    let before = findings.len();
    let (public, mut is_opened_before) = find_by_keywords(text, examples, findings);
    if strict {
        personal::find(text, findings);
    }
    let inside = |text: &[u8], depth: Depth| {
        let mut inner = Vec::new();
        scan_layer(text, strict, depth, &mut None, &mut inner);
        inner
    };
    let mut runs = encoded::find(text, depth, MAX_ENCODING, &inside, findings);
    lines::find(text, findings);
    phrases::find(text, findings);
    leave_public(text, &public, before, findings);
    if depth.decoding >= MAX_DECODING {
        return OpenEnds { is_opened_before, runs };
    }
    if let Some(decoded) = decoded::decode(text) {
        let mut inner = Vec::new();
        let deeper = Depth { decoding: depth.decoding + 1, ..depth };
        let reach = scan_layer(&decoded.bytes, strict, deeper, &mut None, &mut inner);
        is_opened_before |= reach.is_opened_before;
        runs.extend(reach.runs.into_iter().map(|run| decoded.source(run)));
        joined_literals(&decoded.bytes, &decoded.joints, &mut inner);
        let before = findings.len();
        let length = decoded.bytes.len();
        findings.extend(inner.into_iter().map(|finding| {
            let finding = within_a_region(&decoded, finding);
            let mut range = decoded.source(finding.range.clone());
            // Only regions with escapes are decoded; a private part that is not closed there goes on behind them.
            if finding.rank == RANK_PRIVATE {
                let from = if finding.range.start == 0 { 0 } else { range.start };
                range = from..if finding.range.end == length { text.len() } else { range.end };
            }
            Detection { range, ..finding }
        }));
        leave_public(text, &public, before, findings);
    }
    OpenEnds { is_opened_before, runs }
}

/// What is found across regions would take in all that stands between them. A private part may, and so may a key whose end was
/// found: others go on there by chance, as a key whose lines are not decoded does with what looks like its text.
fn within_a_region(decoded: &Decoded, finding: Detection) -> Detection {
    let range = decoded.in_one_region(finding.range.clone());
    let is_whole = || decoded.bytes[finding.range.clone()].ends_with(b"----");
    if range == finding.range || finding.rank == RANK_PRIVATE || is_whole() {
        return finding;
    }
    Detection { value: decoded.bytes[range.clone()].to_vec(), range, ..finding }
}

/// What only looks random is not a secret inside public armour. What is known by its format or its name still is.
fn leave_public(text: &[u8], public: &[Range<usize>], from: usize, findings: &mut Vec<Detection>) {
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
fn joined_literals(text: &[u8], joints: &[usize], findings: &mut Vec<Detection>) {
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
            findings.push(Detection::ranked(start..end, "random-string", text, RANK_ASSIGNED));
        }
    }
}

const LONGEST_JOINED: usize = 256;

/// Returns the public armour that was passed, in order, and whether a private part was opened before.
fn find_by_keywords(text: &[u8], examples: &mut Examples, findings: &mut Vec<Detection>) -> (Vec<Range<usize>>, bool) {
    let engine = engine();
    let mut seen = patterns::PatternProgress::default();
    let mut names = assignment::AssignmentProgress::default();
    let mut runs = tokens::TokenProgress::default();
    let mut private = private::PrivateProgress::default();
    let mut armour_until = 0;
    let mut hooks = [0; 4];
    let mut codes_until = 0;
    let mut columns_until = 0;
    let mut public = Vec::new();
    engine.keywords.each(text, |word, range| match &engine.rules[word] {
        KeywordRule::Token(rule) => {
            if let Some(found) = rule.matches(text, range.start, &mut runs) {
                push_token(Detection::ranked(found, rule.kind, text, RANK_FORMAT), findings);
            }
            if let Some(examples) = examples {
                examples.extend(rule.example(text, range.start));
            }
        }
        KeywordRule::Key => assignment::find(text, range, &mut names, findings),
        KeywordRule::ForeignName => assignment::find_foreign(text, range, &mut names, findings),
        KeywordRule::Pattern(number, rule) => patterns::find((*number, rule), text, range, &mut seen, findings),
        KeywordRule::KeyBlock if range.start < armour_until => {}
        KeywordRule::KeyBlock => match blocks::armour(text, range.start) {
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
        KeywordRule::KeyBlockEnd => findings.extend(blocks::key_block_end(text, range.start)),
        KeywordRule::Private if range.start >= private.until => {
            findings.extend(private::find(text, range, &mut private))
        }
        KeywordRule::Private => {}
        KeywordRule::Link => findings.extend(links::user_info(text, range)),
        KeywordRule::Codes => codes::find(text, range, &mut codes_until, findings),
        KeywordRule::Columns => columns::find(text, range, &mut columns_until, findings),
        KeywordRule::Hook(place) => links::in_path(*place, text, range, &mut hooks, findings),
    });
    wrapped::extend(text, findings);
    (public, private.is_opened_before)
}

/// Of two formats that begin at the same place the longer prefix says more: `sk-ant-` is also `sk-`. It comes later.
fn push_token(found: Detection, findings: &mut Vec<Detection>) {
    let same = |last: &&mut Detection| last.range.start == found.range.start && last.rank == RANK_FORMAT;
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
        if let KeywordRule::Token(rule) = &engine.rules[word] {
            examples.extend(rule.example(text, range.start));
        }
    });
    if strict {
        examples.extend(personal::examples(text));
    }
    apart(examples)
}

/// Examples in order and without overlaps.
pub(super) fn apart(mut examples: Vec<Range<usize>>) -> Vec<Range<usize>> {
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
    rules: Vec<KeywordRule>,
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

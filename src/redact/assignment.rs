//! `name = value`, in any notation: environment files, JSON, YAML, code, headers, flags, and said in words. The name
//! decides how much the value must look like a secret.

use std::borrow::Cow;
use std::ops::Range;

use super::rules::names::{self, Strength};
use super::safe;
use super::scan::{Finding, RANK_ASSIGNED};
use super::{beside, stand_in, work};

const MAX_NAME: usize = 80;
/// The longest value in quotes.
const MAX_QUOTED: usize = 64 * 1024;
/// How far back the start of a line is looked for.
const LINE_START: usize = 120;

/// What was said of the names of a text: the same few come again and again, and several keywords stand in one.
pub(crate) struct Seen {
    last: Range<usize>,
    /// Where the secret that was found last ends: what names stand in it are covered.
    found_until: usize,
    /// The last value without quotes, to its end: names stand in values too.
    run: Range<usize>,
    /// By a hash of the name: where it stood, and what it says.
    known: [(Range<usize>, Option<Strength>); Self::KNOWN],
}

impl Default for Seen {
    fn default() -> Self {
        Self { last: 0..0, found_until: 0, run: 0..0, known: std::array::from_fn(|_| (0..0, None)) }
    }
}

impl Seen {
    const KNOWN: usize = 64;

    fn strength(&mut self, text: &[u8], name: &Range<usize>) -> Option<Strength> {
        let letters = &text[name.clone()];
        let hash = letters.iter().fold(letters.len(), |hash, byte| hash.wrapping_mul(31) ^ usize::from(*byte));
        let (place, strength) = &mut self.known[hash % Self::KNOWN];
        if place.start == place.end || &text[place.clone()] != letters {
            (*place, *strength) = (name.clone(), names::strength(letters));
        }
        *strength
    }
}

/// The secret that is assigned to the name around `keyword`.
pub(crate) fn find(text: &[u8], keyword: Range<usize>, seen: &mut Seen) -> Option<Finding> {
    if keyword.end <= seen.found_until {
        return None;
    }
    let name = name_around(text, keyword);
    // A name of several words can end in a name of one.
    if name.end == seen.last.end && name.start >= seen.last.start || is_user_of_a_link(text, &name) {
        return None;
    }
    seen.last = name.clone();
    let strength = seen.strength(text, &name)?;
    let (value, style) = value_after(text, &name, strength, &mut seen.run)?;
    let judged = &text[value.start..value.end.min(value.start + JUDGED)];
    work::looks_at(judged.len());
    let chosen = style == Style::Plain && beside::is_chosen_secret(&text[name.clone()], judged);
    if value.is_empty() || !chosen && !is_secret(judged, strength, style) {
        return None;
    }
    seen.found_until = value.end;
    let kind = Cow::Borrowed(strength.kind());
    Some(Finding { rank: RANK_ASSIGNED, ..Finding::new(value.clone(), kind, &text[value]) })
}

/// So much of a value says whether it is a secret.
const JUDGED: usize = 1024;

/// `https://x-access-token:...@host`: `links` knows where that ends.
fn is_user_of_a_link(text: &[u8], name: &Range<usize>) -> bool {
    let rest = &text[name.end..text.len().min(name.end + 300)];
    text[..name.start].ends_with(b"://")
        && rest.first() == Some(&b':')
        && rest.iter().copied().find(|byte| byte.is_ascii_whitespace() || matches!(byte, b'@' | b'"' | b'/'))
            == Some(b'@')
}

fn name_around(text: &[u8], keyword: Range<usize>) -> Range<usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before =
        text[keyword.start.saturating_sub(MAX_NAME)..keyword.start].iter().rev().take_while(|b| is_name(b)).count();
    let after = text[keyword.end..].iter().take(MAX_NAME).take_while(|b| is_name(b)).count();
    let start = keyword.start - before;
    start - word_before(text, start, &text[start..keyword.end + after])..keyword.end + after
}

/// `api key`, `access token` in words: how far the word before belongs to the name.
fn word_before(text: &[u8], start: usize, name: &[u8]) -> usize {
    if !name.eq_ignore_ascii_case(b"key") || start == 0 || text[start - 1] != b' ' {
        return 0;
    }
    1 + text[..start - 1].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count()
}

/// How the value stands beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Quoted,
    /// `NAME=value`, `name: value` at the start of a line, a flag: nothing of code.
    Plain,
    /// Unquoted, and it may be code.
    Code,
    /// In words: `the password is ...`.
    Said,
}

fn value_after(
    text: &[u8],
    name: &Range<usize>,
    strength: Strength,
    run: &mut Range<usize>,
) -> Option<(Range<usize>, Style)> {
    if let Some(at) = beside::field(text, name.end) {
        return Some(read_value(text, at + count(text, at, |byte| matches!(byte, b' ' | b'\t')), Style::Plain, run));
    }
    let mut at = name.end;
    let mut quoted_name = false;
    at += count(text, at, |byte| byte == b'\\');
    if matches!(text.get(at), Some(b'"' | b'\'' | b'`')) {
        quoted_name = true;
        at += 1;
    }
    if text.get(at) == Some(&b']') {
        at += 1;
    }
    // Emphasis of Markdown.
    at += count(text, at, |byte| byte == b'*');
    let blanks = count(text, at, |byte| matches!(byte, b' ' | b'\t'));
    let flag = is_flag(text, name);
    let (separator, said) = separator_at(text, at + blanks, quoted_name, strength);
    let mut style;
    if separator > 0 {
        at += blanks + separator;
        at += count(text, at, |byte| byte == b'*');
        style = if said { Style::Said } else { plain_or_code(text, name, quoted_name) };
    } else if blanks > 0 && (flag || beside::is_set_by_command(text, name.start)) {
        at += blanks;
        style = Style::Plain;
    } else if blanks > 0 && strength == Strength::Password && matches!(text.get(at + blanks), Some(b'"' | b'\'')) {
        // SQL: `IDENTIFIED ... PASSWORD 'x'`.
        at += blanks;
        style = Style::Said;
    } else if blanks > 0 && beside::is_bare(text, name, at + blanks, strength) {
        at += blanks;
        style = Style::Plain;
    } else if strength.may_be_said() {
        at = said_later(text, at)?;
        style = Style::Said;
    } else {
        return None;
    }
    at += count(text, at, |byte| matches!(byte, b' ' | b'\t'));
    let next_line = beside::next_line(text, at);
    if separator > 0 && next_line > 0 {
        at += next_line;
        style = Style::Said;
    }
    at += beside::block(text, at);
    at += typed_declaration(text, at);
    at += scheme(text, at);
    Some(read_value(text, at, style, run))
}

fn count(text: &[u8], at: usize, holds: impl Fn(u8) -> bool) -> usize {
    text[at.min(text.len())..].iter().take(16).take_while(|byte| holds(**byte)).count()
}

fn is_flag(text: &[u8], name: &Range<usize>) -> bool {
    text[name.clone()].starts_with(b"-")
        && (name.start == 0
            || text[name.start - 1].is_ascii_whitespace()
            || matches!(text[name.start - 1], b'"' | b'\'' | b'`'))
}

/// Length of what separates name and value, and whether it is words.
fn separator_at(text: &[u8], at: usize, quoted_name: bool, strength: Strength) -> (usize, bool) {
    let rest = &text[at.min(text.len())..];
    for separator in [":=", "=>", "===", "==", "!=", "->", "<-"] {
        if rest.starts_with(separator.as_bytes()) {
            return (separator.len(), false);
        }
    }
    for separator in ["\u{ff1a}", "\u{662f}", "\u{4e3a}", "\u{306f}"] {
        if strength == Strength::Password && rest.starts_with(separator.as_bytes()) {
            return (separator.len(), false);
        }
    }
    match rest.first() {
        Some(b'=' | b':') => (1, false),
        // `setPassword("x")`
        Some(b'(') if matches!(rest.get(1), Some(b'"' | b'\'' | b'`')) => (1, false),
        // `getenv('TOKEN') or 'x'`
        Some(b')') if quoted_name => (beside::otherwise(rest), false),
        Some(b',') if quoted_name => (1, false),
        // `<password>x</password>`
        Some(b'>') => (1, false),
        _ => {
            for words in [
                "is now: ",
                "is now ",
                "is: ",
                "is ",
                "lautet ",
                "lautet: ",
                "ist ",
                "est ",
                "es ",
                "to: ",
                "to be ",
                "to ",
                "was ",
                "will be ",
                "should be ",
                "as ",
                "\u{2013} ",
                "\u{2014} ",
                "- ",
            ] {
                if strength.may_be_said() && rest.starts_with(words.as_bytes()) {
                    return (words.len(), true);
                }
            }
            (0, false)
        }
    }
}

/// `password for the database is x`: the place after the words between, in the same sentence.
fn said_later(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at.min(text.len())..];
    let window = &rest[..rest.len().min(60)];
    if window.first() != Some(&b' ') {
        return None;
    }
    let end =
        window.iter().position(|byte| matches!(byte, b'\n' | b'.' | b';' | b'"' | b'=' | b'{')).unwrap_or(window.len());
    let sentence = &window[..end];
    let found = [" is ", ": "]
        .iter()
        .filter_map(|words| memchr::memmem::find(sentence, words.as_bytes()).map(|found| found + words.len()));
    Some(at + found.min()?)
}

/// `password: str = "x"`, `token: &str = "x"`: length of the type and the `=`.
fn typed_declaration(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..];
    let window = &rest[..rest.len().min(48)];
    let is_type = |byte: &u8| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'.' | b' ' | b':' | b'|')
    };
    let len = window.iter().take_while(|byte| is_type(byte)).count();
    let ends = window.get(len) == Some(&b'=') && len > 0 && window.get(len.saturating_sub(1)) == Some(&b' ');
    let after = count(text, at + len + 1, |byte| byte == b' ');
    let quoted = matches!(text.get(at + len + 1 + after), Some(b'"' | b'\'' | b'`'));
    if ends && quoted { len + 1 + after } else { 0 }
}

/// `Bearer `, `Basic `, `token `: the scheme before the credentials of a header.
fn scheme(text: &[u8], at: usize) -> usize {
    const SCHEMES: [&str; 9] =
        ["bearer ", "basic ", "token ", "apikey ", "api-key ", "ssws ", "bot ", "digest ", "negotiate "];
    let mut start = at + count(text, at, |byte| byte == b'\\');
    start += count(text, start, |byte| matches!(byte, b'"' | b'\'')).min(1);
    let rest = &text[start.min(text.len())..];
    let scheme = SCHEMES
        .iter()
        .find(|scheme| rest.len() > scheme.len() && rest[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes()));
    scheme.map_or(0, |scheme| start - at + scheme.len())
}

/// Whether an unquoted value can be code: the name is in lower or mixed case, and the line is no plain setting.
fn plain_or_code(text: &[u8], name: &Range<usize>, quoted_name: bool) -> Style {
    let upper = !text[name.clone()].iter().any(u8::is_ascii_lowercase);
    let floor = name.start.saturating_sub(LINE_START);
    let starts = |byte: &u8| matches!(byte, b'\n' | b'"' | b'\'' | b'`');
    let line = text[floor..name.start].iter().rposition(starts).map_or(floor, |found| floor + found + 1);
    let before = text[line..name.start].trim_ascii();
    let starts_line = before.iter().all(|byte| matches!(byte, b'+' | b'-' | b'>' | b'#' | b'/' | b'*' | b'|'))
        || beside::is_prose(before);
    let touching = text.get(name.end) == Some(&b'=') && text.get(name.end + 1) != Some(&b' ');
    let dashed = text[name.clone()].contains(&b'-');
    let element = text.get(name.end) == Some(&b'>') && before.ends_with(b"<");
    if quoted_name || upper || dashed || starts_line || touching || element { Style::Plain } else { Style::Code }
}

fn read_value(text: &[u8], at: usize, style: Style, run: &mut Range<usize>) -> (Range<usize>, Style) {
    let rest = &text[at.min(text.len())..];
    let rest = &rest[..rest.len().min(MAX_QUOTED)];
    // Prefixes of string literals: b"", r"", f"", @"".
    let prefix = usize::from(matches!(rest, [b'b' | b'r' | b'f' | b'u' | b'@' | b'L', b'"' | b'\'', ..]));
    let slashes = rest[prefix..].iter().take_while(|byte| **byte == b'\\').count();
    let start = prefix + slashes;
    match rest.get(start) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let start = start + 1;
            let end = start + quoted_len(&rest[start..], *quote);
            work::looks_at(end);
            (at + start..at + end, Style::Quoted)
        }
        _ => {
            if !run.contains(&at) {
                *run = at..at + plain_run(&text[at.min(text.len())..]);
                work::looks_at(run.len());
            }
            (at..at + trimmed(text.get(at..run.end).unwrap_or_default()), style)
        }
    }
}

fn quoted_len(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            byte if byte == quote || byte == b'\n' => break,
            b'\\' if rest.get(at + 1).is_some_and(|next| *next == quote || *next == b'\\') => {
                // In escaped JSON the escaped quote is the end; in a literal it may be part of the value.
                break;
            }
            _ => at += 1,
        }
    }
    at
}

/// Until a blank, a quote, a tag, an escape, or the next part of a list of `name=value`.
fn plain_run(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < rest.len() {
        let next = rest.get(at + 1).copied().unwrap_or(b' ');
        match rest[at] {
            byte if byte.is_ascii_whitespace() || byte.is_ascii_control() => break,
            b'"' | b'\'' | b'`' => break,
            b'<' if at > 0 && (next == b'/' || next.is_ascii_alphabetic()) => break,
            b'\\' if matches!(next, b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'u' | b'\n') => break,
            b'&' | b';' | b',' if starts_pair(&rest[at + 1..]) || next.is_ascii_whitespace() => break,
            b'|' if next.is_ascii_whitespace() => break,
            _ => at += 1,
        }
    }
    at
}

/// Without what ends a sentence, a list or a call. A bracket that the value itself opened belongs to it.
fn trimmed(value: &[u8]) -> usize {
    let mut end = value.len();
    while let Some(last @ (b',' | b';' | b')' | b'}' | b']' | b'.')) = value[..end].last() {
        let opening = match last {
            b')' => b'(',
            b'}' => b'{',
            b']' => b'[',
            _ => b'\n',
        };
        if memchr::memchr(opening, &value[..end]).is_some() {
            break;
        }
        end -= 1;
    }
    end
}

/// Whether the next `name=` begins.
fn starts_pair(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let name = rest[blanks..]
        .iter()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.'))
        .count();
    name > 0 && rest.get(blanks + name) == Some(&b'=')
}

fn is_secret(value: &[u8], strength: Strength, style: Style) -> bool {
    if value.len() < 5 || stand_in::is_stand_in(value) || safe::is_reference(value) || safe::is_public(value) {
        return false;
    }
    match strength {
        Strength::Password => match style {
            Style::Quoted | Style::Plain => safe::is_password_like(value) || safe::is_grouped_password(value),
            Style::Code => safe::is_password_like(value) && !safe::is_code(value),
            Style::Said => value.len() >= 6 && safe::is_strong_password(value),
        },
        Strength::Secret | Strength::Key => {
            let hidden = if style == Style::Code { !safe::is_code(value) } else { true };
            hidden && value.len() >= 8 && safe::is_key_like(value)
        }
        Strength::Phrase => safe::is_password_like(value) || safe::is_seed_phrase(value) || safe::is_passphrase(value),
    }
}

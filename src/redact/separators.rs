//! What stands between a name and its value, and how far the value goes.

use std::ops::Range;

use super::rules::names::Strength;
use super::{beside, safe, work, wrappers};

/// The longest value in quotes.
const MAX_QUOTED: usize = 64 * 1024;

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

/// Length of what separates name and value, and whether it is words.
pub(super) fn separator_at(text: &[u8], at: usize, quoted_name: bool, strength: Strength) -> (usize, bool) {
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
        // A path of names: `Seed::new`.
        Some(b':') if rest.get(1) == Some(&b':') => (0, false),
        Some(b'=' | b':') => (1, false),
        // `setPassword("x")`
        Some(b'(') if matches!(rest.get(1), Some(b'"' | b'\'' | b'`')) => (1, false),
        // `getenv('TOKEN') or 'x'`
        Some(b')') if quoted_name => (beside::otherwise(rest), false),
        // `define('DB_PASSWORD', 'x')`
        Some(b',') if quoted_name && is_quoted(&rest[1..]) => (1, false),
        // `process.env.DB_PASSWORD || 'x'`
        Some(b'|' | b'?') if rest.get(1) == rest.first() && is_quoted(&rest[2..]) => (2, false),
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
                if rest.starts_with(words.as_bytes()) {
                    return (words.len(), true);
                }
            }
            (0, false)
        }
    }
}

/// `password: str = "x"`, `token: &str = "x"`: length of the type and the `=`.
pub(super) fn typed_declaration(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..];
    let window = &rest[..rest.len().min(48)];
    let is_type = |byte: &u8| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'.' | b' ' | b':' | b'|')
    };
    let len = window.iter().take_while(|byte| is_type(byte)).count();
    let ends = window.get(len) == Some(&b'=') && len > 0 && window.get(len.saturating_sub(1)) == Some(&b' ');
    let after = count(text, at + len + 1, |byte| byte == b' ');
    let value = &text[(at + len + 1 + after).min(text.len())..];
    let quoted = matches!(value.first(), Some(b'"' | b'\'' | b'`')) || wrappers::call(value) > 0;
    if ends && quoted { len + 1 + after } else { 0 }
}

/// `Bearer `, `Basic `, `token `: the scheme before the credentials of a header.
pub(super) fn scheme(text: &[u8], at: usize) -> usize {
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

/// Whether a quoted text follows.
fn is_quoted(rest: &[u8]) -> bool {
    let blanks = rest.iter().take(16).take_while(|byte| matches!(byte, b' ' | b'\\')).count();
    matches!(rest.get(blanks), Some(b'"' | b'\'' | b'`'))
}

pub(super) fn read_value(text: &[u8], at: usize, style: Style, run: &mut Range<usize>) -> (Range<usize>, Style) {
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
            // `![the password is x](https://...)`
            b']' if next == b'(' => break,
            b'<' if at > 0 && (next == b'/' || next.is_ascii_alphabetic()) => break,
            b'\\' if matches!(next, b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'u' | b'\n') => break,
            b'&' | b';' | b',' if starts_pair(&rest[at + 1..]) || next.is_ascii_whitespace() => break,
            b'|' if next.is_ascii_whitespace() => break,
            _ => at += 1,
        }
    }
    at
}

/// Without what ends a sentence, a list or a call. A bracket that the value itself opened belongs to it. Only so many signs are
/// taken from the end, and so much of the beginning is looked through for a bracket: names stand in a value one after the other.
fn trimmed(value: &[u8]) -> usize {
    let opened = &value[..value.len().min(1024)];
    let floor = value.len().saturating_sub(64);
    let mut end = value.len();
    while end > floor
        && let Some(last @ (b',' | b';' | b')' | b'}' | b']' | b'.')) = value[..end].last()
    {
        let opening = match last {
            b')' => b'(',
            b'}' => b'{',
            b']' => b'[',
            _ => b'\n',
        };
        work::looks_at(opened.len());
        if memchr::memchr(opening, opened).is_some() {
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

/// Length of the words that belong to a value without quotes: the groups of `abcd efgh ijkl mnop`, the rest of a passphrase.
pub(super) fn groups_after(text: &[u8], value: &Range<usize>, strength: Strength) -> usize {
    let stop = text.len().min(value.start + 240);
    let line = &text[value.start.min(stop)..stop];
    let line = &line[..line.iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'"' | b'\\')).unwrap_or(line.len())];
    let groups = line.len().min(19);
    let is_grouped = strength == Strength::Password
        && safe::is_grouped_password(&line[..groups])
        && line.get(groups).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let is_phrase = strength == Strength::Phrase && safe::is_passphrase(line.trim_ascii_end());
    match () {
        () if is_grouped => groups - value.len().min(groups),
        () if is_phrase => line.trim_ascii_end().len().saturating_sub(value.len()),
        () => 0,
    }
}

pub(super) fn count(text: &[u8], at: usize, holds: impl Fn(u8) -> bool) -> usize {
    text[at.min(text.len())..].iter().take(16).take_while(|byte| holds(**byte)).count()
}

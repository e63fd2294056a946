//! Secrets that go on in the next line: wrapped at any width, in a comment, a quote, a box, a diff or a continued line. The
//! width is not known, so what follows must look like the rest: nothing else in its line, and drawn like the first part. The
//! numbers of lines and other signs that tools write before each line do not count.

use std::ops::Range;

use super::finding::{Detection, RANK_ASSIGNED, RANK_FORMAT, RANK_RANDOM};
use super::gutter::gutters;
use super::randomness::{self, Make};
use super::work;

/// Most lines that a secret goes on for, and the longest of them.
const MAX_LINES: usize = 40;
const MAX_LINE: usize = 200;
/// A shorter first part is rather a whole value.
const MIN_FIRST: usize = 8;

/// Takes the following lines into the findings that go on there.
pub(super) fn extend(text: &[u8], findings: &mut [Detection]) {
    let mut taken = 0;
    for finding in findings {
        let goes_on = matches!(finding.rank, RANK_RANDOM | RANK_ASSIGNED | RANK_FORMAT) && finding.instead.is_none();
        // What a longer finding has taken in already is not walked over again.
        if goes_on && (finding.range.start >= taken || finding.range.end > taken) {
            let end = end_of(text, finding.range.start, finding.range.end);
            if end > finding.range.end {
                finding.range.end = end;
                taken = end;
            }
        }
    }
}

/// Where the secret that begins at `start` and stops at `end` ends.
pub(super) fn end_of(text: &[u8], start: usize, end: usize) -> usize {
    let first = &text[start..end];
    if first.len() < MIN_FIRST || !first.iter().all(|byte| is_token_byte(*byte)) {
        return end;
    }
    let floor = start.saturating_sub(MAX_LINE);
    let line_start = memchr::memrchr(b'\n', &text[floor..start]).map_or(floor, |found| floor + found + 1);
    work::looks_at(end - line_start);
    let mut line = line_start;
    let mut last = end;
    for _ in 0..MAX_LINES {
        // After the padding of base64 nothing goes on.
        if text[last - 1] == b'=' && soft_line_end(text, last - 1).is_none() {
            break;
        }
        let Some(next) = next_line(text, line, last) else { break };
        // A block of lines that hold nothing else, as YAML folds.
        let alone = last != end || next.gutter <= start - line && is_margin(&text[line + next.gutter..start]);
        let len = text[next.at..].iter().take(MAX_LINE).take_while(|byte| is_token_byte(**byte)).count();
        let part = &text[next.at..next.at + len];
        work::looks_at(next.at + len - last);
        let full = next.marked || alone || last - line >= 30;
        if !full || !is_alone(text, next.at + len) || !goes_on(first, part) {
            break;
        }
        last = next.at + len;
        line = next.line;
    }
    last
}

/// Lines of quoted-printable text are broken at 76 characters, or a few before; a sign of a quote or of a diff may be added.
const SOFT_LINE: Range<usize> = 72..79;
/// Earlier only where an escape would not fit, or a word was kept together.
const SHORT_SOFT_LINE: usize = 60;

/// Length of the `=` at `at` and the line end after it, where they continue a line of quoted-printable text (RFC 2045). There
/// every other `=` begins an escape; in settings and in base64 it ends a value, and the next line is another.
pub(super) fn soft_line_end(text: &[u8], at: usize) -> Option<usize> {
    let len = match text[at..] {
        [b'=', b'\n', ..] => 2,
        [b'=', b'\r', b'\n', ..] => 3,
        _ => return None,
    };
    let floor = at.saturating_sub(MAX_LINE);
    let start = memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |found| floor + found + 1);
    let next = &text[at + len..text.len().min(at + len + MAX_LINE)];
    work::looks_at(at - start + next.len().min(40));
    let is_escape = |place: usize| {
        text.get(place + 1..place + 3)
            .is_some_and(|code| code.iter().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte)))
    };
    let line = &text[start..at];
    let mut escapes = memchr::memchr_iter(b'=', line).map(|found| is_escape(start + found)).peekable();
    let wide = SOFT_LINE.contains(&line.len()) || line.len() >= SHORT_SOFT_LINE && escapes.peek().is_some();
    let quoted = wide && escapes.all(|is_escape| is_escape);
    (quoted && next.first()?.is_ascii_alphanumeric() && !begins_with_name(next)).then_some(len)
}

/// `NAME=value`, `name: value`: a setting of its own.
fn begins_with_name(line: &[u8]) -> bool {
    let name = line
        .iter()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    match line.get(name) {
        Some(b':') => matches!(line.get(name + 1), Some(b' ' | b'\n' | b'\r')),
        Some(b'=') => !line.get(name + 1..name + 3).is_some_and(|code| {
            code.iter().all(|byte| byte.is_ascii_hexdigit()) || code.starts_with(b"\n") || code.starts_with(b"\r")
        }),
        _ => false,
    }
}

/// Whether what stands before a value on its line is blanks and colours only.
fn is_margin(before: &[u8]) -> bool {
    let skipped = skip(before);
    skipped == before.len()
}

/// The letters, digits and signs of tokens and of base64.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'.' | b'~' | b'-')
}

struct Next {
    /// Where the next line begins.
    line: usize,
    /// The length of what a tool wrote before the line that it follows.
    gutter: usize,
    /// Where the text of the next line begins.
    at: usize,
    /// Whether a sign says that the line goes on: a backslash, a box, the same mark of a comment or quote.
    marked: bool,
}

/// The text of the next line, where nothing but signs of wrapping stands between.
fn next_line(text: &[u8], line: usize, end: usize) -> Option<Next> {
    let rest = &text[end..text.len().min(end + MAX_LINE)];
    let mut at = 0;
    let mut marked = false;
    // What closes the line: blanks and the bar of a box, a backslash, colours, the quote and sign of a joined literal.
    at += skip(&rest[at..]);
    if let Some(bar) = bar(&rest[at..]) {
        marked = true;
        at += bar;
    } else if rest.get(at) == Some(&b'\\') || rest.get(at) == Some(&b'=') && soft_line_end(text, end + at).is_some() {
        marked = true;
        at += 1;
    }
    at += skip(&rest[at..]);
    at += usize::from(rest.get(at) == Some(&b'\r'));
    if rest.get(at) != Some(&b'\n') {
        return None;
    }
    at += 1;
    let next = end + at;
    let (gutter, next_gutter) = gutters(&text[line..end], &rest[at..]).unwrap_or((0, 0));
    at += next_gutter;
    let indent = at;
    at += skip(&rest[at..]);
    let opening = ["// ", "# ", "> ", "* ", "-- ", ";; ", "; ", "+", "-"]
        .iter()
        .find(|mark| rest[at..].starts_with(mark.as_bytes()));
    if let Some(bar) = bar(&rest[at..]) {
        at += bar;
    } else if let Some(mark) = opening {
        marked |= mark.len() > 1;
        at += mark.len();
    }
    at += skip(&rest[at..]);
    (at < rest.len() && at - indent <= 60).then_some(Next { line: next, gutter, at: end + at, marked })
}

/// Length of blanks and colours.
fn skip(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match rest.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(0x1b) if rest.get(at + 1) == Some(&b'[') => {
                match rest[at + 2..].iter().take(12).position(|byte| byte.is_ascii_alphabetic()) {
                    Some(len) => at += len + 3,
                    None => return at,
                }
            }
            _ => return at,
        }
    }
}

/// The upright lines of boxes that terminal programs draw.
pub(super) const BARS: [&[u8]; 4] = ["│".as_bytes(), "┃".as_bytes(), "║".as_bytes(), b"|"];

/// Length of the bar that a text begins with.
pub(super) fn bar(rest: &[u8]) -> Option<usize> {
    BARS.iter().find(|bar| rest.starts_with(bar)).map(|bar| bar.len())
}

/// Whether only what closes a line or a value follows.
fn is_alone(text: &[u8], end: usize) -> bool {
    let rest = &text[end..text.len().min(end + MAX_LINE)];
    let signs = |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b']' | b'}' | b'\\' | b'<');
    let at = rest.iter().take(4).take_while(signs).count();
    let blanks = skip(&rest[at..]);
    let at = at + blanks;
    let closed = bar(&rest[at..]).map_or(0, |bar| bar + skip(&rest[at + bar..]));
    matches!(rest.get(at + closed), None | Some(b'\n' | b'\r' | b'\\')) || blanks > 0
}

/// Whether a part can be the rest of a secret that begins with `first`: of its alphabet, and no word.
fn goes_on(first: &[u8], part: &[u8]) -> bool {
    let (head, make) = (Make::of(first), Make::of(part));
    let inner = part.strip_suffix(b"==").or_else(|| part.strip_suffix(b"=")).unwrap_or(part);
    if inner.len() < 4 || inner.contains(&b'=') || !inner[0].is_ascii_alphanumeric() && head.symbols == 0 {
        return false;
    }
    if head.is_hex() && head.len >= 16 {
        return make.not_hex == 0 && make.digits > 0;
    }
    if head.upper == 0 && head.digits > 0 && head.lower >= 12 && make.upper > 0 {
        return false;
    }
    let mixed = make.digits > 0 && make.lower + make.upper > 0 && make.upper.min(make.lower) + make.digits >= 2;
    let long = inner.len() >= 10 && randomness::surprise(inner) >= 4.4;
    let cased =
        part.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count() >= 2;
    mixed && (inner.len() < 12 || randomness::surprise(inner) >= 4.0) || long || cased && make.symbols == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> String {
        let start = text.find('q').unwrap();
        let len = text[start..].bytes().take_while(|byte| is_token_byte(*byte)).count();
        text[start..end_of(text.as_bytes(), start, start + len)].to_owned()
    }

    #[test]
    fn what_follows_a_broken_secret_belongs_to_it() {
        for between in ["\n", "\n    ", "\\\n", "\n# ", "\n// ", "\n> ", " │\n│ ", "\x1b[0m\n\x1b[32m"] {
            let text = format!("export THE_TOKEN_OF_THE_SHOP=q7Xw2Lp9ZrT4{between}vKd8BnM3Ws\n");
            assert!(whole(&text).ends_with("Ws"), "{text}");
        }
    }

    #[test]
    fn the_next_line_is_left_alone() {
        for next in ["DEBUG=true", "localhost", "the next 3 words", "authentication", "version: 2"] {
            let text = format!("export THE_TOKEN_OF_THE_SHOP=q7Xw2Lp9ZrT4\n{next}\n");
            assert_eq!(whole(&text), "q7Xw2Lp9ZrT4", "{text}");
        }
    }
}

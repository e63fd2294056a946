//! Private keys in PEM and PGP armour, whole or cut.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{Finding, RANK_BLOCK};
use super::work;

/// The longest key that is looked for: 16384 bits of RSA are 13 KB.
const MAX_KEY: usize = 64 * 1024;

/// A private key from its `-----BEGIN` line at `start` on. Where the end is missing, the lines that look like the key.
pub(crate) fn key_block(text: &[u8], start: usize) -> Option<Finding> {
    let label = label_of(&text[start..], b"-----BEGIN ").or_else(|| label_of(&text[start..], b"---- BEGIN "))?;
    let body = start + label.end;
    let window = &text[body..text.len().min(body + MAX_KEY)];
    // Another key begins before this one ends.
    let next = memchr::memmem::find(window, b"---- BEGIN ").or_else(|| memchr::memmem::find(window, b"-----BEGIN "));
    let window = &window[..next.unwrap_or(window.len())];
    work::looks_at(window.len());
    let end = match memchr::memmem::find(window, b"-----END ") {
        Some(found) if is_key_text(&window[..found]) && !leaves_a_string(&window[..found]) => {
            let after = label_of(&window[found..], b"-----END ").map_or(found + 9, |label| found + label.end);
            body + after
        }
        _ => body + key_text_len(window)?,
    };
    Some(block(start..end, text))
}

/// The rest of a private key whose beginning was cut, from its `-----END` line at `start` backwards.
pub(crate) fn key_block_end(text: &[u8], start: usize) -> Option<Finding> {
    let label = label_of(&text[start..], b"-----END ")?;
    let floor = start.saturating_sub(MAX_KEY);
    let window = &text[floor..start];
    // Behind the line that ends another key, or begins this one.
    let other = memchr::memmem::rfind(window, b"-----").map_or(0, |found| found + 5);
    let body = window[other..].iter().rev().take_while(|byte| is_key_byte(**byte)).count();
    work::looks_at(window.len() - other);
    let from = start - body;
    let starts = from == 0 || matches!(text[from - 1], b'"' | b'\'' | b'`');
    // Only whole lines: what stands before the key on its first line is no part of it.
    let from = if starts { from } else { from + memchr::memchr(b'\n', &text[from..start])? };
    let letters = text[from..start].iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    if letters < 32 {
        return None;
    }
    // A line that begins this key: then it was found from there.
    let marker = &window[other.saturating_sub(80)..other];
    let begins = memchr::memmem::rfind(marker, b"BEGIN ") > memchr::memmem::rfind(marker, b"END ");
    let opened = begins && !leaves_a_string(&window[other..]);
    (!opened).then(|| block(from..start + label.end, text))
}

fn block(range: Range<usize>, text: &[u8]) -> Finding {
    let letters: Vec<u8> = text[range.clone()].iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    Finding { rank: RANK_BLOCK, ..Finding::new(range, Cow::Borrowed("private-key"), &letters) }
}

/// The line `-----BEGIN <something> PRIVATE KEY[ BLOCK]-----`, as a range from the start of `text`.
fn label_of(text: &[u8], opening: &[u8]) -> Option<Range<usize>> {
    let rest = text.strip_prefix(opening)?;
    let len = rest.iter().take(60).position(|byte| *byte == b'-')?;
    let label = &rest[..len];
    let plain = label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ');
    let private = memchr::memmem::find(label, b"PRIVATE KEY").is_some();
    let dashes = rest[len..].iter().take_while(|byte| **byte == b'-').count();
    (plain && private && dashes >= 4).then_some(0..opening.len() + len + dashes)
}

/// Whether what stands between the two lines can be a key: enough letters, few other characters.
fn is_key_text(body: &[u8]) -> bool {
    let letters = body.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    letters >= 32 && letters * 10 >= body.len() * 6 && !is_worded(body)
}

/// Whether the text goes from one member of a JSON object to the next: what begins before is not what ends behind.
fn leaves_a_string(body: &[u8]) -> bool {
    let quotes = memchr::memchr_iter(b'"', body);
    let ends = |at: usize| body[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
    quotes.into_iter().any(ends)
}

/// Words and blanks instead of lines of base64.
fn is_worded(body: &[u8]) -> bool {
    let longest =
        body.split(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'=')).map(<[u8]>::len).max();
    longest.unwrap_or(0) < 16
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ' | b'\t' | b'\\' | b'-' | b'>' | b'|')
}

/// How far an unclosed key reaches: lines of base64, of headers (`Proc-Type: 4,ENCRYPTED`) and empty ones.
fn key_text_len(body: &[u8]) -> Option<usize> {
    let mut len = 0;
    let mut letters = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"> ")).unwrap_or(text).trim_ascii();
        let header = text.contains(&b':') && text.len() < 80 && letters == 0;
        let whole = text.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')));
        match whole {
            None => {
                len += line.len();
                letters += text.len();
            }
            _ if header => len += line.len(),
            Some(part) if part >= 16 => {
                // Escapes inside one line are undone in another layer; here, take what there is.
                let skipped = line.len() - line.trim_ascii_start().len();
                return Some(len + skipped + part);
            }
            Some(_) => break,
        }
        if letters > 0 && text.is_empty() {
            break;
        }
    }
    (letters >= 32).then_some(len)
}

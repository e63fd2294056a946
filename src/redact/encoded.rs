//! Long runs of letters and digits: text in base64 or hexadecimal is decoded and looked at; random strings without a
//! name are weighed.

use std::ops::Range;

use super::finding::{Depth, Detection, RANK_FORMAT, RANK_RANDOM};
use super::{unnamed, work};

/// Shorter runs hold no secret once decoded, and are too common to weigh.
const MIN_RUN: usize = 20;
/// Longer than a line is where several were joined to one.
const LONG_RUN: usize = 512;

/// What is found in a text that was decoded, at its depth.
pub(super) type DecodedScan<'a> = &'a dyn Fn(&[u8], Depth) -> Vec<Detection>;

/// What is found in the runs of a text. Returns the runs that are so long that they may be more than a part of a text shows,
/// where several lines were joined to one.
pub(super) fn find(
    text: &[u8],
    depth: Depth,
    max_encoding: usize,
    inside: DecodedScan<'_>,
    findings: &mut Vec<Detection>,
) -> Vec<Range<usize>> {
    let mut long = Vec::new();
    // The byte before `at` is in no run. A window is walked through from its end, so that few bytes are looked at.
    let mut at = 0;
    while let Some(window) = text.get(at..at + MIN_RUN) {
        if let Some(other) = window.iter().rposition(|byte| !RUN[usize::from(*byte)]) {
            at += other + 1;
            continue;
        }
        let start = at;
        at += MIN_RUN;
        at += text[at..].iter().position(|byte| !RUN[usize::from(*byte)]).unwrap_or(text.len() - at);
        if depth.decoding > 0 && at - start >= LONG_RUN {
            long.push(start..at);
        }
        look_at(text, start..at, depth, max_encoding, inside, findings);
    }
    long
}

/// Letters, digits and the other characters of base64 in both alphabets.
static RUN: [bool; 256] = {
    let mut run = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        run[byte] = b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-');
        byte += 1;
    }
    run
};

fn look_at(
    text: &[u8],
    run: Range<usize>,
    depth: Depth,
    max_encoding: usize,
    inside: DecodedScan<'_>,
    findings: &mut Vec<Detection>,
) {
    // Two slashes before are those of an address.
    let slashes = if text[run.clone()].starts_with(b"//") { 2 } else { 0 };
    let run = run.start + slashes..run.end;
    let value = &text[run.clone()];
    work::looks_at(value.len());
    // `NAME=<base64>` is one run too: the value begins after the sign.
    let value_start = value.iter().position(|byte| *byte == b'=').map_or(0, |found| found + 1);
    let value_start = if value.len() - value_start >= MIN_RUN { value_start } else { 0 };
    if depth.encoding < max_encoding {
        let encoded = &value[value_start..];
        if let Some(decoded) = decode_text(encoded) {
            let deeper = Depth { encoding: depth.encoding + 1, decoding: depth.decoding + 1 };
            let inner = inside(&decoded, deeper);
            if let Some(strongest) =
                inner.into_iter().filter(|inner| inner.rank > RANK_RANDOM).max_by_key(|inner| inner.rank)
            {
                findings.push(Detection { range: run.start + value_start..run.end, ..strongest });
                return;
            }
            // Text that holds no secret: prose, JSON, a source map.
            if decoded.is_ascii() || std::str::from_utf8(&decoded).is_ok() {
                return;
            }
        }
    }
    if unnamed::is_prefixed_key(&value[value_start..]) {
        findings.push(Detection::ranked(run.start + value_start..run.end, "api-key", text, RANK_RANDOM));
        return;
    }
    if let Some(kind) = unnamed::shape_of(value) {
        findings.push(Detection::ranked(run, kind, text, RANK_FORMAT));
        return;
    }
    if let Some(part) = unnamed::bare_secret(text, run.start + value_start..run.end) {
        findings.push(Detection::ranked(part, "random-string", text, RANK_RANDOM));
    }
}

/// The text that is encoded, where it is text.
fn decode_text(encoded: &[u8]) -> Option<Vec<u8>> {
    if encoded.len() < 24 || encoded.len() > 8 << 20 {
        return None;
    }
    if !begins_as_text(&encoded[..encoded.len().min(32) / 4 * 4]) {
        return None;
    }
    let decoded = decode_any(encoded)?;
    is_text(&decoded).then_some(decoded)
}

/// Whether the first characters are text once decoded. Most runs are words and paths, and end after a few.
fn begins_as_text(head: &[u8]) -> bool {
    if head.iter().all(u8::is_ascii_hexdigit) {
        return decode_any(head).is_some_and(|decoded| is_text(&decoded));
    }
    let (mut count, mut not_ascii) = (0, 0);
    for group in head.chunks_exact(4) {
        let mut bits = 0u32;
        for &byte in group {
            let Some(six) = six_bits(byte) else { return decode_any(head).is_some_and(|decoded| is_text(&decoded)) };
            bits = bits << 6 | six;
        }
        for byte in &bits.to_be_bytes()[1..] {
            if is_control(*byte) {
                return false;
            }
            not_ascii += usize::from(!byte.is_ascii());
        }
        count += 3;
        if not_ascii > 3 {
            return false;
        }
    }
    count >= 12 && (count - not_ascii) * 10 >= count * 9
}

fn decode_any(encoded: &[u8]) -> Option<Vec<u8>> {
    if encoded.iter().all(u8::is_ascii_hexdigit) && encoded.len().is_multiple_of(2) {
        let hex: Option<Vec<u8>> =
            encoded.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        return hex.filter(|decoded| is_text(decoded));
    }
    decode_base64(encoded)
}

fn is_text(decoded: &[u8]) -> bool {
    let ascii = decoded.iter().filter(|byte| byte.is_ascii()).count();
    decoded.len() >= 12 && !decoded.iter().any(|byte| is_control(*byte)) && ascii * 10 >= decoded.len() * 9
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b)
}

fn six_bits(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Base64 in either alphabet, with or without padding; what is left over at the end is dropped.
fn decode_base64(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3);
    let mut bits = 0u32;
    let mut count = 0;
    for &byte in encoded {
        if byte == b'=' {
            break;
        }
        bits = bits << 6 | six_bits(byte)?;
        count += 1;
        if count == 4 {
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        2 => decoded.push(bits.to_be_bytes()[3] >> 4 | bits.to_be_bytes()[2] << 4),
        3 => decoded.extend_from_slice(&(bits << 6).to_be_bytes()[1..3]),
        _ => {}
    }
    Some(decoded)
}

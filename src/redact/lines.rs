//! Codes that are known by the shape of their lines alone: recovery codes `xxxxx-xxxxx` one to a line, and keys for codes
//! by time (RFC 6238) in groups of four.

use std::ops::Range;

use super::finding::{Detection, RANK_FORMAT};
use super::randomness::Make;

/// Fewer lines of one shape are rather numbers of parts or of versions.
const MIN_CODES: usize = 4;
/// The longest line that is looked at.
const MAX_LINE: usize = 120;

pub(super) fn find(text: &[u8], findings: &mut Vec<Detection>) {
    let mut codes: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).chain([text.len()]) {
        let line = start..end;
        start = end + 1;
        let code = may_end_in_group(text, &line).then(|| code_in(text, &line)).flatten();
        if code.is_none() {
            flush(text, &mut codes, findings);
            if line.len() >= 19
                && may_end_in_group(text, &line)
                && let Some(range) = groups_in(text, &line)
            {
                findings.push(Detection::ranked(range, "totp-secret", text, RANK_FORMAT));
            }
        }
        codes.extend(code);
    }
    flush(text, &mut codes, findings);
}

/// Whether a line can end in a group of 4 to 6 letters and digits: most lines are told by a few of their bytes.
fn may_end_in_group(text: &[u8], line: &Range<usize>) -> bool {
    if !(11..=MAX_LINE).contains(&line.len()) {
        return false;
    }
    let end = line.end - usize::from(text[line.end - 1] == b'\r');
    let group = text[end - 8..end].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    (4..=6).contains(&group) && matches!(text[end - group - 1], b' ' | b'-') || text[end - 1] == b' '
}

fn flush(text: &[u8], codes: &mut Vec<Range<usize>>, findings: &mut Vec<Detection>) {
    let drawn = codes.iter().filter(|code| is_drawn(&text[(*code).clone()])).count();
    if codes.len() >= MIN_CODES && drawn * 4 >= codes.len() * 3 {
        findings.extend(codes.iter().map(|code| Detection::ranked(code.clone(), "recovery-code", text, RANK_FORMAT)));
    }
    codes.clear();
}

/// The code that is all of a line but a number or a sign of a list: two or three equal groups of letters and digits.
fn code_in(text: &[u8], line: &Range<usize>) -> Option<Range<usize>> {
    let bytes = &text[line.clone()];
    let last = bytes.trim_ascii_end();
    let word = last.iter().rposition(|byte| byte.is_ascii_whitespace()).map_or(0, |found| found + 1);
    let is_bullet = last[..word]
        .iter()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_whitespace() || matches!(byte, b'.' | b')' | b'-' | b'*'));
    let code = &last[word..];
    if !is_bullet || !(11..=20).contains(&code.len()) {
        return None;
    }
    let groups: Vec<&[u8]> = code.split(|byte| *byte == b'-').collect();
    let equal = (2..=3).contains(&groups.len())
        && groups.iter().all(|group| {
            group.len() == groups[0].len()
                && (4..=6).contains(&group.len())
                && group.iter().all(u8::is_ascii_alphanumeric)
        });
    equal.then(|| line.start + word..line.start + last.len())
}

/// Letters in one case and digits, in no order.
fn is_drawn(code: &[u8]) -> bool {
    let make = Make::of(code);
    // `ABC12-DEF34`: letters first, as parts are numbered.
    let numbered = code.split(|byte| *byte == b'-').all(|group| {
        let letters = group.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        letters > 0 && group[letters..].iter().all(u8::is_ascii_digit)
    });
    make.digits > 0
        && make.lower + make.upper > 0
        && (make.lower == 0 || make.upper == 0)
        && make.distinct >= 5
        && !numbered
}

/// Four groups of four characters of base32 or more at the end of a line, in one case, with digits between the letters.
fn groups_in(text: &[u8], line: &Range<usize>) -> Option<Range<usize>> {
    let bytes = text[line.clone()].trim_ascii_end();
    let upper = bytes.last()?.is_ascii_uppercase() || !bytes.iter().any(u8::is_ascii_lowercase);
    let is_base32 = |byte: &u8| {
        matches!(byte, b'2'..=b'7') || if upper { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() }
    };
    let mut groups = 0;
    let mut end = bytes.len();
    while end >= 4 && bytes[end - 4..end].iter().all(is_base32) {
        groups += 1;
        end -= 4;
        if end == 0 || !matches!(bytes[end - 1], b' ' | b'-') {
            break;
        }
        end -= 1;
    }
    let alone = end == 0 || !bytes[end - 1].is_ascii_alphanumeric();
    let start = end + bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'-')).count();
    let found = &bytes[start..];
    let with_digits = found
        .split(|byte| matches!(byte, b' ' | b'-'))
        .filter(|group| group.iter().any(u8::is_ascii_digit) && group.iter().any(u8::is_ascii_alphabetic))
        .count();
    (groups >= 4 && alone && with_digits * 3 >= groups && with_digits >= 2)
        .then(|| line.start + start..line.start + bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        find(text.as_bytes(), &mut findings);
        findings.into_iter().map(|finding| &text[finding.range]).collect()
    }

    #[test]
    fn lines_of_codes_are_found() {
        assert_eq!(found("a1b2c-d3e4f\n0f9e8-7d6c5\n 3. 9a8b7-c6d5e\n- 1f2e3-4d5c6\nend").len(), 4);
        assert_eq!(found("key: JB3W Y3DP 2HPK 3PXP").concat(), "JB3W Y3DP 2HPK 3PXP");
        assert_eq!(found("jb3w y3dp 2hpk 3pxp qr7s tuv2 wx4y z5ab\n").len(), 1);
    }

    #[test]
    fn numbers_of_other_kinds_stay() {
        for text in [
            "10000-20000\n20001-30000\n30001-40000\n40001-50000",
            "ABC12-DEF34\nABC13-DEF35\nABC14-DEF36\nABC15-DEF37",
            "a1b2c-d3e4f\n0f9e8-7d6c5",
            "2026-01-01\n2026-02-01\n2026-03-01\n2026-04-01",
            "have that good time with them when they come",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}

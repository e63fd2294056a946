//! Personal data, for the strict mode: e-mail addresses, phone, card and account numbers, addresses of machines.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::finding::{Detection, RANK_RANDOM};

struct PersonalRule {
    kind: &'static str,
    /// The sign without which it cannot match: most numbers are no personal data, and the expressions are slow.
    sign: PatternHint,
    pattern: &'static str,
    holds: fn(&[u8]) -> bool,
}

const RULES: [PersonalRule; 5] = [
    // Major industry identifiers 3 to 6 (ISO/IEC 7812), checked by Luhn.
    PersonalRule {
        kind: "card",
        sign: PatternHint::ManyDigits,
        pattern: r"\b[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
        holds: is_card,
    },
    PersonalRule {
        kind: "iban",
        sign: PatternHint::Country,
        pattern: r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
        holds: is_iban,
    },
    // Social security numbers of the United States, without the ranges that are never given out.
    PersonalRule { kind: "ssn", sign: PatternHint::TwoAndFour, pattern: r"\b\d{3}-\d{2}-\d{4}\b", holds: is_ssn },
    PersonalRule {
        kind: "phone",
        sign: PatternHint::Dialled,
        pattern: r"(?:\+|\b00)[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}\b|\(\d{3}\) ?\d{3}[ .-]\d{4}\b|\b[2-9]\d{2}[.-]\d{3}[.-]\d{4}\b|(?:\(0[1-9]\d{0,3}\) ?|\b0[1-9]\d{0,3}[ /])\d{2,8}(?: ?\d{2,4}){1,4}\b",
        holds: is_phone,
    },
    PersonalRule {
        kind: "ip-address",
        sign: PatternHint::Dotted,
        pattern: r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
        holds: is_public_ip,
    },
];

pub(crate) const KINDS: [&str; 7] = ["email", "card", "iban", "ssn", "phone", "ip-address", "mac-address"];

static COMPILED: [OnceLock<Regex>; 5] = [const { OnceLock::new() }; 5];

/// What a look at the bytes of a window can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PatternHint {
    /// 13 digits with at most one blank or dash between two.
    ManyDigits = 1,
    /// Two capital letters and two digits at the start of a word.
    Country = 2,
    /// `-`, two digits, `-`, four digits.
    TwoAndFour = 4,
    /// `+` or `(` and a digit, `00` or an area with `0` at the start of a number, or groups of three, three and four digits.
    Dialled = 8,
    /// Three dots between digits.
    Dotted = 16,
}

pub(crate) fn find(text: &[u8], findings: &mut Vec<Detection>) {
    let mut last_end = 0;
    for at in memchr::memchr_iter(b'@', text) {
        if at >= last_end
            && let Some(range) = address_range(text, at, last_end)
            && is_personal_address(&text[range.clone()])
        {
            last_end = range.end;
            push("email", range, text, findings);
        }
    }
    for at in memchr::memchr2_iter(b':', b'-', text) {
        findings.extend(machine_around(text, at).or_else(|| public_ipv6_around(text, at)));
    }
    for window in number_windows(text) {
        if let Some(range) = named_phone(text, &window) {
            push("phone", range, text, findings);
        }
        let signs = signs(text, &window);
        for (rule, compiled) in RULES.iter().zip(&COMPILED) {
            if signs & rule.sign as u8 != 0 {
                apply(rule, compiled, text, window.clone(), findings);
            }
        }
    }
}

/// Addresses of examples and of programs, which stay.
pub(crate) fn examples(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let addresses = memchr::memchr_iter(b'@', text).filter_map(|at| address_range(text, at, 0));
    addresses.filter(|range| !is_personal_address(&text[range.clone()]))
}

fn push(kind: &'static str, range: Range<usize>, text: &[u8], findings: &mut Vec<Detection>) {
    findings.push(Detection::ranked(range, kind, text, RANK_RANDOM));
}

/// The e-mail address whose `@` stands at `at`, from `floor` on: letters, digits and `._%+-`, then labels and a
/// top-level domain of letters.
fn address_range(text: &[u8], at: usize, floor: usize) -> Option<Range<usize>> {
    // Letters that are not ASCII are of several bytes, each of which is 0x80 or more.
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    let is_local =
        |byte: &&u8| is_letter(byte) || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let local = text[floor.max(at.saturating_sub(64))..at].iter().rev().take_while(is_local).count();
    if local == 0 {
        return None;
    }
    let domain = &text[at + 1..text.len().min(at + 256)];
    let (mut end, mut labels, mut start) = (None, 0, 0);
    loop {
        let len = domain[start..]
            .iter()
            .take_while(|byte| is_letter(byte) || byte.is_ascii_digit() || **byte == b'-')
            .count();
        let letters = domain[start..].iter().take_while(|byte| is_letter(byte)).count();
        let next = domain.get(start + letters);
        let ends = next.is_none_or(|byte| !byte.is_ascii_digit() && *byte != b'_');
        if labels > 0 && (2..=24).contains(&letters) && ends {
            end = Some(start + letters);
        }
        labels += 1;
        if len == 0 || labels > 6 || domain.get(start + len) != Some(&b'.') {
            break;
        }
        start += len + 1;
    }
    Some(at - local..at + 1 + end?)
}

/// The hardware address whose first `:` or `-` stands at `at`: six pairs of hexadecimal digits.
fn machine_around(text: &[u8], at: usize) -> Option<Detection> {
    let range = at.checked_sub(2)?..at + 15;
    let (pairs, sign) = (text.get(range.clone())?, text[at]);
    let fits = |(index, byte): (usize, &u8)| if index % 3 == 2 { *byte == sign } else { byte.is_ascii_hexdigit() };
    let borders = |byte: Option<&u8>| {
        byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b':'))
    };
    let whole = pairs[5] == sign && pairs.iter().enumerate().all(fits);
    let alone =
        whole && borders(range.start.checked_sub(1).and_then(|at| text.get(at))) && borders(text.get(range.end));
    alone.then(|| Detection::ranked(range, "mac-address", text, RANK_RANDOM))
}

/// The public address of a machine (IPv6, 2000::/3 but for documentation) whose first `:` stands at `at`.
fn public_ipv6_around(text: &[u8], at: usize) -> Option<Detection> {
    let start = at.checked_sub(4)?;
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let inside = start > 0 && (is_part(&text[start - 1]) || text[start - 1].is_ascii_alphanumeric());
    if text[at] != b':' || inside || !matches!(text[start], b'2' | b'3') {
        return None;
    }
    let len = text[start..].iter().take(40).take_while(|byte| is_part(byte)).count();
    let written = std::str::from_utf8(&text[start..start + len]).ok()?.trim_end_matches(':');
    let address: std::net::Ipv6Addr = written.parse().ok()?;
    let documentation = address.segments()[..2] == [0x2001, 0xdb8];
    (!documentation).then(|| Detection::ranked(start..start + written.len(), "ip-address", text, RANK_RANDOM))
}

/// A number after a word for telephones, in `window`: there no form is asked of it.
fn named_phone(text: &[u8], window: &Range<usize>) -> Option<Range<usize>> {
    const WORDS: [&[u8]; 6] = [b"phone", b"mobile", b"whatsapp", b"telefon", b"tel", b"fax"];
    let start = window.clone().find(|at| text[*at].is_ascii_digit())?;
    let before = &text[start.saturating_sub(24)..start];
    let named = |word: &&[u8]| before.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    let separated = before.last().is_some_and(|byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\''));
    if !separated {
        return None;
    }
    let is_number = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'/');
    let len = text[start..].iter().take(20).take_while(is_number).count();
    let number = text[start..start + len].trim_ascii_end();
    let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
    let ends = text.get(start + len).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let fits = ends && (7..=15).contains(&digits) && number.last()?.is_ascii_digit();
    (fits && WORDS.iter().any(named)).then(|| start..start + number.len())
}

/// Parts of the text with at least 4 digits within 20 bytes, with room around them: all that the rules for numbers
/// need to see.
fn number_windows(text: &[u8]) -> Vec<Range<usize>> {
    const NEAR: usize = 20;
    let digits_in = |from: usize, to: usize| text[from..to].iter().filter(|byte| byte.is_ascii_digit()).count();
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_digit(text, at) {
        let end = text.len().min(start + NEAR);
        if digits_in(start, end) < 4 {
            at = start + 1;
            continue;
        }
        at = end;
        let window = start.saturating_sub(12)..text.len().min(start + 56);
        match windows.last_mut() {
            Some(last) if window.start <= last.end => last.end = window.end,
            _ => windows.push(window),
        }
    }
    windows
}

/// The next digit from `at` on. Blocks with none are passed over whole; the compiler makes vector instructions of that.
fn next_digit(text: &[u8], mut at: usize) -> Option<usize> {
    const BLOCK: usize = 32;
    while let Some(block) = text.get(at..at + BLOCK) {
        let digits: u8 = block.iter().map(|byte| u8::from(byte.wrapping_sub(b'0') < 10)).sum();
        if digits > 0 {
            break;
        }
        at += BLOCK;
    }
    text[at..].iter().position(u8::is_ascii_digit).map(|found| at + found)
}

/// The signs in a window, as bits. At each separator of numbers it is looked at what stands around it.
fn signs(text: &[u8], window: &Range<usize>) -> u8 {
    let digits = |from: usize, count: usize| {
        text.get(from..from + count).is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit))
    };
    let digits_before = |at: usize, count: usize| at >= count && digits(at - count, count);
    let is_word = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let (mut signs, mut run) = (0, 0);
    for at in window.clone() {
        match text[at] {
            b'0'..=b'9' => {
                run += 1;
                if run >= 13 {
                    signs |= PatternHint::ManyDigits as u8;
                }
                if text[at] == b'0' && !is_word(at.checked_sub(1)) && is_dialled(&text[at..text.len().min(at + 6)]) {
                    signs |= PatternHint::Dialled as u8;
                }
                continue;
            }
            separator @ (b' ' | b'-' | b'.') => {
                if separator == b'-' && text.get(at + 3) == Some(&b'-') && digits(at + 1, 2) && digits(at + 4, 4) {
                    signs |= PatternHint::TwoAndFour as u8;
                }
                if separator != b' '
                    && matches!(text.get(at + 4), Some(b'-' | b'.'))
                    && digits_before(at, 3)
                    && digits(at + 1, 3)
                    && digits(at + 5, 4)
                {
                    signs |= PatternHint::Dialled as u8;
                }
                if separator == b'.' && digits_before(at, 1) && is_dotted(&text[at..text.len().min(at + 10)]) {
                    signs |= PatternHint::Dotted as u8;
                }
                // One blank or dash goes on with the number, two end it.
                if separator != b'.' && digits_before(at, 1) {
                    continue;
                }
            }
            b'+' | b'(' if digits(at + 1, 1) => signs |= PatternHint::Dialled as u8,
            b'A'..=b'Z'
                if text.get(at + 1).is_some_and(u8::is_ascii_uppercase)
                    && digits(at + 2, 2)
                    && !is_word(at.checked_sub(1)) =>
            {
                signs |= PatternHint::Country as u8;
            }
            _ => {}
        }
        run = 0;
    }
    signs
}

/// `00` and `0171 `: how a number begins that is dialled.
fn is_dialled(number: &[u8]) -> bool {
    let area = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    number.get(1) == Some(&b'0') || (2..=5).contains(&area) && matches!(number.get(area), Some(b' ' | b'/'))
}

/// `.2.3.4`: what follows the first number of an address of a machine.
fn is_dotted(rest: &[u8]) -> bool {
    let mut at = 0;
    for _ in 0..3 {
        let len =
            rest.get(at + 1..).unwrap_or_default().iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        if rest.get(at) != Some(&b'.') || !(1..=3).contains(&len) {
            return false;
        }
        at += len + 1;
    }
    true
}

fn apply(
    rule: &PersonalRule,
    compiled: &OnceLock<Regex>,
    text: &[u8],
    window: Range<usize>,
    findings: &mut Vec<Detection>,
) {
    let regex = compiled.get_or_init(|| {
        regex::bytes::RegexBuilder::new(rule.pattern)
            .unicode(false)
            .build()
            .expect("the patterns are a fixed list that the tests compile")
    });
    for found in regex.find_iter(&text[window.clone()]) {
        let range = window.start + found.start()..window.start + found.end();
        // A number inside a longer one, or in a decimal fraction, is another number.
        let cut = text[..range.start].last().is_some_and(u8::is_ascii_alphanumeric) && found.start() == 0;
        let fraction = text[..range.start].last().is_some_and(|byte| matches!(byte, b'.' | b'_' | b'-'));
        if !cut && !fraction && (rule.holds)(found.as_bytes()) {
            push(rule.kind, range, text, findings);
        }
    }
}

fn is_personal_address(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let ends = [
        "@example.com",
        "@example.org",
        "@example.net",
        ".example",
        ".invalid",
        ".test",
        "@users.noreply.github.com",
        ".local",
        ".png",
        ".svg",
        ".js",
        ".service",
    ];
    let starts = ["noreply@", "no-reply@", "git@", "donotreply@", "hg@", "user@", "you@", "name@", "email@"];
    !ends.iter().any(|end| lower.ends_with(end.as_bytes()))
        && !starts.iter().any(|start| lower.starts_with(start.as_bytes()))
}

fn digits(value: &[u8]) -> Vec<u32> {
    value.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0')).collect()
}

/// Luhn's check (ISO/IEC 7812-1, annex B) over 13 to 19 digits.
fn is_card(value: &[u8]) -> bool {
    let digits = digits(value);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match index % 2 {
            0 => *digit,
            _ if *digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != digits[0])
}

/// ISO 13616: moved by four characters and read as a number, the rest of a division by 97 is 1.
fn is_iban(value: &[u8]) -> bool {
    let letters: Vec<u8> = value.iter().copied().filter(|byte| *byte != b' ').collect();
    if !(15..=34).contains(&letters.len()) {
        return false;
    }
    let rest = letters[4..].iter().chain(&letters[..4]).fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

fn is_ssn(value: &[u8]) -> bool {
    let never = value.starts_with(b"000") || value.starts_with(b"666") || value.starts_with(b"9");
    !never && &value[4..6] != b"00" && &value[7..] != b"0000"
}

fn is_phone(value: &[u8]) -> bool {
    let least = if value.starts_with(b"0") && !value.starts_with(b"00") { 9 } else { 8 };
    (least..=15).contains(&digits(value).len())
}

/// A public address of a machine; private, local and documentation ranges say nothing about anybody, and small numbers
/// are versions.
fn is_public_ip(value: &[u8]) -> bool {
    let Some(address) = std::str::from_utf8(value).ok().and_then(|text| text.parse::<std::net::Ipv4Addr>().ok()) else {
        return false;
    };
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let local = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_broadcast();
    (11..224).contains(&first) && !local && !shared
}

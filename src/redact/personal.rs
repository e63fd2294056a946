//! Personal data, for the strict mode: e-mail addresses, phone, card and account numbers, addresses of machines.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::scan::{Finding, RANK_RANDOM};

struct PersonalRule {
    kind: &'static str,
    pattern: &'static str,
    holds: fn(&[u8]) -> bool,
}

const RULES: [PersonalRule; 7] = [
    PersonalRule {
        kind: "email",
        pattern: r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b",
        holds: is_personal_address,
    },
    // Major industry identifiers 3 to 6 (ISO/IEC 7812), checked by Luhn.
    PersonalRule {
        kind: "card",
        pattern: r"\b[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
        holds: is_card,
    },
    PersonalRule {
        kind: "iban",
        pattern: r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
        holds: is_iban,
    },
    // Social security numbers of the United States, without the ranges that are never given out.
    PersonalRule { kind: "ssn", pattern: r"\b\d{3}-\d{2}-\d{4}\b", holds: is_ssn },
    PersonalRule {
        kind: "phone",
        pattern: r"(?:\+|\b00)[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}\b|\(\d{3}\) ?\d{3}[ .-]\d{4}\b|\b[2-9]\d{2}[.-]\d{3}[.-]\d{4}\b",
        holds: is_phone,
    },
    PersonalRule { kind: "ip-address", pattern: r"\b(?:\d{1,3}\.){3}\d{1,3}\b", holds: is_public_ip },
    PersonalRule { kind: "mac-address", pattern: r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b", holds: |_| true },
];

pub(crate) const KINDS: [&str; 7] = ["email", "card", "iban", "ssn", "phone", "ip-address", "mac-address"];

static COMPILED: [OnceLock<Regex>; 7] = [const { OnceLock::new() }; 7];

pub(crate) fn find(text: &[u8], findings: &mut Vec<Finding>) {
    let (email, numbers) = RULES.split_first().expect("the table begins with the rule for e-mail addresses");
    let mut last_end = 0;
    for at in memchr::memchr_iter(b'@', text) {
        if at >= last_end {
            let window = last_end.max(at.saturating_sub(64))..text.len().min(at + 192);
            last_end = apply(email, &COMPILED[0], text, window, findings).max(at + 1);
        }
    }
    for window in number_windows(text) {
        for (rule, compiled) in numbers.iter().zip(&COMPILED[1..]) {
            apply(rule, compiled, text, window.clone(), findings);
        }
    }
}

/// Parts of the text with at least 4 digits within 20 bytes, with room around them: all that the rules for numbers
/// need to see.
fn number_windows(text: &[u8]) -> Vec<Range<usize>> {
    const NEAR: usize = 20;
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(u8::is_ascii_digit) {
        let start = at + found;
        let near = &text[start..text.len().min(start + NEAR)];
        if near.iter().filter(|byte| byte.is_ascii_digit()).count() < 4 {
            at = start + 1;
            continue;
        }
        at = start + NEAR.min(text.len() - start);
        let window = start.saturating_sub(12)..text.len().min(start + 56);
        match windows.last_mut() {
            Some(last) if window.start <= last.end => last.end = window.end,
            _ => windows.push(window),
        }
    }
    windows
}

/// Adds what the rule finds in the window; the end of the last finding, or 0.
fn apply(
    rule: &PersonalRule,
    compiled: &OnceLock<Regex>,
    text: &[u8],
    window: Range<usize>,
    findings: &mut Vec<Finding>,
) -> usize {
    let regex = compiled.get_or_init(|| {
        regex::bytes::RegexBuilder::new(rule.pattern)
            .unicode(false)
            .build()
            .expect("the patterns are a fixed list that the tests compile")
    });
    let mut last_end = 0;
    for found in regex.find_iter(&text[window.clone()]) {
        let range = window.start + found.start()..window.start + found.end();
        // A number inside a longer one, or in a decimal fraction, is another number.
        let cut = text[..range.start].last().is_some_and(u8::is_ascii_alphanumeric) && found.start() == 0;
        let fraction = text[..range.start].last().is_some_and(|byte| matches!(byte, b'.' | b'_' | b'-'));
        if rule.kind != "email" && (cut || fraction) {
            continue;
        }
        if (rule.holds)(found.as_bytes()) {
            last_end = range.end;
            let mut finding = Finding::new(range, Cow::Borrowed(rule.kind), found.as_bytes());
            finding.rank = RANK_RANDOM;
            findings.push(finding);
        }
    }
    last_end
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
    (8..=15).contains(&digits(value).len())
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

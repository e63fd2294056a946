//! What a failure is known again by when its check runs again.

use std::borrow::Cow;

use super::named_files::{file_in, without_place};
use crate::record::text::Raw;

/// What a failure is known again by: its words without the numbers that each run or each edit changes. Empty where it holds no
/// more than counts.
pub(super) fn sign(error: &Raw) -> String {
    let text = error.expose();
    let words = text.split_whitespace().map(|word| match () {
        () if is_moving(word) => Cow::Borrowed("#"),
        () if word.contains("://") => without_port(word),
        () => Cow::Borrowed(without_place(word)),
    });
    let sign: Vec<Cow<str>> = words.collect();
    let tells = sign.iter().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let is_count = crate::checks::output::summary_line(text).is_some_and(|line| line.len() * 2 > text.len());
    if tells == 0 || is_count { String::new() } else { sign.join(" ") }
}

/// An address without its port, which a test takes as it comes. What is asked there stays.
fn without_port(word: &str) -> Cow<'_, str> {
    let Some(host) = word.find("://").map(|at| at + 3) else { return Cow::Borrowed(word) };
    let Some(colon) = word[host..].find([':', '/']).map(|at| host + at).filter(|at| word[*at..].starts_with(':'))
    else {
        return Cow::Borrowed(word);
    };
    let digits = word[colon + 1..].bytes().take_while(u8::is_ascii_digit).count();
    Cow::Owned([&word[..colon], &word[colon + 1 + digits..]].concat())
}

/// Whether two messages name lines so far from each other in a file that edits between them explain it hardly: a linter may say the same
/// of two places, of which one was put right.
pub(super) fn are_far_apart(one: Option<&Raw>, other: Option<&Raw>) -> bool {
    let place = |error: Option<&Raw>| error.and_then(|error| error.expose().split_whitespace().find_map(place_in));
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) > FAR,
        _ => false,
    }
}

const FAR: u32 = 100;

/// The line in `src/a.ts:3:5:` and `src/a.ts(3,5):`.
fn place_in(word: &str) -> Option<u32> {
    file_in(word)?;
    let rest = word.trim_start_matches('(').strip_prefix(without_place(word.trim_start_matches('(')))?;
    let number = rest.trim_start_matches([':', '(']);
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A place in a file, a time, an address: `2:7`, `12ms`, `0x7f51`.
fn is_moving(word: &str) -> bool {
    let bare = word.trim_matches(['(', ')', '[', ']', ',']);
    let is_time = bare.strip_suffix("ms").or_else(|| bare.strip_suffix('s')).is_some_and(|n| n.parse::<f64>().is_ok());
    let is_place = bare.contains(':') && bare.chars().all(|c| c.is_ascii_digit() || c == ':');
    is_time || is_place || bare.starts_with("0x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_known_again_wherever_it_has_moved() {
        for (one, other, expected) in [
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(9,5): error TS1: x", true),
            ("a.py:3:5: F401 unused", "a.py:4:5: F401 unused", true),
            ("/w/a.js\n2:7 error x no-x", "/w/a.js\n3:7 error x no-x", true),
            ("test_a\nassert 1 == 2", "test_a\nassert 1 == 3", false),
            ("test_a\nassert 1 == 2", "test_b\nassert 1 == 2", false),
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(3,5): error TS2: y", false),
            (
                "test_a\nPost \"http://127.0.0.1:4001/pay\": EOF",
                "test_a\nPost \"http://127.0.0.1:4002/pay\": EOF",
                true,
            ),
            (
                "test_a\nPost \"http://127.0.0.1:4001/pay\": EOF",
                "test_a\nPost \"http://127.0.0.1:4002/buy\": EOF",
                false,
            ),
            ("get http://127.0.0.1:4001/pay status code: 500", "get http://127.0.0.1:4001/pay status code: 403", false),
        ] {
            assert_eq!(sign(&Raw::new(one)) == sign(&Raw::new(other)), expected, "{one} / {other}");
        }
        for count in ["1 failed, 3 passed in 0.1s", "Found 3 errors.", "1 issues:"] {
            assert_eq!(sign(&Raw::new(count)), "", "{count}");
        }
    }

    #[test]
    fn the_same_message_far_away_is_of_another_place() {
        for (one, other, expected) in [
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(409,5): error TS1: x", true),
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(9,5): error TS1: x", false),
            ("B905 no strict\nsrc/a.py:572:25", "B905 no strict\nsrc/a.py:247:25", true),
            ("src/a.ts(3,5): error TS1: x", "error TS1: x", false),
        ] {
            assert_eq!(are_far_apart(Some(&Raw::new(one)), Some(&Raw::new(other))), expected, "{one} / {other}");
        }
    }
}

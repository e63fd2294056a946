//! Errors without what differs each time: numbers, paths, ids, the form of quotes. Two of the same folded line are the same error.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::text::beginning;
use crate::text::visible::visible_block;

/// Characters of a text that are looked at.
const NEAR: usize = 6_000;
/// Characters of a line.
const LONGEST: usize = 240;
/// Lines of one error by which it is known.
const MOST: usize = 8;

static PATH: LazyLock<Regex> = LazyLock::new(|| {
    let of_folders = r"(?:[A-Za-z]:)?[\w.@~+-]*(?:[/\\][\w.@+-]+)+(?::\d+)*";
    let with_line = r"\b[\w-]+\.[A-Za-z]\w{0,4}(?::\d+)+";
    Regex::new(&format!("{of_folders}|{with_line}")).expect("a test compiles it")
});
static WORD_OR_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9A-Za-z][0-9A-Za-z_-]*(?:[.,]\d+)*").expect("a test compiles it"));

/// One line, folded: lower case, single blanks, `<path>`, `<id>`, `#` for numbers, one kind of quote.
pub(crate) fn fold(line: &str) -> String {
    let near = beginning(line, LONGEST).0;
    let quotes = near.replace(['\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'], "\"");
    let paths = match quotes.contains(['/', '\\', ':']) {
        true => PATH.replace_all(&quotes, "<path>"),
        false => Cow::Borrowed(quotes.as_str()),
    };
    let folded = match paths.bytes().any(|byte| byte.is_ascii_digit()) {
        true => WORD_OR_NUMBER.replace_all(&paths, |found: &Captures<'_>| number_or_id(&found[0])),
        false => paths,
    };
    let line = folded.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    // Where it was printed is not what it says.
    let message = line.trim_start_matches(|c: char| " :-".contains(c));
    let message = message.strip_prefix("<path>").map_or(line.as_str(), |rest| rest.trim_start_matches([':', ' ']));
    message.to_owned()
}

fn number_or_id(word: &str) -> String {
    if !word.bytes().any(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    let bare = word.strip_prefix("0x").unwrap_or(word);
    let is_hex = bare.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_hex && bare.len() >= 7 && bare.bytes().any(|byte| byte.is_ascii_alphabetic()) || word.starts_with("0x") {
        return "<id>".to_owned();
    }
    // A name keeps its digits (`utf8`, `E0425`); a measure loses them (`0.03s`, `12ms`).
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-_".contains(c));
    match word.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("#{letters}"),
        false => word.to_owned(),
    }
}

/// What programs print for any failure: no error is known by it.
const GENERIC: &[&str] = &[
    "a",
    "aborting",
    "actual",
    "address",
    "and",
    "assert",
    "assertion",
    "assertionerror",
    "at",
    "be",
    "build",
    "by",
    "call",
    "code",
    "command",
    "compilation",
    "compile",
    "completed",
    "could",
    "dereference",
    "due",
    "equal",
    "error",
    "errors",
    "exception",
    "exit",
    "exited",
    "expected",
    "fail",
    "failed",
    "failing",
    "failure",
    "failures",
    "fatal",
    "files",
    "filtered",
    "finished",
    "found",
    "goroutine",
    "got",
    "ignored",
    "in",
    "invalid",
    "is",
    "last",
    "measured",
    "memory",
    "messages",
    "most",
    "nil",
    "not",
    "null",
    "of",
    "ok",
    "or",
    "out",
    "output",
    "panic",
    "panicked",
    "passed",
    "pointer",
    "previous",
    "problem",
    "problems",
    "process",
    "received",
    "recent",
    "recovered",
    "repanicked",
    "result",
    "run",
    "running",
    "runtime",
    "segmentation",
    "should",
    "signal",
    "sigsegv",
    "skipped",
    "status",
    "stderr",
    "stdout",
    "step",
    "suite",
    "suites",
    "test",
    "tests",
    "the",
    "to",
    "total",
    "traceback",
    "unexpected",
    "value",
    "violation",
    "want",
    "warning",
    "warnings",
    "with",
];

/// The folded lines of an error, each once, that say something which not every failure says.
pub(crate) fn telling_lines(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for line in visible_block(beginning(text, NEAR).0).lines() {
        let folded = fold(line);
        if is_telling(&folded) && seen.insert(folded.clone()) {
            lines.push(folded);
            if lines.len() == MOST {
                break;
            }
        }
    }
    lines
}

fn is_telling(folded: &str) -> bool {
    let words = || {
        folded
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 2)
            .filter(|word| !["path", "id"].contains(word) && !GENERIC.contains(word))
    };
    let letters: usize = words().map(|word| word.chars().count()).sum();
    words().next().is_some() && letters >= 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_each_time_is_folded() {
        for (name, one, other) in [
            ("numbers", "expected 3 items, got 12", "expected 40 items, got 7"),
            ("paths", "/home/a/x.go:12:3: undefined: Total", "cmd/y.go:9:1: undefined: Total"),
            ("ids", "no object 3f2a9bc01 in store", "no object 0dead12 in store"),
            ("quotes", "cannot find `Total` here", "cannot find \u{2018}Total\u{2019} here"),
            ("times", "--- FAIL: TestTotal (0.03s)", "--- FAIL:  TestTotal (1.30s)"),
            ("where it was printed", "src/cart.go:9:1: undefined: Total", "undefined: Total"),
            ("a file with its line", "cart.py:3: in total", "cart.py:99: in total"),
        ] {
            assert_eq!(fold(one), fold(other), "{name}");
        }
        for (name, one, other) in [
            ("names", "undefined: Total", "undefined: Sum"),
            ("codes", "error[E0425]: cannot find value", "error[E0433]: cannot find value"),
            ("words", "expected 3 items", "expected 3 orders"),
        ] {
            assert_ne!(fold(one), fold(other), "{name}");
        }
    }

    #[test]
    fn what_every_failure_says_is_no_error_of_its_own() {
        for line in [
            "exit status 1",
            "Process exited with code 2",
            "FAIL",
            "test result: FAILED. 3 passed; 1 failed",
            "error: aborting due to 2 previous errors",
            "Traceback (most recent call last):",
            "Received unexpected error:",
            "panic: runtime error: invalid memory address or nil pointer dereference [recovered, repanicked]",
            "",
        ] {
            assert_eq!(telling_lines(line), Vec::<String>::new(), "{line}");
        }
        assert_eq!(telling_lines("FAIL\n--- FAIL: TestTotal (0.1s)\n"), ["--- fail: testtotal (#s)"]);
    }

    #[test]
    fn a_text_without_end_is_looked_at_in_part() {
        assert!(telling_lines(&"undefined name ".repeat(100_000)).concat().len() <= LONGEST);
        assert_eq!(telling_lines(&(0..100).map(|n| format!("name_{n} unknown\n")).collect::<String>()).len(), MOST);
    }
}

//! Checks that passed because they ask for less: a tool that is told to look away, a test that lost a case, or of which only what it
//! expects was replaced.

use super::metadata::CorrectionNote;
use crate::text::paths::is_test;

/// Whether the lines that came instead of others ask for less, or for what the code does anyway.
pub(super) fn loosens(note: &CorrectionNote, (rejected, chosen): (&str, &str), gone: &[&str], came: &[&str]) -> bool {
    let (old, new) = (without_remarks(gone), without_remarks(came));
    let is_fitted = || {
        let are_other_values = !old.is_empty() && without_literals(&old) == without_literals(&new);
        // A line that was only broken expects the same.
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        letters(rejected) != letters(chosen)
            && (asks_less(gone, came)
                || (are_other_values && tells_what_was_expected(&note.reason))
                || (holds_expected(rejected) && holds_expected(chosen)))
    };
    silences(came) > silences(gone) || new == old || (is_test(&note.path) && is_fitted())
}

pub(super) fn without_remarks<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines.iter().map(|line| code(line)).filter(|line| !line.is_empty()).collect()
}

/// A line without a remark at its end.
pub(super) fn code(line: &str) -> &str {
    let end = ["//", "# "].iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
    line[..end].trim_end()
}

/// Whether a failure is that something else was expected, and not that the test itself is wrong.
fn tells_what_was_expected(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    ["want", "expected", "got", "assert", "equal", "to be ", "!=", "=="].iter().any(|word| lower.contains(word))
}

/// Whether a text begins with the value that a test expects: "expected := []string{".
fn holds_expected(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default().to_lowercase();
    let name = first.split_once('=').map_or("", |(name, _)| name);
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| ["expected", "want", "golden"].iter().any(|begin| word.starts_with(begin)))
}

/// The code of lines with one number for all and one text for all.
fn without_literals(lines: &[&str]) -> Vec<String> {
    let plain = |line: &str| {
        let (mut plain, mut quote) = (String::new(), None);
        for c in line.chars() {
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => continue,
                None if ['"', '\'', '`'].contains(&c) => quote = Some(c),
                None if c.is_ascii_digit() && plain.ends_with('0') => continue,
                None => {}
            }
            plain.push(if c.is_ascii_digit() { '0' } else { c });
        }
        plain
    };
    lines.iter().map(|line| plain(line)).collect()
}

/// How many of the lines tell a tool to look away.
fn silences(lines: &[&str]) -> usize {
    let marks = [
        "noqa",
        "eslint-disable",
        "nolint",
        "@ts-ignore",
        "@ts-expect-error",
        "type: ignore",
        "#[allow(",
        "|| true",
        "continue-on-error",
        "--no-verify",
        "nosec",
        "rubocop:disable",
        "pragma: no cover",
        "@suppresswarnings",
        ".skip(",
        "t.skip(",
        "mark.skip",
        "#[ignore",
        "xit(",
        "xdescribe(",
        "@disabled",
        "@ignore",
        "xfail",
        ".todo(",
        "as any",
    ];
    let is_one = |line: &&&str| {
        let lower = line.to_lowercase();
        marks.iter().any(|mark| lower.contains(mark))
    };
    lines.iter().filter(is_one).count()
}

/// Whether a test lost assertions or cases, or nothing but what it expects was replaced.
fn asks_less(gone: &[&str], came: &[&str]) -> bool {
    let asserts = |line: &&&str| {
        let lower = line.to_lowercase();
        [
            "assert",
            "expect",
            "raises",
            "rejects",
            "throws",
            "want :=",
            "want =",
            "want:",
            "require.",
            "should",
            "t.error",
            "t.fatal",
            "t.run(",
            "it(",
            "test(",
            "def test_",
            "func test",
            "#[test]",
        ]
        .iter()
        .any(|mark| lower.contains(mark))
    };
    let (before, after) = (gone.iter().filter(asserts).count(), came.iter().filter(asserts).count());
    let is_neutral = |line: &&&str| line.starts_with("if ") || line.chars().all(|c| "(){};".contains(c));
    let gone = without_remarks(gone);
    // Some of the cases were removed, and nothing was added.
    let bare = |line: &str| line.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let had: Vec<String> = gone.iter().map(|line| bare(line)).collect();
    let is_known = |line: &str| had.iter().any(|had| had == line || (had.len() > 1 && line.starts_with(had.as_str())));
    let is_less = !gone.is_empty() && came.len() < gone.len() && came.iter().all(|line| is_known(&bare(line)));
    is_less || after < before || (!gone.is_empty() && gone.iter().all(|line| is_neutral(&line) || asserts(&line)))
}

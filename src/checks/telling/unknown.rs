//! What a failed check of an unknown runner says: not its banner, its progress or what a shell traces, but the lines with words of
//! something wrong.

use super::super::output::says_failed;
use super::lines::ToldLines;

/// What an agent's tool writes about the output itself: that a part of it was left out, and where all of it is.
pub(super) fn is_of_the_tool(line: &str) -> bool {
    let line = line.trim();
    let is_notice = line.starts_with("...")
        || line.starts_with('\u{2026}')
        || (line.starts_with('[') && line.ends_with(']'))
        || ["[truncated", "[output"].iter().any(|start| line.to_lowercase().starts_with(start));
    let is_cut = is_notice && (line.contains("truncated") || line.contains("full output: "));
    is_cut || line.starts_with("Full output saved to: ")
}

/// The first lines with words of something wrong; of a short output without one the first lines.
pub(crate) fn of_an_unknown_runner(output: &str) -> ToldLines<'_> {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty() && !is_of_the_tool(line));
    let told: ToldLines = lines().filter(|line| !is_beside(line)).collect();
    let wrong: ToldLines = told.iter().copied().filter(|line| says_wrong(line)).take(MOST).collect();
    let is_drawn = || lines().any(|line| is_drawn(line) || is_traced(line));
    match told.len() {
        _ if !wrong.is_empty() => wrong,
        count if count > FEW || is_drawn() => Vec::new(),
        _ => told.into_iter().take(MOST).collect(),
    }
}

const MOST: usize = 2;
/// Of more lines the first are what a program says when it begins.
const FEW: usize = 6;

/// `=====`
fn is_drawn(line: &str) -> bool {
    line.chars().count() > 3 && !line.chars().any(char::is_alphanumeric)
}

/// `+ cd web`, as `bash -x` prints it.
fn is_traced(line: &str) -> bool {
    line.trim_start_matches('+').starts_with(' ') && line.starts_with('+')
}

/// Whether a line is no more than a frame, a trace, a warning or good news.
fn is_beside(line: &str) -> bool {
    const STARTS: &[&str] =
        &["warning", "[warn", "npm warn", "(node:", "pass", "ok ", "\u{26a0}", "\u{2713}", "\u{2714}", "\u{2705}"];
    let lower = line.to_lowercase();
    is_drawn(line) || is_traced(line) || STARTS.iter().any(|start| lower.starts_with(start))
}

fn says_wrong(line: &str) -> bool {
    const SIGNS: &[char] = &['\u{2717}', '\u{2718}', '\u{2716}', '\u{274c}', '\u{d7}'];
    const WORDS: &[&str] = &[
        "cannot",
        "can't",
        "could not",
        "couldn't",
        "denied",
        "differs",
        "exception",
        "expected",
        "fatal",
        "invalid",
        "killed",
        "mismatch",
        "missing",
        "no such",
        "not allowed",
        "not found",
        "not installed",
        "panic",
        "refused",
        "timed out",
        "traceback",
        "unable",
        "undefined",
        "unexpected",
        "unknown",
        "wrong",
    ];
    let lower = line.to_lowercase();
    // "Missing values: 0", "all 7 rows as expected"
    let is_none = lower.starts_with("missing") && lower.ends_with(": 0");
    let is_good = is_none || (lower.contains("as expected") && !lower.contains("not ") && !lower.contains("n't "));
    line.starts_with(SIGNS) || says_failed(line) || (!is_good && WORDS.iter().any(|word| lower.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_of_an_unknown_runner_is_not_told_for_what_is_wrong() {
        let banner = "==========\n  The whole shop\n  OS: Linux\n==========\n";
        for (output, expected) in [
            (
                format!("{banner}PASS cart\n  FAIL price is rounded\nTotal: 9 Pass: 8 Fail: 1"),
                vec!["FAIL price is rounded", "Total: 9 Pass: 8 Fail: 1"],
            ),
            (format!("{banner}PASS cart"), vec![]),
            ("+ set -e\n+ cd web\nthe shop".to_owned(), vec![]),
            ("...output truncated...\n\nFull output saved to: /tmp/1\n\nPASS a\nFail: 1".to_owned(), vec!["Fail: 1"]),
            (
                "\u{26a0} Warning: two lock files were found\nstock.csv: 3 rows without a price".to_owned(),
                vec!["stock.csv: 3 rows without a price"],
            ),
            ("price.csv differs\nand that is all".to_owned(), vec!["price.csv differs"]),
            ("rows: 3\nsum: 4".to_owned(), vec!["rows: 3", "sum: 4"]),
            ("\u{2717} no price\n\u{2713} a stock".to_owned(), vec!["\u{2717} no price"]),
            ("1\n2\n3\n4\n5\n6\n7".to_owned(), vec![]),
            (
                "1\n2\n3\n4\n5\n6\nthe total is not as expected\nunexpected value: 0".to_owned(),
                vec!["the total is not as expected", "unexpected value: 0"],
            ),
            ("all 7 rows as expected\nMissing values: 0\nprice.csv differs".to_owned(), vec!["price.csv differs"]),
            (
                "[HY000] Data truncated for column 'price'\n1".to_owned(),
                vec!["[HY000] Data truncated for column 'price'", "1"],
            ),
            ("0 errors, 0 failed".to_owned(), vec!["0 errors, 0 failed"]),
        ] {
            assert_eq!(of_an_unknown_runner(&output), expected, "{output}");
        }
    }
}

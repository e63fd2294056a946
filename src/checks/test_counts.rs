//! How many tests passed and failed, from the line in which a runner says so. What cannot be read surely is not a count.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::template::thousands;

/// What a run of tests counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCounts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// Lines of counts, by how they begin: Cargo and our own sums, pytest, nextest, Jest and Vitest, Mocha and Bun, node, RSpec, Pester.
static COUNTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
            test\ result:\ \w+\.\ \d
          | \d+\ (?:passed|failed)\b
          | Tests:?\ +\d+\ (?:passed|failed|skipped|todo)\b
          | \d+\ (?:passing|failing|pass|fail)\b
          | (?:\#|\x{2139})\ pass\ \d+$
          | \d+\ examples?,\ \d+\ failures?\b
          | (?:\[\w+\]\ )?Tests\ run:\ \d+,\ Failures:\ \d+
          | Tests\ Passed:\ \d+,\ Failed:\ \d+
        )",
    )
    .expect("a test compiles it")
});

/// A number before its word, or behind it.
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(\d+)\ (passed|passing|pass|failed|failing|fail|failures?|errors?|ignored|skipped|pending|todo|examples?)\b
          | \b([Pp]assed|pass|Tests\ run|Failures|Failed|Errors|Skipped):?\ (\d+)\b",
    )
    .expect("a test compiles it")
});

/// The counts of a line. `None` where it is not such a line, where nothing ran, or where a number is none that fits.
pub(crate) fn test_counts(line: &str) -> Option<TestCounts> {
    let line = line.trim().trim_matches('=').trim();
    if !COUNTS.is_match(line) {
        return None;
    }
    let mut counts = TestCounts::default();
    let mut all: Option<u64> = None;
    for found in COUNT.captures_iter(line) {
        let (word, number) = match (found.get(1), found.get(2), found.get(3), found.get(4)) {
            (Some(number), Some(word), ..) | (_, _, Some(word), Some(number)) => (word.as_str(), number.as_str()),
            _ => continue,
        };
        let number: u64 = number.parse().ok()?;
        let sum = match word.to_lowercase().as_str() {
            "passed" | "passing" | "pass" => &mut counts.passed,
            "ignored" | "skipped" | "pending" | "todo" => &mut counts.skipped,
            "tests run" | "example" | "examples" => {
                all = Some(number);
                continue;
            }
            _ => &mut counts.failed,
        };
        *sum = sum.checked_add(number)?;
    }
    if let Some(all) = all {
        counts.passed = all.checked_sub(counts.failed)?.checked_sub(counts.skipped)?;
    }
    (counts.passed > 0 || counts.failed > 0).then_some(counts)
}

impl TestCounts {
    /// `1,703 passed`, `2 failed, 40 passed, 1 skipped`.
    pub(crate) fn words(self) -> String {
        let parts = [(self.failed, "failed"), (self.passed, "passed"), (self.skipped, "skipped")];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        parts.map(|(count, word)| format!("{} {word}", thousands(*count))).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_lines_of_the_runners() {
        for (line, words) in [
            (
                "test result: ok. 1703 passed; 0 failed; 2 ignored; 0 measured; 9 filtered out; finished in 5.28s",
                "1,703 passed, 2 skipped",
            ),
            ("test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out", "1 failed, 4 passed"),
            ("7 passed; 0 failed; 0 ignored, in 2 results", "7 passed"),
            ("== 1 failed, 3 passed, 1 skipped, 2 warnings in 0.12s ==", "1 failed, 3 passed, 1 skipped"),
            ("4 passed, 1 error in 0.1s", "1 failed, 4 passed"),
            ("Tests:       1 failed, 2 skipped, 12 passed, 15 total", "1 failed, 12 passed, 2 skipped"),
            ("Tests  1 failed | 11 passed (12)", "1 failed, 11 passed"),
            ("12 passing (30ms)", "12 passed"),
            ("50 pass", "50 passed"),
            ("\u{2139} pass 8", "8 passed"),
            ("12 examples, 0 failures, 1 pending", "11 passed, 1 skipped"),
            (
                "[INFO] Tests run: 10, Failures: 1, Errors: 1, Skipped: 2, Time elapsed: 0.1 s",
                "2 failed, 6 passed, 2 skipped",
            ),
            ("Tests Passed: 217, Failed: 0, Skipped: 1", "217 passed, 1 skipped"),
        ] {
            assert_eq!(test_counts(line).map(TestCounts::words).as_deref(), Some(words), "{line}");
        }
        for line in [
            "ok  \tshop/price\t0.01s",
            "Finished `dev` profile [unoptimized + debuginfo] target(s) in 3.04s",
            "Found 1 error.",
            "Test Files  3 passed (3)",
            "Tests run: 1, Failures: 9, Errors: 0",
            "0 passed; 0 failed",
            "BUILD SUCCESSFUL in 3s",
            "the 4 passed of yesterday",
        ] {
            assert_eq!(test_counts(line), None, "{line}");
        }
    }
}

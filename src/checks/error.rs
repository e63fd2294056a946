//! Finds the line in a failed check's output that says what is wrong, in the check's own words.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::output::pattern;

/// What a test says is wrong. Of a match of several lines the last one says it.
static ASSERTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^thread '.*' (\(\d+\) )?panicked at [^\n]*:\n[^\n]+",
        r"^E   +\S[^\n]*",
        r"^\s+Error: +\t?[^\s][^\n]*",
        r"^\s+\S+_test\.go:\d+: [^\n]*\S",
        r"^panic: [^\n]+",
        r"^\s*([\w.]+\.)?\w*(Error|Exception)( \[\w+\])?: [^\n]+",
        r"^not ok \d+[^\n]+",
    ])
});

/// What a compiler or linter says is wrong.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^error(\[E\d+\])?: [^\n]+",
        r"^[^\s:]+\.\w+:\d+(:\d+)?: [^\n]+",
        r"^[^\s:]+\.\w+:\d+:\d+ - error [^\n]+",
        r"^\S+\.\w+\(\d+,\d+\): error [^\n]+",
        r"^\s+\d+:\d+\s+error\s+[^\n]+",
        r"^\S+ requires at least \S[^\n]*",
        r"^(fatal|go): [^\n]+",
    ])
});

/// Beginnings of lines that only say that something failed.
const SAYS_NOTHING: &[&str] = &["error: could not compile", "error: test failed", "error: aborting", "error: script"];

/// The assertion of a test, else the first message of a compiler or linter: a part of a line of `output`, which is without
/// colours.
pub(crate) fn telling_line(output: &str) -> Option<&str> {
    let first = |pattern: &Regex| {
        pattern.find_iter(output.as_bytes()).find_map(|found| {
            let line = output.get(found.range())?.lines().last()?.trim();
            let folded = line.split_whitespace().collect::<Vec<_>>().join(" ");
            (!SAYS_NOTHING.iter().any(|start| folded.starts_with(start))).then_some(line)
        })
    };
    first(&ASSERTION).or_else(|| first(&MESSAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_what_is_wrong_is_found_among_the_others() {
        for (output, line) in [
            (
                "running 2 tests\nthread 'tests::total' panicked at src/price.rs:9:5:\nassertion `left == right` failed\n  left: 1",
                "assertion `left == right` failed",
            ),
            (
                "    def test_total():\n>       assert total([2]) == 1\nE       assert 2 == 1\n1 failed in 0.1s",
                "E assert 2 == 1",
            ),
            (
                "=== RUN TestTotal\n    price_test.go:12: got 2, want 1\n--- FAIL: TestTotal (0.00s)\nFAIL",
                "price_test.go:12: got 2, want 1",
            ),
            ("        \tError Trace:\tprice_test.go:9\n        \tError:      \tNot equal: 2\n", "Error: Not equal: 2"),
            ("AssertionError [ERR_ASSERTION]: 2 == 1\n    at total", "AssertionError [ERR_ASSERTION]: 2 == 1"),
            (
                "   Compiling shop\nerror[E0425]: cannot find value `x`\n --> src/a.rs:1:1\nerror: could not compile `shop`",
                "error[E0425]: cannot find value `x`",
            ),
            (
                "Exit code 1\n[lint] $ golangci-lint run\nprice.go:7:2: unused variable (deadcode)\n1 issues:",
                "price.go:7:2: unused variable (deadcode)",
            ),
            (
                "src/a.ts(1,2): error TS2304: Cannot find name 'x'.",
                "src/a.ts(1,2): error TS2304: Cannot find name 'x'.",
            ),
        ] {
            let found = telling_line(output).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
            assert_eq!(found.as_deref(), Some(line));
        }
        assert_eq!(telling_line("Exit code 1\n1 failed, 3 passed\n"), None);
    }
}

//! Asks each family of runners, tests first: a test with its assertion tells more than a place, and a place more than a count.

use super::bare::is_placed_head;
use super::lines::{ToldLines, lines};
use super::{compilers, crashes, go, java_php_ruby, javascript, linters, python, rust, taps};

/// Each finds the first failure of its runners. What is tried first is told apart by more.
const FINDERS: &[for<'a> fn(&[&'a str]) -> ToldLines<'a>] = &[
    python::pytest,
    python::unittest,
    rust::cargo_test,
    go::go_test,
    javascript::jest,
    javascript::vitest,
    javascript::bun,
    javascript::node,
    taps::tap,
    java_php_ruby::rspec,
    java_php_ruby::phpunit,
    java_php_ruby::surefire,
    java_php_ruby::gradle,
    java_php_ruby::dotnet,
    javascript::numbered_tests,
    java_php_ruby::junit,
    java_php_ruby::ctest,
    taps::own_marks,
    rust::rustc,
    go::import_cycle,
    linters::below_a_path,
    linters::before_a_place,
    linters::biome,
    compilers::at_a_place,
    linters::formatters,
    crashes::crash,
    python::only_named,
    rust::only_named,
    go::only_named,
    javascript::only_named,
    crashes::said,
];

/// Lines that only say that something failed, by what they begin with.
const SAYS_NOTHING: &[&str] = &[
    "error: could not compile",
    "error: test failed",
    "error: test run failed",
    "error: aborting",
    "error: script",
    "error: recipe",
    "error: command `",
    "error: task failed",
    "error: failed to push some refs",
];

/// Most lines of a quote: the name of a test, what it says, and the values.
const MOST: usize = 5;

/// What says what is wrong in the output of a failed check: the name of the test and its assertion, else a place with its
/// message or rule, else an exception. Slices of `output`, which [`super::readable`] made; empty where it says no more than that
/// something failed, or how much.
pub(crate) fn telling_lines(output: &str) -> ToldLines<'_> {
    let mut lines: Vec<&str> =
        lines(output).into_iter().filter(|line| !says_nothing(line) && !is_placed_head(line)).collect();
    if let Some(warnings) = python::warnings(&lines) {
        lines.drain(warnings);
    }
    let mut parts = FINDERS.iter().map(|find| find(&lines)).find(|parts| !says_only_error(parts)).unwrap_or_default();
    parts.retain(|part| !part.is_empty());
    parts.truncate(MOST);
    parts
}

/// Whether nothing was found but the word that announces something.
fn says_only_error(parts: &[&str]) -> bool {
    parts.iter().all(|part| part.trim().eq_ignore_ascii_case("error:"))
}

fn says_nothing(line: &str) -> bool {
    let start = line.trim_start();
    start.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("error:"))
        && SAYS_NOTHING
            .iter()
            .any(|words| start.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words)))
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
                "assert 2 == 1",
            ),
            (
                "=== RUN TestTotal\n    price_test.go:12: got 2, want 1\n--- FAIL: TestTotal (0.00s)\nFAIL",
                "price_test.go:12: got 2, want 1",
            ),
            ("        \tError Trace:\tprice_test.go:9\n        \tError:      \tNot equal: 2\n", "Error: Not equal: 2"),
            (
                "package shop/cart\n\timports shop/price\n\timports shop/cart from price.go: import cycle not allowed",
                "imports shop/cart from price.go: import cycle not allowed",
            ),
            (
                "done 1 of 2\nError: \n   0: cannot read the price of pears\n\nLocation:\n   src/price.rs:9\n",
                "cannot read the price of pears",
            ),
            ("Error:\n   0: cannot open the shop\n   1: no such key\n\nLocation:\n   src/price.rs:9\n", "no such key"),
            ("Error:\n\n  The shop is closed\n\n  at noon", "The shop is closed"),
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
            let folded = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            let found: Vec<String> = telling_lines(output).into_iter().map(folded).collect();
            assert!(found.contains(&line.to_owned()), "{found:?}");
        }
        let warned = "=== warnings summary ===\nlib/client.py:1\n  /w/lib/client.py:1: OldWarning: the client is old\n-- Docs: https://docs.pytest.org\n11 passed\nwould reformat src/cart.py";
        assert_eq!(telling_lines(warned), ["would reformat src/cart.py"]);
        assert_eq!(telling_lines("Exit code 1\n1 failed, 3 passed\n"), Vec::<&str>::new());
    }
}

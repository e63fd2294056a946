//! Asks each family of runners, tests first: a test with its assertion tells more than a place, and a place more than a count.

use super::bare::is_placed_head;
use super::lines::{ToldLines, lines};
use super::unknown::is_of_the_tool;
use super::{compilers, crashes, go, java_php_ruby, javascript, linters, python, rust, taps};

/// Finds the first failure of its runners.
type Finder = for<'a> fn(&[&'a str]) -> ToldLines<'a>;

/// Failed tests. What is tried first is told apart by more.
const TESTS: &[Finder] = &[
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
];

/// What linters and compilers find in a file. One command may run several of them.
const PLACED: &[Finder] = &[
    rust::rustc,
    go::import_cycle,
    linters::below_a_path,
    linters::before_a_place,
    linters::shellcheck,
    linters::biome,
    compilers::at_a_place,
    compilers::below_a_place,
    linters::formatters,
];

/// Asked where nothing else is found.
const OTHERS: &[Finder] =
    &[crashes::crash, python::only_named, rust::only_named, go::only_named, javascript::only_named, crashes::said];

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
    let lines = looked_at(output);
    let all = [TESTS, PLACED, OTHERS].into_iter().flatten();
    all.map(|find| find(&lines)).find(|parts| !says_only_error(parts)).map(whole).unwrap_or_default()
}

/// All that the output says is wrong, each told as [`telling_lines`] tells one of them. That one comes first.
pub(crate) fn diagnostics(output: &str) -> Vec<ToldLines<'_>> {
    let mut lines = looked_at(output);
    let finds = |find: &Finder| !says_only_error(&find(&lines));
    let mut groups = [TESTS, PLACED, OTHERS].into_iter();
    let found = groups.find_map(|group| Some((group, group.iter().position(finds)?)));
    let Some((group, first)) = found else { return Vec::new() };
    let is_placed = std::ptr::eq(group, PLACED);
    // What is far behind the first is not looked for: it would cost time in the hook.
    let begins = group[first](&lines).first().and_then(|part| lines.iter().position(|line| holds_slice(line, part)));
    lines.truncate(begins.unwrap_or(0).saturating_add(MOST_LINES));
    let mut found: Vec<ToldLines> = Vec::new();
    for find in group[first..].iter().take(if is_placed { group.len() } else { 1 }) {
        while found.len() < MOST_DIAGNOSTICS {
            let parts = whole(find(&lines));
            if !found.is_empty() && !is_of_one_kind(&parts, &found[0], is_placed) {
                break;
            }
            // A path that stands alone has all the findings below it.
            let has_more = |part: &str| is_placed && parts.len() > 1 && part == parts[0] && is_path_alone(part);
            let told: Vec<&str> = parts.iter().copied().filter(|part| !has_more(part)).collect();
            let before = lines.len();
            lines.retain(|line| !told.iter().any(|part| holds_slice(line, part)));
            if lines.len() == before {
                break;
            }
            if !found.contains(&parts) {
                found.push(parts);
            }
        }
    }
    found
}

/// Whether what was found next is as much as the first: no warning behind an error, no line that is left of the first test.
fn is_of_one_kind(parts: &[&str], first: &[&str], is_placed: bool) -> bool {
    let warns = |parts: &[&str]| parts.iter().any(|part| part.starts_with("! "));
    let has_head = |part: &&str| part.contains("\u{2501}\u{2501}");
    let is_rest = parts.iter().any(has_head) || (!is_placed && parts.len() < first.len().min(2));
    !is_rest && (warns(first) || !warns(parts))
}

fn whole(mut parts: ToldLines) -> ToldLines {
    parts.retain(|part| !part.is_empty());
    parts.truncate(MOST);
    parts
}

/// Lines from the first of them on in which others are looked for.
const MOST_LINES: usize = 1_000;
/// Nobody reads more of them than that.
const MOST_DIAGNOSTICS: usize = 40;

fn looked_at(output: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines(output)
        .into_iter()
        .filter(|line| !says_nothing(line) && !is_placed_head(line) && !is_of_the_tool(line))
        .collect();
    if let Some(warnings) = python::warnings(&lines) {
        lines.drain(warnings);
    }
    lines
}

fn is_path_alone(part: &str) -> bool {
    part.contains(['/', '\\', '.']) && !part.contains(' ')
}

/// Whether `part` is a slice of this very line.
fn holds_slice(line: &str, part: &str) -> bool {
    let (line, part) = (line.as_bytes().as_ptr_range(), part.as_bytes().as_ptr_range());
    line.start <= part.start && part.end <= line.end
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
            (
                "\u{26a0} Warning: two lock files\n> Build error occurred\nError: build failed with 1 errors:\n./app/cart.tsx:98:11\nExpression expected\n  96 | x",
                "Expression expected",
            ),
            (
                "\u{2713} Compiled\nFailed to type check.\n\n./app/cart.tsx:19:3\nType error: Type 'a' is not assignable.\n\n  17 |",
                "Type error: Type 'a' is not assignable.",
            ),
            (
                "shop/cart.py:3: RuntimeWarning: Mean of empty slice\nshop/price.py:7: error: no price",
                "shop/price.py:7: error: no price",
            ),
            ("=== the linter ===\n --> shop/cart.py:1:8\nFound 1 error.\nError: no price", "Error: no price"),
            (
                "In a.sh line 3:\n  ^-- SC1091 (info): Not following.\n\nIn a.sh line 9:\n  ^-^ SC2034 (warning): x appears unused.",
                "SC2034 (warning): x appears unused.",
            ),
            ("Error in command line:\nno such file: shop.lua", "no such file: shop.lua"),
            (
                "C:\\w\\shop\\src\\cart-with-a-long-na\nme.tsx\n  1:5  warning  unused (rule 'no-x\nunu/sed')\n  4:5  error    No price here",
                "4:5 error No price here",
            ),
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

    #[test]
    fn each_thing_that_is_wrong_is_told_and_not_only_the_first() {
        for (name, output, expected) in [
            (
                "findings below paths",
                "/w/src/cart.ts\n  2:7  error  'x' is never used  no-unused-vars\n  9:1  error  no `any`  no-any\n\n/w/src/price.ts\n  4:3  error  Unnecessary condition  no-condition\n\n3 problems",
                &[
                    "/w/src/cart.ts|2:7  error  'x' is never used  no-unused-vars",
                    "/w/src/cart.ts|9:1  error  no `any`  no-any",
                    "/w/src/price.ts|4:3  error  Unnecessary condition  no-condition",
                ][..],
            ),
            (
                "messages at places",
                "src/a.ts(1,2): error TS1: Cannot find x.\nsrc/b.ts(3,4): error TS2: Cannot find y.",
                &["src/a.ts(1,2): error TS1: Cannot find x.", "src/b.ts(3,4): error TS2: Cannot find y."],
            ),
            (
                "errors of a compiler",
                "error[E1]: no x\n --> src/a.rs:1:1\n\nerror[E2]: no y\n --> src/b.rs:2:2\n\nerror: could not compile",
                &["error[E1]: no x|src/a.rs:1:1", "error[E2]: no y|src/b.rs:2:2"],
            ),
            (
                "failed tests",
                " FAIL  a.test.ts > cart > adds\nError: one\n\n⎯⎯\n FAIL  b.test.ts > price > adds\nError: two\n\n⎯⎯",
                &["a.test.ts > cart > adds|Error: one", "b.test.ts > price > adds|Error: two"],
            ),
            (
                "two linters of one command",
                "/w/src/cart.ts\n  2:7  error  'x' is never used  no-unused-vars\nsrc/b.ts(3,4): error TS2: Cannot find y.",
                &[
                    "/w/src/cart.ts|2:7  error  'x' is never used  no-unused-vars",
                    "src/b.ts(3,4): error TS2: Cannot find y.",
                ],
            ),
            (
                "a file that could not be loaded",
                "src/cart.test.ts:\n\n# Unhandled error between tests\n-------\nerror: no `total`\n      at src/cart.ts:3:1\n-------\n\n 0 pass\n 1 fail",
                &["src/cart.test.ts|error: no `total`"],
            ),
            (
                "no warning behind an error",
                "a.ts:3:5 lint/x ━━━\n\n  ! Too many.\n\nb.ts:4:5 lint/y ━━━\n\n  × Not so.\n",
                &["b.ts:4:5 lint/y|× Not so."],
            ),
            ("nothing but a count", "1 failed, 3 passed\n", &[]),
        ] {
            let found = diagnostics(output);
            assert_eq!(found.first().cloned().unwrap_or_default(), telling_lines(output), "{name}");
            assert_eq!(found.iter().map(|parts| parts.join("|")).collect::<Vec<_>>(), expected, "{name}");
        }
    }
}

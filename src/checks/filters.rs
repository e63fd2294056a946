//! What lets only a part of a check's output through: `| grep ok`, `| head -5`, `| wc -l`. What was filtered away was not seen.

use regex::{Regex, RegexBuilder};

use super::classify::{base_name, classify_program, program};
use super::shell::{self, ShellCommand};

/// Lines of failed runs, by what the summary of a run of the same runner begins with.
const FAILED: &[(&str, &[&str])] = &[
    ("ok", &["--- FAIL: TestX (0.00s)", "FAIL\texample.com/x\t0.1s", "FAIL"]),
    (
        "test result",
        &[
            "test result: FAILED. 1 passed; 1 failed; 0 ignored",
            "test x ... FAILED",
            "error[E0425]: x",
            "error: test failed",
        ],
    ),
    ("# ", &["not ok 1 - x", "# fail 1"]),
    (
        "",
        &[
            "1 failed, 3 passed in 0.1s",
            "FAILED test_x.py::test_y - assert 1 == 2",
            "Tests:       1 failed, 3 passed, 4 total",
            " Tests  1 failed | 3 passed (4)",
            "FAIL src/x.test.ts",
            "  1 failing",
            " 1 fail",
            "# fail 1",
            "  ✕ x (3 ms)",
            "3 examples, 1 failure",
            "Tests run: 3, Failures: 1, Errors: 0",
            "error: x",
            "Found 1 error.",
            "✖ 1 problem (1 error, 0 warnings)",
            "src/x.ts(1,2): error TS1: x",
        ],
    ),
];

/// Whether what stands behind the checks of a command would have let a failure through. `summary` is the line of the output that says
/// how it went.
pub(super) fn would_show_failure(command: &str, output: &str, summary: &str) -> bool {
    let steps = shell::steps(command);
    let is_check = |step: &ShellCommand| !step.piped && classify_program(program(step)).is_some();
    let Some(first) = steps.iter().position(is_check) else { return true };
    // A file to which it was written is read through a filter, too.
    let is_written = command.contains('>');
    let behind = steps[first + 1..].iter().filter(|step| step.piped || (is_written && is_filter(step)));
    let lines =
        FAILED.iter().find(|(start, _)| summary.trim_start().starts_with(start)).map_or(&[][..], |(_, lines)| lines);
    behind.into_iter().all(|step| lets_through(program(step), lines, output))
}

/// Whether a search through a check's output ends a command, which fails where it finds nothing: `tsc | grep TS2322`.
pub(crate) fn ends_with_a_search(command: &str) -> bool {
    let steps = shell::steps(command);
    let name =
        steps.last().filter(|step| step.piped).and_then(|step| program(step).first().map(|name| base_name(name)));
    name.is_some_and(|name| matches!(name, "grep" | "egrep" | "fgrep" | "rg" | "ag"))
        && !command.contains("pipefail")
        && !command.contains("PIPESTATUS")
}

fn is_filter(step: &ShellCommand) -> bool {
    program(step).first().is_some_and(|name| matches!(base_name(name), "grep" | "egrep" | "rg" | "head" | "wc" | "awk"))
}

pub(super) fn lets_through(words: &[String], failed: &[&str], output: &str) -> bool {
    let Some((name, arguments)) = words.split_first() else { return true };
    match base_name(name) {
        "grep" | "egrep" | "fgrep" | "rg" | "ag" => {
            let counts =
                |word: &String| is_short(word, &['c', 'q', 'l', 'm']) || word == "--count" || word == "--quiet";
            let lets = || {
                pattern_of(base_name(name), arguments)
                    .is_some_and(|(pattern, inverts)| failed.iter().any(|line| pattern.is_match(line) != inverts))
            };
            !arguments.iter().any(counts) && lets()
        }
        // All of it where it prints less than it may.
        "head" => output.lines().count() < limit(arguments),
        // Of PowerShell: the last lines, or all of them.
        "Select-Object" => !arguments.iter().any(|word| word.eq_ignore_ascii_case("-first")),
        "Out-String" | "Out-Host" | "Tee-Object" => true,
        "tail" | "cat" | "tee" | "less" | "more" | "sort" | "uniq" | "ts" | "nl" | "fold" | "column" | "tr"
        | "strings" | "cut" => true,
        "sed" => !arguments.iter().any(|word| is_short(word, &['n'])),
        _ => false,
    }
}

/// Whether it is a search that prints all but lines as this one.
pub(super) fn leaves_out(words: &[String], line: &str) -> bool {
    let Some((name, arguments)) = words.split_first() else { return false };
    matches!(base_name(name), "grep" | "egrep" | "fgrep")
        && pattern_of(base_name(name), arguments).is_some_and(|(pattern, inverts)| inverts && pattern.is_match(line))
}

/// Whether a word is options of one letter, with one of these among them.
fn is_short(word: &str, letters: &[char]) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.chars().any(|c| letters.contains(&c))
}

/// What a `grep` looks for, and whether it prints the other lines.
fn pattern_of(name: &str, arguments: &[String]) -> Option<(Regex, bool)> {
    let has = |letter: char| arguments.iter().any(|word| is_short(word, &[letter]));
    let given = arguments.iter().position(|word| word == "-e").and_then(|place| arguments.get(place + 1));
    let text = given.or_else(|| arguments.iter().find(|word| !word.starts_with('-')))?;
    let is_extended = name != "grep" || has('E') || has('P');
    let text = match () {
        () if name == "fgrep" || has('F') => regex::escape(text),
        () if is_extended => text.clone(),
        () => text.replace("\\|", "|").replace("\\(", "(").replace("\\)", ")").replace("\\+", "+"),
    };
    let pattern = RegexBuilder::new(&text).case_insensitive(has('i')).size_limit(MOST_OF_A_PATTERN).build().ok()?;
    Some((pattern, has('v')))
}

/// A pattern is an agent's: it shall cost no hook much.
const MOST_OF_A_PATTERN: usize = 64 * 1024;

/// How many lines `head` prints.
fn limit(arguments: &[String]) -> usize {
    let number = arguments.iter().find_map(|word| word.trim_start_matches(['-', 'n', '=']).parse().ok());
    number.unwrap_or(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_shows_a_failure_or_hides_it() {
        let (go, cargo, other) =
            ("ok  \texample.com/a\t0.1s", "test result: ok. 3 passed; 0 failed", "4 passed in 0.1s");
        for (command, summary, expected) in [
            ("go test ./... | grep ok", go, false),
            ("go test ./... 2>&1 | grep -E '^(ok|FAIL)'", go, true),
            ("go test ./... | grep -v 'no test files'", go, true),
            ("go test ./... | grep -v FAIL", go, false),
            ("go test ./... | tail -5", go, true),
            ("go test ./... | head -1", go, false),
            ("go test ./... | head -40", go, true),
            ("cargo test 2>&1 | grep 'test result'", cargo, true),
            ("cargo test 2>&1 | grep 'test result: ok'", cargo, false),
            ("cargo test 2>&1 | grep -c ok", cargo, false),
            ("cargo test 2>&1 | grep -E \"(FAILED|test result)\" | tail -3", cargo, true),
            ("pytest | grep passed", other, true),
            ("pytest | grep 'passed\\|failed'", other, true),
            ("pytest > out.txt; grep ok out.txt", other, false),
            ("pytest > out.txt; tail -1 out.txt", other, true),
            ("npm test | wc -l", other, false),
            ("npm test | sed -n '1,5p'", other, false),
            ("npm test | sed 's/a/b/' | tee log", other, true),
            ("npm test | awk '/pass/'", other, false),
            ("npm test | grep '('", other, false),
            ("npm test; echo done", other, true),
        ] {
            assert_eq!(would_show_failure(command, summary, summary), expected, "{command}");
        }
    }
}

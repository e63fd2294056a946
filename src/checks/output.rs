//! Recognises the failure of tests, builds and linters in what they print: half of all failed test runs carry no error
//! flag, because the exit code was that of a `| tail` behind them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::chain::is_known_to_pass;
use super::classify::{checks, classify_command, rank};
use super::colours::without_colours;
use super::exit_codes::{named_exit_code, prints_the_checks_exit_code};
use super::telling::without_columns;
use crate::record::contribution::CheckKind;

/// Lines that only a failed test run prints.
static TEST_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^\s*--- FAIL:? ",
        r"^FAIL(\s*$|\t|:? +\S+[/.])",
        r"^(FAIL|DONE) .*\b[1-9]\d* fail",
        r"^test result: FAILED",
        r"^error: test failed",
        r"^error: [1-9]\d* targets? failed",
        r"^\s*=+ .*\b[1-9]\d* (failed|errors?)\b.* =+\s*$",
        r"^(FAILED|ERROR) \S+\.py\b",
        r"^\[?[1-9]\d* failed\b",
        r"^\s*[1-9]\d* failed, \d+ passed",
        r"^\s*\d+ passed.*, [1-9]\d* failed",
        r"^FAILED \((failures|errors|skipped)=",
        r"^ *Tests?:? +.*\b[1-9]\d* failed",
        r"^ *(Test Suites|Test Files|Snapshots):? +.*\b[1-9]\d* failed",
        r"^\s*[1-9]\d* (fail|failing)\s*$",
        r"^ {2,4}[1-9]\d* failed\s*$",
        r"^\(fail\) \S",
        r"^# \S+( \[\S+\])?\n(vet: )?\S+\.go:\d+",
        r"^\s*(# |ℹ )fail [1-9]",
        r"^\d+ (examples?|runs|tests), .*\b[1-9]\d* (failures?|errors?)\b",
        r"^.*Tests run: \d+, Failures: ([1-9]|\d+, Errors: [1-9])",
        r"^not ok \d+",
        r"^panic: test timed out",
        r"^FAIL\s+\S+ \[(build|setup) failed\]",
        r"^Failed!  - Failed:",
        r"^Tests Passed: \d+, Failed: [1-9]",
        r"^.*\b\d+ passed */ *[1-9]\d* failed\b",
        r"^.*\bBUILD (FAILED|FAILURE)\b",
        r"^error: could not compile",
        r"^error(\[E\d+\])?: aborting due to",
        r"^E   +(ModuleNotFoundError|ImportError|SyntaxError)",
        r"^The following tests FAILED:",
        r"^# Unhandled error between tests",
        r"^\S+\(\d+,\d+\): error [A-Z]+\d+: ",
        r"^\s+at Context\.<anonymous> \(",
        r"^\s*Summary \[.*\b[1-9]\d* (failed|timed out)",
        r"^error: test run failed",
        r"^✖ failing tests:",
        r"^\s*✖ .+ \([\d.]+ms\)\s*$",
        r"^(FAILURES|ERRORS)!+\s*$",
        r"^Tests: \d+, Assertions: \d+.*\b(Errors|Failures): [1-9]",
        r"^Finished in .*\n[1-9]\d* examples?, .*[1-9]\d* errors? occurred outside",
        r"^\d+ examples?, \d+ failures?, [1-9]\d* errors? occurred outside",
    ])
});

/// Lines that only a linter, type checker or formatter with findings prints.
static LINT_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^[1-9]\d* issues?:?\s*$",
        r"^\S+\.\w+:\d+(:\d+)?: .+ \([a-z][a-z0-9-]+\)\s*$",
        r"^✖ [1-9]\d* problems? \([1-9]",
        r"^\s*\d+:\d+\s+error\s+\S",
        // Not `Found 1 error (1 fixed, 0 remaining).`
        r"^Found [1-9]\d* (errors?|issues?|diagnostics?|problems?)([.,:]|\s*$| [^(\n]| \([^\n]*\b[1-9]\d* remaining)",
        r"^[1-9]\d* (errors?|problems?) (found|in)\b",
        r"^.*\berror TS\d+:",
        r"^\S+\.pyi?:\d+(:\d+)?: (error: |[A-Z]+\d+ )",
        r"^error(\[[\w:-]+\])?: [^\n]+\n +--> \S+:\d+",
        r"^[A-Z]{1,4}\d{3,4} .*\n +--> ",
        r"^In \S+ line \d+:$",
        r"^\[warn\] .*(Code style issues|Forgot to run Prettier)",
        r"^[1-9]\d* files? would be reformatted",
        r"^(would reformat|Would reformat:?) ",
        r"^Diff in \S+:\d+",
        r"^error: could not compile",
        r"^error(\[\w+\])?: aborting due to",
        r"^vet: ",
        r"^# \S+\n(# \[\S+\]\n)?(vet: )?\S+\.go:\d+",
        r"^\S+\.go:\d+:\d+: ",
        r"^.*\blevel=error\b",
    ])
});

/// Those of them that a formatter prints.
static FORMAT_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^\[warn\] .*(Code style issues|Forgot to run Prettier)",
        r"^[1-9]\d* files? would be reformatted",
        r"^(would reformat|Would reformat:?) ",
        r"^Diff in \S+:\d+",
    ])
});

/// Lines that only a failed build prints.
static BUILD_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^# \S+(\s\[\S+\])?\n(vet: )?\S+\.go:\d+",
        r"^(\./)?\S+\.go:\d+:\d+: ",
        r"^error: could not compile",
        r"^error(\[E\d+\])?: aborting due to",
        r"^.*\berror TS\d+:",
        r"^\S+:\d+:\d+: (fatal )?error: ",
        r"^.*\bundefined reference to ",
        r"^.*\bBUILD (FAILED|FAILURE)\b",
        r"^.*(Build failed (in|with)|Failed to compile|build failed with)",
        r"^✘ \[ERROR\]",
    ])
});

/// Lines with which a task runner, or the end of a command, says that something before it failed.
static RUNNER_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^error: script .* exited with code [1-9]",
        r"^.*\bERROR task failed",
        r"^npm (ERR!|error) (Test failed|Lifecycle script)",
        r"^.*\bELIFECYCLE\b",
        r"^.*\bERR_PNPM_RECURSIVE_(EXEC|RUN)_FIRST_FAIL\b",
        r"^g?make(\[\d+\])?: \*\*\* ",
        r"^exit status [1-9]\d*\s*$",
        r"^go: updates to go\.mod needed",
        r"^package \S+\n\timports \S+",
    ])
});

/// A line in which the person or agent had the exit code printed. Whose code it is, only the command says.
static EXIT_PRINTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r"^(Exit code|exit code|exit|EXIT(_CODE)?)[:=]? ?[1-9]\d*\s*$"]));

/// Lines that say how a check went, for people.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^test result: .*",
        r"^=+ .*\b(passed|failed|errors?)\b.* =+\s*$",
        r"^\d+ (passed|failed).*",
        r"^ *(Tests|Test Suites|Test Files):? +\d.*",
        r"^(ok|FAIL|---\sFAIL:?)[ \t]+\S+.*",
        r"^\s*\d+ (pass|fail|passing|failing)\b.*",
        r"^\d+ (examples?|runs|tests), .*",
        r"^.*Tests run: \d+, .*",
        r"^✖ \d+ problems?.*",
        r"^Found \d+ (errors?|issues?).*",
        r"^\d+ issues?[.:]?\s*$",
        r"^All checks passed.*",
        r"^Success: no issues.*",
        r"^DONE \d+ tests.*",
        r"^(# |ℹ )pass \d+\s*$",
        r"^Tests Passed: \d+, Failed: .*",
        r"^.*\b\d+ passed */ *\d+ failed\b.*",
        r"^\s*Finished `.*",
        r"^(PASS|FAIL|OK|FAILED)\b.*",
        r"^.*\bBUILD (SUCCESSFUL|SUCCESS|FAILED|FAILURE)\b.*",
    ])
});

pub(super) fn pattern(lines: &[&str]) -> Regex {
    // ASCII classes: the outputs are mostly ASCII, and word borders of Unicode take the slowest of the engines.
    let pattern = RegexBuilder::new(&lines.join("|")).multi_line(true).unicode(false).build();
    pattern.expect("the patterns above are valid, as a test shows")
}

/// Whether a check's output says that it failed, by lines that a passing one does not print.
pub fn failed_in_output(kind: CheckKind, output: &str) -> bool {
    let output = without_colours(output);
    failed_in_words(kind, &output) || RUNNER_FAILED.is_match(output.as_bytes())
}

/// Which of the checks in a command failed, by what it printed: the first that says so itself; the strongest where
/// only a task runner says that something failed.
pub fn failure_in(command: &str, output: &str) -> Option<CheckKind> {
    let checks = checks(command);
    let strongest = checks.iter().map(|(kind, _)| *kind).min_by_key(|kind| rank(*kind))?;
    let output = without_colours(output);
    let output = without_columns(&output).map_or(output, Cow::Owned);
    let kinds = checks.iter().map(|(kind, _)| *kind);
    let has_died = |kind: CheckKind| kind == CheckKind::Script && died(&output);
    let failed = |kind: &CheckKind| {
        (failed_in_words(*kind, &output) || has_died(*kind)) && !is_known_to_pass(command, *kind, &output)
    };
    let mut told: Vec<CheckKind> = kinds.clone().filter(failed).collect();
    if told.is_empty() {
        // A linter may fail for what was there before, and is asked for the rest.
        let is_own = |kind: &CheckKind| *kind != CheckKind::Lint && kinds.clone().any(|one| one == *kind);
        told.extend(failed_under_conda(&output).filter(is_own));
    }
    // What a linter finds is not blamed on the formatter before it.
    let is_own = |kind: &&CheckKind| **kind != CheckKind::Format || FORMAT_FAILED.is_match(output.as_bytes());
    told.iter().find(is_own).or(told.first()).copied().or_else(|| {
        let printed = || {
            (prints_the_checks_exit_code(command) && EXIT_PRINTED.is_match(output.as_bytes()))
                || named_exit_code(command, &output).is_some_and(|code| code != 0)
        };
        (RUNNER_FAILED.is_match(output.as_bytes()) || printed()).then_some(strongest)
    })
}

/// Which kind of check failed in a log of CI, by lines that only a failed one prints.
pub(crate) fn failure_in_log(log: &str) -> Option<CheckKind> {
    let log = without_colours(log);
    let log = without_columns(&log).map_or(log, Cow::Owned);
    let kinds = [CheckKind::Test, CheckKind::TypeCheck, CheckKind::Build];
    kinds.into_iter().find(|kind| failed_in_words(*kind, &log))
}

pub(super) fn failed_in_words(kind: CheckKind, output: &str) -> bool {
    match kind {
        CheckKind::Test => TEST_FAILED.is_match(output.as_bytes()) || panicked(output),
        CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format | CheckKind::Script => {
            LINT_FAILED.is_match(output.as_bytes())
        }
        CheckKind::Build => BUILD_FAILED.is_match(output.as_bytes()),
        CheckKind::Told => false,
    }
}

/// The check that conda says has failed, in the words with which it was started: "`conda run ruff check src` failed."
fn failed_under_conda(output: &str) -> Option<CheckKind> {
    let said = output.lines().rfind(|line| line.starts_with(CONDA))?;
    let (_, rest) = said.split_once('`')?;
    let (command, rest) = rest.rsplit_once('`')?;
    rest.trim_start().starts_with("failed").then(|| classify_command(command)).flatten()
}

/// How conda says that what it started has failed.
const CONDA: &str = "ERROR conda.cli.main_run:execute(";

/// Whether a script ended with an exception of Python, or of Node, which prints its version below: the last that it printed.
fn died(output: &str) -> bool {
    let mut lines = output.lines().rev().filter(|line| !line.trim().is_empty() && !line.starts_with(CONDA));
    let Some(last) = lines.next() else { return false };
    let is_node = last.strip_prefix("Node.js v").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_raised = || {
        let name = last.split([':', ' ']).next().unwrap_or_default();
        name.ends_with("Error") || name.ends_with("Exception") || name == "KeyboardInterrupt"
    };
    is_node
        || (is_raised()
            && lines.take_while(|line| line.starts_with(' ')).last().is_some_and(|line| line.starts_with("  "))
            && output.contains("Traceback (most recent call last)"))
}

/// A Go test binary that died: the summary may be cut off.
fn panicked(output: &str) -> bool {
    output.lines().any(|line| line.starts_with("panic: ")) && output.contains("\ngoroutine ")
}

/// The last line of the output that says how it went: `4 passed in 0.1s`. A failing one before a passing one. A part of a
/// line of `output`, which is without colours.
pub fn summary_line(output: &str) -> Option<&str> {
    most_telling(&summary_lines(output))
}

/// All such lines.
pub(super) fn summary_lines(output: &str) -> Vec<&str> {
    let found = SUMMARY.find_iter(output.as_bytes()).filter_map(|found| output.get(found.range()));
    found.map(|line| line.trim_matches(['=', ' ', '\n', '\r'])).collect()
}

pub(super) fn most_telling<'a>(lines: &[&'a str]) -> Option<&'a str> {
    lines.iter().rev().find(|line| says_failed(line)).or(lines.last()).copied()
}

/// What several results of one run say together, where all are good: `cargo test` prints one a binary, and the last is that of the
/// examples in comments, mostly of none.
pub(crate) fn total(output: &str) -> Option<String> {
    static RESULT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^test result: (\w+)\. (\d+) passed; (\d+) failed; (\d+) ignored").expect("a test compiles it")
    });
    let (mut runs, mut passed, mut ignored) = (0_u64, 0_u64, 0_u64);
    for found in RESULT.captures_iter(output.as_bytes()) {
        let text = |group: usize| found.get(group).and_then(|part| output.get(part.range())).unwrap_or_default();
        let count = |group: usize| text(group).parse::<u64>().ok();
        if text(1) != "ok" || count(3)? != 0 {
            return None;
        }
        (runs, passed, ignored) = (runs + 1, passed.saturating_add(count(2)?), ignored.saturating_add(count(4)?));
    }
    (runs > 1).then(|| format!("{passed} passed; 0 failed; {ignored} ignored, in {runs} results"))
}

/// Whether the line of a summary is that of a run that failed, or of findings.
pub(crate) fn says_failed(summary: &str) -> bool {
    let lower = summary.trim().to_lowercase();
    // `Found 1 error (1 fixed, 0 remaining).`
    if lower.contains(", 0 remaining") {
        return false;
    }
    let is_none = |word: &str| {
        let none = format!("0 {word}");
        let mut counts = lower.match_indices(&none).map(|(at, _)| at);
        let is_whole = |at: usize| !lower[..at].ends_with(|c: char| c.is_ascii_digit());
        counts.any(is_whole)
            || lower.contains(&format!("{word}s: 0"))
            || lower.contains(&format!("no {word}"))
            || (word == "fail" && lower.contains("failures: 0"))
    };
    ["fail", "error", "problem", "issue"].iter().any(|word| lower.contains(word) && !is_none(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_seen_in_the_output_and_a_logged_error_is_none() {
        for (kind, output) in [
            (CheckKind::Test, "--- FAIL: TestX (0.00s)\nFAIL\tx/y\t0.1s"),
            (CheckKind::Test, "test result: FAILED. 3 passed; 1 failed; 0 ignored"),
            (CheckKind::Test, "===== 1 failed, 3 passed in 0.12s ====="),
            (CheckKind::Test, "Tests:       1 failed, 4 passed, 5 total"),
            (CheckKind::Test, " Test Files  1 failed | 3 passed (4)"),
            (CheckKind::Test, "\u{1b}[31m 12 pass\n 1 fail\n"),
            (CheckKind::Test, "  1 failed\n    [chromium] > share.spec.ts:20:3 > opens\n  18 passed (16.5s)"),
            (CheckKind::Test, "(fail) prices > are rounded [0.2ms]"),
            (CheckKind::Test, "# example.com/x [example.com/x.test]\nx/price_test.go:8:5: not enough arguments"),
            (CheckKind::TypeCheck, "undefined\n/w/app:\n ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL  Command failed"),
            (CheckKind::Lint, "error: unused variable: `x`\n --> src/a.rs:3:9"),
            (CheckKind::Lint, "a/b.go:3:1: unused (deadcode)\n1 issues:"),
            (CheckKind::Lint, "\u{2716} 3 problems (1 error, 2 warnings)"),
            (CheckKind::TypeCheck, "src/a.ts(1,2): error TS2304: Cannot find name"),
            (CheckKind::Build, "# example.com/x\n./a.go:3:4: undefined: y"),
            (CheckKind::Lint, "Found 3 errors (1 fixed, 2 remaining)."),
        ] {
            assert!(failed_in_output(kind, output), "{output}");
        }
        for (kind, output) in [
            (CheckKind::Test, "error: connection refused (expected)\nok  \tx/y\t0.1s"),
            (CheckKind::Test, "test result: ok. 3 passed; 0 failed; 0 ignored"),
            (CheckKind::Test, "==== 4 passed, 1 warning in 0.1s ===="),
            (CheckKind::Test, " 12 pass\n 0 fail\n"),
            (CheckKind::Lint, "0 issues."),
            (CheckKind::TypeCheck, "warning: unused variable: `x`\n --> src/a.rs:3:9\n    Finished `dev` profile"),
            (CheckKind::Build, ""),
            (CheckKind::Lint, "Found 1 error (1 fixed, 0 remaining)."),
        ] {
            assert!(!failed_in_output(kind, output), "{output}");
        }
    }

    #[test]
    fn a_summary_of_findings_is_told_from_one_without() {
        for (line, expected) in [
            ("3 failed, 1 passed in 0.1s", true),
            ("0 examples, 0 failures, 1 error occurred outside of examples", true),
            ("10 errors", true),
            ("Found 1 error.", true),
            ("FAIL", true),
            ("0 fail", false),
            ("test result: ok. 3 passed; 0 failed", false),
            ("Tests run: 3, Failures: 0, Errors: 0", false),
            ("Success: no issues found in 3 source files", false),
            ("4 passed in 0.1s", false),
        ] {
            assert_eq!(says_failed(line), expected, "{line}");
        }
    }

    #[test]
    fn the_summary_is_the_last_line_that_tells_how_it_went() {
        assert_eq!(summary_line("x\n==== 4 passed in 0.10s ====\n"), Some("4 passed in 0.10s"));
        assert_eq!(summary_line("ok  \ta\t0.1s\nFAIL\tb\t0.2s\nok  \tc\t0.1s"), Some("FAIL\tb\t0.2s"));
        assert_eq!(summary_line("nothing"), None);
    }

    #[test]
    fn the_results_of_several_binaries_are_added_up_where_all_are_good() {
        let result = |word: &str, passed: u32, failed: u32, ignored: u32| {
            format!(
                "test result: {word}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out\n"
            )
        };
        let good = result("ok", 12, 0, 0) + "\n   Doc-tests shop\n" + &result("ok", 0, 0, 1);
        assert_eq!(total(&good).as_deref(), Some("12 passed; 0 failed; 1 ignored, in 2 results"));
        assert!(!says_failed("12 passed; 0 failed; 1 ignored, in 2 results"));
        assert_eq!(total(&(good + &result("FAILED", 3, 1, 0))), None);
        assert_eq!(total(&result("ok", 12, 0, 0)), None);
        assert_eq!(total("4 passed in 0.1s"), None);
    }

    #[test]
    fn what_a_linter_finds_is_not_of_the_formatter_before_it() {
        let found = "cart.go:3:1: possible misuse of unsafe.Pointer";
        for (command, output, expected) in [
            ("gofmt -l .; go vet ./...", found, CheckKind::Lint),
            ("gofmt -l .", found, CheckKind::Format),
            ("ruff format --check . && ruff check .", "Would reformat: cart.py", CheckKind::Format),
        ] {
            assert_eq!(failure_in(command, output), Some(expected), "{command}");
        }
    }

    #[test]
    fn a_script_that_died_and_one_of_which_conda_says_so_failed() {
        use CheckKind::{Script, Test};
        let raised = "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    total()\nKeyError: 'price'\n";
        let conda = "ERROR conda.cli.main_run:execute(148): `conda run ruff check a.py` failed. (See above for error)";
        let tests = conda.replace("ruff check a.py", "pytest -q");
        for (command, output, expected) in [
            ("node check.mjs | tail -3", "    at total (check.mjs:3:1)\n\nNode.js v22.1.0\n", Some(Script)),
            ("node check.mjs | tail -3", "Node.js v22.1.0 is used\nall 3 prices are good", None),
            ("python3 check_a.py | tail", raised, Some(Script)),
            ("python3 check_a.py | tail", &format!("{raised}caught, as it should be"), None),
            ("ruff check a.py | tail", raised, None),
            ("pytest -q; python3 plot.py", &format!("5 passed in 0.1s\n{raised}"), None),
            ("conda run -n x pytest -q | grep zzz; echo done", &format!("{tests}\ndone"), Some(Test)),
            (
                "conda run -n x pytest -q | tail -3; conda run -n x ruff check a.py | grep F8",
                &format!("5 passed\n{conda}"),
                None,
            ),
            ("conda run -n x pytest -q | tail", conda, None),
        ] {
            assert_eq!(failure_in(command, output), expected, "{command}: {output}");
        }
    }
}

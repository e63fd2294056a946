//! `go test ./... | grep -v "^ok"`: a filter that leaves out what passed, and would have shown what failed.

use super::classify::{classify_program, program};
use super::filters::{leaves_out, lets_through};
use super::harness::did_not_run;
use super::output::failed_in_words;
use super::shell::{self, ShellCommand, Then};
use crate::record::contribution::CheckKind;

/// Whether only the lines of packages that passed were left out of the only run of Go's tests in a command, and it shows no failure.
pub(super) fn shows_no_failure(command: &str, output: &str) -> bool {
    const PASSED: &str = "ok  \texample.com/x\t0.1s";
    const FAILED: &str = "FAIL\texample.com/x\t0.1s";
    let steps = shell::steps(command);
    let is_test = |step: &ShellCommand| !step.piped && classify_program(program(step)) == Some(CheckKind::Test);
    let Some(place) = steps.iter().position(is_test) else { return false };
    if steps.iter().filter(|step| is_test(step)).count() > 1 || !is_go_test(&steps[place]) || command.contains("||") {
        return false;
    }
    let pipes = steps[place + 1..].iter().take_while(|step| step.piped).count();
    let filters = &steps[place + 1..=place + pipes];
    let is_filtered = filters.iter().any(|step| leaves_out(program(step), PASSED))
        && filters.iter().all(|step| lets_through(program(step), &[FAILED], output));
    // What ends the list before the tests says why.
    let tells_why = |step: &ShellCommand| {
        let words = program(step);
        step.then != Then::And || classify_program(words).is_some() || words.first().is_some_and(|name| name == "cd")
    };
    let is_last = place + pipes + 1 == steps.len();
    let has_no_tests = |line: &str| line.ends_with("[no test files]");
    is_filtered
        && steps[..place].iter().all(tells_why)
        && output.lines().map(str::trim).all(|line| line.is_empty() || has_no_tests(line) || !is_last)
        && !failed_in_words(CheckKind::Test, output)
        && !did_not_run(output)
        && !output.lines().any(|line| line.starts_with("go: "))
}

/// `go test`, of which nothing goes anywhere else.
fn is_go_test(step: &ShellCommand) -> bool {
    let words = program(step);
    let is_elsewhere = |word: &String| word.contains('>') && word != "2>&1";
    words.first().is_some_and(|name| name == "go")
        && words.get(1).is_some_and(|verb| verb == "test")
        && !words.iter().any(|word| is_elsewhere(word) || word.starts_with("-bench"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_only_failures_and_none_has_passed() {
        let none = "?   \texample.com/shop/build\t[no test files]";
        let failed = "--- FAIL: TestCart (0.00s)\nFAIL\nFAIL\texample.com/shop\t0.1s\nFAIL";
        for (command, output, expected) in [
            ("go test ./... | grep -v '^ok'", "", true),
            ("cd src && go test ./... 2>&1 | grep -v \"^ok\\|no test files\" | head -10", "", true),
            ("go test ./... | grep -v ^ok", none, true),
            ("go build ./... && go test ./... | grep -v ^ok; git status --short", " M cart.go", true),
            ("go test ./... | grep -v ^ok", failed, false),
            ("go test ./... | grep -v ^ok", "go: cannot find main module", false),
            ("go test ./... | grep -v ^ok", "something else", false),
            ("cd a && go test ./... | grep -v ^ok; ls", "sh: line 1: cd: a: No such file or directory", false),
            ("test -f go.mod && go test ./... | grep -v ^ok; ls", "cart.go", false),
            ("go test ./... | grep -v 'no test files'", "", false),
            ("go test ./... | grep -v FAIL | grep -v ok", "", false),
            ("go test ./... | grep -vE 'ok|FAIL'", "", false),
            ("go test ./... > log | grep -v ^ok", "", false),
            ("go test ./... | grep -vc ok", "", false),
            ("pytest -q | grep -v passed", "", false),
        ] {
            assert_eq!(shows_no_failure(command, output), expected, "{command}: {output}");
        }
    }
}

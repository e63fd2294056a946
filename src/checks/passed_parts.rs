//! Which checks of a command that failed have passed all the same: by what they print themselves, or because the shell went on behind
//! them. `gofmt -l . && go test ./... && ./deploy` may fail because of the last.

use super::chain::{is_told_to_succeed, says_nothing_is_wrong};
use super::classify::{base_name, classify_program, program};
use super::colours::without_colours;
use super::end::shows_that_some_passed;
use super::filters::would_show_failure;
use super::left_out_lines::shows_no_failure;
use super::output::{failed_in_words, says_failed};
use super::shell::{self, ShellCommand, Then};
use super::summaries::summary_for;
use crate::record::contribution::CheckKind;

/// One of the checks of a command that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CheckPart<'a> {
    pub(crate) kind: CheckKind,
    pub(crate) text: &'a str,
    pub(crate) passed: bool,
    /// Whether the command fails if it does.
    decides: bool,
}

/// The checks of a command that failed, with what is known of each.
pub(crate) fn parts<'a>(command: &'a str, output: &str) -> Vec<CheckPart<'a>> {
    let output = &*without_colours(output);
    let steps = shell::steps(command);
    let kinds: Vec<Option<CheckKind>> =
        steps.iter().map(|step| classify_program(program(step)).filter(|_| !step.piped)).collect();
    let is_alone = |kind: CheckKind| kinds.iter().filter(|other| **other == Some(kind)).count() == 1;
    let said: Vec<bool> = kinds
        .iter()
        .enumerate()
        .map(|(place, kind)| kind.is_some_and(|kind| says_passed(kind, command, &steps, place, output)))
        .collect();
    let says = |place: usize| said[place];
    let is_seen = |place: usize| {
        let fails = |kind: CheckKind| is_alone(kind) && failed_in_words(kind, output);
        says(place) || kinds[place].is_some_and(fails)
    };
    let passed = |place: usize, kind: CheckKind| {
        let fails = failed_in_words(kind, output);
        let goes_on = || {
            let begun = (place + 1..steps.len())
                .take_while(|next| match steps[next - 1].then {
                    Then::And => true,
                    Then::Pipe => *next > place + 1,
                    _ => false,
                })
                .any(is_seen);
            // A formatter that lists files ends well.
            !(kind == CheckKind::Format && output.lines().any(is_file))
                && (begun || is_told_to_succeed(&steps, place, output))
        };
        says(place) || (!fails && goes_on())
    };
    let part = |(place, kind): (usize, CheckKind)| {
        let text = command.get(steps[place].place.clone())?.trim();
        Some(CheckPart { kind, text, passed: passed(place, kind), decides: decides(command, &steps, place) })
    };
    kinds.iter().enumerate().filter_map(|(place, kind)| part((place, (*kind)?))).collect()
}

/// Which check made the command fail, where others are known to have passed and nothing says more: the only one that is left. `None`
/// where it may have been something else.
pub(crate) fn left_to_fail<'p, 'a>(command: &str, parts: &'p [CheckPart<'a>]) -> Option<&'p CheckPart<'a>> {
    const ENDS_WELL: &[&str] = &["cd", "echo", "export", "set", "tail", "head", "cat", "tee", "sort"];
    let steps = shell::steps(command);
    let is_other = |place: &usize| {
        let words = program(&steps[*place]);
        let name = words.first().map_or("", |name| base_name(name));
        (steps[*place].piped || classify_program(words).is_none()) && !ENDS_WELL.contains(&name)
    };
    if (0..steps.len()).filter(is_other).any(|place| decides(command, &steps, place)) {
        return None;
    }
    let mut left = parts.iter().filter(|part| !part.passed && part.decides);
    left.next().filter(|_| left.next().is_none())
}

/// Whether the check's own output says that it passed.
fn says_passed(kind: CheckKind, command: &str, steps: &[ShellCommand], place: usize, output: &str) -> bool {
    let own = program(&steps[place]);
    let of_kind = |step: &&ShellCommand| !step.piped && classify_program(program(step)) == Some(kind);
    let is_alone = steps.iter().filter(of_kind).count() == 1;
    let runs = steps.iter().filter(of_kind).filter(|step| program(step).first() == own.first()).count();
    let pipes = steps[place + 1..].iter().take_while(|step| step.piped).count();
    let text = command.get(steps[place].place.start..steps[place + pipes].place.end).unwrap_or_default();
    if steps[place].words.first().is_some_and(|word| word == "!") {
        return false;
    }
    match kind {
        CheckKind::Test if is_alone => {
            let summary = || summary_for(kind, command, output);
            let is_good = |summary: &str| !says_failed(summary) && would_show_failure(text, output, summary);
            let is_told = || shows_that_some_passed(output) && summary().is_some_and(|summary| is_good(&summary));
            !failed_in_words(kind, output) && (is_told() || shows_no_failure(command, output))
        }
        CheckKind::Lint if own.first().is_some_and(|name| base_name(name) == "golangci-lint") => {
            runs == 1 && output.lines().any(|line| line.trim() == "0 issues.")
        }
        CheckKind::Lint | CheckKind::TypeCheck => {
            is_alone && !failed_in_words(kind, output) && says_nothing_is_wrong(kind, output)
        }
        _ => false,
    }
}

/// A line that is a name of a file, and nothing else.
fn is_file(line: &str) -> bool {
    let end = line.trim().rsplit_once('.').map_or("", |(_, end)| end);
    !line.trim().contains(char::is_whitespace)
        && (1..=4).contains(&end.len())
        && end.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether a command fails if this step does.
fn decides(command: &str, steps: &[ShellCommand], place: usize) -> bool {
    let stops = command.contains("set -e") || command.contains("errexit");
    let keeps_pipes = command.contains("pipefail");
    steps[place..].iter().all(|step| match step.then {
        Then::And | Then::End => true,
        Then::Pipe => keeps_pipes || !std::ptr::eq(step, &steps[place]),
        Then::Next => stops,
        Then::Or => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str, output: &str) -> String {
        let parts = parts(command, output);
        let told = |part: &CheckPart| format!("{:?} {}", part.kind, if part.passed { "passed" } else { "open" });
        let told: Vec<String> = parts.iter().map(told).collect();
        let left = left_to_fail(command, &parts).map_or("none", |part| part.text);
        format!("{}; failed: {left}", told.join(", "))
    }

    #[test]
    fn checks_of_a_failed_command_passed_if_they_say_so_or_the_shell_went_on() {
        let ok = "ok  \texample.com/shop\t0.1s";
        for (command, output, expected) in [
            (
                "gofmt -l . && go test ./cart/ 2>&1 | tail -3 && golangci-lint run 2>&1 | tail -2; ./deploy",
                format!("{ok}\n0 issues.\nno such host"),
                "Format passed, Test passed, Lint passed; failed: none",
            ),
            (
                "gofmt -l . && go test ./cart/ && ./deploy",
                format!("cart.go\n{ok}\nno such host"),
                "Format open, Test passed; failed: none",
            ),
            (
                "go build ./... && go test ./... | tail -3 && ./deploy",
                format!("{ok}\nno such host"),
                "Build passed, Test passed; failed: none",
            ),
            (
                "pytest -q && npx prettier --check .",
                "4 passed in 0.1s\nnot as it should be".to_owned(),
                "Test passed, Format open; failed: npx prettier --check .",
            ),
            (
                "pytest -q && ruff check .",
                "1 failed, 3 passed in 0.1s".to_owned(),
                "Test open, Lint open; failed: none",
            ),
            ("go test ./... | grep ok && ./deploy", ok.to_owned(), "Test open; failed: none"),
            ("go test ./a && go test ./b && ./deploy", ok.to_owned(), "Test open, Test open; failed: none"),
            ("go test ./... | grep -v ^ok", String::new(), "Test passed; failed: none"),
            ("go build ./... && ./deploy", "no such host".to_owned(), "Build open; failed: none"),
        ] {
            assert_eq!(told(command, &output), expected, "{command}");
        }
    }
}

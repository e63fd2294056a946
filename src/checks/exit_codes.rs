//! Exit codes that a command prints of its checks: `go test ./...; echo "EXIT: $?"`.

use super::classify::{classify_program, program};
use super::shell::{self, ShellCommand};

/// Whether the command prints the exit code of a check: `go test ./...; echo "EXIT: $?"`, not that of what ran after it.
pub(super) fn prints_the_checks_exit_code(command: &str) -> bool {
    let steps = shell::steps(command);
    let says = |step: &ShellCommand, sign: &str| step.words.iter().any(|word| word.contains(sign));
    let Some(place) = steps.iter().position(|step| says(step, "$?") || says(step, "PIPESTATUS")) else { return false };
    let Some(before) = place.checked_sub(1).map(|before| &steps[before]) else { return false };
    says(&steps[place], "PIPESTATUS") || (!before.piped && classify_program(program(before)).is_some())
}

/// The exit code that a check printed so under a name of its own: `exit=0` of `go test ./... > log; echo "exit=$?"; tail log`.
pub(super) fn named_exit_code(command: &str, output: &str) -> Option<i32> {
    if !prints_the_checks_exit_code(command) {
        return None;
    }
    let steps = shell::steps(command);
    let texts = steps.iter().filter(|step| step.words.first().is_some_and(|word| word == "echo"));
    let mut named = texts.filter_map(|step| {
        let text = step.words[1..].join(" ");
        let (before, behind) = text.split_once("$?").or_else(|| text.split_once("${PIPESTATUS[0]}"))?;
        Some((before.trim_start().to_owned(), behind.trim_end().to_owned()))
    });
    let (before, behind) = named.next().filter(|_| named.next().is_none())?;
    if !before.contains(char::is_alphabetic) || before.contains(['$', '`', '>']) || behind.contains(['$', '`', '>']) {
        return None;
    }
    let code = |line: &str| line.trim().strip_prefix(&before)?.strip_suffix(&behind)?.trim().parse::<i32>().ok();
    output.lines().find_map(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_exit_code_is_that_of_what_ran_just_before() {
        assert!(prints_the_checks_exit_code("go test ./...; echo \"EXIT: $?\""));
        assert!(prints_the_checks_exit_code("go test ./... | tail -3; echo ${PIPESTATUS[0]}"));
        assert!(!prints_the_checks_exit_code("go build ./x && ./x unknown; echo \"Exit code: $?\""));
        assert!(!prints_the_checks_exit_code("go test ./... | tail -3; echo $?"));
        assert!(!prints_the_checks_exit_code("go test ./..."));
    }

    #[test]
    fn a_code_under_a_name_is_read_where_it_is_the_checks_own() {
        for (command, output, expected) in [
            ("npm test > log; echo \"exit=$?\"; tail log", "exit=0\nok", Some(0)),
            ("npm test > log; echo \"exit=$?\"; tail log", "exit=2\nok", Some(2)),
            ("npm test > log; echo \"BUILD [$?] END\"", "BUILD [1] END", Some(1)),
            ("npm test | tail; echo \"code ${PIPESTATUS[0]}\"", "ok\ncode 0", Some(0)),
            ("npm test > log; echo $?; tail log", "0\nok", None),
            ("npm test > log; ls; echo exit=$?", "exit=0", None),
            ("npm test; echo a=$?; npm run lint; echo b=$?", "a=0\nb=1", None),
        ] {
            assert_eq!(named_exit_code(command, output), expected, "{command}: {output}");
        }
    }
}

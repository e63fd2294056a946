//! Checks that print nothing where they find nothing: `go vet`, `gofmt -l`, `tsc`. What stands in the output beside them says that
//! they passed, if a line about something found would stand there, too.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::classify::{base_name, classify_program, program};
use super::filters::lets_through;
use super::output::pattern;
use super::shell::{self, ShellCommand};

/// Lines that may be about something found: a place in a file, a file alone, words of what is wrong.
static FINDING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*[\w\]]\.\w{1,6}[:(]\d+",
        r"^\s*[\w./\\@~-]+\.\w{1,6}\s*$",
        r"^# \S+",
        r"^(diff |--- |\+\+\+ |@@ )",
        r"(?i-u)^.*\b(errors?|warnings?|cannot|can't|undefined|not found|no such|fail(s|ed|ure|ures|ing)?|invalid|missing|panic|fatal|exception|traceback|killed|timed out|denied|unknown)\b",
    ])
});

/// Whether a command of such checks alone, with this output, shows that they found nothing, whatever the command ended with.
pub(super) fn found_nothing(command: &str, output: &str) -> bool {
    let steps = shell::steps(command);
    let is_check = |step: &&ShellCommand| !step.piped && classify_program(program(step)).is_some();
    let is_hidden = command.contains("/dev/null") || command.contains("&>") || command.contains("2>/");
    let mut checks = steps.iter().filter(is_check).peekable();
    checks.peek().is_some()
        && !is_hidden
        && checks.all(is_silent)
        && steps
            .iter()
            .enumerate()
            .filter(|(_, step)| is_check(step))
            .all(|(place, _)| shows_findings(&steps, place, output))
        && !FINDING.is_match(output.as_bytes())
}

fn is_silent(step: &ShellCommand) -> bool {
    let words = program(step);
    let Some((name, rest)) = words.split_first() else { return false };
    let has = |option: &str| rest.iter().any(|word| word == option);
    let writes = step.words.iter().any(|word| word.starts_with('>'));
    let is_one = match base_name(name) {
        "go" => matches!(rest.first().map(String::as_str), Some("vet" | "build")),
        "gofmt" | "goimports" | "gofumpt" => has("-l") && !has("-d"),
        "tsc" | "flake8" | "pyflakes" | "vue-tsc" => !has("--version"),
        "node" => has("--check") || has("-c"),
        _ => false,
    };
    is_one && !writes
}

/// Whether what stands behind a check in its pipe would let a line about something found through.
fn shows_findings(steps: &[ShellCommand], check: usize, output: &str) -> bool {
    const LINES: &[&str] = &["src/cart/price.go:12:5: x is not used", "src/cart/price.ts(12,5): error TS1: x"];
    let is_list = program(&steps[check]).iter().any(|word| word == "-l");
    let lines = if is_list { &["src/cart/price.go"][..] } else { LINES };
    let pipe = steps[check + 1..].iter().take_while(|step| step.piped);
    pipe.into_iter().all(|step| lets_through(program(step), lines, output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prints_nothing_where_it_finds_nothing_is_seen_to_have_passed() {
        for (command, output, expected) in [
            ("gofmt -l internal/ ; git diff --stat", " internal/a.go | 3 +-\n 1 file changed, 2 insertions(+)", true),
            ("gofmt -l internal/ ; git diff --stat", "internal/a.go\n 1 file changed", false),
            ("go vet ./... 2>&1 | grep -v '^#' | head; echo DONE", "DONE", true),
            ("go vet ./... 2>&1 | grep -v '^#' | head; echo DONE", "a.go:3:5: unreachable code\nDONE", false),
            ("go vet ./... 2>&1 | grep total; echo DONE", "DONE", false),
            ("go vet ./... 2>/dev/null; echo DONE", "DONE", false),
            ("npx tsc --noEmit | head -20; echo done", "done", true),
            ("npx tsc --noEmit | grep -c error; echo done", "0\ndone", false),
            ("npx eslint . | head; echo done", "done", false),
            ("gofmt -d a.go; echo done", "--- a.go.orig\n+total\ndone", false),
            ("shellcheck a.sh; echo done", "done", false),
            ("go build ./... ; go test ./...", "", false),
            ("go build ./... ; echo built", "cmd: command not found\nbuilt", false),
        ] {
            assert_eq!(found_nothing(command, output), expected, "{command}: {output}");
        }
    }
}

//! Checks that print nothing where they find nothing: `go vet`, `gofmt -l`, `tsc`. What stands in the output beside them says that
//! they passed, if a line about something found would stand there, too.

use super::classify::{base_name, classify_program, program};
use super::filters::lets_through;
use super::shell::{self, ShellCommand};

/// Words of lines that may be about something found.
const FINDING: &[&str] = &[
    "cannot",
    "can't",
    "denied",
    "error",
    "exception",
    "fail",
    "fatal",
    "invalid",
    "killed",
    "missing",
    "no such",
    "not found",
    "panic",
    "timed out",
    "traceback",
    "undefined",
    "unknown",
    "warning",
];

/// Whether a line may be about something found: a place in a file, a file alone, a head of a diff, words of what is wrong. No expression
/// looks for them, which a hook would have to compile.
fn may_be_a_finding(line: &str) -> bool {
    let line = line.trim();
    let is_head = ["# ", "diff ", "--- ", "+++ ", "@@ "].iter().any(|start| line.starts_with(start));
    // Behind the end of a name: `a.go:3`, `a.ts(3,1)`.
    let is_place = |word: &str| {
        let end = word.rfind('.').map_or("", |dot| &word[dot + 1..]);
        let number = end.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        number.len() < end.len()
            && number.starts_with([':', '('])
            && number[1..].starts_with(|c: char| c.is_ascii_digit())
    };
    let is_file = |word: &str| {
        let end = word.rfind('.').map_or("", |dot| &word[dot + 1..]);
        (1..=6).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let mut words = line.split_whitespace();
    let is_alone = words.clone().count() == 1 && words.clone().all(is_file);
    let lower = line.to_lowercase();
    is_head || is_alone || words.any(is_place) || FINDING.iter().any(|words| lower.contains(words))
}

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
        && !output.lines().any(may_be_a_finding)
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

//! `lint && test`: each check of a chain, which ends at the first that fails.

use super::classify::{classify_program, program};
use super::shell::{self, ShellCommand, Then};
use crate::record::contribution::CheckKind;

/// The checks of a command of which each step runs only if the one before succeeded, with their text; empty for other commands,
/// also where a pipe hides how a step ended.
pub(crate) fn checks_of_chain(command: &str) -> Vec<(CheckKind, &str)> {
    let steps = shell::steps(command);
    if !steps.iter().all(|step| matches!(step.then, Then::And | Then::End)) {
        return Vec::new();
    }
    let check = |step: &ShellCommand| Some((classify_program(program(step))?, command.get(step.place.clone())?.trim()));
    steps.iter().filter_map(check).collect()
}

/// The other kinds of checks of a command that ended well, each with whether it is seen to have passed: `lint | tail && test`.
pub(crate) fn beside(command: &str, kind: CheckKind, output: &str) -> Vec<(CheckKind, bool)> {
    let steps = shell::steps(command);
    let end = steps.iter().position(|step| step.then == Then::Or).unwrap_or(steps.len());
    // One that fails ends such a list, and the whole fails.
    let is_list = steps.iter().all(|step| matches!(step.then, Then::And | Then::Pipe | Then::End));
    let mut found: Vec<(CheckKind, bool)> = Vec::new();
    for step in steps.iter().take(end).filter(|step| !step.piped) {
        let Some(other) = classify_program(program(step)).filter(|other| *other != kind) else { continue };
        let seen = (is_list && step.then == Then::And) || says_nothing_is_wrong(other, output);
        match found.iter_mut().find(|(known, _)| *known == other) {
            Some((_, all)) => *all &= seen,
            None if other != CheckKind::Format => found.push((other, seen)),
            None => {}
        }
    }
    found
}

/// Whether a word is printed that the shell reaches only where each check of this kind succeeded: `go build ./... && echo OK && go vet`.
/// What the output says of faults is another's then.
pub(crate) fn is_known_to_pass(command: &str, kind: CheckKind, output: &str) -> bool {
    let steps = shell::steps(command);
    let is_of_kind = |place: &usize| classify_program(program(&steps[*place])) == Some(kind);
    let mut of_kind = (0..steps.len()).filter(is_of_kind).peekable();
    of_kind.peek().is_some() && of_kind.all(|place| is_told_to_succeed(&steps, place, output))
}

/// Whether words are printed that the shell reaches only where this step succeeded: an `echo` behind it in a list of `&&`.
pub(crate) fn is_told_to_succeed(steps: &[ShellCommand], place: usize, output: &str) -> bool {
    let is_printed = |step: &ShellCommand| {
        let words = program(step);
        let is_echo = words.first().is_some_and(|word| word == "echo") && step.then != Then::Pipe;
        let text = words.get(1..).unwrap_or_default().join(" ");
        is_echo
            && text.len() > 1
            && !text.contains(['$', '`', '>'])
            && !text.starts_with('-')
            && output.lines().any(|line| line.trim() == text)
    };
    let chained = (place + 1..steps.len()).take_while(|next| steps[next - 1].then == Then::And);
    chained.into_iter().any(|next| is_printed(&steps[next]))
}

/// Whether a linter or a type checker says that it found nothing.
pub(super) fn says_nothing_is_wrong(kind: CheckKind, output: &str) -> bool {
    let words: &[&str] = match kind {
        CheckKind::Lint => &["0 issues.", "All checks passed!", "No issues found!", "No ESLint warnings or errors"],
        CheckKind::TypeCheck => &["Success: no issues found", "Found 0 errors", "0 errors, 0 warnings"],
        _ => &[],
    };
    words.iter().any(|words| output.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_passed_where_the_shell_went_on_behind_it() {
        for (command, output, expected) in [
            (
                "go build ./... && echo BUILD_OK && go vet ./... | tail -3 && echo VET_OK",
                "BUILD_OK\n# shop/cart\nVET_OK",
                true,
            ),
            ("go build ./... && echo BUILD_OK && go vet ./...", "# shop/cart", false),
            ("go build ./... | tail -3 && echo BUILD_OK", "# shop/cart\nBUILD_OK", false),
            ("go build ./...; echo BUILD_OK", "# shop/cart\nBUILD_OK", false),
            ("go build ./... && echo \"shop-cart: it is built\"; ls", "shop-cart: it is built\na-file", true),
            ("go build ./a && echo OK; go build ./b", "OK\n# shop/b", false),
            ("go build ./...", "", false),
        ] {
            assert_eq!(is_known_to_pass(command, CheckKind::Build, output), expected, "{command}");
        }
    }

    #[test]
    fn what_ran_beside_a_check_is_seen_by_its_own_end_or_its_own_words() {
        use CheckKind::{Build, Lint, Test, TypeCheck};
        for (command, output, expected) in [
            ("golangci-lint run | tail -3 && go test ./... | tail", "0 issues.\nok  \ta\t0.1s", vec![(Lint, true)]),
            ("golangci-lint run | tail -3 && go test ./... | tail", "ok  \ta\t0.1s", vec![(Lint, false)]),
            ("go build ./... && go test ./... | tail -3", "ok  \ta\t0.1s", vec![(Build, true)]),
            ("go build ./...; go test ./... | tail -3", "ok  \ta\t0.1s", vec![(Build, false)]),
            ("npx tsc --noEmit | tail; npm test", "Found 0 errors.", vec![(TypeCheck, true)]),
            ("npm test && echo yes || npm run lint", "yes", vec![]),
            ("gofmt -l . && go test ./...", "ok", vec![]),
            ("go test ./a && go test ./b | tail", "ok", vec![]),
        ] {
            assert_eq!(beside(command, Test, output), expected, "{command}: {output}");
        }
    }

    #[test]
    fn a_chain_has_each_of_its_checks_and_other_commands_have_none() {
        use CheckKind::{Lint, Test};
        for (command, expected) in [
            ("cd a && ruff check . && pytest -q", vec![(Lint, "ruff check ."), (Test, "pytest -q")]),
            ("ruff check . ; pytest -q", vec![]),
            ("ruff check . && pytest -q | tail -3", vec![]),
            ("ruff check . || pytest -q", vec![]),
            ("git add -A && git commit -m x", vec![]),
        ] {
            assert_eq!(checks_of_chain(command), expected, "{command}");
        }
    }
}

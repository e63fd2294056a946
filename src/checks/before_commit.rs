//! `test && git commit`: what must have passed where a commit was made.

use super::classify::{classify_program, program};
use super::end::ends_as_its_checks;
use super::shell::{self, ShellCommand, Then};
use super::shell_writes::runs_commit;
use crate::record::contribution::CheckKind;

/// The checks of a command that must have passed, or git would not have been told to commit, with their text: `test && git commit`.
pub(crate) fn checks_before_commit(command: &str) -> Vec<(CheckKind, &str)> {
    let steps = shell::steps(command);
    let text = |step: &ShellCommand| command.get(step.place.clone()).unwrap_or_default().trim();
    let Some(commit) = steps.iter().position(|step| runs_commit(text(step))) else { return Vec::new() };
    let begin = steps[..commit].iter().rposition(|step| step.then != Then::And).map_or(0, |other| other + 1);
    // Behind `||` it runs only if something failed.
    if begin > 0 && steps[begin - 1].then == Then::Or {
        return Vec::new();
    }
    let is_asked = |step: &ShellCommand| {
        step.words.first().is_some_and(|word| matches!(word.as_str(), "if" | "while" | "until" | "elif"))
    };
    let check = |step: &ShellCommand| {
        let kind = classify_program(program(step)).filter(|_| !is_asked(step) && ends_as_its_checks(text(step)))?;
        Some((kind, text(step)))
    };
    steps[begin..commit].iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_git_in_a_list_has_passed_when_the_commit_is_made() {
        for (command, expected) in [
            ("pytest -q && git add -A && git commit -m x", &["pytest -q"][..]),
            ("cd shop; ruff check . && pytest -q && git commit -m x", &["ruff check .", "pytest -q"]),
            ("git add -A && cargo test | tail -3 && git commit -m x", &[]),
            ("pytest -q; git commit -m x", &[]),
            ("pytest -q || true && git commit -m x", &[]),
            ("test -d x || pytest -q && git commit -m x", &[]),
            ("! pytest -q && git commit -m x", &[]),
            ("if pytest -q && true; then git commit -m x; fi", &[]),
            ("git commit -m x && pytest -q", &[]),
            ("pytest -q && echo ok", &[]),
            ("(pytest -q; true) && git commit -m x", &[]),
            ("flake8 --exit-zero && git commit -m x", &[]),
        ] {
            let found: Vec<&str> = checks_before_commit(command).into_iter().map(|(_, text)| text).collect();
            assert_eq!(found, expected, "{command}");
        }
    }
}

//! `lint && test`: each check of a chain, which ends at the first that fails.

use super::classify::{classify_program, program};
use super::shell::{self, Then};
use crate::record::contribution::CheckKind;

/// The checks of a command of which each step runs only if the one before succeeded, with their text; empty for other commands,
/// also where a pipe hides how a step ended.
pub(crate) fn checks_of_chain(command: &str) -> Vec<(CheckKind, &str)> {
    let steps = shell::steps(command);
    if !steps.iter().all(|step| matches!(step.then, Then::And | Then::End)) {
        return Vec::new();
    }
    let check =
        |step: &shell::ShellCommand| Some((classify_program(program(step))?, command.get(step.place.clone())?.trim()));
    steps.iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

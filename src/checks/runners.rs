//! Which runner a check is of, however it was started: with a path in front, by a package manager, by a task that is named for it. What
//! one runner says, another does not.

use super::classify::{base_name, classify_program, program};
use super::scope::{CheckScope, scope};
use super::shell::{self, ShellCommand};
use super::shell_writes::redirection;
use crate::record::contribution::CheckKind;

/// Programs and words in the names of tasks, by the runner that they stand for.
const RUNNERS: &[(&str, &[&str], &[&str])] = &[
    ("rust", &["cargo", "cargo-nextest", "rustc", "rustfmt"], &["cargo", "rust", "clippy", "nextest"]),
    ("go", &["go", "gotestsum", "richgo", "golangci-lint", "staticcheck", "revive"], &["go", "golang", "golangci"]),
    (
        "python",
        &["pytest", "py.test", "python", "python3", "py", "tox", "nox", "ruff", "flake8", "pylint", "mypy", "pyright"],
        &["pytest", "python", "py", "ruff", "mypy"],
    ),
    (
        "javascript",
        &[
            "node", "npm", "pnpm", "yarn", "bun", "deno", "jest", "vitest", "mocha", "ava", "tsx", "tsc", "vue-tsc",
            "eslint", "oxlint", "biome", "turbo", "nx", "lerna", "vp", "vite", "next",
        ],
        &["jest", "vitest", "js", "node", "eslint", "tsc"],
    ),
    ("browser", &["playwright", "cypress"], &["playwright", "cypress"]),
    ("bats", &["bats"], &["bats"]),
    ("pester", &["Invoke-Pester"], &["pester"]),
    ("java", &["mvn", "mvnw", "gradle", "gradlew", "java", "javac"], &["gradle", "maven", "java"]),
];

/// Programs that run tasks of whatever kind.
const TASKS: &[&str] = &["make", "gmake", "just", "task", "mage", "mise", "moon", "rake", "bazel", "bazelisk"];

/// The runner of a check; `None` where a task may start any.
fn runner(words: &[String]) -> Option<&str> {
    let (first, rest) = words.split_first()?;
    let name = base_name(first);
    if !TASKS.contains(&name) {
        return Some(
            RUNNERS.iter().find(|(_, programs, _)| programs.contains(&name)).map_or(name, |(known, ..)| *known),
        );
    }
    let tasks = rest.iter().filter(|word| !word.starts_with('-')).take(LATEST_TASK);
    let mut words = tasks.flat_map(|task| task.split(|c: char| !c.is_ascii_alphanumeric()));
    words.find_map(|word| RUNNERS.iter().find(|(_, _, names)| names.contains(&word)).map(|(known, ..)| *known))
}

/// `run`, and the name of the task.
const LATEST_TASK: usize = 2;

/// The runner of the first check of the kind in a command.
pub(crate) fn runner_of(command: &str, kind: CheckKind) -> Option<String> {
    let steps = shell::steps(command);
    check(&steps, kind).and_then(|step| runner(program(step)).map(str::to_owned))
}

/// Whether two checks of one kind may be of the same runner.
pub(crate) fn are_alike(one: &str, other: &str, kind: CheckKind) -> bool {
    match (runner_of(one, kind), runner_of(other, kind)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// Whether a check that failed says of one that passed before that it saw other files: it ran the same, or a part of it.
pub(crate) fn contradicts(failed: &str, passed: &str, kind: CheckKind) -> bool {
    let (failed_steps, passed_steps) = (shell::steps(failed), shell::steps(passed));
    let (Some(later), Some(before)) = (check(&failed_steps, kind), check(&passed_steps, kind)) else {
        return failed.trim() == passed.trim();
    };
    let (later, before) = (program(later), program(before));
    let is_same_program = later.first().map(|word| base_name(word)) == before.first().map(|word| base_name(word));
    if !is_same_program {
        return false;
    }
    let (later, before) = (given(later), given(before));
    if later == before {
        return true;
    }
    let is_of_the_project = |word: &&&str| !word.contains('$') && !word.starts_with(['/', '~']) && !word.contains(':');
    let is_less = scope(failed, kind) < scope(passed, kind) && scope(passed, kind) == CheckScope::All;
    let more: Vec<&&str> = later.iter().filter(|word| !before.contains(word)).collect();
    is_less && more.iter().all(is_of_the_project)
}

/// The first check of the kind in a command.
fn check(steps: &[ShellCommand], kind: CheckKind) -> Option<&ShellCommand> {
    steps.iter().filter(|step| !step.piped).find(|step| classify_program(program(step)) == Some(kind))
}

/// What a program is given that is neither an option nor where its output goes.
fn given(words: &[String]) -> Vec<&str> {
    let words = words.iter().skip(1).map(String::as_str);
    words.filter(|word| !word.starts_with('-') && redirection(word).is_none()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_runner_has_many_spellings() {
        for (one, other, expected) in [
            ("go test ./...", "PATH=\"$PATH:/usr/local/go/bin\" go test ./...", true),
            ("go test ./...", "/usr/local/go/bin/go test ./cart", true),
            ("go test ./...", "cd web && node --test", false),
            ("npm test", "npx vitest run", true),
            ("npx vitest run", "npx playwright test", false),
            ("python -m pytest", "uv run pytest -q", true),
            ("mise run test:bats test/cart.bats", "mise run test:cargo", false),
            ("mise run test:cargo", "cargo test total", true),
            ("mise run test", "cargo test total", true),
            ("make test", "npm test", true),
        ] {
            assert_eq!(are_alike(one, other, CheckKind::Test), expected, "{one} / {other}");
        }
        let script = CheckKind::Script;
        assert!(!are_alike("python scripts/check_links.py", "./scripts/Verify-Prices.ps1", script));
        assert!(!are_alike("./scripts/check-links.sh", "./scripts/Verify-Prices.ps1", script));
    }

    #[test]
    fn a_failure_of_the_same_or_of_a_part_contradicts_a_pass() {
        for (failed, passed, expected) in [
            ("npm test", "npm test 2>&1 | tail -5", true),
            ("go test ./cart", "go test ./...", true),
            ("pytest -q tests/test_a.py", "pytest", true),
            ("mise run test", "cargo test total", false),
            ("cargo test", "cargo test total", false),
            ("npx playwright test", "npm test", false),
            ("pytest /tmp/injected.py", "pytest", false),
            ("./scripts/check.sh $broken", "./scripts/check.sh", false),
            ("eslint", "eslint", true),
        ] {
            let kind = if failed.contains("check") { CheckKind::Script } else { CheckKind::Test };
            assert_eq!(contradicts(failed, passed, kind), expected, "{failed} / {passed}");
        }
    }
}

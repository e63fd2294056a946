//! What a check was given to look at: the places and the names of tests in its command. A narrower run says nothing of the rest.

use super::classify::{base_name, classify_program, program};
use super::shell;
use crate::record::contribution::CheckKind;

/// Options whose value says which tests run.
const FILTERS: &[&str] = &[
    "-run",
    "--run",
    "-k",
    "-t",
    "-g",
    "--grep",
    "--testNamePattern",
    "--test-name-pattern",
    "--filter",
    "-Dtest",
    "--tests",
    "--test",
    "-only-testing",
];

/// The text of the first step of a command that is a check of this kind, else of its first check.
pub(crate) fn check_text(command: &str, kind: CheckKind) -> Option<&str> {
    let steps = shell::steps(command);
    let checks = || steps.iter().filter_map(|step| Some((classify_program(program(step))?, step)));
    let (_, step) = checks().find(|(one, _)| *one == kind).or_else(|| checks().next())?;
    command.get(step.place.clone()).map(str::trim)
}

#[derive(Default)]
struct Scope<'a> {
    folder: Option<&'a str>,
    places: Vec<&'a str>,
    filters: Vec<&'a str>,
}

/// Whether a run that passed says of a failure that it is gone: it looked at no less, or at the very thing that the failure names.
pub(crate) fn covers(passed: &str, failed: &str, error: &str) -> bool {
    let is_other_group = are_other_groups(passed, failed);
    let (passed_steps, failed_steps) = (shell::steps(passed), shell::steps(failed));
    let (passed, failed) = (Scope::of(&passed_steps), Scope::of(&failed_steps));
    let is_new_filter = passed.filters.iter().any(|filter| !failed.filters.contains(filter));
    let holds = |place: &str| passed.places.iter().any(|one| *one == place || is_within(place, one));
    let is_less =
        !passed.places.is_empty() && (failed.places.is_empty() || failed.places.iter().any(|place| !holds(place)));
    let is_elsewhere = match (passed.folder, failed.folder) {
        (Some(one), Some(other)) => one != other && !is_within(other, one),
        _ => false,
    };
    let is_part = is_task_of(&passed_steps, &failed_steps)
        || is_beside(&passed_steps, &failed_steps)
        || leaves_out_bats(&passed_steps, error);
    (!is_new_filter && !is_less && !is_elsewhere && !is_part && !is_other_group)
        || (!is_elsewhere && passed.is_named_in(error))
}

/// Whether two commands run one script of somebody's own with other words: `scripts/test.sh cart` and `scripts/test.sh prices`.
pub(crate) fn are_other_groups(one: &str, other: &str) -> bool {
    let call = |command: &str| {
        let steps = shell::steps(command);
        let words = steps.iter().map(program).find(|words| classify_program(words).is_some())?;
        let (script, rest) = words.split_first()?;
        let is_own = script.ends_with(".sh") || script.ends_with(".ps1") || script.contains('/');
        let group: Vec<String> = rest.iter().filter(|word| !word.starts_with('-')).cloned().collect();
        is_own.then(|| (script.trim_start_matches("./").to_owned(), group))
    };
    match (call(one), call(other)) {
        (Some((script, group)), Some((other_script, other_group))) => {
            script == other_script && !group.is_empty() && group != other_group
        }
        _ => false,
    }
}

/// Whether a check is a task of which the other is the whole: `mise run test:unit` of `mise run test`.
fn is_task_of(passed: &[shell::ShellCommand], failed: &[shell::ShellCommand]) -> bool {
    let words = |steps: &[shell::ShellCommand]| -> Vec<String> {
        let checks = steps.iter().map(program).filter(|words| classify_program(words).is_some());
        checks.flatten().cloned().collect()
    };
    let whole = words(failed);
    let is_part = |word: &String| {
        let task = word.split_once(':').map_or("", |(task, _)| task);
        task.len() >= LEAST && whole.iter().any(|one| one == task)
    };
    words(passed).iter().any(is_part)
}

/// Whether both are tasks of one whole, and not the same: `mise run test:unit` and `mise run test:bats`.
fn is_beside(passed: &[shell::ShellCommand], failed: &[shell::ShellCommand]) -> bool {
    let tasks = |steps: &[shell::ShellCommand]| -> Vec<(String, String)> {
        let checks = steps.iter().map(program).filter(|words| classify_program(words).is_some());
        let task = |word: &String| word.split_once(':').map(|(task, part)| (task.to_owned(), part.to_owned()));
        checks.flatten().filter_map(task).filter(|(task, _)| task.len() >= LEAST).collect()
    };
    let (passed, failed) = (tasks(passed), tasks(failed));
    let has_another = |one: &(String, String)| {
        passed.iter().any(|other| other.0 == one.0) && !passed.iter().any(|other| other == one)
    };
    failed.iter().any(has_another)
}

/// The parts of a suite that the checks of a command are named for: `integration` of `mise run test:integration`.
pub(crate) fn named_parts(command: &str) -> Vec<String> {
    let steps = shell::steps(command);
    let checks = steps.iter().map(program).filter(|words| classify_program(words).is_some());
    let part = |word: &String| {
        let (task, part) = word.split_once(':')?;
        let is_name = |name: &str| name.len() >= LEAST && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_name(task) && is_name(part)).then(|| part.to_owned())
    };
    checks.flatten().filter_map(part).collect()
}

/// Whether the failure is of a test that only Bats runs, and the check is of a runner that does not.
fn leaves_out_bats(passed: &[shell::ShellCommand], error: &str) -> bool {
    const OTHERS: &[&str] = &["cargo", "go", "pytest", "jest", "vitest", "rspec", "mvn", "gradle", "dotnet", "phpunit"];
    let is_other =
        |step: &shell::ShellCommand| program(step).first().is_some_and(|name| OTHERS.contains(&base_name(name)));
    let is_bats = |word: &str| word.trim_matches([',', ':', ')', '(']).ends_with(".bats");
    let mut checks = passed.iter().filter(|step| classify_program(program(step)).is_some()).peekable();
    error.split_whitespace().any(is_bats) && checks.peek().is_some() && checks.all(is_other)
}

impl<'a> Scope<'a> {
    fn of(steps: &'a [shell::ShellCommand]) -> Self {
        let mut scope = Self::default();
        for step in steps.iter().filter(|step| !step.piped) {
            let words = program(step);
            if let [first, folder, ..] = words
                && first == "cd"
            {
                scope.folder = Some(folder.trim_end_matches('/'));
            }
            if classify_program(words).is_some() {
                scope.add(&words[1..]);
            }
        }
        scope
    }

    fn add(&mut self, words: &'a [String]) {
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if FILTERS.contains(&name) {
                self.filters.extend(if value.is_empty() { words.next() } else { Some(value) });
            } else if !word.starts_with('-') && !word.contains(['>', '<', '=']) && is_place(word) {
                self.places.push(word.trim_start_matches("./").trim_end_matches('/'));
            }
        }
        if self.places.iter().any(|place| matches!(*place, "..." | ".")) {
            self.places.clear();
        }
    }

    /// Whether an error names one of the places or tests.
    fn is_named_in(&self, error: &str) -> bool {
        let names = |word: &str| word.len() >= LEAST && error.contains(word);
        let of_place = |place: &&str| {
            let last = base_name(place.trim_end_matches("/..."));
            names(last) || names(last.split('.').next().unwrap_or(last))
        };
        let of_filter = |filter: &&str| filter.split(|c: char| "|^$()/\"' ".contains(c)).any(names);
        if self.filters.is_empty() { self.places.iter().any(of_place) } else { self.filters.iter().any(of_filter) }
    }
}

/// So short a name stands in an error by chance.
const LEAST: usize = 4;

/// A file, a folder, a package: `src/a.py`, `./internal/...`, `a_test.go`, `tests::prices`.
fn is_place(word: &str) -> bool {
    word == "." || word.contains('/') || word.contains("::") || word.contains("...") || has_extension(word)
}

fn has_extension(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && (1..=4).contains(&end.len()))
}

fn is_within(place: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches("/...");
    place.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrower_run_is_no_pass_of_the_wider_one_unless_it_ran_what_failed() {
        for (passed, failed, error, expected) in [
            ("go test ./...", "go test ./...", "", true),
            ("go test ./...", "go test ./cart", "", true),
            ("go test ./cart", "go test ./...", "TestTotal", false),
            ("go test ./cart", "go test ./...", "cart/total.go:3:1: undefined: x", true),
            ("go test ./cart -run TestTotal", "go test ./...", "TestTotal\ncart_test.go:3: no", true),
            ("go test ./cart -run 'TestTax|TestTotal$'", "go test ./cart", "TestTotal", true),
            ("go test ./cart -run TestTax", "go test ./cart", "TestTotal", false),
            ("pytest -q", "pytest -q tests/test_a.py", "", true),
            ("mise run test:unit", "mise run test:bats test/a.bats", "1 failed", false),
            ("mise run test:bats test/b.bats && mise run test:unit", "mise run test:bats", "1 failed", false),
            ("mise run test:bats", "mise run test:bats test/a.bats", "1 failed", true),
            ("mise run test", "mise run test:bats", "1 failed", true),
            ("pytest tests/test_a.py", "pytest tests/test_a.py::test_x", "", true),
            ("pytest tests/test_b.py", "pytest -q", "FAILED tests/test_a.py::test_x", false),
            ("pytest -q 2>&1 | tail -3", "pytest", "", true),
            ("npx eslint src/a.ts", "npx eslint src/a.ts src/b.ts", "src/b.ts:1:1 no-x", false),
            ("npx eslint src/a.ts", "npx eslint src", "src/a.ts:1:1 no-x", true),
            ("cd web && npm test", "cd api && npm test", "", false),
            ("cd web && npm test", "npm test", "", true),
        ] {
            assert_eq!(covers(passed, failed, error), expected, "{passed} / {failed} / {error}");
        }
    }

    #[test]
    fn the_check_of_a_long_command_is_found_in_it() {
        for (command, kind, expected) in [
            ("python3 - <<'E'\nopen('a.py', 'w')\nE\npytest -q | tail -3", CheckKind::Test, Some("pytest -q")),
            ("cd web\nnpx tsc --noEmit\nnpm test", CheckKind::Test, Some("npm test")),
            ("cd web\nnpx tsc --noEmit", CheckKind::Test, Some("npx tsc --noEmit")),
            ("ls", CheckKind::Test, None),
        ] {
            assert_eq!(check_text(command, kind), expected, "{command}");
        }
    }

    #[test]
    fn groups_of_one_script_are_told_apart() {
        assert!(are_other_groups("scripts/test.sh cart", "./scripts/test.sh prices"));
        assert!(are_other_groups("scripts/test.sh cart", "scripts/test.sh"));
        for (one, other) in [
            ("scripts/test.sh", "scripts/test.sh cart"),
            ("scripts/test.sh cart", "scripts/test.sh -v cart"),
            ("pytest cart", "pytest prices"),
        ] {
            assert!(!are_other_groups(one, other), "{one}, {other}");
        }
    }
}

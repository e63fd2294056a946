//! What checks and attempts are called, and how they ended, where there is no room for the whole command and line.

use super::classify::{base_name, classify_command, program};
use super::options::plain;
use super::shell;
use super::short_name::short_name;
use super::test_counts::{TestCounts, test_counts};
use crate::record::contribution::{AttemptKind, Check, CheckKind, CheckResult, FailedAttempt};
use crate::record::session::FailureKind;
use crate::record::text::Clean;

/// The check without what leads to it or cuts its output: `cargo test total`.
pub(crate) fn check_name(check: &Check<Clean>) -> String {
    match check.kind {
        CheckKind::Told => check.command.as_str().to_owned(),
        kind => short_name(check.command.as_str(), &[kind]),
    }
}

/// What failed of a command; anything else that was tried as it is.
pub(crate) fn tried_name(attempt: &FailedAttempt<Clean>) -> String {
    let tried = attempt.tried.as_str();
    match attempt.kind {
        AttemptKind::Failed(FailureKind::Tests) => short_name(tried, &[CheckKind::Test]),
        AttemptKind::Failed(FailureKind::Lint) if is_about_form(attempt) => short_name(tried, &[CheckKind::Format]),
        // Of a chain nobody knows which of its checks it was.
        AttemptKind::Failed(
            FailureKind::Lint
            | FailureKind::Build
            | FailureKind::Command
            | FailureKind::Timeout
            | FailureKind::CommandNotFound
            | FailureKind::Permission,
        ) => short_name(tried, &[]),
        _ => tried.to_owned(),
    }
}

/// Whether only the layout of the code was wrong.
pub(crate) fn is_about_form(attempt: &FailedAttempt<Clean>) -> bool {
    const SAID_BY_FORMATTERS: &[&str] = &["Diff in ", "ould reformat", "Code style issues", "be reformatted"];
    let error = attempt.error.as_ref().map_or("", Clean::as_str);
    let is_formatter = || classify_command(attempt.tried.as_str()) == Some(CheckKind::Format);
    attempt.kind == AttemptKind::Failed(FailureKind::Lint)
        && (SAID_BY_FORMATTERS.iter().any(|words| error.contains(words)) || is_formatter())
}

/// How a check went: the counts of its tests, else the line as it was printed. That something was built is said with "passed".
pub(crate) fn outcome_words(check: &Check<Clean>) -> Option<String> {
    let summary = check.summary.as_ref()?.as_str();
    let only_built = check.result == CheckResult::Passed && summary.trim_start().starts_with("Finished `");
    match test_counts(summary).map(TestCounts::words) {
        Some(counts) => Some(counts),
        None if only_built || summary.trim().is_empty() => None,
        None => Some(summary.to_owned()),
    }
}

/// Programs that do different things by their first word or two; of others the program says enough.
const BY_SUBCOMMAND: &[&str] = &[
    "bazel",
    "bun",
    "bunx",
    "bundle",
    "cargo",
    "composer",
    "deno",
    "docker",
    "dotnet",
    "gh",
    "git",
    "go",
    "gradle",
    "gradlew",
    "helm",
    "just",
    "kubectl",
    "make",
    "mise",
    "mvn",
    "mvnw",
    "nix",
    "npm",
    "npx",
    "nx",
    "pip",
    "pnpm",
    "poetry",
    "rake",
    "swift",
    "task",
    "terraform",
    "turbo",
    "uv",
    "yarn",
];
/// Subcommands that say what only with the next word: `npm run lint`, `gh pr create`.
const LEADS_ON: &[&str] = &["exec", "issue", "pr", "release", "repo", "run", "workflow", "x"];

/// What a command is called beside others of its kind: `go test`, `npm run lint`, `pytest`. Of several the first; `None` where no
/// program is named.
pub(crate) fn program_name(command: &str) -> Option<String> {
    let steps = shell::steps(command);
    let words = steps.iter().map(program).find(|words| !words.is_empty())?;
    let (first, rest) = words.split_first()?;
    let mut name = base_name(first).to_owned();
    if BY_SUBCOMMAND.contains(&name.as_str()) {
        for word in plain(base_name(first), rest) {
            let is_word = word.chars().all(|c| c.is_alphanumeric() || "-_:.".contains(c));
            if !is_word {
                break;
            }
            name.push(' ');
            name.push_str(word);
            if !LEADS_ON.contains(&word) {
                break;
            }
        }
    }
    (!name.is_empty() && name.len() <= LONGEST_PROGRAM).then_some(name)
}

/// No program has a longer name.
const LONGEST_PROGRAM: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_one_kind_have_one_name() {
        for (command, name) in [
            ("go test ./cmd/... -run Total", Some("go test")),
            ("cargo -q test total", Some("cargo test")),
            ("npm run lint -- --fix", Some("npm run lint")),
            ("npm test", Some("npm test")),
            ("gh pr create --title x", Some("gh pr create")),
            ("/usr/bin/python3 check.py", Some("python3")),
            ("./node_modules/.bin/eslint src", Some("eslint")),
            ("git -C sub push origin main", Some("git push")),
            ("make", Some("make")),
            ("", None),
        ] {
            assert_eq!(program_name(command).as_deref(), name, "{command}");
        }
    }

    #[test]
    fn a_failed_chain_is_called_by_what_may_have_failed() {
        let attempt = |failure: &str, tried: &str, error: &str| -> FailedAttempt<Clean> {
            let kind = serde_json::json!({"type": "failed", "failure": failure});
            serde_json::from_value(serde_json::json!({"kind": kind, "tried": tried, "error": error, "tries": 1}))
                .unwrap()
        };
        let chain = "cd shop && cargo fmt -- --check && cargo test total && cargo check 2>&1 | tail -9";
        for (failure, error, name, is_form) in [
            ("tests", "total is wrong", "cargo test total", false),
            ("lint", "Diff in src/price.rs:4:", "cargo fmt -- --check", true),
            (
                "lint",
                "error[E0308]: mismatched types",
                "cargo fmt -- --check && cargo test total && cargo check",
                false,
            ),
            (
                "build",
                "error[E0308]: mismatched types",
                "cargo fmt -- --check && cargo test total && cargo check",
                false,
            ),
        ] {
            let attempt = attempt(failure, chain, error);
            assert_eq!((tried_name(&attempt).as_str(), is_about_form(&attempt)), (name, is_form), "{failure} {error}");
        }
    }

    #[test]
    fn a_check_says_its_counts_and_nothing_of_having_been_built() {
        let check = |kind: &str, result: &str, summary: &str| -> Check<Clean> {
            let check = serde_json::json!({"kind": kind, "command": "cargo t", "result": result, "summary": summary, "after_last_edit": true, "by": "agent"});
            serde_json::from_value(check).unwrap()
        };
        let built = "Finished `dev` profile [unoptimized] target(s) in 3s";
        for (kind, result, summary, words) in [
            ("test", "passed", "test result: ok. 1703 passed; 0 failed; 0 ignored", Some("1,703 passed")),
            ("build", "passed", built, None),
            ("build", "not-seen", built, Some(built)),
            ("test", "passed", "ok  \tshop\t0.1s", Some("ok  \tshop\t0.1s")),
        ] {
            assert_eq!(outcome_words(&check(kind, result, summary)).as_deref(), words, "{summary}");
        }
    }
}

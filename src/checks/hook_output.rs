//! The checks that git's hooks ran inside `git commit` and `git push`, read from what those printed: husky, lint-staged,
//! pre-commit and scripts of packages say what they start and what failed.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::classify::{classify_command, classify_name, program};
use super::colours::without_colours;
use super::output::{failed_in_output, pattern};
use super::shell;
use crate::record::contribution::CheckKind;

/// A check that a hook ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookRun {
    pub kind: CheckKind,
    /// As the hook names it: `tsc --noEmit`.
    pub name: String,
    pub failed: bool,
}

/// Lines that only a hook that stopped git prints, each with words that stand in it: nearly every output has none of them,
/// and the expression is costly to compile in a hook.
const STOPS: [(&str, &str); 6] = [
    ("husky - ", r"^husky - .*(script failed|exited with code [1-9])"),
    ("error: failed to push some refs to ", r"^.*\berror: failed to push some refs to "),
    ("error: script ", r"^error: script .* exited with code [1-9]"),
    ("Failed", r"^\S[^\n]*\.{3,}(\([^\n]*\))?Failed\s*$"),
    ("npm ", r"^npm (ERR!|error) (Test failed|Lifecycle script)"),
    ("ELIFECYCLE", r"^.*\bELIFECYCLE\b"),
];
static STOPPED: LazyLock<Regex> = LazyLock::new(|| pattern(&STOPS.map(|(_, line)| line)));

fn stopped_git(output: &str) -> bool {
    STOPS.iter().any(|(words, _)| output.contains(words)) && STOPPED.is_match(output.as_bytes())
}

/// The checks in the output of a command that commits or pushes, in their order; empty for other commands. `failed` is
/// whether the command is known to have failed.
pub(crate) fn hook_runs(command: &str, failed: bool, output: &str) -> Vec<HookRun> {
    if !is_under_hooks(command) {
        return Vec::new();
    }
    let output = without_colours(output);
    let mut runs: Vec<HookRun> = Vec::new();
    for line in output.lines().map(str::trim) {
        if let Some(run) = started(line) {
            runs.push(run);
        } else if let Some(name) = failed_name(line) {
            let kind = classify_command(name).or_else(|| classify_name(name)).unwrap_or(CheckKind::Lint);
            match runs.iter_mut().rev().find(|run| run.kind == kind) {
                Some(run) => run.failed = true,
                None => runs.push(HookRun { kind, name: name.to_owned(), failed: true }),
            }
        }
    }
    if runs.iter().any(|run| run.failed) {
        return runs;
    }
    let stopped = stopped_git(&output);
    if failed || stopped {
        // Hooks stop at the first check that fails, which is the last that began; one that names none is known by its words.
        match runs.last_mut().filter(|_| stopped) {
            Some(last) => last.failed = true,
            None => runs.extend(by_words(&output)),
        }
    }
    runs
}

/// Whether git runs hooks in the command.
fn is_under_hooks(command: &str) -> bool {
    shell::steps(command).iter().any(|step| {
        let words = program(step);
        let is_git = words.first().is_some_and(|first| first == "git" || first.ends_with("/git"));
        is_git
            && words.iter().any(|word| word == "commit" || word == "push")
            && !words.iter().any(|w| w == "--no-verify")
    })
}

/// `$ bun test src/`, `[STARTED] tsc --noEmit`, `Typecheck......Passed`. What mends as it goes (`eslint --fix`) passes whatever
/// it finds: it is no check until it fails.
fn started(line: &str) -> Option<HookRun> {
    let run = |kind, name: &str, failed| HookRun { kind, name: name.to_owned(), failed };
    if let Some(command) = line.strip_prefix("$ ").or_else(|| line.strip_prefix("[STARTED] ")) {
        let mends = command.split_whitespace().any(|word| matches!(word, "--fix" | "--write"));
        return Some(run(classify_command(command).filter(|_| !mends)?, command, false));
    }
    let (name, end) = line.split_once("....")?;
    match end.trim_start_matches('.') {
        "Passed" => Some(run(classify_command(name).or_else(|| classify_name(name))?, name, false)),
        "Failed" => {
            let kind = classify_command(name).or_else(|| classify_name(name)).unwrap_or(CheckKind::Lint);
            Some(run(kind, name, true))
        }
        _ => None,
    }
}

/// The check that a line says failed: `error: script "lint" exited with code 1`, `✖ eslint --fix:`.
fn failed_name(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("error: script \"") {
        return rest.split_once("\" exited with code ").map(|(name, _)| name);
    }
    let name = line.strip_prefix("✖ ")?.strip_suffix(':')?;
    classify_command(name).map(|_| name)
}

fn by_words(output: &str) -> Option<HookRun> {
    let kinds = [CheckKind::Test, CheckKind::TypeCheck, CheckKind::Lint, CheckKind::Build];
    let kind = kinds.into_iter().find(|kind| failed_in_output(*kind, output))?;
    Some(HookRun { kind, name: "git hook".to_owned(), failed: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_each_line_of_a_stopped_commit_stand_in_its_pattern() {
        for (words, line) in STOPS {
            assert!(line.contains(words), "{words}");
        }
    }

    fn read(command: &str, failed: bool, output: &str) -> Vec<(CheckKind, String, bool)> {
        hook_runs(command, failed, output).into_iter().map(|run| (run.kind, run.name, run.failed)).collect()
    }

    #[test]
    fn a_hook_tells_what_it_ran_and_what_stopped_the_commit() {
        let output = "ok 2 files changed\nFAILED: git commit\n$ bun test src/\n 12 pass\n 0 fail\n$ tsc --noEmit\n\
                      src/a.ts(5,3): error TS18046: 'x' is unknown.\nhusky - pre-commit script failed (code 2)";
        let expected = [
            (CheckKind::Test, "bun test src/".to_owned(), false),
            (CheckKind::TypeCheck, "tsc --noEmit".to_owned(), true),
        ];
        assert_eq!(read("rtk git add a && rtk git commit -m x", false, output), expected);
    }

    #[test]
    fn the_lines_of_pre_commit_and_of_lint_staged_are_known() {
        let output =
            "Build.........Passed\nLint..........Failed\n- hook id: lint\nerror: failed to push some refs to 'x'";
        let expected = [(CheckKind::Build, "Build".to_owned(), false), (CheckKind::Lint, "Lint".to_owned(), true)];
        assert_eq!(read("git push", true, output), expected);
        let output = "[STARTED] eslint --fix\n[FAILED] eslint --fix [FAILED]\n✖ eslint --fix:\na.ts:1 error x";
        assert_eq!(read("git commit -m x", true, output), [(CheckKind::Lint, "eslint --fix".to_owned(), true)]);
        let output = "[STARTED] eslint --fix\n[COMPLETED] eslint --fix\n[STARTED] tsc\n[main 1a2b3c4] x";
        assert_eq!(read("git commit -m x", false, output), [(CheckKind::TypeCheck, "tsc".to_owned(), false)]);
    }

    #[test]
    fn a_commit_that_git_itself_refused_and_other_commands_are_no_checks() {
        assert_eq!(read("git commit -m x", true, "nothing to commit, working tree clean"), []);
        assert_eq!(read("git push", true, "error: failed to push some refs to 'x'\nhint: fetch first"), []);
        assert_eq!(read("bun run all", true, "$ bun test src/\n 1 fail"), []);
        assert_eq!(read("git commit --no-verify -m 'x\n\n$ tsc'", false, "$ tsc"), []);
    }
}

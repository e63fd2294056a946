//! What the words of a call say of the check that it ran: the line, the program, how much it was given, and whose files it found
//! something in.

use super::part::SessionWindow;
use super::paths;
use super::ran_check::RanCheck;
use super::steps::first_of;
use crate::checks::classify::{base_name, classify_program, program_of};
use crate::checks::colours::without_colours;
use crate::checks::files::{CommitFiles, is_of_others};
use crate::checks::shell;
use crate::checks::unknown_commands::{program_in, unknown_command};
use crate::record::commit::Commit;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, Outcome, ToolCall};
use crate::record::text::Raw;

/// The line of a command that runs the check; of a long one the check and what follows it there.
pub(super) fn check_line(command: &str, kind: CheckKind) -> Option<Raw> {
    let steps = shell::steps(command);
    let step = steps.iter().find(|step| classify_program(program_of(&step.words)) == Some(kind))?;
    let begin = command[..step.place.start].rfind('\n').map_or(0, |end| end + 1);
    // A line may begin inside of quotes: the end of a message, behind which tests run.
    let is_inside = steps.iter().any(|step| (step.place.start + 1..step.place.end).contains(&begin));
    let begin = if is_inside || step.place.start - begin > LONG_LEAD { step.place.start } else { begin };
    let line = command[begin..].lines().next()?.trim();
    (!line.is_empty()).then(|| first_of(command, std::iter::once(line), 1))
}

/// Bytes before a check that are shown with it, such as `cd web &&`.
const LONG_LEAD: usize = 100;

/// The check of the kind in a command, to its end, where the shell did not know the program of one before it, and did not run that.
pub(super) fn known_part<'c>(command: &'c str, kind: CheckKind, output: &str) -> Option<&'c str> {
    let line = unknown_command(output)?;
    let unknown = program_in(&line)?;
    let steps = shell::steps(command);
    let mut checks = steps.iter().filter(|step| classify_program(program_of(&step.words)) == Some(kind));
    let name = |step: &shell::ShellCommand| program_of(&step.words).first().map(|first| base_name(first).to_owned());
    let first = checks.next().filter(|step| name(step).as_deref() == Some(unknown))?;
    let ran = checks.find(|step| name(step).as_deref() != Some(unknown) && step.place.start > first.place.start)?;
    command.get(ran.place.start..).and_then(|rest| rest.lines().next()).map(str::trim)
}

/// The command that ran a check: what it is called, or that of the call.
pub(super) fn command_of<'a>(call: &'a ToolCall, name: Option<&'a str>) -> &'a str {
    match (name, &call.action) {
        (Some(name), _) => name,
        (None, Action::Shell { command, .. }) => command.expose(),
        _ => "",
    }
}

pub(super) fn runner_of(command: &str, kind: CheckKind) -> String {
    let steps = shell::steps(command);
    let step = steps.iter().find(|step| classify_program(program_of(&step.words)) == Some(kind));
    step.and_then(|step| program_of(&step.words).first()).map(|first| base_name(first).to_owned()).unwrap_or_default()
}

/// Whether a linter or a type checker names places, and none of them in a file of the commit.
pub(super) fn finds_only_elsewhere(call: &ToolCall, kind: CheckKind, commit: &Commit) -> bool {
    let (Outcome::Failed { output, .. } | Outcome::Succeeded { output, .. }) = &call.outcome else { return false };
    let output = without_colours(output.expose());
    let names = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    matches!(kind, CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Script)
        && names_a_place(&output)
        && !names.into_iter().any(|path| output.contains(paths::name(path)))
}

/// Whether a word of the output is a place in a file: `src/cart.ts:3`, `src/cart.ts(3,1)`.
fn names_a_place(output: &str) -> bool {
    output.split_whitespace().any(|word| {
        let cut = word.find([':', '(']).unwrap_or(word.len());
        let (file, behind) = word.split_at(cut);
        let is_file = file.rsplit_once('.').is_some_and(|(stem, end)| {
            !stem.is_empty() && (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        is_file && behind.get(1..2).is_some_and(|digit| digit.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Tells of a run whether it passed and was given other files than those of the commit.
pub(super) fn passed_on_others<'a>(
    part: &'a SessionWindow<'a>,
    commit: &'a Commit,
) -> impl Fn(&ToolCall, &RanCheck) -> bool + use<'a> {
    let trees = &part.trees;
    let names = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let files: Vec<&str> = names.map(String::as_str).collect();
    move |call, run| match &call.action {
        Action::Shell { command, cwd } if !run.failed => {
            is_of_others(command.expose(), run.kind, &CommitFiles { cwd: cwd.as_deref(), trees, files: &files })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_runs_a_check_is_found() {
        let long = format!("echo {} && pytest -q", "x".repeat(100));
        for (command, expected) in [
            ("pytest -q", Some("pytest -q")),
            ("cd web && npm test 2>&1 | tail -3", Some("cd web && npm test 2>&1 | tail -3")),
            ("cd web\n\n# all\nnpm test", None),
            ("cd web\npytest -q | tail\necho done", Some("pytest -q | tail")),
            (long.as_str(), Some("pytest -q")),
            ("cargo build", None),
        ] {
            let kind = CheckKind::Test;
            let expected = expected.or((command.contains("npm test")).then_some("npm test"));
            assert_eq!(check_line(command, kind).as_ref().map(Raw::expose), expected, "{command}");
        }
    }

    #[test]
    fn of_two_checks_the_one_that_the_shell_knows_has_run() {
        let both = "go test ./... | tail -8 && cd web && node --test | tail -6";
        let part = |output: &str| known_part(both, CheckKind::Test, output);
        assert_eq!(part("bash: line 1: go: command not found\n50 passed"), Some("node --test | tail -6"));
        assert_eq!(part("bash: line 1: node: command not found"), None);
        assert_eq!(part("ok  shop 0.1s"), None);
    }

    #[test]
    fn places_in_files_are_told_from_times_and_counts() {
        for (output, expected) in [
            ("src/cart.ts:3:1 error", true),
            ("src/cart.ts(3,1): error TS2322", true),
            ("  lib/cart.dart:12:5 - x", true),
            ("1159 issues found. (ran in 3.1s)", false),
            ("at 10:42:01 in 3.5s", false),
            ("error: no config", false),
        ] {
            assert_eq!(names_a_place(output), expected, "{output}");
        }
    }
}

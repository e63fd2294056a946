//! Which calls of a session ran too early or too late to be checks of a commit, and which ran right behind it, on what it holds.

use super::committing::{commits, later, made, merges};
use super::part::SessionWindow;
use super::steps::WindowCall;
use crate::checks::classify::{base_name, classify_program, program_of};
use crate::checks::shell_writes::{runs_commit, verb_of};
use crate::checks::{shell, shell_changes};
use crate::record::commit::Commit;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, ToolCall};

/// Whether the session made another commit between the check and the first line of this one: what passed then says something of
/// that one only.
pub(super) fn is_of_earlier_commit(
    part: &SessionWindow,
    steps: &[WindowCall],
    commit: &Commit,
    check: &WindowCall,
) -> bool {
    let (place, Some(first)) = ((check.turn, check.call), part.first_line) else { return false };
    let between = |step: &&WindowCall| (place..first).contains(&(step.turn, step.call));
    place < first && steps.iter().filter(between).any(|step| commits(step.tool_call) && !made(step.tool_call, commit))
}

/// Whether a check told its result only when the commit was made: nobody who committed knew it.
pub(super) fn is_late(part: &SessionWindow, commit: &Commit, call: &ToolCall) -> bool {
    let made = later(commit.authored_at.max(commit.committed_at.min(part.until)), 1);
    let Action::Shell { command, .. } = &call.action else { return false };
    call.ended_at.is_some_and(|end| end.as_second() > made.as_second()) && !runs_commit(command.expose())
}

/// The calls behind the one that made the commit as it is, as long as nothing can have changed: until the next edit, and until a
/// command that is no check and does not only read.
pub(super) fn behind<'a>(part: &SessionWindow<'a>, commit: &Commit) -> Vec<WindowCall<'a>> {
    let Some((turn, end)) = part.end else { return Vec::new() };
    let calls = &part.session.turns[turn].calls;
    let made_it = &calls[end];
    let is_last = made_it.ended_at.is_some_and(|ended| ended >= commit.committed_at)
        && made_it.at.is_some_and(|at| at.as_second() <= commit.committed_at.as_second());
    if !is_last || commits_made(made_it, commit) != 1 {
        return Vec::new();
    }
    let until = made_it.ended_at.map(|ended| later(ended, LONGEST));
    let is_soon = |call: &ToolCall| call.at.zip(until).is_some_and(|(at, until)| at <= until);
    let names = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let files: Vec<&str> = names.map(String::as_str).collect();
    let keeps = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => is_soon(call) && keeps_the_tree(command.expose(), &files),
        Action::Edit(_) | Action::Delegate { .. } | Action::Ask { .. } | Action::Elsewhere { .. } => false,
        Action::Text { .. } | Action::Other => true,
    };
    // Of a call that goes on to something else the checks came before it.
    let checks_first = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => is_soon(call) && keeps_the_tree_until_checked(command.expose(), &files),
        _ => false,
    };
    let mut has_ended = false;
    let calls = calls.iter().skip(end + 1).take_while(|call| {
        let is_one = !has_ended && (keeps(call) || checks_first(call));
        has_ended |= !keeps(call);
        is_one
    });
    calls.enumerate().map(|(place, tool_call)| WindowCall { turn, call: end + 1 + place, tool_call }).collect()
}

/// Seconds after the commit in which a check is one of what was committed.
const LONGEST: i64 = 600;

fn commits_made(call: &ToolCall, commit: &Commit) -> usize {
    let Action::Shell { command, .. } = &call.action else { return 0 };
    let merged = if commit.parents.len() > 1 { merges(command.expose()) } else { 0 };
    let is_commit = |step: &shell::ShellCommand| command.expose().get(step.place.clone()).is_some_and(runs_commit);
    merged + shell::steps(command.expose()).into_iter().filter(is_commit).count()
}

fn keeps_the_tree(command: &str, files: &[&str]) -> bool {
    shell_changes::places(command, files).is_empty() && shell::steps(command).iter().all(reads)
}

/// Whether nothing changes the tree before the last check of a command.
fn keeps_the_tree_until_checked(command: &str, files: &[&str]) -> bool {
    let steps = shell::steps(command);
    let Some(last) = steps.iter().rposition(|step| classify_program(program_of(&step.words)).is_some()) else {
        return false;
    };
    steps[..=last].iter().all(reads) && shell_changes::places(command, files).iter().all(|place| *place > last)
}

fn reads(step: &shell::ShellCommand) -> bool {
    let words = program_of(&step.words);
    let Some((first, rest)) = words.split_first() else { return true };
    match base_name(first) {
        "git" => verb_of(rest).is_some_and(|verb| GIT_READS.contains(&verb)),
        "sed" => !rest.iter().any(|word| word.starts_with("-i") || word.starts_with("--in-place")),
        name => {
            READS.contains(&name)
                || POWERSHELL_READS.iter().any(|known| name.eq_ignore_ascii_case(known))
                || classify_program(words).is_some_and(|kind| kind != CheckKind::Format)
        }
    }
}

const POWERSHELL_READS: &[&str] = &[
    "Format-List",
    "Format-Table",
    "Get-ChildItem",
    "Get-Content",
    "Get-Location",
    "Measure-Object",
    "Out-Host",
    "Out-Null",
    "Out-String",
    "Pop-Location",
    "Push-Location",
    "Select-Object",
    "Select-String",
    "Set-Location",
    "Sort-Object",
    "Test-Path",
    "Where-Object",
    "Write-Host",
    "Write-Output",
];

const GIT_READS: &[&str] = &[
    "status",
    "log",
    "diff",
    "show",
    "rev-parse",
    "rev-list",
    "merge-base",
    "branch",
    "remote",
    "push",
    "fetch",
    "ls-files",
    "ls-tree",
    "cat-file",
    "blame",
    "describe",
    "shortlog",
    "notes",
];

const READS: &[&str] = &[
    "cat", "cd", "cut", "echo", "egrep", "false", "find", "grep", "head", "less", "ls", "printf", "pwd", "rg", "set",
    "sleep", "sort", "tail", "tee", "true", "uniq", "wc", "which",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_behind_its_checks_kept_the_tree_for_them() {
        let powershell = "cd C:\\shop\nWrite-Host \"=== tests ===\"\nPush-Location board; & 'C:\\Program Files\\Go\\bin\\go.exe' test ./... 2>&1 | Select-Object -Last 5; Pop-Location\nWrite-Host \"`n=== server ===\"\n& 'C:\\Program Files\\Go\\bin\\go.exe' run ./server --help 2>&1 | Select-Object -First 3";
        for (command, keeps, keeps_until) in [
            ("cd shop && pytest -q | tail -3", true, true),
            ("pytest -q; ./deploy.sh", false, true),
            ("./deploy.sh && pytest -q", false, false),
            ("rm src/price.py && pytest -q", false, false),
            ("pytest -q && rm src/price.py", false, true),
            ("./deploy.sh", false, false),
            (powershell, false, true),
        ] {
            let files = ["src/price.py"];
            assert_eq!(keeps_the_tree(command, &files), keeps, "{command}");
            assert_eq!(keeps_the_tree_until_checked(command, &files), keeps_until, "{command}");
        }
    }
}

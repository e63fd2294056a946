//! Turns that close what was asked before them: a commit of the session, or a pull request that it merged. A plan that is committed
//! closes nothing, as long as the commit in question is not of documents itself.

use super::committing::commits_something;
use super::turn_needs::made_edits;
use crate::checks::classify::{base_name, program_of};
use crate::checks::shell;
use crate::record::commit::Commit;
use crate::record::session::{Action, Outcome, ToolCall, Turn};
use crate::text::paths::{is_plan, is_prose};

/// Whether a turn closed what had been asked by then, seen from a later `commit`.
pub(super) fn closes_work(turn: &Turn, commit: &Commit) -> bool {
    let commits = commits_something(turn) && !only_plans_for(turn, commit);
    commits || turn.calls.iter().any(merges_a_pull_request)
}

/// Whether all that a turn edited are plans, and `commit` is of more than documents.
pub(super) fn only_plans_for(turn: &Turn, commit: &Commit) -> bool {
    let mut edits = turn.calls.iter().filter_map(made_edits).flatten().peekable();
    let is_of_code = commit.files.iter().any(|file| !is_prose(&file.path));
    is_of_code && edits.peek().is_some() && edits.all(|edit| is_plan(&edit.path))
}

/// `gh pr merge 44 --squash`, `glab mr merge`.
fn merges_a_pull_request(call: &ToolCall) -> bool {
    let (Action::Shell { command, .. }, Outcome::Succeeded { .. }) = (&call.action, &call.outcome) else {
        return false;
    };
    let command = command.expose();
    command.contains(" merge")
        && shell::steps(command).iter().any(|step| {
            let words = program_of(&step.words);
            let program = words.first().map(|first| base_name(first)).unwrap_or_default();
            let verbs: Vec<&str> =
                words.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
            matches!((program, verbs.as_slice()), ("gh", ["pr", "merge", ..]) | ("glab", ["mr", "merge", ..]))
        })
}

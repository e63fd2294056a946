//! When the session of a claim last had its files formatted before a commit: by a formatter or a linter that fixes, or by a hook of git
//! that says so. Where none ran, a line of other layout was only laid out by hand.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::claim::Claim;
use super::committing::commit_line;
use super::library::Library;
use super::undone::is_formatted;
use crate::checks::shell_writes::runs_commit;
use crate::record::commit::Commit;
use crate::record::session::{Action, Outcome, Session, ToolCall};

pub(super) struct FormatterRuns<'a> {
    commit: &'a Commit,
    library: &'a Library,
    last: Vec<(usize, OnceCell<Option<Timestamp>>)>,
}

impl<'a> FormatterRuns<'a> {
    pub(super) fn new(commit: &'a Commit, library: &'a Library, claims: &[Claim]) -> Self {
        Self { commit, library, last: claims.iter().map(|claim| (claim.session, OnceCell::new())).collect() }
    }

    /// Whether files were formatted since the session of the claim at this place wrote them.
    pub(super) fn since(&self, place: usize, written: Option<Timestamp>) -> bool {
        let Some((session, last)) = self.last.get(place) else { return false };
        let last = last.get_or_init(|| last_run(&self.library.sessions[*session], self.commit));
        last.is_some_and(|last| written.is_none_or(|written| last >= written))
    }
}

fn last_run(session: &Session, commit: &Commit) -> Option<Timestamp> {
    let calls = || session.turns.iter().flat_map(|turn| &turn.calls);
    let in_time = calls().filter(|call| call.at.is_some_and(|at| at <= commit.committed_at));
    let before = in_time
        .filter(|call| is_formatted(std::iter::once(*call)) || is_by_hook(call))
        .filter_map(|call| call.at)
        .max();
    // What a commit in the background printed may be read later.
    let of_it = || calls().any(|call| tells_of(call, commit) && is_by_hook(call));
    before.max(of_it().then_some(commit.committed_at))
}

/// Whether git printed this very commit to the call.
fn tells_of(call: &ToolCall, commit: &Commit) -> bool {
    let Outcome::Succeeded { output, .. } = &call.outcome else { return false };
    let is_it = |id: &str| commit.id.as_ref().is_some_and(|whole| whole.starts_with(id));
    output.expose().lines().filter_map(commit_line).any(|(id, _)| is_it(id))
}

/// Whether git ran a formatter under a hook, as far as what it printed tells, be it to another call that waited for it.
fn is_by_hook(call: &ToolCall) -> bool {
    const SAYS: [&str; 8] = [
        "lint-staged",
        "prettier",
        "reformatted",
        "files were modified by this hook",
        "fixed by",
        "Applying modifications",
        "--write",
        "--fix",
    ];
    const SAYS_OF_ITSELF: [&str; 3] = [
        "[COMPLETED] Applying modifications from tasks",
        "- files were modified by this hook",
        "[COMPLETED] prettier --write",
    ];
    let (Outcome::Succeeded { output, .. } | Outcome::Failed { output, .. }) = &call.outcome else { return false };
    let says = |words: &&str| output.expose().contains(words);
    let commits = || matches!(&call.action, Action::Shell { command, .. } if runs_commit(command.expose()));
    // What git says of the commit itself holds names of files and a subject, whatever ran.
    let is_gits = |line: &str| {
        commit_line(line).is_some()
            || [" create mode ", " delete mode ", " mode change ", " rename ", " copy "]
                .iter()
                .any(|start| line.starts_with(start))
    };
    let says_beside = |words: &&str| output.expose().lines().any(|line| !is_gits(line) && line.contains(*words));
    SAYS_OF_ITSELF.iter().any(says) || (commits() && SAYS.iter().any(says_beside))
}

//! Why a revision names no commit, in words that lead to one that does.

use anyhow::anyhow;
use git2::{ErrorCode, Repository};

/// The error for `revision`, which git could not find.
pub(super) fn explain(git: &Repository, revision: &str, error: &git2::Error) -> anyhow::Error {
    match error.code() {
        ErrorCode::NotFound | ErrorCode::UnbornBranch => anyhow!(not_found(git, revision)),
        ErrorCode::Ambiguous => anyhow!("`{revision}` is the beginning of several ids; give more of it"),
        ErrorCode::InvalidSpec => anyhow!("`{revision}` is not a revision; give a branch, a tag or a commit id"),
        _ => anyhow!("`{revision}` does not name a commit: {}", error.message()),
    }
}

fn not_found(git: &Repository, revision: &str) -> String {
    let is_unborn = git.head().is_err_and(|error| error.code() == ErrorCode::UnbornBranch);
    if is_unborn && git.references().is_ok_and(|mut all| all.next().is_none()) {
        return "the repository has no commits yet".to_owned();
    }
    let (name, steps) =
        revision.split_at(revision.find(['~', '^', '@']).filter(|at| *at > 0).unwrap_or(revision.len()));
    let known = git.revparse_single(name).ok().and_then(|object| object.peel_to_commit().ok());
    match known {
        Some(_) if steps.starts_with("@{") && !steps.bytes().any(|byte| byte.is_ascii_digit()) => {
            format!("`{revision}`: `{name}` has no such upstream branch")
        }
        Some(_) if steps.starts_with('@') => format!("`{revision}`: the reflog of `{name}` does not go back so far"),
        Some(commit) if !steps.is_empty() => too_far(git, revision, name, steps, commit),
        _ => {
            let is_alone = git.remotes().is_ok_and(|remotes| remotes.is_empty());
            let fetch = if is_alone { "" } else { "`git fetch` may bring it, " };
            format!("no commit `{revision}` here; {fetch}`git log --oneline` lists what there is")
        }
    }
}

/// `steps` (`~9`, `^^`) lead from `name`, which is `commit`, to no commit.
fn too_far(git: &Repository, revision: &str, name: &str, steps: &str, commit: git2::Commit<'_>) -> String {
    let mut before = 0;
    let mut last = commit;
    while let Ok(parent) = last.parent(0) {
        (before, last) = (before + 1, parent);
    }
    if git.is_shallow() {
        let asked: usize = steps.split('~').filter_map(|count| count.parse::<usize>().ok()).sum();
        let more = asked.saturating_sub(before).max(1);
        return format!(
            "`{revision}` is older than what this shallow clone has; `git fetch --deepen={more}` brings it"
        );
    }
    // A number of a parent, as in `HEAD^2`.
    let is_parent = steps.split('^').skip(1).any(|number| number.starts_with(|c: char| c.is_ascii_digit() && c > '1'));
    match before {
        _ if is_parent => format!("`{revision}`: no merge on the way has such a parent"),
        0 => format!("`{revision}` goes back too far: `{name}` is the first commit"),
        1 => format!("`{revision}` goes back too far: there is 1 commit before `{name}`"),
        _ => format!("`{revision}` goes back too far: there are {before} commits before `{name}`"),
    }
}

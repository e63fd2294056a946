//! When HEAD last came to other files before a commit was made, as its reflog tells: by a merge, a pull, a checkout, a reset, a
//! pick.

use jiff::Timestamp;

use super::head_moves::HeadMovement;
use super::repository::Repository;
use crate::text::ids::is_null;

/// The last time before the commit `id` was made that HEAD moved to other files than it had, in this worktree, by something else
/// than a commit. `moves` are those of [`Repository::head_moves`]. A reset to a commit before is none: what it takes away is
/// committed anew.
pub(crate) fn before(repository: &Repository, moves: &[HeadMovement], id: &str) -> Option<Timestamp> {
    let git = repository.handle();
    let commit = |id: &str| git.find_commit(git2::Oid::from_str(id).ok()?).ok();
    let tree = |id: &str| commit(id).map(|commit| commit.tree_id());
    let mut own = moves.iter().position(|one| one.to == id && is_by_commit(one))?;
    // Another message for the same files: those were committed with the commit that this one replaces.
    while moves[own].what.starts_with("commit (amend)") && tree(&moves[own].from) == tree(&moves[own].to) {
        let from = &moves[own].from;
        own += 1 + moves[own + 1..].iter().position(|one| one.to == *from && is_by_commit(one))?;
    }
    last(repository, &moves[own + 1..])
}

fn is_by_commit(one: &HeadMovement) -> bool {
    one.what.starts_with("commit")
}

/// The last time that HEAD moved so, for a commit that is about to be made and amends none.
pub(crate) fn last(repository: &Repository, moves: &[HeadMovement]) -> Option<Timestamp> {
    let git = repository.handle();
    let commit = |id: &str| git.find_commit(git2::Oid::from_str(id).ok()?).ok();
    let is_other = |one: &&HeadMovement| {
        if is_by_commit(one) || is_null(&one.from) || one.from == one.to {
            return false;
        }
        let (Some(from), Some(to)) = (commit(&one.from), commit(&one.to)) else { return true };
        let is_back = || one.what.starts_with("reset:") && git.graph_descendant_of(from.id(), to.id()).unwrap_or(false);
        from.tree_id() != to.tree_id() && !is_back()
    };
    let moved = moves.iter().find(is_other)?;
    Timestamp::from_second(moved.at?).ok()
}

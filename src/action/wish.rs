//! What a run is to tell of: a pull request, from the event or from the place itself, and the base that the workflow named.

use std::path::Path;

use super::history::{self, Wanted};
use crate::forge::event::PullEvent;
use crate::forge::questions::Pull;
use crate::git::repository::Repository;
use crate::git::transfer::Remote;

/// A pull request as the rest of the run needs it, from the event or asked for.
pub(crate) struct Wish {
    pub(crate) number: u64,
    pub(crate) head: String,
    pub(crate) base: String,
    pub(crate) base_branch: String,
    pub(crate) commits: Option<u64>,
    /// The address of the repository that its branch is in, when that is another one.
    pub(crate) fork: Option<String>,
}

pub(crate) fn wish_of(pull: &PullEvent) -> Wish {
    Wish {
        number: pull.number,
        head: pull.head.clone(),
        base: pull.base.clone(),
        base_branch: pull.base_branch.clone(),
        commits: pull.commits,
        fork: pull.fork.clone(),
    }
}

pub(crate) fn wish_of_pull(pull: Pull) -> Wish {
    Wish {
        number: pull.number,
        head: pull.head,
        base: pull.base,
        base_branch: pull.base_branch,
        commits: pull.commits,
        fork: pull.fork_url,
    }
}

/// The revision that the workflow asked for: a commit or a branch that is here, or a branch of the remote.
pub(crate) fn own_base(folder: &Path, remote: &Remote<'_>, base: &str) -> anyhow::Result<Wanted> {
    let repository = Repository::discover(folder, None)?;
    let here =
        repository.resolve(base).or_else(|_| repository.resolve(&format!("refs/remotes/{}/{base}", remote.name)));
    Ok(match here {
        Ok(id) => Wanted { id, reference: None },
        Err(_) => Wanted { id: history::tip(remote, base)?, reference: Some(format!("refs/heads/{base}")) },
    })
}

//! That the commit-msg hook from before backstory refuses our trailers in this clone.

use std::fs;
use std::path::PathBuf;

use crate::git::repository::Repository;
use crate::state::paths as state_paths;

pub(crate) fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::TRAILERS_REFUSED)
}

/// Whether the hook from before refuses our trailers in this clone.
pub(crate) fn is_known(repository: &Repository) -> bool {
    fs::symlink_metadata(path(repository)).is_ok_and(|data| data.is_file())
}

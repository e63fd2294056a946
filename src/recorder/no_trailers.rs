//! That the commit-msg hook from before backstory refuses our trailers in this clone.

use std::fs;
use std::path::PathBuf;

use crate::git::repository::Repository;

/// In our folder of the git folder: that no trailers are added here.
pub(crate) const FILE: &str = "trailers-refused";

/// The same place of the work tree: the message as it was, while the hook is asked without our trailers.
pub(crate) const MESSAGE: &str = "refused-message";

pub(crate) fn path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("backstory").join(FILE)
}

/// Whether the hook from before refuses our trailers in this clone.
pub(crate) fn is_known(repository: &Repository) -> bool {
    fs::symlink_metadata(path(repository)).is_ok_and(|data| data.is_file())
}

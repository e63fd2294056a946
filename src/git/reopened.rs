//! Opens a repository that is open once more: libgit2's handle is not shared by threads, and keeps what it has read.

use std::path::{Path, PathBuf};

use super::repository::Repository;
use super::settings::Given;

/// Where an open repository is, to open it once more, on another thread as well.
#[derive(Clone, Debug)]
pub(crate) struct RepositoryAddress {
    git_dir: PathBuf,
    common_dir: PathBuf,
    root: Option<PathBuf>,
    asked_from: PathBuf,
    given: Given,
}

impl RepositoryAddress {
    /// Another handle on it, with the same work tree, that fetches nothing; `None` where it does not lead to the same folders.
    pub(crate) fn open(&self) -> Option<Repository> {
        let fresh = Repository::reopen(&self.git_dir).ok()?;
        let is_there = self.root.as_ref().is_none_or(|root| fresh.git.set_workdir(root, false).is_ok());
        let is_same = is_there && fresh.root() == self.root.as_deref() && fresh.common_dir() == self.common_dir;
        let mut fresh = fresh.given(self.given.clone());
        fresh.asked_from.clone_from(&self.asked_from);
        is_same.then_some(fresh)
    }
}

impl Repository {
    /// Where it is, for another handle.
    pub(crate) fn address(&self) -> RepositoryAddress {
        RepositoryAddress {
            git_dir: self.git_dir().to_owned(),
            common_dir: self.common_dir().to_owned(),
            root: self.root().map(Path::to_path_buf),
            asked_from: self.asked_from.clone(),
            given: self.given.clone(),
        }
    }

    /// Opens the same repository once more: until then libgit2 keeps in memory what it has read of packs. Where that does not
    /// lead to the same folders, all stays as it is.
    pub(crate) fn forget_what_was_read(&mut self) {
        if let Some(fresh) = self.address().open() {
            self.git = fresh.git;
        }
    }
}

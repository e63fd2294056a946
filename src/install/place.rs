//! The repository that is set up: its folders, its configuration, and where git looks for its hooks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The notes that hold the records.
pub const NOTES_REF: &str = "refs/notes/backstory";

/// A repository with a work tree.
pub struct Place {
    pub repository: git2::Repository,
    /// The work tree.
    pub root: PathBuf,
    /// The git folder that all work trees of the repository share.
    pub common: PathBuf,
    /// The folder in which git looks for hooks.
    pub hooks: PathBuf,
    /// `core.hooksPath` as it is written, where it is set.
    pub hooks_path: Option<String>,
}

impl Place {
    /// The repository around `folder`.
    ///
    /// # Errors
    /// When there is none, it is bare, or git does not trust it.
    pub fn find(folder: &Path) -> anyhow::Result<Self> {
        let repository = match git2::Repository::discover(folder) {
            Ok(repository) => repository,
            Err(error) if error.code() == git2::ErrorCode::NotFound => {
                bail!("{} is not in a git repository: go to one, or name it with `-C`", folder.display())
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot open the repository of {}", folder.display()));
            }
        };
        let Some(root) = repository.workdir().map(without_last_slash) else {
            bail!(
                "{} is a bare repository: commits are not made there, set up the clones in which they are",
                repository.path().display()
            )
        };
        let common = without_last_slash(repository.commondir());
        let config = repository.config().context("cannot read the git configuration")?;
        let hooks_path = config.get_string("core.hooksPath").ok().filter(|path| !path.is_empty());
        let hooks = if hooks_path.is_some() {
            // Expands `~`; git takes a relative path from where hooks run, the root of the work tree.
            root.join(config.get_path("core.hooksPath").context("cannot read core.hooksPath")?)
        } else {
            common.join("hooks")
        };
        Ok(Self { repository, root, common, hooks, hooks_path })
    }

    /// The configuration of all levels, as it is now.
    ///
    /// # Errors
    /// When a file of it has a mistake.
    pub fn config(&self) -> anyhow::Result<git2::Config> {
        Ok(self.repository.config()?.snapshot()?)
    }

    /// The file that `git config --local` writes.
    pub fn config_file(&self) -> PathBuf {
        self.common.join("config")
    }

    /// Our own folder in the git folder.
    pub fn folder(&self) -> PathBuf {
        self.common.join("backstory")
    }

    /// Whether the hooks' folder serves this repository alone: it lies in the work tree or the git folder, links
    /// followed.
    pub fn owns_hooks(&self) -> bool {
        let hooks = resolve(&self.hooks);
        hooks.starts_with(resolve(&self.root)) || hooks.starts_with(resolve(&self.common))
    }
}

/// libgit2 ends its folders with a slash.
fn without_last_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

/// `path` without links; where it does not exist yet, its nearest folder that does.
fn resolve(path: &Path) -> PathBuf {
    for folder in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (fs::canonicalize(folder), path.strip_prefix(folder)) {
            return real.join(rest);
        }
    }
    path.to_owned()
}

//! The repository that is set up: its folders, its configuration, and where git looks for its hooks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::git_lines::{GitLine, values};

/// The notes that hold the records.
pub const NOTES_REF: &str = "refs/notes/backstory";

/// What `notes.rewriteRef` is set to. The star matters: git warns at each amend and rebase of a reference that is named and
/// is not there, and before the first record it is not.
pub const REWRITE_REF: &str = "refs/notes/backstory*";

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

    /// The remote that a person works with, by its name: that of the branch, else the only one, else the one that
    /// `checkout.defaultRemote` names, else `origin`.
    pub fn remote(&self, config: &git2::Config) -> Option<String> {
        let remotes = self.remotes();
        let named = |key: &str| config.get_string(key).ok().filter(|name| remotes.contains(name));
        let head = self.repository.find_reference("HEAD").ok();
        let branch = head.as_ref().and_then(|head| head.symbolic_target().ok()??.strip_prefix("refs/heads/"));
        branch
            .and_then(|branch| named(&format!("branch.{branch}.remote")))
            .or_else(|| remotes.first().filter(|_| remotes.len() == 1).cloned())
            .or_else(|| named("checkout.defaultRemote"))
            .or_else(|| remotes.iter().find(|name| *name == "origin").cloned())
    }

    fn remotes(&self) -> Vec<String> {
        let Ok(names) = self.repository.remotes() else { return Vec::new() };
        names.iter().filter_map(|name| name.ok().flatten().map(str::to_owned)).collect()
    }

    /// The remotes that records come from: the one that a person works with, and those that records were pushed to.
    fn remotes_with_records(&self, config: &git2::Config, is_pushed_to: impl Fn(&str) -> bool) -> Vec<String> {
        let main = self.remote(config);
        self.remotes().into_iter().filter(|name| Some(name) == main.as_ref() || is_pushed_to(name)).collect()
    }

    /// The lines that bring the records with a `git fetch`, where they are not set. A remote without any fetch line stays as it
    /// is: with this one alone, `git fetch` would bring nothing else.
    pub fn missing_fetch_lines(&self, config: &git2::Config, is_pushed_to: impl Fn(&str) -> bool) -> Vec<GitLine> {
        let missing = |name: &String| {
            let (key, line) = (format!("remote.{name}.fetch"), fetch_line(name));
            let set = values(config, &key);
            (!set.is_empty() && !set.contains(&line)).then_some(GitLine { name: key, value: line })
        };
        self.remotes_with_records(config, is_pushed_to).iter().filter_map(missing).collect()
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

/// What the fetched records of a remote are kept under. The star matters: git stops a whole fetch when a ref without
/// one is not there, and a remote without records has none. The plus too: it is a copy of what the remote has, as
/// `refs/remotes/origin/*` is; our own records are in another ref, and git's reflog keeps what the copy was before.
fn fetch_line(remote: &str) -> String {
    format!("+{NOTES_REF}*:refs/notes/remotes/{remote}/backstory*")
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

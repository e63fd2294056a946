//! The repository that is set up: its folders, its configuration, and where git looks for its hooks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::hooks::{HOOKS, Hook};
use super::managers;

/// The notes that hold the records.
pub(crate) const NOTES_REF: &str = "refs/notes/backstory";

/// What `notes.rewriteRef` is set to. The star matters: git warns at each amend and rebase of a reference that is named and
/// is not there, and before the first record it is not.
pub(crate) const REWRITE_REF: &str = "refs/notes/backstory*";

/// A repository with a work tree.
pub(crate) struct Place {
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
    /// # Errors
    /// When the repository is bare, and when git does not say where its hooks are.
    pub(crate) fn of(repository: &git2::Repository, hooks_path: Option<String>) -> anyhow::Result<Self> {
        let Some(root) = repository.workdir().map(without_last_slash) else {
            bail!(
                "{} is a bare repository: commits are not made there, set up the clones in which they are",
                repository.path().display()
            )
        };
        let common = without_last_slash(repository.commondir());
        let hooks = hooks_folder(&root)?;
        Ok(Self { root, common, hooks, hooks_path: hooks_path.filter(|path| !path.is_empty()) })
    }

    /// The file that `git config --local` writes.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.common.join("config")
    }

    /// Our own folder in the git folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.common.join("backstory")
    }

    /// Why no hooks can simply be put where git looks for them; `None` where they can.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        let folder = self.hooks.display();
        let a_line_in_each = |own: &Path| {
            let line = |hook: &Hook| {
                format!("\n  {}: {}", managers::shown(&hook.path(own), &self.root), managers::line_for(hook.name))
            };
            HOOKS.iter().map(line).collect::<String>()
        };
        if let Some(own) = managers::husky_folder(&self.hooks) {
            let lines = a_line_in_each(own);
            return Some(Obstacle {
                what: format!("husky writes the hooks in {folder}"),
                short: HUSKY,
                advice: format!("run `backstory init --no-hooks`, then add a line to each of its files{lines}"),
                own: Some(own.to_owned()),
                gives_way: false,
            });
        }
        if self.hooks.exists() && !self.hooks.is_dir() {
            return Some(Obstacle {
                what: format!("git runs no hooks here, as core.hooksPath is {folder}, which is not a folder"),
                short: OFF,
                advice: "unset core.hooksPath where it is set (`git config --show-origin core.hooksPath` names the file), or \
                         set up the rest with `backstory init --no-hooks`"
                    .to_owned(),
                own: None,
                gives_way: false,
            });
        }
        if self.is_tracked() {
            let lines = a_line_in_each(&self.hooks);
            return Some(Obstacle {
                what: format!(
                    "the hooks in {folder} are tracked files, which everybody who works on this repository runs"
                ),
                short: TRACKED,
                advice: format!(
                    "run `backstory init --no-hooks`, then add a line to each of them; one that is not there yet begins with \
                     `#!/bin/sh` and is executable{lines}"
                ),
                own: Some(self.hooks.clone()),
                gives_way: false,
            });
        }
        if let Some(link) = self.symlink_on_the_way() {
            return Some(Obstacle {
                what: format!(
                    "git takes the hooks of this repository from {folder}, and {} is a symlink, which is not followed",
                    link.display()
                ),
                short: LINKED,
                advice: "replace it by a folder, or set core.hooksPath to the folder that it leads to".to_owned(),
                own: None,
                gives_way: false,
            });
        }
        (!self.owns_hooks()).then(|| Obstacle {
            what: format!("git takes the hooks of this repository from {folder}, which other repositories may use too"),
            short: SHARED,
            advice: format!(
                "run `backstory init --force` to put the hooks there (the ones that are there are kept and still run), or \
                 `backstory init --no-hooks` and add to your own, with each hook's name: {}",
                managers::line_for("commit-msg")
            ),
            own: None,
            gives_way: true,
        })
    }

    /// Whether files of the hooks' folder are in the index: a commit would take what is put there along.
    fn is_tracked(&self) -> bool {
        let (hooks, root) = (resolve(&self.hooks), resolve(&self.root));
        let Some(folder) = hooks.strip_prefix(&root).ok().filter(|_| !hooks.starts_with(resolve(&self.common))) else {
            return false;
        };
        // libgit2 cannot read every index, and has no setting of the person that git has not.
        let listed = Command::new("git")
            .args(["--literal-pathspecs", "ls-files", "-z", "--"])
            .arg(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .output();
        listed.is_ok_and(|listed| !listed.stdout.is_empty())
    }

    /// A symlink in the work tree on the way to the hooks, where it leads out of the work tree: a clone brings it.
    fn symlink_on_the_way(&self) -> Option<PathBuf> {
        let below = self.hooks.strip_prefix(&self.root).ok().filter(|_| !self.hooks.starts_with(&self.common))?;
        let is_out = |path: &PathBuf| !resolve(path).starts_with(resolve(&self.root));
        let mut path = self.root.clone();
        below.components().find_map(|part| {
            path.push(part);
            (path.is_symlink() && is_out(&path)).then(|| path.clone())
        })
    }

    /// Whether the hooks' folder serves this repository alone: it lies in the work tree or the git folder, links
    /// followed.
    fn owns_hooks(&self) -> bool {
        let hooks = resolve(&self.hooks);
        hooks.starts_with(resolve(&self.root)) || hooks.starts_with(resolve(&self.common))
    }
}

/// Why the hooks' folder is not one to put hooks into.
pub(crate) struct Obstacle {
    /// What is the matter.
    pub what: String,
    /// The same, behind the folder's path.
    pub short: &'static str,
    /// What a person does instead.
    pub advice: String,
    /// The folder with the hooks to which a person adds a line each.
    own: Option<PathBuf>,
    /// Whether `--force` puts them there all the same.
    pub gives_way: bool,
}

impl Obstacle {
    /// What a person does for one hook.
    pub(crate) fn advice_for(&self, place: &Place, hook: &str) -> String {
        let line = managers::line_for(hook);
        match &self.own {
            Some(own) => format!("add to {}: {line}", managers::shown(&own.join(hook), &place.root)),
            None if self.short == SHARED => {
                format!("run `backstory init --force` to put it there, or add to your own {hook} hook: {line}")
            }
            None => self.advice.clone(),
        }
    }
}

const HUSKY: &str = "written by husky";
const TRACKED: &str = "tracked files of the team";
const SHARED: &str = "other repositories may use it too";
const LINKED: &str = "a symlink on the way to it leads out of the repository";
const OFF: &str = "not a folder, so git runs no hooks";

/// Where git looks for the hooks of the work tree, as git itself says: its setting may be in any file, variable or option.
fn hooks_folder(root: &Path) -> anyhow::Result<PathBuf> {
    let told = Command::new("git")
        .args(["rev-parse", "--git-path", "hooks"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("git cannot be started; is it installed and on the PATH?")?;
    if !told.status.success() {
        let reason = String::from_utf8_lossy(&told.stderr);
        bail!("git does not say where the hooks are: {}", reason.lines().next().unwrap_or("it gave no reason"));
    }
    let path = String::from_utf8(told.stdout).context("the path of the hooks is not UTF-8")?;
    // git takes a relative path from where hooks run, the root of the work tree.
    Ok(root.join(path.trim_end_matches(['\n', '\r'])))
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

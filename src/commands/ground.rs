//! The ground of a repository: its work trees on this machine, and the folders that stand for them by an alias.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::territory::{Alias, Borders};

/// The setting of one clone or person that names a folder which means this repository; it may stand several times.
pub(crate) const SETTING: &str = "backstory.alias";

/// The aliases of a repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aliases {
    pub(crate) taken: Vec<Alias>,
    /// Folders that the committed settings name and that are not theirs to give: they exist on this machine, so that
    /// they may hold the sessions of anything.
    pub(crate) refused: Vec<String>,
}

impl Aliases {
    pub(crate) fn of(repository: &Repository, config: &Config) -> Self {
        let Some(root) = repository.root() else { return Self::default() };
        let mut aliases = Self::default();
        for (named, meant) in &config.path_aliases {
            if is_absolute(named) && fs::symlink_metadata(named).is_err() && !is_above_all(named) {
                aliases.taken.push(Alias { named: named.clone(), meant: root.join(meant) });
            } else {
                aliases.refused.push(named.clone());
            }
        }
        for named in repository.config_values(SETTING) {
            aliases.refused.retain(|refused| *refused != named);
            aliases.taken.push(Alias { named, meant: root.to_owned() });
        }
        aliases
    }

    /// The folders as they are named.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.taken.iter().map(|alias| PathBuf::from(&alias.named))
    }
}

fn is_absolute(path: &str) -> bool {
    let is_drive = path.get(1..3).is_some_and(|after| matches!(after, ":\\" | ":/"));
    path.starts_with('/') || is_drive
}

/// Whether a folder has no folder above it but the root, which would be that of too many things.
fn is_above_all(path: &str) -> bool {
    path.trim_end_matches(['/', '\\']).is_empty() || path.ends_with(':')
}

pub(crate) fn borders(repository: &Repository, aliases: &Aliases) -> Borders {
    Borders::of(repository, aliases.taken.clone())
}

/// A number that changes whenever the borders do, and is the same in all work trees, which share the index.
pub(crate) fn digest(repository: &Repository, aliases: &Aliases) -> i64 {
    let root = repository.root().unwrap_or(Path::new(""));
    let mut hasher = DefaultHasher::new();
    repository.common_dir().hash(&mut hasher);
    for alias in &aliases.taken {
        (&alias.named, alias.meant.strip_prefix(root).unwrap_or(&alias.meant)).hash(&mut hasher);
    }
    hasher.finish().cast_signed()
}

/// The folders that count as this repository: every work tree, as the shell spells it as well, and the aliases.
pub(crate) fn roots(repository: &Repository, aliases: &Aliases, environment: &Environment) -> Vec<PathBuf> {
    // Without the slash that libgit2 puts behind a folder: agents make names out of these paths.
    let mut roots: Vec<PathBuf> = repository.worktree_roots().iter().map(|root| root.components().collect()).collect();
    roots.extend(aliases.folders());
    roots.extend(environment.variable("PWD").map(PathBuf::from).filter(|pwd| is_another_name(pwd, repository)));
    roots
}

/// Whether a path is the root of the work tree, through a link.
fn is_another_name(path: &Path, repository: &Repository) -> bool {
    let Some(root) = repository.root() else { return false };
    fs::canonicalize(path).is_ok_and(|real| fs::canonicalize(root).is_ok_and(|root| root == real)) && path != root
}

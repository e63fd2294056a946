//! The ground of a repository: its work trees on this machine, and the folders that stand for them by an alias.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::capture;
use crate::config::Config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::territory::{Alias, Borders};
use crate::record::place::plain;

/// The setting of one clone or person that names a folder which means this repository; it may stand several times.
pub(crate) const SETTING: &str = "backstory.alias";

/// The aliases of a repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aliases {
    pub(crate) taken: Vec<Alias>,
    /// Folders that the committed settings name and that are not theirs to give: they are on this machine or may have
    /// been, so that they may hold the sessions of anything.
    pub(crate) refused: Vec<String>,
}

impl Aliases {
    pub(crate) fn of(repository: &Repository, config: &Config) -> Self {
        let Some(root) = repository.root() else { return Self::default() };
        let mut aliases = Self::default();
        let user = if config.path_aliases.is_empty() { None } else { owner(repository.common_dir()) };
        for (spelled, meant) in &config.path_aliases {
            let named = plain(spelled);
            let is_there = fs::symlink_metadata(spelled).is_ok() || fs::symlink_metadata(&named).is_ok();
            if is_absolute(&named) && !is_above_all(&named) && !is_there && !may_have_been_here(&named, user) {
                aliases.taken.push(Alias { named, meant: root.join(meant), is_personal: false });
            } else {
                aliases.refused.push(spelled.clone());
            }
        }
        for spelled in repository.config_values(SETTING) {
            let named = plain(&spelled);
            aliases.refused.retain(|refused| plain(refused) != named);
            aliases.taken.push(Alias { named, meant: root.to_owned(), is_personal: true });
        }
        aliases
    }

    /// The folders as they are named.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.taken.iter().map(|alias| PathBuf::from(&alias.named))
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.get(1..3) == Some(":/")
}

/// Whether the user may have had a folder that is not there: the deepest folder above it that is there, if it is not the
/// root of all, is one in which the user can make folders. A checkout that was deleted left its sessions behind.
fn may_have_been_here(path: &str, user: Option<u32>) -> bool {
    let above = Path::new(path).ancestors().skip(1).find_map(|above| Some((above, fs::metadata(above).ok()?)));
    above.is_some_and(|(above, data)| above.parent().is_some() && may_write(&data, user))
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|data| std::os::unix::fs::MetadataExt::uid(&data))
}

/// By its group may mean anybody.
#[cfg(unix)]
fn may_write(folder: &fs::Metadata, user: Option<u32>) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    user.is_none_or(|user| user == folder.uid()) || folder.mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn may_write(_: &fs::Metadata, _: Option<u32>) -> bool {
    true
}

/// Whether a folder has no folder above it but the root, which would be that of too many things.
fn is_above_all(path: &str) -> bool {
    path.trim_end_matches('/').is_empty() || path.trim_end_matches('/').ends_with(':')
}

pub(crate) fn borders(repository: &Repository, aliases: &Aliases, environment: &Environment) -> Borders {
    Borders::of(repository, aliases.taken.clone()).at_home(environment.home.as_deref())
}

/// A number that changes whenever the borders do, and is the same in all work trees, which share the index.
pub(crate) fn digest(repository: &Repository, aliases: &Aliases) -> i64 {
    let root = repository.root().unwrap_or(Path::new(""));
    let mut hasher = DefaultHasher::new();
    repository.common_dir().hash(&mut hasher);
    // What was read by other mappings says something else.
    capture::mapped_digest().iter().for_each(|digest| digest.hash(&mut hasher));
    for alias in &aliases.taken {
        (&alias.named, alias.is_personal, alias.meant.strip_prefix(root).unwrap_or(&alias.meant)).hash(&mut hasher);
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

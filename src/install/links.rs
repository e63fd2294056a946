//! The folder of links beside the hooks in which a hook that was there before has its own name: scripts go by the name and
//! the folder that they are called by (`basename "$0"`, `"$(dirname "$0")/husky.sh"`). The folder is as deep as the hooks'
//! own, and has a link to all that lies there.

use std::fs;
use std::path::{Path, PathBuf};

/// The end of the name that a hook gets which was there before.
pub(super) const KEPT: &str = "before-backstory";

/// What keeps the folder out of git where the hooks are in the work tree.
const IGNORE: (&str, &str) = (".gitignore", "*\n");

/// Makes the folder and its links anew, for those of the hooks of these `names` that are kept; none where no one is. Where that cannot be, a hook runs by the name that it is
/// kept under.
pub(super) fn make(hooks: &Path, names: &[&str]) {
    remove(hooks);
    let kept_name = |name: &str| format!("{name}.{KEPT}");
    let kept = || names.iter().filter(|name| hooks.join(kept_name(name)).symlink_metadata().is_ok());
    let Some((folder, name)) = folder_for(hooks).zip(hooks.file_name()) else { return };
    if kept().next().is_none() || fs::create_dir(&folder).is_err() {
        return;
    }
    if !hooks.components().any(|part| part.as_os_str() == ".git") {
        let _ = fs::write(folder.join(IGNORE.0), IGNORE.1);
    }
    let target = Path::new("..").join(name);
    for hook in kept() {
        let _ = link(&target.join(kept_name(hook)), &folder.join(hook));
    }
    for entry in fs::read_dir(hooks).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let path = Path::new(&name);
        let is_of_init = names.iter().any(|hook| path == Path::new(hook))
            || path.extension().is_some_and(|end| end == KEPT || end == "sample");
        if !is_of_init {
            let _ = link(&target.join(path), &folder.join(path));
        }
    }
}

/// Removes the folder with its links; what a person put there stays.
pub(super) fn remove(hooks: &Path) {
    let Some(folder) = folder_for(hooks).filter(|folder| folder.symlink_metadata().is_ok_and(|data| data.is_dir()))
    else {
        return;
    };
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let is_ours =
            entry.file_name() == IGNORE.0 && fs::read(entry.path()).is_ok_and(|text| text == IGNORE.1.as_bytes());
        if is_ours || entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(&folder);
}

fn folder_for(hooks: &Path) -> Option<PathBuf> {
    let mut name = hooks.file_name()?.to_owned();
    name.push(".");
    name.push(KEPT);
    Some(hooks.with_file_name(name))
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

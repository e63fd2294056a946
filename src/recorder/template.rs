//! A template of the user's own: inside the repository it is read without following any link, and in a pull request from the
//! commit that it is to be merged into.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::git::committed;
use crate::git::repository::Repository;

/// Templates are pages of text.
const LIMIT: usize = 256 * 1024;

/// The path of `file`, which is relative to `folder`, in the repository; `None` where it lies outside.
pub(crate) fn path_in(repository: &Repository, folder: &Path, file: &Path) -> Option<String> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let root = repository.root()?;
    let inside = [(real(folder), real(root)), (folder.to_path_buf(), root.to_path_buf())]
        .iter()
        .find_map(|(folder, root)| Some(plain(&folder.join(file)).strip_prefix(plain(root)).ok()?.to_path_buf()))?;
    let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/")).filter(|path| !path.is_empty())
}

/// Without `.` and `..`, whatever the folders between are.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The text of `file` in the commit `at`; `None` where that commit has none.
///
/// # Errors
/// When it is a link, not a file, not UTF-8, too long, or not here.
pub(crate) fn read_at(repository: &Repository, at: &str, path: &str) -> anyhow::Result<Option<String>> {
    let Some(bytes) = committed::read(repository, at, path, LIMIT as u64)? else { return Ok(None) };
    Ok(Some(String::from_utf8(bytes).with_context(|| format!("{path} of {at} is not UTF-8"))?))
}

/// The text of `file`, which is relative to `folder`.
///
/// # Errors
/// When it cannot be read, and when it or a folder on the way to it in the repository is a link.
pub(crate) fn read(repository: &Repository, folder: &Path, file: &Path) -> anyhow::Result<String> {
    let named = || format!("cannot read the template {}", file.display());
    let path = match (path_in(repository, folder, file), repository.root()) {
        (Some(inside), Some(root)) => {
            let mut path = root.to_path_buf();
            for part in inside.split('/') {
                path.push(part);
                if fs::symlink_metadata(&path).with_context(named)?.is_symlink() {
                    bail!("{}: {} is a symlink, which is not followed", named(), path.display());
                }
            }
            path
        }
        _ => plain(&folder.join(file)),
    };
    let data = fs::metadata(&path).with_context(named)?;
    if !data.is_file() || data.len() > LIMIT as u64 {
        bail!("{}: it is not a file of at most {} KB", named(), LIMIT / 1024);
    }
    let mut text = String::new();
    File::open(&path).with_context(named)?.take(LIMIT as u64).read_to_string(&mut text).with_context(named)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_path_is_told_from_the_root_of_the_repository() {
        let trial = Trial::new();
        let root = trial.folder.path();
        let repository = Repository::discover(root, None).unwrap();
        fs::create_dir(root.join("sub")).unwrap();
        for (folder, file, path) in [
            ("", "docs/t.md", Some("docs/t.md")),
            ("sub", "t.md", Some("sub/t.md")),
            ("sub", "../t.md", Some("t.md")),
            ("", "./a/../t.md", Some("t.md")),
            ("", "../t.md", None),
            ("", "/etc/passwd", None),
            ("", ".", None),
        ] {
            let found = path_in(&repository, &root.join(folder), Path::new(file));
            assert_eq!(found.as_deref(), path, "{folder} {file}");
        }
        let whole = root.join("t.md");
        assert_eq!(path_in(&repository, &root.join("sub"), &whole).as_deref(), Some("t.md"));
    }

    #[cfg(unix)]
    #[test]
    fn no_link_in_the_repository_is_followed() {
        use std::os::unix::fs::symlink;
        let trial = Trial::new();
        let root = trial.folder.path();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("t.md"), "theirs").unwrap();
        fs::write(root.join("t.md"), "ours").unwrap();
        symlink(outside.path(), root.join("folder")).unwrap();
        symlink(outside.path().join("t.md"), root.join("file")).unwrap();
        let repository = Repository::discover(root, None).unwrap();
        let read = |file: &str| read(&repository, root, Path::new(file)).map_err(|error| error.to_string());
        assert_eq!(read("t.md"), Ok("ours".to_owned()));
        for file in ["folder/t.md", "file", "./sub/../file"] {
            let error = read(file).unwrap_err();
            assert!(error.ends_with("is a symlink, which is not followed"), "{error}");
        }
        let theirs = outside.path().join("t.md");
        assert_eq!(read(theirs.to_str().unwrap()), Ok("theirs".to_owned()), "a person may name any file");
        assert!(read("/dev/null").is_err() && read("sub").is_err());
    }
}

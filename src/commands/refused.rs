//! Commits whose record was refused: it could not be made fit to be kept. The list is for `show` and `doctor`, which would
//! otherwise say that nothing is known of them.

use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use crate::git::repository::Repository;

/// Its name in the folder of what the hooks keep.
pub(super) const REFUSED: &str = "refused";

/// More are not listed: the oldest go.
const MOST: usize = 500;

fn path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("backstory").join(REFUSED)
}

/// Commits with the reason, the oldest first. Another thing than a file is not opened.
pub(super) fn list(repository: &Repository) -> Vec<(String, String)> {
    let path = path(repository);
    if !fs::symlink_metadata(&path).is_ok_and(|data| data.is_file()) {
        return Vec::new();
    }
    let mut text = String::new();
    let read = fs::File::open(&path).and_then(|file| file.take(1 << 20).read_to_string(&mut text));
    let entry = |line: &str| line.split_once(' ').map(|(commit, reason)| (commit.to_owned(), reason.to_owned()));
    if read.is_ok() { text.lines().filter_map(entry).collect() } else { Vec::new() }
}

/// Why the record of a commit was refused; `None` where it was not.
pub(super) fn reason(repository: &Repository, commit: &str) -> Option<String> {
    list(repository).into_iter().rev().find(|(known, _)| known == commit).map(|(_, reason)| reason)
}

/// Takes note of records that were refused and of commits whose record is kept now.
///
/// # Errors
/// When the list cannot be written.
pub(super) fn note(repository: &Repository, refused: &[(String, String)], kept: &[String]) -> io::Result<()> {
    let before = list(repository);
    let is_new = |commit: &String| kept.contains(commit) || refused.iter().any(|(new, _)| new == commit);
    let mut now: Vec<(String, String)> = before.iter().filter(|(commit, _)| !is_new(commit)).cloned().collect();
    now.extend(refused.iter().map(|(commit, reason)| (commit.clone(), reason.replace(['\n', '\r'], " "))));
    if now == before {
        return Ok(());
    }
    let path = path(repository);
    if now.is_empty() {
        return fs::remove_file(path);
    }
    let folder = path.parent().unwrap_or(&path).to_owned();
    if fs::symlink_metadata(&folder).is_ok_and(|data| data.is_symlink()) {
        return Err(io::Error::other(format!("{} is reached by a link", folder.display())));
    }
    fs::create_dir_all(&folder)?;
    let lines = now.iter().skip(now.len().saturating_sub(MOST)).map(|(commit, reason)| format!("{commit} {reason}\n"));
    let file = tempfile::NamedTempFile::new_in(&folder)?;
    fs::write(file.path(), lines.collect::<String>())?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_commit_is_listed_until_its_record_is_kept() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        assert_eq!(list(&repository), []);
        note(&repository, &[("aa".into(), "two\nlines".into()), ("bb".into(), "x".into())], &[]).unwrap();
        note(&repository, &[("aa".into(), "again".into())], &["cc".into()]).unwrap();
        assert_eq!(reason(&repository, "aa").as_deref(), Some("again"));
        assert_eq!(list(&repository).len(), 2);
        note(&repository, &[], &["aa".into(), "bb".into()]).unwrap();
        assert!(!path(&repository).exists());
    }
}

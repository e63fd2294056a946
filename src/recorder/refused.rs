//! Commits whose record was refused: it could not be made fit to be kept. The list is for `show` and `doctor`, which would
//! otherwise say that nothing is known of them.

use std::path::PathBuf;
use std::{fs, io};

use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::state::paths as state_paths;

/// More are not listed: the oldest go.
const MOST: usize = 500;
/// Characters of a reason.
const LONGEST: usize = 300;

fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::REFUSED)
}

/// Commits with the reason, the oldest first. A list that cannot be read is none.
pub(crate) fn list(repository: &Repository) -> Vec<(String, String)> {
    let text = files::read_text(&path(repository), files::LIMIT).ok().flatten().unwrap_or_default();
    let entry = |line: &str| line.split_once(' ').map(|(commit, reason)| (commit.to_owned(), reason.to_owned()));
    text.lines().filter_map(entry).collect()
}

/// Why the record of a commit was refused; `None` where it was not.
pub(crate) fn reason(repository: &Repository, commit: &str) -> Option<String> {
    list(repository).into_iter().rev().find(|(known, _)| known == commit).map(|(_, reason)| reason)
}

/// Takes note of records that were refused and of commits whose record is kept now.
///
/// # Errors
/// When the list cannot be written.
pub(crate) fn note(repository: &Repository, refused: &[(String, String)], kept: &[String]) -> io::Result<()> {
    let before = list(repository);
    let is_new = |commit: &String| kept.contains(commit) || refused.iter().any(|(new, _)| new == commit);
    let mut now: Vec<(String, String)> = before.iter().filter(|(commit, _)| !is_new(commit)).cloned().collect();
    let one_line = |reason: &str| reason.replace(['\n', '\r'], " ").chars().take(LONGEST).collect::<String>();
    now.extend(refused.iter().map(|(commit, reason)| (commit.clone(), one_line(reason))));
    if now == before {
        return Ok(());
    }
    if now.is_empty() {
        return fs::remove_file(path(repository));
    }
    let folder = files::folder_below(repository.common_dir(), state_paths::FOLDER)?;
    fs::create_dir_all(&folder)?;
    let lines = now.iter().skip(now.len().saturating_sub(MOST)).map(|(commit, reason)| format!("{commit} {reason}\n"));
    files::write(&folder.join(state_paths::REFUSED), lines.collect::<String>().as_bytes(), NewFileMode::Shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

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

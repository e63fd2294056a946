//! Which commits of the history touch which files, and what they say, in one walk of the installed git: for an index over all.

use std::time::Duration;

use anyhow::{Result, bail};

use super::installed::{self, Call, reason};
use super::repository::Repository;
use crate::text::ids::is_commit_id;

/// A history that takes longer is not told.
const WITHIN: Duration = Duration::from_secs(120);

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastCommit {
    pub(crate) id: String,
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) message: String,
    /// Relative to the root; none of a merge.
    pub(crate) files: Vec<String>,
}

/// The last `most` commits of `head` that `known` does not have, newest first.
///
/// # Errors
/// When git cannot tell.
pub(crate) fn since(repository: &Repository, head: &str, known: Option<&str>, most: usize) -> Result<Vec<PastCommit>> {
    let head = repository.oid(head)?;
    let range = match known {
        Some(known) => format!("{}..{head}", repository.oid(known)?),
        None => head.to_string(),
    };
    let count = format!("--max-count={most}");
    // In a partial clone no tree is fetched for it.
    let arguments = [
        "--literal-pathspecs",
        "-c",
        "log.showSignature=false",
        "log",
        "-z",
        "--name-only",
        "--no-renames",
        "--no-show-signature",
        "--no-notes",
        "--encoding=UTF-8",
        "--format=%x00%x00%H%x00%ct%x00m%B",
        &count,
        &range,
        "--",
    ];
    let mut variables = repository.variables();
    variables.push(("GIT_NO_LAZY_FETCH", "1".into()));
    let ran = installed::run(&Call {
        folder: repository.root().unwrap_or_else(|| repository.git_dir()),
        arguments: &arguments,
        variables,
        input: &[],
        access: None,
        within: Some(WITHIN),
    })?;
    if !ran.done {
        bail!("git cannot tell the history: {}", reason(&ran.err));
    }
    Ok(parsed(&String::from_utf8_lossy(&ran.out)))
}

/// A name is never empty, so two zero bytes in a row begin a commit.
fn parsed(text: &str) -> Vec<PastCommit> {
    let mut commits: Vec<PastCommit> = Vec::new();
    let mut parts = text.split('\0').peekable();
    let mut blanks = 0;
    while let Some(part) = parts.next() {
        if part.is_empty() {
            blanks += 1;
            continue;
        }
        let begins = blanks >= 2 && is_commit_id(part);
        blanks = 0;
        if begins {
            let at = parts.next().and_then(|at| at.parse().ok()).unwrap_or_default();
            let message = parts.next().and_then(|message| message.strip_prefix('m')).unwrap_or_default();
            commits.push(PastCommit { id: part.to_owned(), at, message: message.to_owned(), files: Vec::new() });
        } else if let Some(commit) = commits.last_mut() {
            let name = if commit.files.is_empty() { part.strip_prefix('\n').unwrap_or(part) } else { part };
            commit.files.push(name.to_owned());
        }
    }
    commits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_told_apart_by_what_no_name_has() {
        let (one, other) = ("a".repeat(40), "b".repeat(40));
        let text =
            format!("\0\0{one}\07\0mAdd\n\nWhy.\n\0\na.go\0b.go\0\0\0{other}\06\0mMerge\n\0\0\0{one}\05\0m\0\nc\0");
        let found = parsed(&text);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].at, found[0].message.as_str()), (7, "Add\n\nWhy.\n"));
        assert_eq!(found[0].files, ["a.go", "b.go"]);
        assert_eq!((found[1].id.as_str(), found[1].files.len()), (other.as_str(), 0));
        assert_eq!((found[2].message.as_str(), found[2].files.as_slice()), ("", &["c".to_owned()][..]));
    }
}

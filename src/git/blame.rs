//! Which commit last changed a line, by git2's blame.

use std::path::Path;

use anyhow::{Context, bail};
use git2::{BlameOptions, ObjectType, Repository};

/// Where a line comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// 40 (or 64) hex digits.
    pub commit: String,
    /// The file's name in that commit, relative to the root, with `/`.
    pub path: String,
    /// From 1, in that commit's file.
    pub line: u32,
}

/// The commit that last changed `line` (from 1) of `path` (relative to the root of the repository) as of `HEAD`.
///
/// # Errors
/// When `HEAD` has no such file or the file has no such line.
pub fn blame(repository: &Repository, path: &str, line: u32) -> anyhow::Result<Origin> {
    let head = repository.head().and_then(|head| head.peel_to_commit()).context("there is no commit yet")?;
    let found = head.tree()?.get_path(Path::new(path)).ok().filter(|entry| entry.kind() == Some(ObjectType::Blob));
    let Some(found) = found else { bail!("{path} is not a file of the last commit") };
    // libgit2 answers for lines beyond the end with the last hunk.
    let text = repository.find_blob(found.id())?;
    if line == 0 || text.content().split_inclusive(|byte| *byte == b'\n').count() < line as usize {
        bail!("{path} has no line {line} in the last commit");
    }
    let mut options = BlameOptions::new();
    let number = line as usize;
    options.newest_commit(head.id()).min_line(number).max_line(number);
    let blame = repository.blame_file(Path::new(path), Some(&mut options)).ok();
    let hunk = blame.as_ref().and_then(|blame| blame.get_line(number));
    let hunk = hunk.with_context(|| format!("{path} has no line {line} in the last commit"))?;
    let offset = number - hunk.final_start_line();
    Ok(Origin {
        commit: hunk.final_commit_id().to_string(),
        path: hunk.path().and_then(Path::to_str).unwrap_or(path).replace('\\', "/"),
        line: u32::try_from(hunk.orig_start_line() + offset)?,
    })
}

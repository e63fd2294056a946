//! What commit-msg sees and post-commit no longer does: the commits that a squash or cherry-pick takes from. Git removes
//! its own notes of them before post-commit runs.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::git::repository::Repository;

/// Git's own notes of where a commit comes from, in the folder of the worktree.
const SQUASH: &str = "SQUASH_MSG";
const CHERRY_PICK: &str = "CHERRY_PICK_HEAD";

fn path(repository: &Repository) -> PathBuf {
    repository.git_dir().join("backstory").join("pending")
}

/// Called before the commit is made: keeps the ids of the commits it is made from, if it is made from any.
pub(super) fn remember(repository: &Repository) -> anyhow::Result<()> {
    let sources = sources_now(repository);
    let path = path(repository);
    if !sources.is_empty() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, sources.join("\n"))?;
    } else if path.exists() {
        // Of a commit that was given up.
        fs::remove_file(&path)?;
    }
    Ok(())
}

/// Called after the commit was made: the ids, once.
pub(super) fn take(repository: &Repository, now: Timestamp) -> Vec<String> {
    let path = path(repository);
    let mut sources: Vec<String> = match is_fresh(&path, now) {
        true => fs::read_to_string(&path).unwrap_or_default().lines().map(str::to_owned).collect(),
        false => Vec::new(),
    };
    let _ = fs::remove_file(&path);
    // A cherry-pick runs no commit-msg hook, and its note still stands when post-commit runs.
    sources.extend(sources_now(repository));
    sources.sort();
    sources.dedup();
    sources
}

/// Git makes the commit right after commit-msg. What is older is of a commit that was given up, before one with
/// `--no-verify`.
fn is_fresh(path: &Path, now: Timestamp) -> bool {
    let written = fs::metadata(path).and_then(|data| data.modified()).ok();
    let written = written.and_then(|time| Timestamp::try_from(time).ok());
    written.is_some_and(|at| now.duration_since(at).abs() < SignedDuration::from_secs(60))
}

fn sources_now(repository: &Repository) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(repository.git_dir().join(name)).unwrap_or_default();
    let squash = read(SQUASH);
    let squashed = squash.lines().filter_map(|line| line.strip_prefix("commit ")).map(str::trim);
    let picked = read(CHERRY_PICK);
    squashed.chain(picked.lines().map(str::trim)).filter(|id| is_id(id)).map(str::to_owned).collect()
}

/// Whether the commit that is being made joins branches.
pub(super) fn is_merge(repository: &Repository) -> bool {
    repository.git_dir().join("MERGE_HEAD").exists()
}

/// The commits that the message names as those it was made from, in git's own words. They are all there is after a
/// squash with `--no-verify`.
pub(super) fn named(message: &str) -> Vec<String> {
    let is_squash = message.trim_start().starts_with("Squashed commit of the following:");
    let ids = message.lines().filter_map(|line| match line.strip_prefix("commit ") {
        Some(id) if is_squash => Some(id.trim()),
        _ => line.strip_prefix("(cherry picked from commit ")?.trim_end().strip_suffix(')'),
    });
    ids.filter(|id| is_id(id)).map(str::to_owned).collect()
}

fn is_id(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

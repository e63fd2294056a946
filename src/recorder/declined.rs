//! Commits of which a person wanted no record when they made them (`BACKSTORY=0`, `backstory.enabled`). This clone keeps a list of
//! them, so that the no outlives the shell in which it was said: no later hook and no `backfill` reads sessions for such a
//! commit, nor for one that was made from it. What was recorded with consent is carried over all the same.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;

use super::taken_in;
use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::state::paths as state_paths;
use crate::text::digest::sha256;

/// Of a longer list the older half goes: more than a thousand commits stay.
const MOST_BYTES: u64 = 256 * 1024;

/// The list.
#[derive(Default)]
pub(crate) struct Declined {
    lines: Vec<DeclinedLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct DeclinedLine {
    commit: String,
    /// What a rebase, a cherry-pick and most amends leave as it is.
    work: String,
}

impl DeclinedLine {
    fn of(repository: &Repository, id: &str) -> anyhow::Result<Self> {
        let (author, times, message) = (repository.author(id)?, repository.times(id)?, repository.message(id)?);
        let message = String::from_utf8_lossy(&message);
        let subject = message.trim_start().lines().next().unwrap_or_default().trim_end();
        let work = format!("{}\0{}\0{subject}", author.email.to_lowercase(), times.authored.as_second());
        let work = sha256(work.as_bytes()).chars().take(16).collect();
        Ok(Self { commit: id.to_owned(), work })
    }

    fn parse(line: &str) -> Option<Self> {
        let (commit, work) = line.split_once(' ')?;
        Some(Self { commit: commit.to_owned(), work: work.to_owned() })
    }
}

pub(crate) fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::DECLINED)
}

impl Declined {
    /// # Errors
    /// When the list is there and cannot be read: it may name any commit.
    pub(crate) fn read(repository: &Repository) -> anyhow::Result<Self> {
        let path = path(repository);
        let text =
            files::read_text(&path, 2 * MOST_BYTES).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self { lines: text.unwrap_or_default().lines().filter_map(DeclinedLine::parse).collect() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many commits are listed.
    pub(crate) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Whether the commit `id` is listed, or was made from one that is: from one of `sources`, or as far as author, time and
    /// subject tell.
    pub(crate) fn covers(&self, repository: &Repository, id: &str, sources: &[String]) -> bool {
        let is_it = |id: &String| self.has(id) || self.has_copy(repository, id);
        !self.lines.is_empty() && (is_it(&id.to_owned()) || sources.iter().any(is_it))
    }

    /// As [`Self::covers`], of the commit that was just made at HEAD; it is listed from now on. A commit that a person makes anew
    /// is a new answer, whatever is in it.
    ///
    /// # Errors
    /// When the list cannot be written.
    pub(crate) fn covers_head(&self, repository: &Repository, head: &str, sources: &[String]) -> anyhow::Result<bool> {
        if self.lines.is_empty() {
            return Ok(false);
        }
        let more = amended(repository, head).into_iter().chain(picked(repository));
        let sources: Vec<String> = sources.iter().filter(|id| *id != head).cloned().chain(more).collect();
        let is_anew = is_made_anew(repository, head) && !repository.is_rebasing();
        if !self.has(head) && taken_in::any(repository, head, amended(repository, head).as_deref(), &self.newest()) {
            remember(repository, &[head.to_owned()])?;
            return Ok(true);
        }
        let is_it = |id: &String| self.has(id) || self.has_copy(repository, id);
        if is_anew && !sources.iter().any(is_it) {
            if self.has(head) {
                take_off(repository, head)?;
            }
            return Ok(false);
        }
        let is_covered = self.covers(repository, head, &sources);
        if is_covered && !self.has(head) {
            remember(repository, &[head.to_owned()])?;
        }
        Ok(is_covered)
    }

    /// The last ones, the newest first.
    fn newest(&self) -> Vec<&str> {
        self.lines.iter().rev().take(taken_in::MOST).map(|line| line.commit.as_str()).collect()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.lines.iter().any(|line| line.commit == id)
    }

    /// Whether a listed commit was replaced by this one. What goes on from it is something else.
    fn has_copy(&self, repository: &Repository, id: &str) -> bool {
        let Ok(own) = DeclinedLine::of(repository, id) else { return false };
        self.lines.iter().any(|line| line.work == own.work && !repository.is_ancestor(&line.commit, id))
    }
}

/// The commit that an amend, or a step of a rebase, put this one in the place of.
fn amended(repository: &Repository, head: &str) -> Option<String> {
    let log = repository.handle().reflog("HEAD").ok()?;
    let last = log.get(0)?;
    let (old, new) = (last.id_old().to_string(), last.id_new().to_string());
    let same_place = || repository.parents(&old).ok() == repository.parents(head).ok();
    (new == head && old != head && repository.has_commit(&old) && same_place()).then_some(old)
}

/// Whether git's log of HEAD says that this commit was made by `git commit`, of no other.
fn is_made_anew(repository: &Repository, head: &str) -> bool {
    let Ok(log) = repository.handle().reflog("HEAD") else { return false };
    let last = log.get(0).filter(|last| last.id_new().to_string() == head);
    let said = last.and_then(|last| last.message_bytes().map(<[u8]>::to_vec)).unwrap_or_default();
    said.starts_with(b"commit:") || said.starts_with(b"commit (initial):")
}

/// The commit that a rebase is at.
fn picked(repository: &Repository) -> Option<String> {
    let done = files::read_text(&repository.git_dir().join("rebase-merge").join("done"), 4 * files::LIMIT).ok()??;
    let last = done.lines().rfind(|line| !line.trim().is_empty())?;
    let named = last.split_whitespace().skip(1).find(|word| !word.starts_with('-'))?;
    repository.resolve(named).ok()
}

/// Adds commits to the list.
///
/// # Errors
/// When it cannot be written: the no would be forgotten.
pub(crate) fn remember(repository: &Repository, ids: &[String]) -> anyhow::Result<()> {
    let lines = ids.iter().filter_map(|id| DeclinedLine::of(repository, id).ok());
    let text: String = lines.map(|line| format!("{} {}\n", line.commit, line.work)).collect();
    if text.is_empty() {
        return Ok(());
    }
    append(repository, &text).with_context(|| {
        let path = path(repository);
        format!("that this commit was made under an opt-out cannot be written to {}", path.display())
    })
}

fn append(repository: &Repository, text: &str) -> io::Result<()> {
    let folder = files::folder_below(repository.common_dir(), state_paths::FOLDER)?;
    let path = folder.join(state_paths::DECLINED);
    let length = match fs::symlink_metadata(&path) {
        Ok(data) if data.is_file() => data.len(),
        Ok(_) => return Err(io::Error::other("it is not a regular file")),
        Err(_) => {
            fs::create_dir_all(&folder)?;
            0
        }
    };
    if length > MOST_BYTES {
        let before = files::read_text(&path, u64::MAX)?.unwrap_or_default();
        let later = before.get(before.len() / 2..).unwrap_or_default();
        let whole = later.split_once('\n').map_or("", |(_, lines)| lines);
        return files::write(&path, [whole, text].concat().as_bytes(), NewFileMode::Shared);
    }
    OpenOptions::new().create(true).append(true).open(&path)?.write_all(text.as_bytes())
}

fn take_off(repository: &Repository, id: &str) -> anyhow::Result<()> {
    let path = path(repository);
    let text = files::read_text(&path, 2 * MOST_BYTES)?.unwrap_or_default();
    let lines: String = text.lines().filter(|line| !line.starts_with(id)).map(|line| format!("{line}\n")).collect();
    files::write(&path, lines.as_bytes(), NewFileMode::Shared)
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_long_list_loses_its_older_half_and_a_link_is_not_followed() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let line = |number: u32| format!("{number:040} {number:016}\n");
        append(&repository, &(0..6000).map(line).collect::<String>()).unwrap();
        append(&repository, &line(6000)).unwrap();
        let declined = Declined::read(&repository).unwrap();
        assert!((2900..3100).contains(&declined.count()), "{}", declined.count());
        assert!(declined.has(&format!("{:040}", 6000)) && declined.has(&format!("{:040}", 5999)));
        assert!(!declined.has(&format!("{:040}", 0)));
        let path = path(&repository);
        fs::remove_file(&path).unwrap();
        fs::write(trial.folder.path().join("other"), "").unwrap();
        std::os::unix::fs::symlink(trial.folder.path().join("other"), &path).unwrap();
        assert!(append(&repository, &line(1)).is_err() && Declined::read(&repository).is_err());
    }
}

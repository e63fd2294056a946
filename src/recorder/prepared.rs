//! The record of a commit that is about to be made. Commit-msg has read and linked the sessions for the names in the message, and
//! post-commit would do the same once more; so commit-msg makes the record too, and leaves it with all that it was made from. Where
//! anything is otherwise when the commit is there, post-commit makes its own.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::compose::{self, NO_ID, SLACK};
use super::gather::{self, FileState};
use super::ground;
use super::note_codec::{from_note, to_note};
use super::process_rules;
use super::statements::{named_sessions, statements};
use super::workplace::Workplace;
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::link::AgentShell;
use crate::link::library::Library;
use crate::record::commit::Commit;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::state::paths as state_paths;

/// Changes with what is compared.
const VERSION: u32 = 1;
/// A longer file is not read.
const MOST: u64 = 8 * 1024 * 1024;

/// What commit-msg knows of the commit that will be made.
pub(crate) struct Foreseen {
    /// As it will be, with [`NO_ID`].
    pub(crate) commit: Commit,
    pub(crate) inside: Option<AgentShell>,
    /// The sessions that were read for it.
    pub(crate) library: Library,
    pub(crate) seen: Vec<FileState>,
}

/// The first line of the file; the bytes of a note follow.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// Stands for the commit and for all that is asked for besides the sessions.
    made_for: u64,
    /// Whether a check passed: then the files in the work tree count as well.
    has_passed: bool,
    /// Of the bytes of the note.
    digest: u64,
    seen: Vec<FileState>,
}

impl Foreseen {
    /// Makes the record and leaves it. Without it post-commit makes its own, so that nothing of it is worth a word.
    pub(crate) fn leave(self, workplace: &Workplace, environment: &Environment) {
        let written = panic::catch_unwind(AssertUnwindSafe(|| self.write(workplace, environment)));
        // The process ends soon.
        std::mem::forget(self.library);
        if !matches!(written, Ok(Some(()))) {
            let _ = fs::remove_file(path(workplace));
        }
    }

    fn write(&self, workplace: &Workplace, environment: &Environment) -> Option<()> {
        let Self { commit, inside, library, seen } = self;
        let trailers = workplace.trailers(commit);
        let named = named_sessions(&statements(commit, &trailers), &trailers);
        if !gather::has_named(workplace, environment, seen, &named) {
            return None;
        }
        let (record, has_passed) = compose::foresee(workplace, commit, inside.clone(), named, library)?;
        let note = to_note(record, &workplace.redactor().ok()?).ok()?;
        let header = Header {
            version: VERSION,
            made_for: made_for(workplace, commit, inside.as_ref(), moved(workplace, None)),
            has_passed,
            digest: digest(&note),
            seen: seen.iter().cloned().chain([gather::seen_index(workplace)?]).collect(),
        };
        let mut bytes = serde_json::to_vec(&header).ok()?;
        bytes.push(b'\n');
        bytes.extend(note);
        files::write(&path(workplace), &bytes, NewFileMode::Private).ok()
    }
}

/// The record that commit-msg left for `commit`, which is at HEAD now and was made from no other; `None` where anything is not as it
/// was. It is heeded once.
pub(crate) fn take(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    inside: Option<&AgentShell>,
) -> Option<Record<Clean>> {
    let path = path(workplace);
    let bytes = files::read(&path, MOST).ok()??;
    fs::remove_file(&path).ok()?;
    let end = memchr::memchr(b'\n', &bytes)?;
    let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
    let note = &bytes[end + 1..];
    let is_now = |at: Timestamp| environment.now.duration_since(at).abs() <= SLACK;
    let holds = header.version == VERSION
        && header.digest == digest(note)
        && is_now(commit.committed_at)
        && header.made_for == made_for(workplace, commit, inside, moved(workplace, Some(commit)))
        && gather::is_as_seen(workplace, environment, &header.seen)
        && compose::differs_since(workplace, commit, environment.now, header.has_passed).is_none();
    if !holds {
        return None;
    }
    let record = from_note(NO_ID, note).ok()?;
    Some(Record { commit: commit.id.clone()?, ..record })
}

fn path(workplace: &Workplace) -> PathBuf {
    state_paths::at(workplace.repository.git_dir(), state_paths::PREPARED)
}

fn moved(workplace: &Workplace, commit: Option<&Commit>) -> Option<Timestamp> {
    match commit {
        Some(commit) => compose::moved(workplace, commit),
        None => compose::last_moved(workplace),
    }
}

/// Stands for the commit, for what a person and a team want of it, and for where all this is.
fn made_for(workplace: &Workplace, commit: &Commit, inside: Option<&AgentShell>, moved: Option<Timestamp>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let trees = commit.trees.as_ref().map(|trees| (&trees.own, &trees.base));
    (&commit.parents, trees, &commit.author.name, &commit.author.email).hash(&mut hasher);
    (commit.authored_at, commit.committed_at, commit.message.expose(), moved).hash(&mut hasher);
    (format!("{inside:?}"), format!("{:?}", workplace.config)).hash(&mut hasher);
    // With a mistake in it, nothing is prepared.
    process_rules::text(workplace.repository.root()).ok().hash(&mut hasher);
    ground::digest(&workplace.repository, &workplace.aliases()).hash(&mut hasher);
    workplace.ignored.hash(&mut hasher);
    hasher.finish()
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

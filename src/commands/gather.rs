//! The sessions that may have led to a commit, read through the index: each byte of a transcript is read once.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::Context as _;

use super::journals;
use super::sessions::places;
use super::workplace::Workplace;
use crate::capture::{self, Transcript};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::link::Inside;
use crate::record::commit::Commit;
use crate::record::session::{Action, Session};
use crate::store::index::{Growth, Index, Known};

/// At most so many sessions are looked at for one commit in a hook: those that edited files of the same names, and those
/// that are at work.
const MOST_SESSIONS: usize = 16;
/// A transcript that changed in this time before now belongs to a session at work.
const AT_WORK: Duration = Duration::from_secs(24 * 3600);
/// How many sessions at work are looked at even if they edited none of the files.
const MOST_AT_WORK: usize = 4;
/// How long to wait for another process that writes to the index.
const BUSY: Duration = Duration::from_millis(500);

/// The folders that count as this repository: every worktree, and what the configuration names as such.
pub(super) fn roots(repository: &Repository, aliases: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    // Without the slash that libgit2 puts behind a folder: agents make names out of these paths.
    let mut roots: Vec<PathBuf> = repository.worktree_roots().iter().map(|root| root.components().collect()).collect();
    roots.extend(aliases);
    roots
}

/// Whether any agent of this user left anything for these folders. Costs a look into a folder or two.
pub(super) fn anything(environment: &Environment, roots: &[PathBuf]) -> bool {
    capture::anything_for_folders(&places(environment), roots)
}

/// Whether no agent is at work here: none in whose shell this runs, no journal, and nothing that one left.
pub(super) fn is_quiet(workplace: &Workplace, environment: &Environment, inside: Option<&Inside>) -> bool {
    let repository = &workplace.repository;
    inside.is_none() && !journals::any(repository) && !anything(environment, &roots(repository, workplace.aliases()))
}

/// Sessions that were read, and what could not be, a line each.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) sessions: Vec<Session>,
    pub(super) problems: Vec<String>,
}

/// Sessions of this repository that may have led to `commit`.
pub(super) fn for_commit(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    inside: Option<&Inside>,
) -> anyhow::Result<Gathered> {
    let roots = roots(&workplace.repository, workplace.aliases());
    if !anything(environment, &roots) {
        return Ok(Gathered::default());
    }
    let mut index =
        Index::open(&workplace.repository.common_dir().join("backstory").join("index.db"), BUSY, capture::VERSION)?;
    let known = index.all()?;
    let (found, unreadable) = capture::find_for_folders(&places(environment), &roots, &|path| {
        known.get(path.to_string_lossy().as_ref()).and_then(|known| known.cwd.clone())
    });
    let mut newest_first: Vec<(&Transcript, i64)> =
        found.iter().map(|transcript| (transcript, nanoseconds(transcript))).collect();
    newest_first.sort_by_key(|(_, modified)| std::cmp::Reverse(*modified));
    let mut problems: Vec<String> =
        unreadable.iter().map(|problem| format!("{} {}", problem.path.display(), problem.message)).collect();
    let until = Instant::now() + Duration::from_millis(workplace.config.timeout_ms) / 2;
    for (transcript, modified) in &newest_first {
        // What is left over, the oldest, is read at the next commits: each byte once, and no commit waits for all of it.
        if Instant::now() > until {
            break;
        }
        let known = known.get(transcript.path.to_string_lossy().as_ref());
        // An index that cannot be written can be later; a transcript that cannot be read stays so.
        problems.extend(refresh(&mut index, transcript, *modified, known)?);
    }
    let mut sessions = Vec::new();
    for transcript in choose(&index, &newest_first, commit, inside, environment)? {
        let Some(known) = index.known(&transcript.path.to_string_lossy())? else { continue };
        let mut events = Vec::new();
        for segment in index.events(known.id)? {
            events.extend(capture::decode(&segment).unwrap_or_default());
        }
        sessions.push(capture::assemble(&transcript.path, &transcript.agent, events));
    }
    Ok(Gathered { sessions: capture::merge(sessions), problems })
}

/// Nanoseconds since 1970.
fn nanoseconds(transcript: &Transcript) -> i64 {
    let since = transcript.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Reads what a transcript gained since it was last looked at. Returns why it cannot be read.
///
/// # Errors
/// When the index cannot be used.
fn refresh(
    index: &mut Index,
    transcript: &Transcript,
    modified: i64,
    known: Option<&Known>,
) -> anyhow::Result<Option<String>> {
    let path = transcript.path.to_string_lossy();
    if known.is_some_and(|known| known.size == transcript.size && known.modified == modified) {
        return Ok(None);
    }
    // A file that shrank was written anew.
    let (from, lines) =
        known.filter(|known| known.read <= transcript.size).map_or((0, 0), |known| (known.read, known.lines));
    let bytes = match read_from(transcript, from) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Some(format!("{error:#}"))),
    };
    let (events, consumed) = capture::read_tail(&transcript.agent, &bytes, lines + 1);
    let encoded = capture::encode(&events);
    let new_lines = memchr::memchr_iter(b'\n', &bytes[..consumed]).count() as u64;
    drop(bytes);
    let part = capture::assemble(&transcript.path, &transcript.agent, events);
    index.grow(&Growth {
        path: &path,
        size: transcript.size,
        modified,
        from,
        read: from + consumed as u64,
        lines: lines + new_lines,
        cwd: part.cwds.first().map(String::as_str),
        events: &encoded,
        edited: &edited_names(&part),
    })?;
    Ok(None)
}

fn read_from(transcript: &Transcript, from: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(&transcript.path)
        .with_context(|| format!("{} cannot be read; check its permissions", transcript.path.display()))?;
    file.seek(SeekFrom::Start(from))?;
    file.take(transcript.size - from)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} cannot be read", transcript.path.display()))?;
    Ok(bytes)
}

/// Names of the files that a session edits, without folders.
fn edited_names(session: &Session) -> Vec<String> {
    let calls = session.turns.iter().flat_map(|turn| &turn.calls);
    let edits = calls.filter_map(|call| match &call.action {
        Action::Edit(edits) => Some(edits),
        _ => None,
    });
    let mut names: Vec<String> = edits.flatten().map(|edit| file_name(&edit.path)).collect();
    names.sort();
    names.dedup();
    names
}

fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

fn choose<'a>(
    index: &Index,
    newest_first: &[(&'a Transcript, i64)],
    commit: &Commit,
    inside: Option<&Inside>,
    environment: &Environment,
) -> anyhow::Result<Vec<&'a Transcript>> {
    let mut paths: HashSet<String> = HashSet::new();
    for path in commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path)) {
        paths.extend(index.that_edited(&file_name(path), MOST_SESSIONS)?);
    }
    let now = i64::try_from(environment.now.as_nanosecond()).unwrap_or(i64::MAX);
    let at_work_since = now - i64::try_from(AT_WORK.as_nanos()).unwrap_or(0);
    let at_work: HashSet<&Path> = newest_first
        .iter()
        .filter(|(_, modified)| *modified >= at_work_since)
        .take(MOST_AT_WORK)
        .map(|(transcript, _)| transcript.path.as_path())
        .collect();
    let inside = inside.and_then(|inside| inside.session.as_deref());
    let chosen = newest_first.iter().map(|(transcript, _)| *transcript).filter(|transcript| {
        let path = transcript.path.to_string_lossy();
        inside.is_some_and(|id| path.contains(id))
            || at_work.contains(transcript.path.as_path())
            || paths.contains(path.as_ref())
    });
    Ok(chosen.take(MOST_SESSIONS).collect())
}

//! The sessions that may have led to a commit, read through the index: each byte of a transcript is read once.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::Context as _;

use super::journals;
use super::sessions::places;
use super::workplace::Workplace;
use crate::capture::{self, Event, Transcript};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::link::Inside;
use crate::link::fingerprint::Fingerprint;
use crate::record::commit::Commit;
use crate::record::session::{Action, Change, Edit, Session};
use crate::store::index::{Growth, Index, Known, Mark};

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
    /// Whether transcripts were left for later because the time was up.
    pub(super) is_cut: bool,
}

/// Sessions of this repository that may have led to `commit`: none where surely none did. `inside` is the agent in
/// whose shell this runs, `named` what the commit itself names.
pub(super) fn for_commit(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    inside: Option<&Inside>,
    named: &[(String, String)],
) -> anyhow::Result<Gathered> {
    let roots = roots(&workplace.repository, workplace.aliases());
    if !anything(environment, &roots) {
        return Ok(Gathered::default());
    }
    let mut index =
        Index::open(&workplace.repository.common_dir().join("backstory").join("index.db"), BUSY, capture::VERSION)?;
    let all = OnceCell::new();
    let (found, unreadable) = capture::find_for_folders(&places(environment), &roots, &|path| {
        // Where the index cannot say it, the transcript does.
        let all: &HashMap<String, Known> = all.get_or_init(|| index.all().unwrap_or_default());
        all.get(path.to_string_lossy().as_ref()).and_then(|known| known.cwd.clone())
    });
    let mut newest_first: Vec<(&Transcript, i64)> =
        found.iter().map(|transcript| (transcript, nanoseconds(transcript))).collect();
    newest_first.sort_by_key(|(_, modified)| Reverse(*modified));
    let problems = unreadable.iter().map(|problem| format!("{} {}", problem.path.display(), problem.message));
    let mut gathered = Gathered { problems: problems.collect(), ..Gathered::default() };
    let at_work = at_work(&newest_first, environment);
    let until = Instant::now() + Duration::from_millis(workplace.config.timeout_ms) / 2;
    refresh_all(&mut index, &newest_first, at_work, all.into_inner(), until, &mut gathered)?;
    let (chosen, have_files) = choose(&index, &newest_first, at_work, commit, inside)?;
    if inside.is_none() && named.is_empty() && !have_files && !any_meets(&index, &chosen, commit)? {
        return Ok(gathered);
    }
    let mut sessions = Vec::new();
    for transcript in chosen {
        let Some(known) = index.known(&transcript.path.to_string_lossy())? else { continue };
        sessions.push(capture::assemble(&transcript.path, &transcript.agent, stored_events(&index, &known)?));
    }
    gathered.sessions = capture::merge(sessions);
    Ok(gathered)
}

/// How many of the transcripts belong to sessions at work: they changed lately.
fn at_work(newest_first: &[(&Transcript, i64)], environment: &Environment) -> usize {
    let now = i64::try_from(environment.now.as_nanosecond()).unwrap_or(i64::MAX);
    let since = now - i64::try_from(AT_WORK.as_nanos()).unwrap_or(0);
    newest_first.partition_point(|(_, modified)| *modified >= since)
}

/// Reads what transcripts gained. The old ones are compared with the index one by one only where one of them changed.
fn refresh_all(
    index: &mut Index,
    newest_first: &[(&Transcript, i64)],
    at_work: usize,
    all: Option<HashMap<String, Known>>,
    until: Instant,
    gathered: &mut Gathered,
) -> anyhow::Result<()> {
    let (new, old) = newest_first.split_at(at_work);
    let digest = digest(old);
    let are_old_known = index.listing()? == Some(digest);
    let known: HashMap<String, Known> = match all {
        Some(all) => all,
        None if are_old_known => {
            let paths = new.iter().map(|(transcript, _)| transcript.path.to_string_lossy().into_owned());
            let known = paths.map(|path| Ok(index.known(&path)?.map(|known| (path, known))));
            known.filter_map(anyhow::Result::transpose).collect::<anyhow::Result<_>>()?
        }
        None => index.all()?,
    };
    let problems = gathered.problems.len();
    for (transcript, modified) in if are_old_known { new } else { newest_first } {
        // What is left over, the oldest, is read at the next commits: each byte once, and no commit waits for all of it.
        if Instant::now() > until {
            gathered.is_cut = true;
            break;
        }
        let known = known.get(transcript.path.to_string_lossy().as_ref());
        // An index that cannot be written can be later; a transcript that cannot be read stays so.
        gathered.problems.extend(refresh(index, transcript, *modified, known)?);
    }
    if !are_old_known && !gathered.is_cut && gathered.problems.len() == problems {
        // Without it the next commit compares them again.
        let _ = index.set_listing(digest);
    }
    Ok(())
}

/// Stands for these files in this state, in whatever order.
fn digest(transcripts: &[(&Transcript, i64)]) -> i64 {
    let one = |(transcript, modified): &(&Transcript, i64)| {
        let mut hasher = DefaultHasher::new();
        (transcript.path.as_os_str(), transcript.size, modified).hash(&mut hasher);
        hasher.finish().cast_signed()
    };
    transcripts.iter().map(one).fold(0, i64::wrapping_add)
}

/// Whether one of the transcripts has a line of the commit or printed its id, or may have.
fn any_meets(index: &Index, transcripts: &[&Transcript], commit: &Commit) -> anyhow::Result<bool> {
    let wanted = Fingerprint::of_commit(commit);
    for transcript in transcripts {
        let Some(known) = index.known(&transcript.path.to_string_lossy())? else { continue };
        if index.fingerprints(known.id)?.iter().any(|(open, hashes)| *open || wanted.meets(hashes)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn stored_events(index: &Index, known: &Known) -> anyhow::Result<Vec<Event>> {
    let segments = index.events(known.id)?;
    Ok(segments.iter().flat_map(|segment| capture::decode(segment).unwrap_or_default()).collect())
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
    let (new_events, consumed) = capture::read_tail(&transcript.agent, &bytes, lines + 1);
    let encoded = capture::encode(&new_events);
    let new_lines = memchr::memchr_iter(b'\n', &bytes[..consumed]).count() as u64;
    drop(bytes);
    // A call that had no result yet may have one now, which says nothing without the call.
    let before = match known.filter(|_| from > 0) {
        Some(known) if index.fingerprints(known.id)?.iter().any(|(open, _)| *open) => {
            Some(stored_events(index, known)?)
        }
        _ => None,
    };
    let whole = before.is_some();
    let events = before.into_iter().flatten().chain(new_events).collect();
    let part = capture::assemble(&transcript.path, &transcript.agent, events);
    let (cwd, edited) = (part.cwds.first().cloned(), edited_names(&part));
    let fingerprint = Fingerprint::of_session(part);
    index.grow(&Growth {
        path: &path,
        size: transcript.size,
        modified,
        from,
        read: from + consumed as u64,
        lines: lines + new_lines,
        cwd: cwd.as_deref(),
        events: &encoded,
        edited: &edited,
        fingerprint: Mark { hashes: &fingerprint.to_bytes(), open: fingerprint.is_open, whole },
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
    let paths = |edit: &Edit| match &edit.change {
        Change::Move { to } => vec![file_name(&edit.path), file_name(to)],
        _ => vec![file_name(&edit.path)],
    };
    let mut names: Vec<String> = edits.flatten().flat_map(paths).collect();
    names.sort();
    names.dedup();
    names
}

fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// The transcripts to look into, the newest first, and whether one of them edited files of the commit's names.
fn choose<'a>(
    index: &Index,
    newest_first: &[(&'a Transcript, i64)],
    at_work: usize,
    commit: &Commit,
    inside: Option<&Inside>,
) -> anyhow::Result<(Vec<&'a Transcript>, bool)> {
    let mut paths: HashSet<String> = HashSet::new();
    for path in commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path)) {
        paths.extend(index.that_edited(&file_name(path), MOST_SESSIONS)?);
    }
    let inside = inside.and_then(|inside| inside.session.as_deref());
    let at_work = at_work.min(MOST_AT_WORK);
    let may_be_older = inside.is_some() || !paths.is_empty();
    let (mut chosen, mut have_files) = (Vec::new(), false);
    for (place, (transcript, _)) in newest_first.iter().enumerate() {
        if chosen.len() == MOST_SESSIONS || (place >= at_work && !may_be_older) {
            break;
        }
        let path = transcript.path.to_string_lossy();
        let has_files = paths.contains(path.as_ref());
        if has_files || place < at_work || inside.is_some_and(|id| path.contains(id)) {
            chosen.push(*transcript);
            have_files |= has_files;
        }
    }
    Ok((chosen, have_files))
}

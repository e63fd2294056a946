//! The sessions that may have led to a commit, read through the index: each byte of a transcript is read once.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::edited_names::file_name;
use super::journals;
use super::lookout::{Lookout, nanoseconds};
use super::made_here::own_addresses;
use super::transcripts::{self, Until, decode_part};
use super::workplace::Workplace;
use crate::capture;
use crate::environment::Environment;
use crate::link::AgentShell;
use crate::link::fingerprint::Fingerprint;
use crate::record::agent::Agent;
use crate::record::commit::Commit;
use crate::record::session::Session;
use crate::state::index::{Index, IndexedTranscript};
use crate::state::paths as state_paths;

/// At most so many sessions are looked at for one commit in a hook: those that edited files of the same names, and those
/// that are at work.
const MOST_SESSIONS: usize = 16;
/// A transcript that changed in this time before now belongs to a session at work.
const AT_WORK: Duration = Duration::from_secs(24 * 3600);
/// How many sessions at work are looked at even if they edited none of the files.
const MOST_AT_WORK: usize = 4;
/// How long to wait for another process that writes to the index.
const BUSY: Duration = Duration::from_millis(500);
/// Of one transcript at most so many bytes of events are decoded: the beginning, and the end.
const MOST_EVENTS: usize = 64 * 1024 * 1024;

/// Whether no agent is at work here: none in whose shell this runs, no journal, and no session that belongs here.
pub(crate) fn is_quiet(workplace: &Workplace, environment: &Environment, inside: Option<&AgentShell>) -> bool {
    let nothing = || Lookout::new(workplace, environment).is_none_or(|lookout| lookout.is_quiet());
    inside.is_none() && !journals::any(&workplace.repository) && nothing()
}

/// Sessions that were read, and what could not be, a line each.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) sessions: Vec<Session>,
    pub(crate) problems: Vec<String>,
    /// Whether transcripts were left for later because the time was up.
    pub(crate) is_cut: bool,
    /// What the sessions were read from, and others that are at work.
    pub(crate) seen: Vec<FileState>,
}

/// A file as it was: its size in bytes and when it was changed, in nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState {
    path: String,
    size: u64,
    modified: i64,
}

impl FileState {
    fn at(path: &Path) -> Option<Self> {
        if capture::file_of(path) != path {
            let (size, modified) = capture::state_of(path)?;
            return Some(Self { path: path.to_str()?.to_owned(), size, modified: nanoseconds(modified?) });
        }
        let data = fs::metadata(path).ok()?;
        let modified = nanoseconds(data.modified().ok()?);
        Some(Self { path: path.to_str()?.to_owned(), size: data.len(), modified })
    }

    fn of(known: &IndexedTranscript) -> Self {
        Self { path: known.path.clone(), size: known.size, modified: known.modified }
    }

    fn is_same(&self) -> bool {
        Self::at(Path::new(&self.path)).as_ref() == Some(self)
    }
}

/// The index as it is now, for [`is_as_seen`].
pub(crate) fn seen_index(workplace: &Workplace) -> Option<FileState> {
    FileState::at(&state_paths::at(workplace.repository.common_dir(), state_paths::INDEX))
}

/// Whether what was seen of transcripts and index is as it was, and no other transcript is known to have changed.
pub(crate) fn is_as_seen(workplace: &Workplace, environment: &Environment, seen: &[FileState]) -> bool {
    seen.iter().all(FileState::is_same)
        && Lookout::new(workplace, environment).is_some_and(|lookout| lookout.is_unchanged())
}

/// Whether nothing more would be read for a commit that names these sessions than what was read without them.
pub(crate) fn has_named(
    workplace: &Workplace,
    environment: &Environment,
    seen: &[FileState],
    named: &[(String, String)],
) -> bool {
    let Some(lookout) = Lookout::new(workplace, environment) else { return named.is_empty() };
    let is_filed = |id: &str| {
        capture::read_agents().iter().any(|agent| capture::find_named(&lookout.folders, agent, id).is_some())
    };
    named.iter().all(|(_, id)| seen.iter().any(|file| file.path.contains(id.as_str())) || !is_filed(id))
}

/// Sessions of this repository that may have led to `commit`: none where surely none did. `inside` is the agent in
/// whose shell this runs, `named` what the commit itself names.
pub(crate) fn for_commit(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    inside: Option<&AgentShell>,
    named: &[(String, String)],
) -> anyhow::Result<Gathered> {
    let Some(lookout) = Lookout::new(workplace, environment) else { return Ok(Gathered::default()) };
    let path = state_paths::at(workplace.repository.common_dir(), state_paths::INDEX);
    Index::with(&path, BUSY, capture::version(), |index| {
        let limit = workplace.config.limit();
        let until = Until { sure: Instant::now() + limit / 2, perhaps: Instant::now() + limit / 4 };
        let brought = transcripts::bring_up(index, &lookout, until)?;
        let mut gathered = Gathered { problems: brought.problems, is_cut: brought.is_cut, ..Gathered::default() };
        // Somebody else's commit, applied here, opens nothing.
        let is_own = !named.is_empty()
            && own_addresses(&workplace.repository, environment).contains(&commit.author.email.to_lowercase());
        let named = if is_own { named } else { &[] };
        take_in_named(index, &lookout, inside, named, until, &mut gathered)?;
        let chosen = choose(index, &lookout, commit, inside)?;
        let is_named = inside.is_some() || !named.is_empty();
        if !is_named && !chosen.have_files && !any_meets(index, &chosen.transcripts, commit)? {
            return Ok(gathered);
        }
        let beside = index.newest(MOST_SESSIONS)?;
        gathered.seen = chosen.transcripts.iter().chain(&beside).map(FileState::of).collect();
        let mut sessions = Vec::new();
        for known in chosen.transcripts {
            let Some(agent) = Agent::parse(&known.agent) else { continue };
            let mut events = Vec::new();
            index.each_part(known.id, MOST_EVENTS, &mut |part| decode_part(part, &mut events))?;
            let mut session = capture::assemble(Path::new(&known.path), &agent, events);
            capture::set_clock(&mut session, timestamp(known.modified), Some(environment.now));
            sessions.push(session);
        }
        gathered.sessions = capture::merge(sessions);
        Ok(gathered)
    })
}

/// Takes in the sessions that the environment or the commit names and that are filed elsewhere.
fn take_in_named(
    index: &mut Index,
    lookout: &Lookout,
    inside: Option<&AgentShell>,
    named: &[(String, String)],
    until: Until,
    gathered: &mut Gathered,
) -> anyhow::Result<()> {
    let known = if inside.is_some() || !named.is_empty() { index.newest(MOST_SESSIONS)? } else { Vec::new() };
    let mut take_in = |agents: &[Agent], id: &str, by_commit: bool| -> anyhow::Result<()> {
        if known.iter().any(|known| known.path.contains(id)) {
            return Ok(());
        }
        for agent in agents {
            let brought = transcripts::take_in_named(index, lookout, (agent, id), by_commit, until)?;
            gathered.problems.extend(brought.problems);
            gathered.is_cut |= brought.is_cut;
        }
        Ok(())
    };
    if let Some(AgentShell { agent, session: Some(id), .. }) = inside {
        take_in(std::slice::from_ref(agent), id, false)?;
    }
    // A message may name any number of them.
    for (_, id) in named.iter().filter(|(_, id)| capture::is_session_id(id)).take(MOST_SESSIONS) {
        take_in(&capture::read_agents(), id, true)?;
    }
    Ok(())
}

/// Whether one of the transcripts has a line of the commit or printed its id, or may have.
fn any_meets(index: &Index, transcripts: &[IndexedTranscript], commit: &Commit) -> anyhow::Result<bool> {
    let wanted = Fingerprint::of_commit(commit);
    for known in transcripts {
        if index.fingerprints(known.id)?.iter().any(|(open, hashes)| *open || wanted.meets(hashes)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn timestamp(nanoseconds: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()
}

/// The transcripts to look into.
struct Chosen {
    /// The newest first.
    transcripts: Vec<IndexedTranscript>,
    /// Whether one of them edited files of the commit's names.
    have_files: bool,
}

fn choose(index: &Index, lookout: &Lookout, commit: &Commit, inside: Option<&AgentShell>) -> anyhow::Result<Chosen> {
    let since = lookout.now - i64::try_from(AT_WORK.as_nanos()).unwrap_or(0);
    let mut candidates: BTreeMap<i64, IndexedTranscript> = BTreeMap::new();
    let at_work = index.newest(MOST_AT_WORK)?.into_iter().filter(|known| known.modified >= since);
    candidates.extend(at_work.map(|known| (known.id, known)));
    let names: HashSet<String> = commit
        .files
        .iter()
        .flat_map(|file| std::iter::once(&file.path).chain(&file.old_path))
        .map(|path| file_name(path))
        .collect();
    let mut edited: HashSet<i64> = HashSet::new();
    for name in names {
        for path in index.that_edited(&name, MOST_SESSIONS)? {
            let Some(known) = index.known(&path)? else { continue };
            edited.insert(known.id);
            candidates.insert(known.id, known);
        }
    }
    if let Some(id) = inside.and_then(|inside| inside.session.as_deref()) {
        candidates.extend(index.whose_path_holds(id)?.into_iter().map(|known| (known.id, known)));
    }
    let mut transcripts: Vec<IndexedTranscript> = candidates.into_values().collect();
    transcripts.sort_by(|a, b| (b.modified, &a.path).cmp(&(a.modified, &b.path)));
    // What was deleted is not used any more.
    transcripts.retain(|known| fs::symlink_metadata(capture::file_of(Path::new(&known.path))).is_ok());
    transcripts.truncate(MOST_SESSIONS);
    let have_files = transcripts.iter().any(|known| edited.contains(&known.id));
    Ok(Chosen { transcripts, have_files })
}

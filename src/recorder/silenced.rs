//! What sessions said that are not to be recorded, by the ids of their messages: a session that was resumed, forked or compacted
//! repeats it under another id. The ids are kept in this clone, as transcripts are deleted after some weeks and copies of them
//! live on; text is not.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::agent_folders::places;
use super::ignored::Ignored;
use super::lookout::time;
use super::workplace::Workplace;
use crate::capture::{self, Transcript};
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::record::agent::Agent;
use crate::record::session::Session;
use crate::state::paths as state_paths;
use crate::text::digest::sha256;

const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Of an id this many characters of its digest are kept.
const LENGTH: usize = 16;

/// The ids of messages that are not to be recorded.
#[derive(Default)]
pub(crate) struct Silenced {
    digests: HashSet<String>,
}

/// What is kept.
#[derive(Default, Serialize, Deserialize)]
struct SilencedFile {
    /// The sessions that were passed over when all transcripts were looked through.
    sessions: String,
    transcripts: BTreeMap<PathBuf, SilencedTranscript>,
}

/// A transcript of a session that is not to be recorded.
#[derive(Serialize, Deserialize)]
struct SilencedTranscript {
    agent: String,
    size: u64,
    modified: i64,
    /// The digests, one after another.
    messages: String,
}

impl Silenced {
    /// Of the sessions that are passed over now. `sessions` were read already.
    ///
    /// # Errors
    /// When the list of this clone cannot be read or written: it may name any message.
    pub(crate) fn of(workplace: &Workplace, environment: &Environment, sessions: &[Session]) -> anyhow::Result<Self> {
        let ignored = &workplace.ignored;
        if sessions.is_empty() || !ignored.has_sessions() {
            return Ok(Self::default());
        }
        let mut silenced = look(&workplace.repository, environment, ignored)?;
        let is_one = |session: &&Session| {
            std::iter::once(&session.id).chain(&session.other_ids).any(|id| ignored.names_session(&session.agent, id))
        };
        for session in sessions.iter().filter(is_one) {
            let prompts = session.turns.iter().filter_map(|turn| turn.prompt.as_ref()?.id.as_deref());
            let calls = session.turns.iter().flat_map(|turn| &turn.calls).map(|call| call.id.as_str());
            let ids = prompts.chain(calls).filter(|id| !id.is_empty());
            silenced.digests.extend(ids.map(|id| digest(session.agent.as_str(), id)));
        }
        Ok(silenced)
    }

    pub(crate) fn take_out(&self, session: &mut Session) {
        if !self.digests.is_empty() {
            let agent = session.agent.clone();
            capture::without_copies(session, |id| self.digests.contains(&digest(agent.as_str(), id)));
        }
    }
}

fn digest(agent: &str, id: &str) -> String {
    sha256(format!("{agent}\0{id}").as_bytes()).chars().take(LENGTH).collect()
}

fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::SILENCED)
}

/// The list of this clone, brought up to what the transcripts hold now.
///
/// # Errors
/// As [`Silenced::of`].
pub(crate) fn look(repository: &Repository, environment: &Environment, ignored: &Ignored) -> anyhow::Result<Silenced> {
    let path = path(repository);
    let cannot = || format!("{} cannot be read", path.display());
    let text = files::read_text(&path, MOST_BYTES).with_context(cannot)?;
    let mut kept: SilencedFile =
        text.map(|text| serde_json::from_str(&text)).transpose().with_context(cannot)?.unwrap_or_default();
    let sessions = ignored.digest_of_sessions();
    let mut is_new = kept.sessions != sessions;
    let transcripts = if is_new { of_home(environment, ignored) } else { again(&kept) };
    for transcript in transcripts {
        let state = (transcript.size, time(&transcript));
        if kept.transcripts.get(&transcript.path).is_some_and(|seen| (seen.size, seen.modified) == state) {
            continue;
        }
        let Ok((agent, events)) = capture::read_events(&transcript.path) else { continue };
        let mut messages: Vec<String> = capture::message_ids(&events).map(|id| digest(agent.as_str(), id)).collect();
        // A file that shrank was rewritten, and its copies were not.
        messages.extend(kept.transcripts.get(&transcript.path).into_iter().flat_map(|seen| parts(&seen.messages)));
        messages.sort_unstable();
        messages.dedup();
        let seen = SilencedTranscript {
            agent: agent.to_string(),
            size: state.0,
            modified: state.1,
            messages: messages.concat(),
        };
        kept.transcripts.insert(transcript.path.clone(), seen);
        is_new = true;
    }
    if is_new {
        kept.sessions = sessions;
        let folder = files::folder_below(repository.common_dir(), state_paths::FOLDER)?;
        let text = serde_json::to_string(&kept)?;
        let written =
            fs::create_dir_all(folder).and_then(|()| files::write(&path, text.as_bytes(), NewFileMode::Private));
        written.with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let is_one = |(path, seen): &(&PathBuf, &SilencedTranscript)| {
        Agent::parse(&seen.agent).is_some_and(|agent| ignored.names_transcript(&agent, path))
    };
    let digests = kept.transcripts.iter().filter(is_one).flat_map(|(_, seen)| parts(&seen.messages)).collect();
    Ok(Silenced { digests })
}

fn parts(messages: &str) -> Vec<String> {
    messages.as_bytes().chunks(LENGTH).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// The transcripts of this home whose sessions are passed over.
fn of_home(environment: &Environment, ignored: &Ignored) -> Vec<Transcript> {
    let (mut found, _) = capture::find(&places(environment));
    found.retain(|transcript| ignored.names_transcript(&transcript.agent, &transcript.path));
    found
}

/// Those that were seen before and are still there.
fn again(kept: &SilencedFile) -> Vec<Transcript> {
    let transcript = |(path, seen): (&PathBuf, &SilencedTranscript)| {
        let data = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
        let agent = Agent::parse(&seen.agent)?;
        Some(Transcript { agent, path: path.clone(), size: data.len(), modified: data.modified().ok() })
    };
    kept.transcripts.iter().filter_map(transcript).collect()
}

/// The other sessions of this home that repeat what one of `sessions` (`<agent>/<id>` each) said.
pub(crate) fn copies(
    environment: &Environment,
    ignored: &Ignored,
    names: &dyn Fn(&Agent, &Path) -> bool,
) -> Vec<String> {
    let (found, _) = capture::find(&places(environment));
    let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| names(&one.agent, &one.path));
    let mut said: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for transcript in own {
        let Ok((agent, events)) = capture::read_events(&transcript.path) else { continue };
        said.entry(agent.to_string()).or_default().extend(capture::message_ids(&events).map(str::to_owned));
    }
    let mut found = std::collections::BTreeSet::new();
    for transcript in others.iter().filter(|one| !ignored.has_transcript(&one.agent, &one.path)) {
        let Some(said) = said.get(transcript.agent.as_str()) else { continue };
        let Ok((agent, events)) = capture::read_events(&transcript.path) else { continue };
        if capture::message_ids(&events).any(|id| said.contains(id)) {
            let session = capture::assemble(&transcript.path, &agent, events);
            found.insert(format!("{agent}/{}", session.id));
        }
    }
    found.into_iter().collect()
}

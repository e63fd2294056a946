//! Which sessions of this home belong to a repository, by reading all of them: what `backfill` links and `doctor` counts.
//! Hooks ask the index.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::agent_folders::places;
use super::ground;
use super::workplace::Workplace;
use crate::capture::{self, Event, Outside, Reach, Tail, Transcript};
use crate::environment::Environment;
use crate::git::territory::{Borders, Territory};
use crate::record::agent::Agent;
use crate::record::session::Session;

/// The ids of sessions that commits name. Where all of these came from another clone, they are given: each could have been made to
/// open any session, which must show itself that it made one of them.
pub(crate) type Named = HashMap<String, Option<Vec<String>>>;

/// The sessions of this home that belong to the repository, and those of `named` ids that were at work in no other one;
/// and what could not be read, a line each.
pub(crate) fn sessions(workplace: &Workplace, environment: &Environment, named: &Named) -> (Vec<Session>, Vec<String>) {
    let borders = ground::borders(&workplace.repository, &workplace.aliases(), environment);
    let (found, problems) = capture::find(&places(environment));
    let mut problems: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", problem.path.display(), problem.message)).collect();
    let read = on_all_cores(&found, &borders, |transcript, ground| read(transcript, ground, named));
    let read: Vec<(Transcript, TranscriptRead)> =
        found.into_iter().zip(read).filter_map(|(one, read)| Some((one, read?))).collect();
    let groups: HashSet<PathBuf> = read
        .iter()
        .filter(|(_, read)| matches!(read, TranscriptRead::Here(_)))
        .map(|(one, _)| group(&one.path))
        .collect();
    let ground = Territory::of(borders);
    let mut sessions = Vec::new();
    for (transcript, read) in read {
        match read {
            TranscriptRead::Here(session) => sessions.push(*session),
            TranscriptRead::Beside(agent, events) if groups.contains(&group(&transcript.path)) => {
                sessions.push(session(&transcript, &agent, events, &ground, Outside::Documents));
            }
            TranscriptRead::Beside(..) => {}
            TranscriptRead::Failed(why) => problems.push(why),
        }
    }
    (sessions, problems)
}

/// What became of a transcript.
enum TranscriptRead {
    Here(Box<Session>),
    /// It belongs elsewhere, unless the session that it is a part of belongs here.
    Beside(Agent, Vec<Event>),
    Failed(String),
}

/// `None` for a session that belongs elsewhere.
fn read(transcript: &Transcript, ground: &Territory, named: &Named) -> Option<TranscriptRead> {
    let (agent, events) = match capture::read_events(&transcript.path) {
        Ok(read) => read,
        Err(error) => return Some(TranscriptRead::Failed(format!("{error:#}"))),
    };
    let reach = capture::reach(&events, &mut None, ground);
    if reach.here {
        return Some(TranscriptRead::Here(Box::new(session(transcript, &agent, events, ground, Outside::Documents))));
    }
    let opens = |(id, fetched): (&String, &Option<Vec<String>>)| {
        let made = |commits: &Vec<String>| capture::printed_one_of(&events, commits);
        capture::is_of_session(&transcript.path, id) && fetched.as_ref().is_none_or(made)
    };
    if !reach.elsewhere && named.iter().any(opens) {
        return Some(TranscriptRead::Here(Box::new(session(transcript, &agent, events, ground, Outside::All))));
    }
    has_others(&transcript.path).then_some(TranscriptRead::Beside(agent, events))
}

/// The sessions of transcripts that belong to the repository, in their order until the time is up.
pub(crate) fn read_until(transcripts: &[&Transcript], borders: Borders, until: Instant) -> Vec<Session> {
    let ground = Territory::of(borders);
    let in_time = transcripts.iter().take_while(|_| Instant::now() < until);
    let read = in_time.filter_map(|transcript| {
        let (agent, events) = capture::read_events(&transcript.path).ok()?;
        Some(session(transcript, &agent, events, &ground, Outside::Documents))
    });
    capture::merge(read.collect())
}

fn session(
    transcript: &Transcript,
    agent: &Agent,
    mut events: Vec<Event>,
    ground: &Territory,
    outside: Outside,
) -> Session {
    capture::keep_here((&[], &mut events), &mut None, ground, outside);
    let mut session = capture::assemble(&transcript.path, agent, events);
    capture::set_clock(&mut session, transcript.modified.and_then(|time| Timestamp::try_from(time).ok()), None);
    session
}

/// The transcript of the whole session that a transcript is a part of.
fn group(path: &Path) -> PathBuf {
    capture::parent_of(path).unwrap_or_else(|| path.to_owned())
}

/// Whether a session has several transcripts.
fn has_others(path: &Path) -> bool {
    capture::parent_of(path).is_some() || capture::subagents_folder(path).is_some()
}

/// What a home holds of a repository.
#[derive(Default)]
pub(crate) struct Count {
    /// Transcripts of sessions that belong here.
    pub(crate) here: Vec<Transcript>,
    /// Those that cannot be read, whosever they are, each with the reason.
    pub(crate) unreadable: Vec<(PathBuf, String)>,
    /// Whether the time was up before all were looked into.
    pub(crate) is_cut: bool,
}

/// How long a person waits for a count.
const PATIENCE: Duration = Duration::from_secs(3);
/// What is older is judged by its beginning.
const RECENT: i64 = 14 * 24 * 3600;
const HEAD: u64 = 64 * 1024;

/// The transcripts whose sessions belong to the repository with these borders.
pub(crate) fn count(transcripts: &[Transcript], borders: &Borders, now: Timestamp) -> Count {
    let until = Instant::now() + PATIENCE;
    let judged = on_all_cores(transcripts, borders, |transcript, ground| {
        let modified = transcript.modified.and_then(|time| Timestamp::try_from(time).ok());
        let is_old = modified.is_some_and(|at| now.as_second() - at.as_second() > RECENT);
        let size = if is_old { transcript.size.min(HEAD) } else { transcript.size };
        (Instant::now() < until).then(|| reach(transcript, size, ground))
    });
    let is_here = |judged: &Option<anyhow::Result<Reach>>| matches!(judged, Some(Ok(Reach { here: true, .. })));
    let groups: HashSet<PathBuf> =
        transcripts.iter().zip(&judged).filter(|(_, reach)| is_here(reach)).map(|(one, _)| group(&one.path)).collect();
    Count {
        here: transcripts.iter().filter(|one| groups.contains(&group(&one.path))).cloned().collect(),
        is_cut: judged.iter().any(Option::is_none),
        unreadable: transcripts
            .iter()
            .zip(&judged)
            .filter_map(|(one, judged)| Some((one, judged.as_ref()?.as_ref().err()?)))
            .map(|(one, error)| {
                let (path, why) = (one.path.clone(), format!("{error:#}"));
                let named = format!("{} ", path.display());
                (path, why.strip_prefix(&named).unwrap_or(&why).to_owned())
            })
            .collect(),
    }
}

fn reach(transcript: &Transcript, size: u64, ground: &Territory) -> anyhow::Result<Reach> {
    let mut tail = Tail::open(&transcript.path, &transcript.agent, size, (0, 0))?;
    let (mut reach, mut cwd, mut is_damaged) = (Reach::default(), None, false);
    while let Some(part) = tail.next_part()?.filter(|_| !reach.here) {
        is_damaged = (is_damaged || part.from == 0) && capture::is_unreadable(&part.events);
        reach = reach.and(capture::reach(&part.events, &mut cwd, ground));
    }
    anyhow::ensure!(!is_damaged, "{} cannot be read (no line of it is one of a session)", transcript.path.display());
    Ok(reach)
}

/// What `work` says of each transcript, in their order.
fn on_all_cores<T: Send>(
    transcripts: &[Transcript],
    borders: &Borders,
    work: impl Fn(&Transcript, &Territory) -> T + Sync,
) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(transcripts.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(transcripts.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let ground = Territory::of(borders.clone());
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(transcript) = transcripts.get(place) else { break };
                    let said = work(transcript, &ground);
                    done.lock().expect("no thread panics while it holds the results").push((place, said));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics while it holds the results");
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, said)| said).collect()
}

/// Reads transcripts on all cores, in the order of `found`; what could not be read is a message each.
pub(crate) fn read_all(found: &[Transcript]) -> (Vec<Session>, Vec<String>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(found.len().max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut read = Vec::new();
        while let Some((index, transcript)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            found.get(index).map(|transcript| (index, transcript))
        } {
            read.push((index, capture::read(&transcript.path)));
        }
        read
    };
    let mut read: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    read.sort_by_key(|(index, _)| *index);
    let (mut sessions, mut problems) = (Vec::new(), Vec::new());
    for (_, result) in read {
        match result {
            Ok(found) => sessions.extend(found),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    (sessions, problems)
}

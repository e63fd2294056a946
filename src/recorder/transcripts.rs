//! Brings the index of transcripts up to date: reads what those gained whose sessions belong to this repository, and finds
//! out of the others whether they do. Of a session that belongs elsewhere nothing is kept but how far it was read.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::edited_names::edited_names;
use super::lookout::{Lookout, digest, nanoseconds, time};
use super::verdict::{self, Whereabouts};
use crate::capture::{self, Event, Outside, Tail, Transcript};
use crate::link::fingerprint::Fingerprint;
use crate::record::agent::Agent;
use crate::state::damage::Damage;
use crate::state::elsewhere::Elsewhere;
use crate::state::index::{Growth, Index, IndexedTranscript, LinkMark};

/// So many transcripts of sessions that belong here are looked at in each hook; the others when all are listed.
const MOST_OF_OURS: usize = 256;
/// A transcript that changed longer ago is not looked into where its folder's name says that it belongs elsewhere.
const RECENT: i64 = 14 * 24 * 3600 * 1_000_000_000;
/// A session whose files changed so lately may start a subagent at any time.
const AT_WORK: i64 = 24 * 3600 * 1_000_000_000;

/// What could not be done.
#[derive(Default)]
pub(crate) struct Intake {
    /// What cannot be read, a line each.
    pub(crate) problems: Vec<String>,
    /// Whether something was left for later because the time was up.
    pub(crate) is_cut: bool,
}

/// How long to work: on what is surely of use, and on what may be.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    pub(crate) sure: Instant,
    pub(crate) perhaps: Instant,
}

/// Reads all that changed into the index.
///
/// # Errors
/// When the index cannot be used.
pub(crate) fn bring_up(index: &mut Index, lookout: &Lookout, until: Until) -> anyhow::Result<Intake> {
    let epoch = index.stand_on(lookout.digest, lookout.now)?;
    let listed = lookout.list(epoch);
    let mut work =
        IntakeWork { index, lookout, until, brought: Intake::default(), elsewhere: Vec::new(), is_unread: false };
    for problem in listed.problems.iter().filter(|problem| lookout.is_near(&problem.path)) {
        work.brought.problems.push(format!("{} {}", problem.path.display(), problem.message));
        work.is_unread = true;
    }
    let states = if listed.is_all { Some(work.index.states()?) } else { None };
    work.grown(&listed.transcripts, states.as_ref())?;
    work.others(&listed.transcripts, states.as_ref())?;
    let IntakeWork { brought, elsewhere, is_unread, index, .. } = work;
    index.put_elsewhere(&elsewhere)?;
    let any = index.totals()?.0 > 0;
    let is_here = |path: &Path| any && index.known(&path.to_string_lossy()).is_ok_and(|known| known.is_some());
    lookout.remember(&listed, any, !brought.is_cut && !is_unread, &is_here);
    Ok(brought)
}

/// Takes in the session with this id, wherever it is filed, because a commit or the environment names it. A commit may be
/// anybody's: it does not open a session that was at work in other repositories and not here.
///
/// # Errors
/// When the index cannot be used.
pub(crate) fn take_in_named(
    index: &mut Index,
    lookout: &Lookout,
    (agent, id): (&Agent, &str),
    by_commit: bool,
    until: Until,
) -> anyhow::Result<Intake> {
    let mut work =
        IntakeWork { index, lookout, until, brought: Intake::default(), elsewhere: Vec::new(), is_unread: false };
    let Some((_, transcript)) = capture::find_named(&lookout.folders, agent, id) else { return Ok(work.brought) };
    if work.index.known(&transcript.path.to_string_lossy())?.is_some() {
        return Ok(work.brought);
    }
    if by_commit {
        let Ok(reach) = verdict::whole_reach(&transcript, lookout.ground(), until.sure) else {
            return Ok(work.brought);
        };
        if reach.elsewhere && !reach.here {
            return Ok(work.brought);
        }
    }
    work.take_in(&transcript, true)?;
    Ok(work.brought)
}

/// Size and time of the transcripts that the index knew before all of them were listed, by path.
type States = HashMap<String, (u64, i64)>;

struct IntakeWork<'a> {
    index: &'a mut Index,
    lookout: &'a Lookout<'a>,
    until: Until,
    brought: Intake,
    elsewhere: Vec<(i64, Elsewhere)>,
    /// Whether a transcript that may belong here could not be read.
    is_unread: bool,
}

impl IntakeWork<'_> {
    /// Reads what the transcripts gained that are known to belong here, and their new subagents.
    fn grown(&mut self, listed: &[Transcript], states: Option<&States>) -> anyhow::Result<()> {
        let mut found: Vec<Transcript> = Vec::new();
        let mut mains: HashSet<PathBuf> = HashSet::new();
        if let Some(states) = states {
            let has_changed = |one: &&Transcript| {
                states.get(one.path.to_string_lossy().as_ref()).is_some_and(|state| *state != (one.size, time(one)))
            };
            found.extend(listed.iter().filter(has_changed).cloned());
        } else {
            for known in self.index.newest(MOST_OF_OURS)? {
                let path = Path::new(&known.path);
                let Some(folder) = self.lookout.folder_of(path) else { continue };
                let state = folder.state_of(path).and_then(|(size, modified)| Some((size, nanoseconds(modified?))));
                let has_changed = state.is_some_and(|state| state != (known.size, known.modified));
                if has_changed {
                    found.extend(capture::look_at(folder, path));
                }
                // A subagent may begin while the session that it belongs to waits and writes nothing.
                if has_changed || self.lookout.now - known.modified < AT_WORK {
                    let main = capture::parent_of(path).unwrap_or_else(|| path.to_owned());
                    if mains.insert(main.clone()) {
                        found.extend(capture::subagents_of(folder, &main));
                    }
                }
            }
        }
        found.sort_by_key(|one| Reverse(one.modified));
        for transcript in found {
            if self.is_late(self.until.sure) {
                break;
            }
            self.refresh(&transcript, false)?;
        }
        Ok(())
    }

    /// Finds out of the other transcripts whether they belong here: first those whose folder says so, of each the newest.
    fn others(&mut self, listed: &[Transcript], states: Option<&States>) -> anyhow::Result<()> {
        let mut known: HashMap<i64, Elsewhere> =
            if states.is_some() { self.index.all_elsewhere()? } else { HashMap::new() };
        let mut open: Vec<(bool, &Transcript)> = Vec::new();
        for transcript in listed {
            let path = transcript.path.to_string_lossy();
            let is_ours = match states {
                Some(states) => states.contains_key(path.as_ref()),
                None => self.index.known(&path)?.is_some(),
            };
            let key = digest(&transcript.path).cast_signed();
            if states.is_none()
                && let Some(one) = self.index.elsewhere(key)?
            {
                known.insert(key, one);
            }
            let is_same =
                |one: &Elsewhere| one.size == transcript.size && one.modified == time(transcript) && one.modified != 0;
            if is_ours || known.get(&key).is_some_and(is_same) || self.lookout.ignores(transcript) {
                continue;
            }
            let is_near = self.lookout.is_near(&transcript.path);
            if is_near || self.is_recent(transcript) || !capture::names_folders(&transcript.agent) {
                open.push((is_near, transcript));
            }
        }
        open.sort_by_key(|(is_near, transcript)| (!is_near, Reverse(transcript.modified)));
        for (is_near, transcript) in open {
            if self.is_late(if is_near { self.until.sure } else { self.until.perhaps }) {
                break;
            }
            let path = transcript.path.to_string_lossy();
            let key = digest(&transcript.path).cast_signed();
            let parent = capture::parent_of(&transcript.path);
            let is_of_ours = match parent {
                Some(parent) => self.index.known(&parent.to_string_lossy())?.is_some(),
                None => false,
            };
            if is_of_ours || self.index.known(&path)?.is_some() {
                self.refresh(transcript, false)?;
                continue;
            }
            let is_old = !is_near && !self.is_recent(transcript);
            let ground = self.lookout.ground();
            match verdict::judge(transcript, known.get(&key).copied(), ground, is_old, self.until.perhaps) {
                Ok(Whereabouts::Here) => self.take_in(transcript, false)?,
                Ok(Whereabouts::Elsewhere(one)) => self.elsewhere.push((key, one)),
                Ok(Whereabouts::Unknown(one)) => {
                    self.brought.is_cut = true;
                    self.elsewhere.push((key, one));
                }
                Err(error) => {
                    // What it holds stays unreadable until it changes, and is said once.
                    let is_damaged = !error.root_cause().is::<std::io::Error>();
                    if is_damaged {
                        let (size, modified) = (transcript.size, time(transcript));
                        self.elsewhere.push((key, Elsewhere { size, modified, read: 0, mark: 0 }));
                    }
                    // Of other projects nobody wants to hear here.
                    if is_near {
                        self.brought.problems.push(format!("{error:#}"));
                        self.is_unread |= !is_damaged;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_recent(&self, transcript: &Transcript) -> bool {
        self.lookout.now - time(transcript) < RECENT
    }

    fn is_late(&mut self, until: Instant) -> bool {
        let is_late = Instant::now() > until;
        self.brought.is_cut |= is_late;
        is_late
    }

    /// Takes a session in that was found to belong here, with the one that started it or those that it started.
    fn take_in(&mut self, transcript: &Transcript, named: bool) -> anyhow::Result<()> {
        self.refresh(transcript, named)?;
        let Some(folder) = self.lookout.folder_of(&transcript.path) else { return Ok(()) };
        let main = match capture::parent_of(&transcript.path) {
            Some(parent) => capture::look_at(folder, &parent),
            None => Some(transcript.clone()),
        };
        let Some(main) = main else { return Ok(()) };
        let subagents = capture::subagents_of(folder, &main.path);
        for one in std::iter::once(main).chain(subagents) {
            if self.index.known(&one.path.to_string_lossy())?.is_none() {
                self.refresh(&one, named)?;
            }
        }
        Ok(())
    }

    /// Reads what a transcript of a session that belongs here gained since it was last looked at.
    fn refresh(&mut self, transcript: &Transcript, named: bool) -> anyhow::Result<()> {
        if self.lookout.ignores(transcript) {
            return Ok(());
        }
        let known = self.index.known(&transcript.path.to_string_lossy())?;
        if known.as_ref().is_some_and(|known| (known.size, known.modified) == (transcript.size, time(transcript))) {
            return Ok(());
        }
        // A file that shrank was written again, and so was one that does not hold what was read of it.
        let mut before = known.as_ref().filter(|known| known.read <= transcript.size);
        let open = |place| Tail::open(&transcript.path, &transcript.agent, transcript.size, place);
        let opened = open(before.map_or((0, 0), |known| (known.read, known.lines))).and_then(|mut tail| {
            let mark = tail.mark();
            match before {
                Some(known) if known.mark != mark => {
                    before = None;
                    open((0, 0))
                }
                _ => Ok(tail),
            }
        });
        let tail = match opened {
            Ok(tail) => tail,
            Err(error) => {
                // A transcript that cannot be read stays so.
                self.brought.problems.push(format!("{error:#}"));
                self.is_unread = true;
                return Ok(());
            }
        };
        let main = capture::parent_of(&transcript.path);
        let main = main.map(|main| self.index.known(&main.to_string_lossy())).transpose()?.flatten();
        // What is kept of a session that was named is kept of its subagents.
        let named = named || [&known, &main].into_iter().flatten().any(|known| known.named);
        self.read_parts(transcript, tail, before, named)
    }

    fn read_parts(
        &mut self,
        transcript: &Transcript,
        mut tail: Tail,
        before: Option<&IndexedTranscript>,
        named: bool,
    ) -> anyhow::Result<()> {
        let path = transcript.path.to_string_lossy();
        let outside = if named { Outside::All } else { Outside::Documents };
        let mut cwd = before.and_then(|known| known.cwd.clone());
        let (mut read, mut lines) = before.map_or((0, 0), |known| (known.read, known.lines));
        let mut afresh = before.is_none();
        loop {
            let part = match tail.next_part() {
                Ok(part) => part,
                Err(error) => {
                    self.brought.problems.push(format!("{} cannot be read: {error}", transcript.path.display()));
                    self.is_unread = true;
                    return Ok(());
                }
            };
            let is_last = part.as_ref().is_none_or(|part| part.is_last);
            let (from, mut events) = (read, Vec::new());
            if let Some(part) = part {
                (read, lines, events) = (part.end, part.lines, part.events);
            }
            // A call that had no result yet may have one now, which says nothing without the call.
            let open = match self.index.known(&path)?.filter(|_| !afresh) {
                Some(known) => self.index.open_since(known.id)?.map(|since| (known.id, since)),
                None => None,
            };
            let earlier = match open {
                Some((id, since)) => decoded(&self.index.events_since(id, since as i64, false)?)?,
                None => Vec::new(),
            };
            capture::keep_here((&earlier, &mut events), &mut cwd, self.lookout.ground(), outside);
            capture::drop_unneeded_output(&earlier, &mut events);
            let encoded = if events.is_empty() { Vec::new() } else { capture::encode(&events) };
            let events: Vec<Event> = earlier.into_iter().chain(events).collect();
            let session = capture::assemble(&transcript.path, &transcript.agent, events);
            let edited = edited_names(&session);
            let fingerprint = Fingerprint::of_session(session);
            self.index.grow(&Growth {
                path: &path,
                agent: transcript.agent.as_str(),
                named,
                // A part is not all: the rest is to be read.
                size: if is_last { transcript.size } else { read },
                modified: time(transcript),
                from,
                afresh: std::mem::take(&mut afresh),
                read,
                lines,
                mark: tail.mark(),
                cwd: cwd.as_deref(),
                events: &encoded,
                edited: &edited,
                fingerprint: LinkMark {
                    hashes: &fingerprint.to_bytes(),
                    open: fingerprint.is_open,
                    since: open.map_or(from, |(_, since)| since),
                },
            })?;
            if is_last {
                return Ok(());
            }
            if self.is_late(self.until.sure) {
                return Ok(());
            }
        }
    }
}

/// The events that the index holds.
///
/// # Errors
/// When they are not as they were written.
pub(crate) fn decoded(segments: &[Vec<u8>]) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    segments.iter().try_for_each(|segment| decode_part(segment, &mut events))?;
    Ok(events)
}

/// Adds the events of one part.
///
/// # Errors
/// As [`decoded`].
pub(crate) fn decode_part(part: &[u8], events: &mut Vec<Event>) -> anyhow::Result<()> {
    let damaged = || Damage("its events cannot be decoded".to_owned());
    Ok(capture::decode_into(part, events).ok_or_else(damaged)?)
}

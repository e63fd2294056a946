//! The index of what records tell, brought up to the notes and the history that are here now: only what changed is read again.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;

use super::listing;
use super::range::{LoadDetail, RangeQuery};
use super::unseen::Unseen;
use super::workplace::Workplace;
use crate::git::history_files::{self, PastCommit};
use crate::git::{note_copies, trailers};
use crate::recall::memory::{MOST_FILES, Memory, MemoryKind, memories, near};
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::text::Raw;
use crate::redact::Redactor;
use crate::state::paths as state_paths;
use crate::state::recall_change::{MemorySource, RecallChange, StoredMemory, TouchingCommit};
use crate::state::recall_index::RecallIndex;
use crate::text::digest::sha256;
use crate::text::reverts::reverts;

/// Raised when the same notes make other memories.
const VERSION: u32 = 3;
/// Commits of the history that are walked, the last ones.
const MOST_COMMITS: usize = 50_000;

/// Hex digits by which what is alike is known.
const LIKENESS: usize = 20;

/// The open index, and whether all of it is as it is here now.
pub(crate) struct Recall {
    pub(crate) index: RecallIndex,
    /// Why it may be older than the notes.
    pub(crate) problem: Option<String>,
}

/// What keeps something out, or reads otherwise: with another one, the index is made again.
fn mark(workplace: &Workplace) -> String {
    let text = format!("{VERSION} {} {:?} {}", env!("CARGO_PKG_VERSION"), workplace.config, workplace.ignored.digest());
    sha256(text.as_bytes())
}

impl Recall {
    /// Opens the index and takes in what is new. Where it cannot be kept, it is made in memory.
    ///
    /// # Errors
    /// When a rule of the redaction cannot be used, or there is no memory.
    pub(super) fn open(workplace: &mut Workplace) -> anyhow::Result<Self> {
        let path = state_paths::at(workplace.repository.common_dir(), state_paths::RECALL);
        let mark = mark(workplace);
        let mut index = RecallIndex::open(&path, &mark)?;
        let Err(error) = take_in(workplace, &mut index) else { return Ok(Self { index, problem: None }) };
        if index.count().is_ok_and(|count| count > 0) {
            return Ok(Self { index, problem: Some(format!("{error:#}")) });
        }
        let mut index = RecallIndex::in_memory(&mark)?;
        let problem = take_in(workplace, &mut index).err().map(|error| format!("{error:#}"));
        Ok(Self { index, problem })
    }

    /// Takes in what is new, with the settings that it was opened with. Where that cannot be done, `false`: it is to be opened again.
    pub(super) fn is_brought_up(&mut self, workplace: &mut Workplace) -> bool {
        self.problem.is_none() && self.index.is_in_place() && take_in(workplace, &mut self.index).is_ok()
    }
}

/// Deletes it: what it tells may not be told any more.
///
/// # Errors
/// When a file of it cannot be deleted.
pub(crate) fn delete(workplace: &Workplace) -> anyhow::Result<()> {
    let path = state_paths::at(workplace.repository.common_dir(), state_paths::RECALL);
    RecallIndex::discard(&path)
        .with_context(|| format!("{} cannot be deleted, and repeats what records said", path.display()))
}

fn take_in(workplace: &mut Workplace, index: &mut RecallIndex) -> anyhow::Result<()> {
    let tips: String =
        note_copies::tips(&workplace.repository).iter().map(|(name, at)| format!("{name} {at}\n")).collect();
    let head = workplace.repository.head();
    let mut edge: Vec<String> = workplace.repository.shallow_boundaries().into_iter().collect();
    edge.sort_unstable();
    // A deeper clone has another history below the same commit.
    let edge = edge.join(" ");
    let has_moved = index.kept("tips")?.as_deref() != Some(tips.as_str());
    let is_same_edge = index.kept("edge")?.as_deref() == Some(edge.as_str());
    let known_head = index.head()?.filter(|_| is_same_edge);
    if !has_moved && is_same_edge && known_head == head {
        return index.overwrite();
    }
    let redactor = workplace.redactor()?;
    // Where git cannot tell the history, the notes still say what they say.
    let history = match is_same_edge && known_head == head {
        true => Ok(()),
        false => take_in_history(workplace, &redactor, index, (known_head, head, &edge)),
    };
    // With a new HEAD there may be commits of which only the notes were here.
    let notes = take_in_notes(workplace, &redactor, index, &tips);
    index.overwrite()?;
    notes.and(history)
}

/// What one commit's notes become in the index.
struct Noted {
    id: String,
    is_record: bool,
    memories: Vec<StoredMemory>,
}

fn take_in_notes(
    workplace: &mut Workplace,
    redactor: &Redactor,
    index: &mut RecallIndex,
    tips: &str,
) -> anyhow::Result<()> {
    let (notes, problem) = note_copies::all(&workplace.repository);
    let known = index.noted()?;
    // Where a reference cannot be read, nobody knows what is gone: what is known stays, and the next call looks again.
    let is_whole = problem.is_none();
    let gone: Vec<&String> = known.keys().filter(|id| is_whole && !notes.contains_key(*id)).collect();
    // What was of no record is looked at again: the commit may have come since.
    let is_new = |(id, note): &(&String, &String)| match known.get(*id) {
        Some(before) => before != *note && (is_whole || before.is_empty()),
        None => true,
    };
    let repository = &workplace.repository;
    let ids: Vec<String> =
        notes.iter().filter(is_new).map(|(id, _)| id.clone()).filter(|id| repository.has_commit(id)).collect();
    let change = index.change()?;
    for id in gone {
        change.remove_notes(id)?;
    }
    let render = |entry: &CommitEntry| -> anyhow::Result<Noted> {
        let memories = memories(entry).iter().map(stored).collect::<anyhow::Result<_>>()?;
        Ok(Noted { id: entry.id.clone(), is_record: entry.record.is_some(), memories })
    };
    let take = |noted: Noted| put(&change, &notes, &noted);
    let span = (RangeQuery::These(&ids), LoadDetail::Record);
    listing::newest_first(workplace, redactor, span, (render, take))?;
    if is_whole {
        change.keep("tips", tips)?;
    }
    change.commit()?;
    problem.map_or(Ok(()), Err)
}

fn put(change: &RecallChange<'_>, notes: &BTreeMap<String, String>, noted: &Noted) -> anyhow::Result<()> {
    change.remove_notes(&noted.id)?;
    let note = notes.get(&noted.id).filter(|_| noted.is_record);
    change.note(&noted.id, note.map_or("", String::as_str))?;
    noted.memories.iter().try_for_each(|one| change.add(one, MemorySource::Note))
}

fn stored(memory: &Memory) -> anyhow::Result<StoredMemory> {
    Ok(StoredMemory {
        place: 0,
        id: memory.commit.clone(),
        kind: memory.kind.name().to_owned(),
        at: memory.at.as_millisecond(),
        event: memory.event(),
        session: memory.session.clone().unwrap_or_default(),
        likeness: sha256(memory.likeness().as_bytes())[..LIKENESS].to_owned(),
        sequel: memory.sequel() as i64,
        words: memory.words(),
        body: json::plain(memory)?,
        files: memory.files.clone(),
        lines: memory.error_lines(),
    })
}

/// The history of HEAD: what each commit touches, and which take back others. After a rewrite it is walked again. Where git cannot
/// tell, nothing is known of it.
fn take_in_history(
    workplace: &Workplace,
    redactor: &Redactor,
    index: &mut RecallIndex,
    (known, head, edge): (Option<String>, Option<String>, &str),
) -> anyhow::Result<()> {
    let Some(head) = head else {
        // A branch without a commit has no history.
        let change = index.change()?;
        change.forget_history()?;
        change.keep("head", "")?;
        change.keep("edge", edge)?;
        return change.commit();
    };
    let repository = &workplace.repository;
    let known = known.filter(|known| repository.has_commit(known) && repository.is_ancestor(known, &head));
    let commits = history_files::since(repository, &head, known.as_deref(), MOST_COMMITS)?;
    let unseen = Unseen::in_records(&workplace.ignored);
    let change = index.change()?;
    if known.is_none() {
        change.forget_history()?;
    }
    // The oldest first, as they came: of two that take back the same commit the last counts.
    for commit in commits.iter().rev() {
        let told = commit.files.iter().filter(|file| !workplace.ignored.has_path(file));
        let touching = TouchingCommit { id: commit.id.clone(), files: told.cloned().collect() };
        change.touch(&touching)?;
        let taken_back: Vec<&str> = reverts(&commit.message).collect();
        for id in &taken_back {
            change.revert(id, &commit.id)?;
        }
        let Some(first) = taken_back.first() else { continue };
        // As of a record, nothing is kept that names a file which is to be left out.
        if workplace.ignored.has_paths() && unseen.names(&commit.message, false) {
            continue;
        }
        // Never out of this walk, which may begin after it.
        let reverted = repository.message(first).ok().map(|message| String::from_utf8_lossy(&message).into_owned());
        if let Some(memory) = of_revert(commit, &touching.files, (first, reverted.as_deref()), redactor) {
            change.add(&stored(&memory)?, MemorySource::History)?;
        }
    }
    change.keep("head", &head)?;
    change.keep("edge", edge)?;
    change.commit()
}

/// A commit that takes back another one, in the words of its message. `files` are those that may be told.
fn of_revert(
    commit: &PastCommit,
    files: &[String],
    (id, message): (&str, Option<&str>),
    redactor: &Redactor,
) -> Option<Memory> {
    let clean = |text: &str| near(&redactor.text(Raw::new(text)).0);
    let own = commit.message.lines().next().unwrap_or_default();
    let reverted = message.and_then(|message| message.trim_start().lines().next()).unwrap_or(own);
    let without_trailers = trailers::without(commit.message.as_bytes(), "#", |_, _| true);
    let message = String::from_utf8_lossy(&without_trailers);
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("This reverts commit");
    let reason: Vec<&str> = message.lines().skip(1).filter(is_said).collect();
    let why = (!reason.is_empty()).then(|| clean(&reason.join("\n")));
    Some(Memory {
        files: files.iter().take(MOST_FILES).cloned().collect(),
        // Whose words a message is, its author or an agent, is not known.
        why,
        reverts: Some(id.to_owned()),
        ..Memory::of(
            MemoryKind::Revert,
            (&commit.id, clean(own), Timestamp::from_second(commit.at).ok()?),
            clean(reverted),
        )
    })
}

//! Asks the index of what records tell, and answers: `tried`, `search`, `brief`, at the terminal and for agents.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::recall::{self, Recall};
use super::workplace::Workplace;
use crate::git::repository::Repository;
use crate::recall::answers::{BriefAnswer, NOTE, RecallCoverage, RecallHit, SearchAnswer, TriedAnswer, alike_once};
use crate::recall::brief;
use crate::recall::memory::{Memory, MemoryKind};
use crate::recall::ranking::{Because, Ranked, Rarity, RecallCandidate, RecallQuestion, rank};
use crate::recall::tokens::tokens;
use crate::record::text::Clean;
use crate::state::recall_change::StoredMemory;
use crate::text::telling::is_telling;

/// Words of a question that memories are looked for by, the rarest ones.
const MOST_WORDS: usize = 12;
/// Memories about one file that are compared.
const MOST_OF_FILE: u32 = 400;
/// Answers that are made whole; more than anybody reads.
const MOST_ANSWERS: usize = 200;

/// What is asked for by its words, and what of it is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search<'a> {
    pub(crate) text: &'a str,
    pub(crate) kind: Option<MemoryKind>,
    /// A file, or a folder.
    pub(crate) path: Option<&'a str>,
    pub(crate) agent: Option<&'a str>,
    pub(crate) since: Option<Timestamp>,
}

/// Somebody who asks, with the index as it is now.
pub(crate) struct Asking {
    workplace: Workplace,
    recall: Recall,
    /// The session that asks, whose own doings are no answer.
    without: Option<String>,
}

impl Asking {
    /// # Errors
    /// When the index can neither be kept nor made.
    pub(crate) fn new(mut workplace: Workplace, without: Option<String>) -> anyhow::Result<Self> {
        let recall = recall::open(&mut workplace)?;
        Ok(Self { workplace, recall, without })
    }

    /// Why the answers may be older than what is recorded.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.recall.problem.as_deref()
    }

    pub(crate) fn repository(&self) -> &Repository {
        &self.workplace.repository
    }

    /// What failed, was corrected or taken back before that is like it, best first, `most` of them.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) fn tried(&self, text: &str, files: &[String], most: usize) -> anyhow::Result<TriedAnswer> {
        let asked = RecallQuestion { text: text.to_owned(), files: self.known_files(files)? };
        let kinds = MemoryKind::TRIED.map(MemoryKind::name);
        let (candidates, rarity) = self.candidates(&asked, &kinds)?;
        let ranked = rank(&asked, &rarity, candidates);
        let hits = self.hits(ranked.iter().take(MOST_ANSWERS).map(|one: &Ranked| (one.place, Some(one.because))))?;
        let mut hits = alike_once(hits);
        let more = hits.len().saturating_sub(most) as u32;
        hits.truncate(most);
        self.look_into_the_tree(&mut hits);
        let coverage = self.coverage(&asked.files)?;
        let no_word = asked.files.is_empty() && asked.words().is_empty();
        Ok(TriedAnswer { backstory: 1, files: asked.files, hits, more, coverage, no_word, note: NOTE })
    }

    /// What has all of the words, the newest first, `most` of it.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) fn search(&self, search: &Search<'_>, most: usize) -> anyhow::Result<SearchAnswer> {
        let words = tokens(search.text);
        let kinds: Vec<&str> = search.kind.iter().map(|kind| kind.name()).collect();
        let index = &self.recall.index;
        let found = index.get(&index.with_words(&words, true, &kinds)?)?;
        let is_wanted = |memory: &Memory| {
            search.agent.is_none_or(|agent| memory.agent.as_ref().is_some_and(|one| one.as_str() == agent))
                && search.since.is_none_or(|since| memory.at >= since)
                && search.path.is_none_or(|path| memory.files.iter().any(|file| is_below(file, path)))
        };
        let once = self.events_once(found, is_wanted)?;
        let more = once.len().saturating_sub(most) as u32;
        let hits: anyhow::Result<Vec<RecallHit>> =
            once.iter().take(most).map(|memory| self.hit(memory, None)).collect();
        let mut hits = hits?;
        self.look_into_the_tree(&mut hits);
        let no_word = words.is_empty();
        Ok(SearchAnswer { backstory: 1, hits, more, coverage: self.coverage(&[])?, no_word, note: NOTE })
    }

    /// What to know of files before they are changed.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) fn brief(&self, files: &[String]) -> anyhow::Result<BriefAnswer> {
        let files = self.known_files(files)?;
        let index = &self.recall.index;
        let mut places = Vec::new();
        for kinds in [&MemoryKind::TRIED[..], &[MemoryKind::Constraint], &[MemoryKind::Check]] {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            places.extend(index.about(&files, &kinds, MOST_OF_FILE)?);
        }
        let mut hits = Vec::new();
        for memory in self.events_once(index.get(&places)?, |_| true)? {
            hits.push(self.hit(&memory, None)?);
        }
        self.look_into_the_tree(&mut hits);
        let coverage = self.coverage(&files)?;
        let (text, hits) = brief::brief(&coverage.said, hits);
        Ok(BriefAnswer { backstory: 1, files, text, hits, coverage, note: NOTE })
    }

    /// The files as the history has them: one that is named by its end alone is found, where it is the only one.
    fn known_files(&self, files: &[String]) -> anyhow::Result<Vec<String>> {
        let index = &self.recall.index;
        let mut known = Vec::new();
        for file in files {
            let others = if index.knows_path(file)? { Vec::new() } else { index.known_paths(file)? };
            match others.as_slice() {
                [only] => known.push(only.clone()),
                _ => known.push(file.clone()),
            }
        }
        Ok(known)
    }

    fn coverage(&self, files: &[String]) -> anyhow::Result<RecallCoverage> {
        let index = &self.recall.index;
        let has_history = index.head()?.is_some();
        if !files.is_empty() {
            let (recorded, commits) = index.coverage(files)?;
            return Ok(RecallCoverage::new(recorded, has_history.then_some(commits), files));
        }
        let number = |name: &str| anyhow::Ok(index.kept(name)?.and_then(|text| text.parse().ok()).unwrap_or_default());
        Ok(RecallCoverage::new(number("recorded")?, if has_history { Some(number("commits")?) } else { None }, files))
    }

    /// What is wanted and not of the session that asks, newest first: of what tells the same event the newest that is in the history,
    /// else the newest.
    fn events_once(&self, found: Vec<StoredMemory>, wanted: impl Fn(&Memory) -> bool) -> anyhow::Result<Vec<Memory>> {
        let mut read_ones = Vec::new();
        for stored in found.into_iter().filter(|stored| !self.is_own(stored)) {
            let Some(memory) = read(&stored).filter(&wanted) else { continue };
            read_ones.push((self.recall.index.in_history(&stored.id)?, stored, memory));
        }
        // Not by place alone: which commit was taken in first is chance.
        read_ones.sort_by(|(is_here, one, _), (other_is_here, other, _)| {
            other_is_here.cmp(is_here).then_with(|| newest_first(one, other))
        });
        let mut told = HashSet::new();
        read_ones.retain(|(_, stored, _)| told.insert(stored.event.clone()));
        read_ones.sort_by(|(_, one, _), (_, other, _)| newest_first(one, other));
        Ok(read_ones.into_iter().map(|(_, _, memory)| memory).collect())
    }

    fn is_own(&self, stored: &StoredMemory) -> bool {
        self.without.as_ref().is_some_and(|session| *session == stored.session)
    }

    fn candidates(&self, asked: &RecallQuestion, kinds: &[&str]) -> anyhow::Result<(Vec<RecallCandidate>, Rarity)> {
        let index = &self.recall.index;
        let (words, lines) = (asked.words(), asked.lines());
        let mut of_lines: Vec<String> = words.clone();
        of_lines.extend(lines.iter().flat_map(|line| tokens(line)));
        let rarity =
            Rarity { all: index.count()?, words: index.word_counts(&of_lines)?, lines: index.line_counts(&lines)? };
        let mut with_lines: HashMap<i64, Vec<String>> = HashMap::new();
        for (place, line) in index.with_lines(&lines)? {
            with_lines.entry(place).or_default().push(line);
        }
        let of_file: HashSet<i64> = index.about(&asked.files, kinds, MOST_OF_FILE)?.into_iter().collect();
        let mut rare: Vec<&String> = words.iter().filter(|word| rarity.is_rare(word)).collect();
        rare.sort_by_key(|word| rarity.words.get(*word).copied().unwrap_or_default());
        rare.truncate(MOST_WORDS);
        let rare: Vec<String> = rare.into_iter().cloned().collect();
        let mut places: Vec<i64> =
            if asked.files.is_empty() { index.with_words(&rare, false, kinds)? } else { Vec::new() };
        places.extend(with_lines.keys().chain(&of_file));
        places.sort_unstable();
        places.dedup();
        let mut candidates = Vec::new();
        for stored in index.get(&places)? {
            if self.is_own(&stored) || !kinds.contains(&stored.kind.as_str()) {
                continue;
            }
            candidates.push(RecallCandidate {
                place: stored.place,
                at: stored.at,
                words: stored.words.split(' ').map(str::to_owned).collect(),
                lines: with_lines.get(&stored.place).cloned().unwrap_or_default(),
                // Of a file that very much is known of, the same error may be older than what is compared.
                of_file: of_file.contains(&stored.place) || is_about(&stored, &asked.files),
                in_history: index.in_history(&stored.id)?,
                event: stored.event,
            });
        }
        Ok((candidates, rarity))
    }

    fn hits(&self, places: impl Iterator<Item = (i64, Option<Because>)>) -> anyhow::Result<Vec<RecallHit>> {
        let places: Vec<(i64, Option<Because>)> = places.collect();
        let because: HashMap<i64, Option<Because>> = places.iter().copied().collect();
        let mut hits = Vec::new();
        for stored in self.recall.index.get(&places.iter().map(|(place, _)| *place).collect::<Vec<_>>())? {
            if let Some(memory) = read(&stored) {
                hits.push(self.hit(&memory, because.get(&stored.place).copied().flatten())?);
            }
        }
        Ok(hits)
    }

    fn hit(&self, memory: &Memory, because: Option<Because>) -> anyhow::Result<RecallHit> {
        let index = &self.recall.index;
        let mut hit = RecallHit::of(memory, because);
        hit.in_history = index.in_history(&memory.commit)?;
        hit.reverted_by = index.reverted_by(&memory.commit)?;
        Ok(hit)
    }

    /// Says of each cure of this history whose lines are known whether they are in the file as HEAD has it, where there is one.
    fn look_into_the_tree(&self, hits: &mut [RecallHit]) {
        let repository = &self.workplace.repository;
        let Some(head) = repository.head() else { return };
        let mut files: HashMap<String, Option<HashSet<String>>> = HashMap::new();
        for hit in hits {
            let Some(edit) = hit.edit.as_ref().filter(|_| hit.in_history) else { continue };
            let Some(wanted) = whole_lines(&edit.after) else { continue };
            let lines = files.entry(edit.path.clone()).or_insert_with(|| {
                let text = repository.blob_at(&head, &edit.path)?;
                let text = String::from_utf8_lossy(&text).into_owned();
                Some(text.lines().map(|line| line.trim().to_owned()).collect())
            });
            hit.cure_in_tree = lines.as_ref().map(|lines| wanted.iter().all(|line| lines.contains(*line)));
        }
    }
}

/// The lines of a text that say something; `None` where it was cut, redacted or says nothing.
fn whole_lines(text: &Clean) -> Option<Vec<&str>> {
    let text = text.as_str();
    if text.contains('\u{2026}') || text.contains("[REDACTED:") {
        return None;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| is_telling(line)).collect();
    (!lines.is_empty()).then_some(lines)
}

fn is_about(stored: &StoredMemory, files: &[String]) -> bool {
    !files.is_empty() && read(stored).is_some_and(|memory| memory.files.iter().any(|file| files.contains(file)))
}

fn newest_first(one: &StoredMemory, other: &StoredMemory) -> Ordering {
    other.at.cmp(&one.at).then_with(|| one.id.cmp(&other.id)).then(one.place.cmp(&other.place))
}

fn is_below(file: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

fn read(stored: &StoredMemory) -> Option<Memory> {
    serde_json::from_str(&stored.body).ok()
}

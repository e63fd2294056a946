//! Asks the index of what records tell, and answers: `tried`, `search`, `brief`, at the terminal and for agents.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::recall::Recall;
use super::workplace::Workplace;
use crate::git::repository::Repository;
use crate::recall::answers::{BriefAnswer, NOTE, RecallCoverage, RecallHit, SearchAnswer, TriedAnswer};
use crate::recall::brief;
use crate::recall::memory::{Memory, MemoryKind, Sequel};
use crate::recall::outline::{MemoryOutline, alike_once};
use crate::recall::ranking::{Because, Rarity, RecallCandidate, RecallQuestion, rank};
use crate::recall::tokens::tokens;
use crate::record::text::Clean;
use crate::state::recall_change::StoredOutline;
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
pub(crate) struct Asking<'a> {
    workplace: &'a Workplace,
    recall: &'a Recall,
    /// The session that asks, whose own doings are no answer.
    without: Option<String>,
}

impl<'a> Asking<'a> {
    pub(super) fn of(workplace: &'a Workplace, recall: &'a Recall, without: Option<String>) -> Self {
        Self { workplace, recall, without }
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
        let _reading = self.recall.index.reading()?;
        let asked = RecallQuestion { text: text.to_owned(), files: self.known_files(files)? };
        let kinds = MemoryKind::TRIED.map(MemoryKind::name);
        let (candidates, rarity) = self.candidates(&asked, &kinds)?;
        let mut ranked = rank(&asked, &rarity, candidates);
        ranked.truncate(MOST_ANSWERS);
        let because: HashMap<i64, Because> = ranked.iter().map(|one| (one.place, one.because)).collect();
        let places: Vec<i64> = ranked.iter().map(|one| one.place).collect();
        let once = alike_once(self.outlines(&places)?);
        let more = once.len().saturating_sub(most) as u32;
        let hits = self.hits(once.iter().take(most).map(|one| (one, because.get(&one.place).copied())))?;
        let coverage = self.coverage(&asked.files)?;
        let no_word = asked.files.is_empty() && asked.words().is_empty();
        Ok(TriedAnswer { backstory: 1, files: asked.files, hits, more, coverage, no_word, note: NOTE })
    }

    /// What has all of the words, the newest first, `most` of it.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) fn search(&self, search: &Search<'_>, most: usize) -> anyhow::Result<SearchAnswer> {
        let _reading = self.recall.index.reading()?;
        let words = tokens(search.text);
        let kinds: Vec<&str> = search.kind.iter().map(|kind| kind.name()).collect();
        let found = self.outlines(&self.recall.index.with_words(&words, true, &kinds)?)?;
        // Only who wants them reads the texts.
        let is_of_any = search.agent.is_none() && search.path.is_none();
        let is_wanted = |one: &MemoryOutline| {
            if search.since.is_some_and(|since| one.at < since.as_millisecond()) {
                return false;
            }
            is_of_any
                || self.memory(one.place).ok().flatten().is_some_and(|memory| {
                    search.agent.is_none_or(|agent| memory.agent.as_ref().is_some_and(|one| one.as_str() == agent))
                        && search.path.is_none_or(|path| memory.files.iter().any(|file| is_below(file, path)))
                })
        };
        let once = self.events_once(found, is_wanted);
        let more = once.len().saturating_sub(most) as u32;
        let hits = self.hits(once.iter().take(most).map(|one| (one, None)))?;
        let no_word = words.is_empty();
        Ok(SearchAnswer { backstory: 1, hits, more, coverage: self.coverage(&[])?, no_word, note: NOTE })
    }

    /// What to know of files before they are changed.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(crate) fn brief(&self, files: &[String]) -> anyhow::Result<BriefAnswer> {
        let _reading = self.recall.index.reading()?;
        let files = self.known_files(files)?;
        let index = &self.recall.index;
        let mut places = Vec::new();
        for kinds in [&MemoryKind::TRIED[..], &[MemoryKind::Constraint], &[MemoryKind::Check]] {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            places.extend(index.about(&files, &kinds, MOST_OF_FILE)?);
        }
        let once = self.events_once(self.outlines(&places)?, |_| true);
        let mut parts: [Vec<RecallHit>; 4] = Default::default();
        for (part, chosen) in parts.iter_mut().zip(brief::choose(&once)) {
            *part = self.hits(chosen.iter().map(|one| (one, None)))?;
        }
        let coverage = self.coverage(&files)?;
        let (text, hits) = brief::brief(&coverage.said, &parts);
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
    fn events_once(
        &self,
        mut found: Vec<MemoryOutline>,
        wanted: impl Fn(&MemoryOutline) -> bool,
    ) -> Vec<MemoryOutline> {
        found.retain(|one| !self.is_own(one));
        // Not by place alone: which commit was taken in first is chance.
        found.sort_by(|one, other| other.in_history.cmp(&one.in_history).then_with(|| newest_first(one, other)));
        let mut told = HashSet::new();
        found.retain(|one| wanted(one) && told.insert(one.event.clone()));
        found.sort_by(newest_first);
        found
    }

    fn is_own(&self, one: &MemoryOutline) -> bool {
        self.without.as_ref().is_some_and(|session| *session == one.session)
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
        let compared = asked.compared();
        for one in self.outlines(&places)? {
            if self.is_own(&one) || !kinds.contains(&one.kind.name()) {
                continue;
            }
            // Whoever asks for a file alone compares no words.
            let words = if compared.is_empty() { String::new() } else { index.words_of(one.place)? };
            candidates.push(RecallCandidate {
                place: one.place,
                at: one.at,
                words: words.split(' ').filter(|word| compared.contains(*word)).map(str::to_owned).collect(),
                length: words.split(' ').count(),
                lines: with_lines.get(&one.place).cloned().unwrap_or_default(),
                // Of a file that very much is known of, the same error may be older than what is compared.
                of_file: of_file.contains(&one.place) || index.is_about(one.place, &asked.files)?,
                in_history: one.in_history,
                event: one.event,
            });
        }
        Ok((candidates, rarity))
    }

    /// The memories at these places, without their texts, in the same order.
    fn outlines(&self, places: &[i64]) -> anyhow::Result<Vec<MemoryOutline>> {
        let outline = |stored: StoredOutline| {
            Some(MemoryOutline {
                place: stored.place,
                kind: MemoryKind::named(&stored.kind)?,
                at: stored.at,
                event: stored.event,
                session: stored.session,
                likeness: stored.likeness,
                sequel: *Sequel::ALL.get(usize::try_from(stored.sequel).ok()?)?,
                in_history: stored.in_history,
                commit: stored.id,
                times: 1,
            })
        };
        Ok(self.recall.index.outlines(places)?.into_iter().filter_map(outline).collect())
    }

    fn memory(&self, place: i64) -> anyhow::Result<Option<Memory>> {
        Ok(serde_json::from_str(&self.recall.index.body_of(place)?).ok())
    }

    /// What is told, whole, with whether it is still so.
    fn hits<'o>(
        &self,
        chosen: impl Iterator<Item = (&'o MemoryOutline, Option<Because>)>,
    ) -> anyhow::Result<Vec<RecallHit>> {
        let mut hits = Vec::new();
        for (one, because) in chosen {
            let Some(memory) = self.memory(one.place)? else { continue };
            let reverted_by = self.recall.index.reverted_by(&one.commit)?;
            let hit = RecallHit::of(&memory, because);
            hits.push(RecallHit { in_history: one.in_history, reverted_by, times: one.times, ..hit });
        }
        look_into_the_tree(&self.workplace.repository, &mut hits);
        Ok(hits)
    }
}

/// Says of each cure of this history whose lines are known whether they are in the file as HEAD has it, where there is one.
pub(super) fn look_into_the_tree(repository: &Repository, hits: &mut [RecallHit]) {
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

/// The lines of a text that say something; `None` where it was cut, redacted or says nothing.
fn whole_lines(text: &Clean) -> Option<Vec<&str>> {
    let text = text.as_str();
    if text.contains('\u{2026}') || text.contains("[REDACTED:") {
        return None;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| is_telling(line)).collect();
    (!lines.is_empty()).then_some(lines)
}

fn newest_first(one: &MemoryOutline, other: &MemoryOutline) -> Ordering {
    other.at.cmp(&one.at).then_with(|| one.commit.cmp(&other.commit)).then(one.place.cmp(&other.place))
}

fn is_below(file: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

//! What was asked: words of requests, kinds of work, parts of the tree.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{DatedCommit, agents, is_session};
use super::figures::{AskedFigures, FigureOf, TopicFigures};
use super::tallies::NamedCounts;
use crate::record::entry::CommitEntry;
use crate::record::headline::{headline, request};
use crate::record::text::beginning;
use crate::text::subjects::commit_type;
use crate::text::topic::topic_words;

/// A word of fewer commits says little of a team.
const LEAST: u32 = 3;
/// Words that are told.
const MOST_WORDS: usize = 12;
/// A word in more than one of so many requests is the name of the product, or says nothing.
const COMMON: u32 = 5;
/// Parts of the tree that are told.
const MOST_AREAS: usize = 15;
/// Characters of a request that are looked at: what follows is mostly pasted.
const NEAR: usize = 600;

pub(super) fn asked(commits: &[DatedCommit<'_>]) -> AskedFigures {
    let (mut known, mut kinds, mut areas) = (FigureOf::default(), NamedCounts::default(), NamedCounts::default());
    let mut topics: BTreeMap<String, Topic<'_>> = BTreeMap::new();
    for commit in commits.iter().filter(|commit| !agents(commit.entry).is_empty()) {
        let entry = commit.entry;
        if let Some(kind) = commit_type(entry.subject.as_str()) {
            kinds.add(kind, &entry.id);
        }
        let files = entry.record.iter().flat_map(|record| &record.files);
        let folders: BTreeSet<&str> = files.map(|file| area(&file.path)).collect();
        folders.into_iter().for_each(|folder| areas.add(folder, &entry.id));
        let requests: Vec<&str> = asked_of(entry).collect();
        if requests.is_empty() {
            continue;
        }
        known.add(&entry.id);
        for (topic, word) in requests.into_iter().flat_map(|text| topic_words(beginning(text, NEAR).0)) {
            topics.entry(topic).or_default().add(word, commit);
        }
    }
    let mut topics: Vec<TopicFigures> = topics
        .into_values()
        .filter(|one| one.of.n >= LEAST && (one.of.n < LEAST * COMMON || one.of.n <= known.n / COMMON))
        .filter_map(Topic::figures)
        .collect();
    topics.sort_by_key(|one| std::cmp::Reverse(one.of.n));
    topics.truncate(MOST_WORDS);
    let mut areas = areas.most_first(1);
    areas.truncate(MOST_AREAS);
    AskedFigures { known, topics, kinds: kinds.most_first(1), areas }
}

/// The request of each session, in full.
fn asked_of(entry: &CommitEntry) -> impl Iterator<Item = &str> {
    let sessions = entry.sure().filter(|one| is_session(one));
    sessions.filter_map(|one| Some(one.prompts[request(one)?].text.as_str()))
}

/// The first two folders of a path; a file at the top is the top.
fn area(path: &str) -> &str {
    let Some((folder, _)) = path.rsplit_once('/') else { return "(top)" };
    folder.match_indices('/').nth(1).map_or(folder, |(end, _)| &folder[..end])
}

/// A word, in the forms that it was written in.
#[derive(Default)]
struct Topic<'a> {
    of: FigureOf,
    forms: BTreeMap<String, u32>,
    newest: Option<&'a DatedCommit<'a>>,
}

impl<'a> Topic<'a> {
    /// A commit counts once.
    fn add(&mut self, word: String, commit: &'a DatedCommit<'a>) {
        *self.forms.entry(word).or_default() += 1;
        if self.of.commits.last() != Some(&commit.entry.id) {
            self.of.add(&commit.entry.id);
            self.newest = Some(commit);
        }
    }

    fn figures(self) -> Option<TopicFigures> {
        let most = self.forms.values().copied().max()?;
        let word = self.forms.into_iter().find(|(_, count)| *count == most)?.0;
        let example = self.newest.and_then(|commit| headline(commit.entry));
        Some(TopicFigures { word, of: self.of, example })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_of_a_file_is_two_folders_at_most() {
        for (path, expected) in
            [("README.md", "(top)"), ("src/a.rs", "src"), ("src/x/a.rs", "src/x"), ("src/x/y/z/a.rs", "src/x")]
        {
            assert_eq!(area(path), expected);
        }
    }
}

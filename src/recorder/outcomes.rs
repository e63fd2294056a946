//! What git tells of the commits of a range today: merged, taken back, lines that are left, later commits on the same files.

use std::collections::{HashMap, HashSet};

use super::range::{Loaded, RangeQuery, keep_last, load};
use super::workplace::Workplace;
use crate::git::history_files::{self, PastCommit};
use crate::git::repository::Repository;
use crate::git::{blame, remotes};
use crate::recall::outcomes::{CommitFate, LinesLeft, OutcomesAnswer, outcomes};
use crate::record::entry::CommitEntry;
use crate::text::reverts::reverts;

/// Commits of a range.
const MOST: usize = 200;
/// Files whose lines are looked at, one call of git each.
const MOST_FILES: usize = 200;
/// Commits after the oldest of the range that are looked through.
const MOST_LATER: usize = 5_000;

/// The outcomes of a range, and what there is to say of what could not be read. Commits that only the session `without` worked on are left
/// out.
///
/// # Errors
/// When a revision does not name a commit, or git cannot tell the history.
pub(crate) fn of_range(
    workplace: &Workplace,
    span: RangeQuery<'_>,
    without: Option<&str>,
) -> anyhow::Result<(OutcomesAnswer, Loaded)> {
    let repository = &workplace.repository;
    let mut ids = span.ids(repository)?;
    let not_looked_at = keep_last(&mut ids, MOST);
    let mut loaded = load(workplace, &workplace.redactor()?, RangeQuery::These(&ids))?;
    if ids.is_empty() {
        loaded.empty = span.why_empty(repository);
    }
    let is_own = |entry: &CommitEntry| {
        let sessions = || entry.record.iter().flat_map(|record| &record.contributions).map(|one| one.session.as_str());
        without.is_some() && sessions().next().is_some() && sessions().all(|session| Some(session) == without)
    };
    let entries: Vec<CommitEntry> = loaded.entries.iter().filter(|entry| !is_own(entry)).cloned().collect();
    let fates = fates(workplace, &entries)?;
    Ok((outcomes(&entries.into_iter().zip(fates).collect::<Vec<_>>(), not_looked_at), loaded))
}

/// Entries are oldest first.
fn fates(workplace: &Workplace, entries: &[CommitEntry]) -> anyhow::Result<Vec<CommitFate>> {
    let repository = &workplace.repository;
    let (Some(head), Some(oldest)) = (repository.head(), entries.first()) else {
        return Ok(vec![CommitFate::default(); entries.len()]);
    };
    let (base, history) = history_since(repository, &head, &oldest.id)?;
    let places: HashMap<&str, usize> =
        history.iter().enumerate().map(|(place, commit)| (commit.id.as_str(), place)).collect();
    let default = default_tip(repository);
    let mut lines = LeftLines { repository, head: &head, base, known: HashMap::new() };
    let fate = |entry: &CommitEntry| {
        let is_in = |tip: &str| tip == entry.id || repository.is_ancestor(&entry.id, tip);
        let after = places.get(entry.id.as_str()).map_or(&[][..], |place| &history[..*place]);
        let here = places.get(entry.id.as_str()).map(|place| &history[*place]);
        CommitFate {
            merged: default.as_deref().map(is_in),
            reverted_by: reverted_by(&entry.id, after),
            // What is not in this history is not in HEAD, and may be elsewhere.
            lines: here.and_then(|_| lines.left(workplace, entry)),
            later: here.map(|commit| later(workplace, commit, after)).unwrap_or_default(),
        }
    };
    // Files of the newest first, where there are too many.
    let mut fates: Vec<CommitFate> = entries.iter().rev().map(fate).collect();
    fates.reverse();
    Ok(fates)
}

/// The commits of `head` beginning with `oldest`, newest first, and what `oldest` is on; more where that is not in the history.
fn history_since(
    repository: &Repository,
    head: &str,
    oldest: &str,
) -> anyhow::Result<(Option<String>, Vec<PastCommit>)> {
    let base = repository.parents(oldest)?.into_iter().next().filter(|base| repository.is_ancestor(base, head));
    let history = history_files::since(repository, head, base.as_deref(), MOST_LATER)?;
    Ok((base, history))
}

/// The commits that take back one of `entries` (oldest first), by what they take back.
///
/// # Errors
/// When git cannot tell the history.
pub(super) fn taken_back(repository: &Repository, entries: &[CommitEntry]) -> anyhow::Result<HashMap<String, String>> {
    let (Some(head), Some(oldest)) = (repository.head(), entries.first()) else { return Ok(HashMap::new()) };
    let (_, history) = history_since(repository, &head, &oldest.id)?;
    let by =
        |(place, commit): (usize, &PastCommit)| Some((commit.id.clone(), reverted_by(&commit.id, &history[..place])?));
    Ok(history.iter().enumerate().filter_map(by).collect())
}

/// The default branch of the remote that a person works with, as it is known here.
fn default_tip(repository: &Repository) -> Option<String> {
    let (reference, _) = remotes::default_branch(repository, &remotes::main(repository)?)?;
    repository.resolve(&reference).ok()
}

/// The newest commit of `after` (newest first) that takes back `id` and is not taken back by one after it.
fn reverted_by(id: &str, after: &[PastCommit]) -> Option<String> {
    let takes_back = |commit: &PastCommit, id: &str| reverts(&commit.message).any(|one| one == id);
    let is_gone = |place: usize| after[..place].iter().any(|later| takes_back(later, &after[place].id));
    let mut found = after.iter().enumerate().filter(|(_, commit)| takes_back(commit, id));
    found.find(|(place, _)| !is_gone(*place)).map(|(_, commit)| commit.id.clone())
}

fn later(workplace: &Workplace, commit: &PastCommit, after: &[PastCommit]) -> Vec<String> {
    let files: HashSet<&String> = commit.files.iter().filter(|file| !workplace.ignored.has_path(file)).collect();
    let touches = |commit: &&PastCommit| commit.files.iter().any(|file| files.contains(file));
    after.iter().filter(touches).map(|commit| commit.id.clone()).collect()
}

/// Which lines of files are of which commit, each file asked for once.
struct LeftLines<'a> {
    repository: &'a Repository,
    head: &'a str,
    base: Option<String>,
    /// `None` where it cannot be told.
    known: HashMap<String, Option<HashMap<String, u32>>>,
}

impl LeftLines<'_> {
    fn left(&mut self, workplace: &Workplace, entry: &CommitEntry) -> Option<LinesLeft> {
        let record = entry.record.as_ref()?;
        let mut lines = LinesLeft::default();
        for file in record.files.iter().filter(|file| !workplace.ignored.has_path(&file.path)) {
            let added = file.spans.iter().fold(0_u32, |sum, span| sum.saturating_add(span.lines));
            match self.of_file(&file.path) {
                Some(by_commit) => {
                    lines.added = lines.added.saturating_add(added);
                    lines.left += by_commit.get(&entry.id).copied().unwrap_or_default().min(added);
                }
                None => lines.not_known = lines.not_known.saturating_add(added),
            }
        }
        Some(lines)
    }

    fn of_file(&mut self, path: &str) -> Option<&HashMap<String, u32>> {
        if !self.known.contains_key(path) {
            let is_there = self.known.len() < MOST_FILES && self.repository.has_file(self.head, path);
            let span = (self.base.as_deref(), self.head);
            let told = is_there.then(|| blame::lines_by_commit(self.repository, span, path).ok()).flatten();
            self.known.insert(path.to_owned(), told);
        }
        self.known.get(path)?.as_ref()
    }
}

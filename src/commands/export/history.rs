//! What the whole history up to the last commit of an export says: which commit is its first, and what was taken back.

use std::collections::HashSet;
use std::thread;

use git2::{Oid, Repository, Sort};
use jiff::Timestamp;

use crate::git::repository as git;
use crate::parallel;
use crate::recorder::range::RangeQuery;
use crate::text::reverts::reverts;

#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// The id of the first commit, by first parents: the same for every clone and fork, and it names nobody. Empty where there is no
    /// commit.
    pub(super) first: String,
    /// The last one.
    pub(super) head: String,
    /// When the last one was made.
    pub(super) head_at: Timestamp,
    /// The full ids of commits that a later one reverts, which was not reverted itself; none where that is not asked for.
    pub(super) reverted: HashSet<String>,
}

impl History {
    pub(super) fn of(repository: &Repository, head: &str, reads_messages: bool) -> anyhow::Result<Self> {
        let mut history = Self::default();
        if head.is_empty() {
            return Ok(history);
        }
        let head_at = repository.find_commit(Oid::from_str(head)?)?.time().seconds();
        (history.head, history.head_at) = (head.to_owned(), Timestamp::from_second(head_at)?);
        let mut mainline = repository.revwalk()?;
        mainline.simplify_first_parent()?;
        mainline.push(Oid::from_str(head)?)?;
        history.first = mainline.last().transpose()?.map(|id| id.to_string()).unwrap_or_default();
        if reads_messages {
            history.reverted = reverted(repository, head)?;
        }
        Ok(history)
    }
}

/// The commits of a span, oldest first, and the history up to the last. Each is a walk through all of it; where the last is known
/// before, they are made at once.
pub(super) fn walked(
    repository: &git::Repository,
    span: RangeQuery<'_>,
    reads_messages: bool,
) -> anyhow::Result<(Vec<String>, History)> {
    let is_to_head = matches!(span, RangeQuery::History(None)) && parallel::threads() > 1 && !repository.is_partial();
    let (address, likely) = (repository.address(), repository.head().filter(|_| is_to_head));
    let (ids, ahead) = thread::scope(|scope| {
        let walk = |head: String| move || History::of(address.open()?.handle(), &head, reads_messages).ok();
        let ahead = likely.map(walk).map(|walk| scope.spawn(walk));
        (span.ids(repository), ahead.and_then(|ahead| ahead.join().ok().flatten()))
    });
    let ids = ids?;
    let head = ids.last().map_or("", String::as_str);
    let history = match ahead.filter(|ahead| ahead.head == head) {
        Some(history) => history,
        None => History::of(repository.handle(), head, reads_messages)?,
    };
    Ok((ids, history))
}

fn reverted(repository: &Repository, head: &str) -> anyhow::Result<HashSet<String>> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL)?;
    walk.push(Oid::from_str(head)?)?;
    let mut reverted = HashSet::new();
    // The newest first: whether a revert stands is known before what it reverts is reached.
    for id in walk {
        let id = id?;
        if !reverted.contains(&id.to_string()) {
            let commit = repository.find_commit(id)?;
            reverted.extend(reverts(&String::from_utf8_lossy(commit.message_bytes())).map(str::to_owned));
        }
    }
    Ok(reverted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_commit_is_reverted_by_a_commit_that_stands() {
        let trial = Trial::new();
        let first = trial.commit("First", "a", "1\n");
        let reverted = trial.commit("Second", "a", "2\n");
        let again = trial.commit("Third", "a", "3\n");
        let revert = |id: Oid| format!("Revert \"It\"\n\nThis reverts commit {id}.\n");
        trial.commit(&revert(reverted), "a", "4\n");
        let taken = trial.commit(&revert(again), "a", "5\n");
        let head = trial.commit(&revert(taken), "a", "6\n");
        let history = History::of(&trial.repository, &head.to_string(), true).unwrap();
        assert_eq!((history.first, history.head), (first.to_string(), head.to_string()));
        assert_eq!(history.reverted, [reverted, taken].map(|id| id.to_string()).into());
        assert!(History::of(&trial.repository, &head.to_string(), false).unwrap().reverted.is_empty());
        assert_eq!(History::of(&trial.repository, "", true).unwrap().first, "");
    }

    #[test]
    fn the_history_of_a_span_ends_with_its_last_commit() {
        let trial = Trial::new();
        let ids = ["1", "2", "3"].map(|text| trial.commit(text, "a", text).to_string());
        let repository = git::Repository::discover(trial.folder.path(), None).unwrap();
        for (span, expected) in [
            (RangeQuery::History(None), &ids[..]),
            (RangeQuery::Given("HEAD~2..HEAD~1"), &ids[1..2]),
            (RangeQuery::Given("HEAD..HEAD"), &[]),
            (RangeQuery::All, &ids[..]),
        ] {
            let (found, history) = walked(&repository, span, false).unwrap();
            let head = expected.last().cloned().unwrap_or_default();
            let first = if expected.is_empty() { String::new() } else { ids[0].clone() };
            assert_eq!((&found[..], history.head, history.first), (expected, head, first), "{span:?}");
        }
    }
}

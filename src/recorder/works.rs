//! The commits with a record that are here, by what they can be found again by: author and time, ids of changes, lines.

use std::cell::OnceCell;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::git::repository::Repository;
use crate::git::{changes, promised, rewritten};
use crate::link::pairing::{CommitTraits, Patch};

/// The lines of so many commits of one author are compared at most, the last ones by id.
const MOST_PATCHES: usize = 20_000;

/// What the commits with a record have that are here.
#[derive(Default)]
pub(crate) struct KnownWorks {
    pub(crate) works: HashMap<String, CommitTraits>,
    by_time: HashMap<(String, Timestamp), Vec<String>>,
    by_second: HashMap<Timestamp, Vec<String>>,
    by_change: HashMap<String, Vec<String>>,
    by_patch: HashMap<String, OnceCell<HashMap<u64, Vec<String>>>>,
}

impl KnownWorks {
    pub(crate) fn of<'a>(repository: &Repository, ids: impl Iterator<Item = &'a String>) -> Self {
        let mut known = Self::default();
        for id in ids {
            // Of a commit that is gone nothing can be found again by these.
            let Ok(work) = work(repository, id) else { continue };
            let author = work.author.to_lowercase();
            known.by_time.entry((author.clone(), work.authored_at)).or_default().push(id.clone());
            known.by_second.entry(work.authored_at).or_default().push(id.clone());
            for change in &work.change_ids {
                known.by_change.entry(change.clone()).or_default().push(id.clone());
            }
            known.by_patch.entry(author).or_default();
            known.works.insert(id.clone(), work);
        }
        known
    }

    /// Those of the same author and second, or of the same change; of another author only those with the same words, whose
    /// address may have been rewritten.
    pub(crate) fn made_when(&self, work: &CommitTraits) -> Vec<String> {
        let at_that_time = self.by_time.get(&(work.author.to_lowercase(), work.authored_at));
        let changes = work.change_ids.iter().filter_map(|id| self.by_change.get(id));
        let mut found: Vec<String> = at_that_time.into_iter().chain(changes).flatten().cloned().collect();
        let subject = |work: &CommitTraits| work.message.trim().lines().next().unwrap_or_default().trim().to_owned();
        let is_likely = |id: &&String| self.works.get(*id).is_some_and(|old| subject(old) == subject(work));
        found.extend(self.by_second.get(&work.authored_at).into_iter().flatten().filter(is_likely).cloned());
        found.sort();
        found.dedup();
        found
    }

    /// Those of the same author and of the same lines.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(crate) fn same_patch(&self, repository: &Repository, work: &CommitTraits) -> anyhow::Result<Vec<String>> {
        let author = work.author.to_lowercase();
        let (Some(patch), Some(cell)) = (&work.patch, self.by_patch.get(&author)) else { return Ok(Vec::new()) };
        if cell.get().is_none() {
            let is_theirs = |(_, work): &(&String, &CommitTraits)| work.author.to_lowercase() == author;
            let mut ids: Vec<String> = self.works.iter().filter(is_theirs).map(|(id, _)| id.clone()).collect();
            ids.sort();
            ids.truncate(MOST_PATCHES);
            let ids = promised::complete(repository, ids)?;
            let mut digests: HashMap<u64, Vec<String>> = HashMap::new();
            for chunk in ids.chunks(256) {
                for (id, commit) in chunk.iter().zip(changes::read_commits(repository, chunk)?) {
                    digests.entry(Patch::of(&commit).digest()).or_default().push(id.clone());
                }
            }
            let _ = cell.set(digests);
        }
        Ok(cell.get().and_then(|digests| digests.get(&patch.digest())).cloned().unwrap_or_default())
    }
}

/// What the header and the message of a commit say.
///
/// # Errors
/// When the commit is not here.
pub(crate) fn work(repository: &Repository, id: &str) -> anyhow::Result<CommitTraits> {
    Ok(CommitTraits {
        author: repository.author(id)?.email,
        authored_at: repository.times(id)?.authored,
        message: String::from_utf8_lossy(&repository.message(id)?).into_owned(),
        change_ids: rewritten::change_ids(repository, id),
        tree: repository.stands_on(id)?.1,
        patch: None,
    })
}

//! Whether a commit took in the changes of another one without git saying so, as after `git cherry-pick -n`, `git checkout COMMIT -- FILE`
//! or `git show COMMIT | git apply`.

use std::collections::{HashMap, HashSet};

use crate::git::changes;
use crate::git::repository::Repository;
use crate::record::commit::Commit;

/// Of more commits it is not asked.
pub(crate) const MOST: usize = 32;
/// Fewer characters are in many commits by chance.
const FEWEST: usize = 12;

/// Whether all lines that one of `commits` added are added by `head` too, and were not by the commit that it replaced. One
/// that was given up by a reset was made anew, which is another answer.
pub(crate) fn any(repository: &Repository, head: &str, replaced: Option<&str>, commits: &[&str]) -> bool {
    let given_up = given_up(repository);
    let is_asked = |id: &&&str| {
        **id != head
            && replaced != Some(**id)
            && !given_up.contains(**id)
            && repository.has_commit(id)
            && !repository.is_ancestor(id, head)
    };
    let asked: Vec<&&str> = commits.iter().filter(is_asked).collect();
    if asked.is_empty() {
        return false;
    }
    let Ok(own) = changes::read_commit(repository, head) else { return false };
    let own = added(&own);
    let before = replaced.and_then(|id| changes::read_commit(repository, id).ok());
    let before = before.as_ref().map(added).unwrap_or_default();
    asked.into_iter().any(|id| {
        let Ok(commit) = changes::read_commit(repository, id) else { return false };
        let theirs = added(&commit);
        let has = |all: &HashMap<&str, HashSet<&str>>| {
            theirs.iter().all(|(path, lines)| all.get(path).is_some_and(|own| lines.is_subset(own)))
        };
        let length: usize = theirs.values().flatten().map(|line| line.len()).sum();
        length >= FEWEST && has(&own) && !has(&before)
    })
}

/// The lines that a commit added to each file, without those that are blank.
fn added(commit: &Commit) -> HashMap<&str, HashSet<&str>> {
    let mut found: HashMap<&str, HashSet<&str>> = HashMap::new();
    for file in &commit.files {
        let lines = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose().trim());
        let lines: HashSet<&str> = lines.filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            found.entry(&file.path).or_default().extend(lines);
        }
    }
    found
}

/// The commits that a reset went back from, as far as git's log of HEAD tells.
fn given_up(repository: &Repository) -> HashSet<String> {
    let Ok(log) = repository.handle().reflog("HEAD") else { return HashSet::new() };
    let resets = log.iter().filter(|entry| entry.message_bytes().is_some_and(|said| said.starts_with(b"reset:")));
    resets.map(|entry| entry.id_old().to_string()).collect()
}

//! Walks back through history, the newest commit first, and reads no further than it is asked to. A walk of libgit2 in any order
//! reads the whole history before it gives its first commit: seconds, where there are hundreds of thousands.

use std::collections::{BinaryHeap, HashSet};

use git2::{Commit, Oid};

/// The commits that `tips` lead to, by the times of their committers. What cannot be read ends its line: in a shallow or partial
/// clone a parent may not be here.
pub(crate) fn newest_first(git: &git2::Repository, tips: impl IntoIterator<Item = Oid>) -> NewestFirst<'_> {
    let mut walk = NewestFirst { git, seen: HashSet::new(), waiting: BinaryHeap::new() };
    for tip in tips {
        walk.wait(tip);
    }
    walk
}

pub(crate) struct NewestFirst<'a> {
    git: &'a git2::Repository,
    seen: HashSet<Oid>,
    /// Time in seconds since 1970, and id.
    waiting: BinaryHeap<(i64, Oid)>,
}

impl NewestFirst<'_> {
    fn wait(&mut self, id: Oid) {
        if self.seen.insert(id)
            && let Ok(commit) = self.git.find_commit(id)
        {
            self.waiting.push((commit.time().seconds(), id));
        }
    }
}

impl<'a> Iterator for NewestFirst<'a> {
    type Item = Commit<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, id) = self.waiting.pop()?;
        let commit = self.git.find_commit(id).ok()?;
        for parent in commit.parent_ids() {
            self.wait(parent);
        }
        Some(commit)
    }
}

#[cfg(test)]
mod tests {
    use git2::{Repository, Signature, Time};

    use super::super::fixture::Fixture;
    use super::*;

    fn commit(git: &Repository, at: i64, parents: &[Oid]) -> Oid {
        let tree = git.find_tree(git.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let by = Signature::new("Ada", "ada@example.org", &Time::new(at, 0)).unwrap();
        let parents: Vec<Commit<'_>> = parents.iter().map(|id| git.find_commit(*id).unwrap()).collect();
        git.commit(None, &by, &by, "x", &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn each_commit_comes_once_and_the_newer_of_two_lines_first() {
        let fixture = Fixture::new();
        let git = Repository::open(fixture.root()).unwrap();
        let first = commit(&git, 100, &[]);
        let (left, right) = (commit(&git, 200, &[first]), commit(&git, 300, &[first]));
        let (left, right) = (commit(&git, 400, &[left]), commit(&git, 500, &[right, first]));
        let times = |tips: &[Oid]| -> Vec<i64> {
            newest_first(&git, tips.iter().copied()).map(|commit| commit.time().seconds()).collect()
        };
        assert_eq!(times(&[left, right, left]), [500, 400, 300, 200, 100]);
        assert_eq!(times(&[left]), [400, 200, 100]);
        assert_eq!(times(&[]), [] as [i64; 0]);
    }

    #[test]
    fn no_older_commit_is_read_than_is_asked_for() {
        let fixture = Fixture::new();
        let git = Repository::open(fixture.root()).unwrap();
        let first = commit(&git, 100, &[]);
        let second = commit(&git, 200, &[first]);
        let third = commit(&git, 300, &[second]);
        let first = first.to_string();
        let (folder, name) = first.split_at(2);
        std::fs::remove_file(git.path().join("objects").join(folder).join(name)).unwrap();
        // Another handle, which has read nothing yet.
        let git = Repository::open(fixture.root()).unwrap();
        let ids: Vec<Oid> = newest_first(&git, [third]).map(|commit| commit.id()).collect();
        assert_eq!(ids, [third, second], "what is not here ends the line");
    }
}

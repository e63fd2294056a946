//! The order of a list of commits: GitHub lists the oldest first, Gitea and GitLab the newest. The parents tell.

use std::collections::HashMap;

/// An id, and the ids of its parents.
pub(crate) type CommitParents = (String, Vec<String>);

/// Ids, oldest first: turned around when more parents come after their children than before.
pub(crate) fn oldest_first(commits: Vec<CommitParents>) -> Vec<String> {
    let places: HashMap<&str, usize> = commits.iter().enumerate().map(|(at, (id, _))| (id.as_str(), at)).collect();
    let (mut before, mut after) = (0, 0);
    for (at, (_, parents)) in commits.iter().enumerate() {
        for parent in parents.iter().filter_map(|parent| places.get(parent.as_str())) {
            if *parent < at { before += 1 } else { after += 1 }
        }
    }
    let ids = commits.into_iter().map(|(id, _)| id);
    if after > before { ids.rev().collect() } else { ids.collect() }
}

#[cfg(test)]
mod tests {
    use super::oldest_first;

    #[test]
    fn a_list_is_turned_so_that_parents_come_first() {
        let commit = |id: &str, parent: &str| (id.to_owned(), vec![parent.to_owned()]);
        let (a, b, c) = (commit("a", "base"), commit("b", "a"), commit("c", "b"));
        assert_eq!(oldest_first(vec![a.clone(), b.clone(), c.clone()]), ["a", "b", "c"]);
        assert_eq!(oldest_first(vec![c, b, a.clone()]), ["a", "b", "c"]);
        assert_eq!(oldest_first(vec![a]), ["a"]);
    }
}

//! Counting with the commits that are counted.

use std::collections::{BTreeMap, HashSet};

use super::figures::{FigureOf, NamedFigure, Quartiles};

/// Things by their names, each with the commits that it is of.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedCounts {
    counts: BTreeMap<String, FigureOf>,
}

impl NamedCounts {
    pub(super) fn add(&mut self, name: &str, commit: &str) {
        self.counts.entry(name.to_owned()).or_default().add(commit);
    }

    /// The most frequent first, then by name; those that were counted `least` times or more.
    pub(super) fn most_first(self, least: u32) -> Vec<NamedFigure> {
        let named = self.counts.into_iter().map(|(name, of)| NamedFigure { name, of });
        let mut all: Vec<NamedFigure> = named.filter(|one| one.of.n >= least).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.of.n));
        all
    }
}

impl FigureOf {
    /// Counts one more, of this commit. Commits come in their order.
    pub(super) fn add(&mut self, commit: &str) {
        self.n = self.n.saturating_add(1);
        if self.commits.last().is_none_or(|last| last != commit) {
            self.commits.push(commit.to_owned());
        }
    }

    /// The commits, each counted once.
    pub(super) fn of_commits<'a>(commits: impl Iterator<Item = &'a str>) -> Self {
        let mut figure = Self::default();
        commits.for_each(|commit| figure.add(commit));
        figure
    }
}

/// `None` without numbers.
pub(super) fn quartiles(mut numbers: Vec<u64>) -> Option<Quartiles> {
    numbers.sort_unstable();
    let at = |quarter: usize| numbers.get((numbers.len().checked_sub(1)?) * quarter / 4).copied();
    Some(Quartiles { lower: at(1)?, median: at(2)?, upper: at(3)? })
}

/// Lets each thing pass once.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<String>);

impl Seen {
    pub(super) fn is_first(&mut self, what: String) -> bool {
        self.0.insert(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_named_once_and_counted_each_time() {
        let mut tally = NamedCounts::default();
        for (name, commit) in [("b", "1"), ("a", "1"), ("a", "1"), ("a", "2"), ("c", "2")] {
            tally.add(name, commit);
        }
        let all = tally.most_first(1);
        let said: Vec<(&str, u32, usize)> =
            all.iter().map(|one| (one.name.as_str(), one.of.n, one.of.commits.len())).collect();
        assert_eq!(said, [("a", 3, 2), ("b", 1, 1), ("c", 1, 1)]);
    }

    #[test]
    fn quartiles_are_numbers_that_were_there() {
        let of = |numbers: &[u64]| quartiles(numbers.to_vec()).map(|q| (q.lower, q.median, q.upper));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some((7, 7, 7)));
        assert_eq!(of(&[9, 1, 5, 3, 7]), Some((3, 5, 7)));
        assert_eq!(of(&[4, 1, 2, 3]), Some((1, 2, 3)));
    }
}

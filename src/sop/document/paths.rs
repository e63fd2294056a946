//! The ways that runs took through the steps of a model: the most common one, and how others differ from it.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, RunSet, is_documentation_only};
use crate::process::model::ProcessModel;

/// Runs that took the same steps in the same order; what was done again counts once.
#[derive(Debug)]
pub(crate) struct Path {
    /// Indexes of steps.
    pub steps: Vec<usize>,
    pub runs: RunSet,
    /// Runs of it that changed documentation only.
    pub documentation_only: RunSet,
}

/// How a path differs from the most common one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub left_out: Vec<usize>,
    pub added: Vec<usize>,
    /// The first comes before the second here, and after it in the most common path.
    pub turned: Vec<(usize, usize)>,
}

/// Most runs first; then in the order of the steps.
pub(crate) fn paths(model: &ProcessModel, facts: &Facts) -> Vec<Path> {
    let mut found: BTreeMap<Vec<usize>, RunSet> = BTreeMap::new();
    for run in &facts.runs {
        let steps = path_of(model, facts, *run);
        if !steps.is_empty() {
            found.entry(steps).or_default().insert(*run);
        }
    }
    let with_kind = |(steps, runs): (Vec<usize>, RunSet)| {
        let is_page = |run: &&u32| is_documentation_only(facts.log, facts.run(**run));
        let documentation_only = runs.iter().filter(is_page).copied().collect();
        Path { steps, runs, documentation_only }
    };
    let mut paths: Vec<Path> = found.into_iter().map(with_kind).collect();
    paths.sort_by(|a, b| b.runs.len().cmp(&a.runs.len()).then_with(|| a.steps.cmp(&b.steps)));
    paths
}

/// How `path` differs from `common`.
pub(crate) fn difference(common: &[usize], path: &[usize]) -> Difference {
    let missing = |from: &[usize], of: &[usize]| of.iter().filter(|step| !from.contains(step)).copied().collect();
    let mut turned = Vec::new();
    for (place, first) in path.iter().enumerate() {
        for second in &path[place + 1..] {
            let at = |step: &usize| common.iter().position(|other| other == step);
            if let (Some(first_at), Some(second_at)) = (at(first), at(second))
                && first_at > second_at
            {
                turned.push((*first, *second));
            }
        }
    }
    Difference { left_out: missing(path, common), added: missing(common, path), turned }
}

/// The steps of a run in the order in which each was begun. Neighbours whose order is free stand in the model's.
fn path_of(model: &ProcessModel, facts: &Facts, run: u32) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    for (at, event) in facts.events(run) {
        // Of one call in the order of the model: in which they were typed is not kept.
        let steps: BTreeSet<usize> =
            event.done().filter_map(|(activity, _)| facts.step_of_activity(at, activity)).collect();
        for step in steps {
            if !path.contains(&step) && !facts.is_aside(step) {
                path.push(step);
            }
        }
    }
    let group = |step: &usize| model.steps[*step].unordered_with.as_deref();
    for set in path.chunk_by_mut(|a, b| group(a).is_some() && group(a) == group(b)) {
        set.sort_unstable();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_differs_by_what_it_leaves_out_adds_and_turns_round() {
        for (path, left_out, added, turned) in [
            (vec![0, 1, 2], vec![], vec![], vec![]),
            (vec![0, 2], vec![1], vec![], vec![]),
            (vec![0, 1, 2, 3], vec![], vec![3], vec![]),
            (vec![1, 0, 2], vec![], vec![], vec![(1, 0)]),
            (vec![2, 3], vec![0, 1], vec![3], vec![]),
        ] {
            assert_eq!(difference(&[0, 1, 2], &path), Difference { left_out, added, turned }, "{path:?}");
        }
    }
}

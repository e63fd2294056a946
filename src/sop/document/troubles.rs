//! What went wrong in a step, and what was done until it worked: every failure with the next execution of the same activity.

use std::collections::BTreeMap;

use super::facts::{Facts, RunSet};
use crate::record::execution::{Execution, ExecutionLog, ExecutionStatus, Phase, Symbol};
use crate::record::session::FailureKind;

/// Failures of one kind in one step.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub step: usize,
    pub kind: Option<FailureKind>,
    /// Runs in which it happened.
    pub runs: RunSet,
    /// What was printed or noted, most frequent first.
    pub words: Vec<Symbol>,
    /// What came next, in the order of [`Outcome`].
    pub outcomes: BTreeMap<Outcome, RunSet>,
    /// Files that were edited between a failure and the execution that passed, with the runs in which they were.
    pub edited: BTreeMap<Symbol, RunSet>,
}

/// What followed a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    PassedAfterEdit,
    /// Nothing was changed between: a candidate for a flaky check.
    PassedWithoutEdit,
    FailedAgain,
    NotRunAgain,
}

/// Most runs first; then in the order of the steps.
pub(crate) fn troubles(facts: &Facts) -> Vec<Trouble> {
    let mut found: BTreeMap<(usize, String), Trouble> = BTreeMap::new();
    let mut words: BTreeMap<(usize, String), BTreeMap<Symbol, usize>> = BTreeMap::new();
    for run in &facts.runs {
        let events = facts.log.events_of(facts.run(*run));
        for (place, (at, event)) in facts.events(*run).enumerate() {
            let Some(step) = facts.failed_step(at, event) else { continue };
            let key = (step, kind_of(event));
            let trouble = found.entry(key.clone()).or_insert_with(|| Trouble::new(step, event.failure));
            trouble.add(facts.log, *run, event, &events[place + 1..]);
            let said = [event.output, event.note].into_iter().find(|text| !text.is_none());
            if let Some(said) = said {
                *words.entry(key).or_default().entry(said).or_default() += 1;
            }
        }
    }
    for (key, counted) in words {
        let mut sorted: Vec<(Symbol, usize)> = counted.into_iter().collect();
        sorted.sort_by_key(|(said, times)| (std::cmp::Reverse(*times), facts.log.text(*said).to_owned()));
        if let Some(trouble) = found.get_mut(&key) {
            trouble.words = sorted.into_iter().map(|(said, _)| said).collect();
        }
    }
    let mut troubles: Vec<Trouble> = found.into_values().collect();
    troubles.sort_by_key(|trouble| std::cmp::Reverse(trouble.runs.len()));
    troubles
}

impl Trouble {
    fn new(step: usize, kind: Option<FailureKind>) -> Self {
        let (runs, words) = (RunSet::new(), Vec::new());
        Self { step, kind, runs, words, outcomes: BTreeMap::new(), edited: BTreeMap::new() }
    }

    fn add(&mut self, log: &ExecutionLog, run: u32, failed: &Execution, later: &[Execution]) {
        self.runs.insert(run);
        let next = later.iter().position(|event| event.activity == failed.activity);
        let between = &later[..next.unwrap_or(later.len())];
        let files: Vec<Symbol> = between.iter().flat_map(|event| &event.files).copied().collect();
        let is_change = |event: &Execution| log.phase(event.activity) == Some(Phase::Change);
        let is_edited = !files.is_empty() || between.iter().any(is_change);
        let outcome = match next.map(|place| later[place].status) {
            None => Outcome::NotRunAgain,
            Some(ExecutionStatus::Failed | ExecutionStatus::Stopped) => Outcome::FailedAgain,
            // Of an execution of which nothing is known, nothing is said.
            Some(ExecutionStatus::NotKnown) => return,
            Some(ExecutionStatus::Succeeded) if !is_edited => Outcome::PassedWithoutEdit,
            Some(ExecutionStatus::Succeeded) => Outcome::PassedAfterEdit,
        };
        self.outcomes.entry(outcome).or_default().insert(run);
        if outcome == Outcome::PassedAfterEdit {
            for file in files {
                self.edited.entry(file).or_default().insert(run);
            }
        }
    }

    /// Whether some run shows what helped.
    pub(crate) fn is_cured(&self) -> bool {
        self.outcomes.keys().any(|outcome| matches!(outcome, Outcome::PassedAfterEdit | Outcome::PassedWithoutEdit))
    }
}

fn kind_of(event: &Execution) -> String {
    event.failure.map(|kind| format!("{kind:?}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sop::samples::change;

    /// The troubles of the sample whose first edit or check ended in `failure`, as step and kind.
    fn after(activity: &str, also: &[&str], failure: FailureKind) -> Vec<(String, Option<FailureKind>)> {
        let mut sample = change();
        for event in &mut sample.log.events {
            (event.status, event.failure) = (ExecutionStatus::Succeeded, None);
        }
        let also: Vec<Symbol> = also.iter().map(|name| sample.log.symbols.intern(name)).collect();
        let meant = sample.log.symbols.find(activity).unwrap();
        let event = sample.log.events.iter_mut().find(|event| event.activity == meant).unwrap();
        (event.status, event.failure, event.also) = (ExecutionStatus::Failed, Some(failure), also);
        let facts = Facts::new(&sample.model, &sample.log);
        let id = |trouble: &Trouble| sample.model.steps[trouble.step].id.clone();
        troubles(&facts).iter().map(|trouble| (id(trouble), trouble.kind)).collect()
    }

    #[test]
    fn a_mistake_with_the_agents_own_tools_is_nobodys_trouble() {
        for kind in [FailureKind::EditNoMatch, FailureKind::EditAmbiguous, FailureKind::EditStale] {
            assert_eq!(after("edit source", &[], kind), []);
        }
        assert_eq!(after("edit source", &[], FailureKind::Permission).len(), 1);
    }

    #[test]
    fn of_several_checks_in_one_call_the_one_that_failed_has_the_trouble() {
        let alone = after("lint", &[], FailureKind::Lint);
        assert_eq!(after("run tests", &["lint"], FailureKind::Lint), alone);
        assert_ne!(after("run tests", &["lint"], FailureKind::Tests), alone);
    }
}

//! A pull request beside a model, from what its records say: the Action has no sessions. Only what a record can show is compared:
//! that something was changed, which checks ran and when, the commit, the push and the request itself.

use std::collections::BTreeSet;

use super::conformance::{DeviationKind, RunConformance, conform_traces, summary};
use super::level::Level;
use super::model::ProcessModel;
use super::trace::{Trace, TraceStep, Traces};
use crate::record::contribution::CheckKind;
use crate::record::entry::CommitEntry;
use crate::record::execution::{ExecutionLog, Phase, Symbol};

/// What a record can show of a check.
const CHECKS: &[(CheckKind, &str)] = &[
    (CheckKind::Test, "run tests"),
    (CheckKind::Build, "build"),
    (CheckKind::Lint, "lint"),
    (CheckKind::TypeCheck, "check types"),
];

/// What else it can show.
const OTHERS: &[(&str, Phase)] = &[("commit", Phase::Commit), ("push", Phase::Publish), ("open PR", Phase::Publish)];

/// How the commits of a pull request went beside `model`. `None` where that is not known: without a record of a session, with one that
/// was not read, and where the model has hardly a step that a record shows.
pub fn beside(model: &ProcessModel, commits: &[CommitEntry]) -> Option<RunConformance> {
    let records = commits.iter().filter_map(|commit| commit.record.as_ref());
    let contributions: Vec<_> = records.flat_map(|record| &record.contributions).collect();
    if contributions.is_empty() || contributions.iter().any(|one| !one.was_read()) {
        return None;
    }
    let model = visible(model)?;
    let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
    for check in contributions.iter().flat_map(|contribution| &contribution.checks) {
        if let Some((_, name)) = CHECKS.iter().find(|(kind, _)| *kind == check.kind) {
            if check.after_last_edit {
                after.insert(*name)
            } else {
                before.insert(*name)
            };
        }
    }
    let knows = |name: &str| model.steps.iter().any(|step| step.activities.iter().any(|activity| activity == name));
    let mut told = Told { level: model.level, traces: Traces::default(), steps: Vec::new() };
    told.step(&Phase::Change.to_string());
    // More than the process asks for is no deviation.
    let is_asked = |name: &&str| knows(&label(name, Phase::Verify, model.level));
    told.checks(&after.iter().copied().filter(is_asked).collect::<Vec<_>>());
    for name in OTHERS.iter().map(|(name, phase)| label(name, *phase, model.level)).filter(|name| knows(name)) {
        told.step(&name);
    }
    told.traces.traces = vec![Trace { run: 0, steps: told.steps }];
    let mut run = conform_traces(&ExecutionLog::default(), &model, &told.traces).runs.pop()?;
    // What ran before the last edit alone has not checked what is committed.
    for deviation in run.deviations.iter_mut().filter(|one| before.contains(one.activity.as_str())) {
        deviation.kind = DeviationKind::OutOfOrder;
    }
    run.summary = summary(run.done, run.of, &run.deviations);
    Some(run)
}

/// What a step is called at a level; see `traces`.
fn label(name: &str, phase: Phase, level: Level) -> String {
    match (level, phase) {
        (Level::Milestone, _) => phase.to_string(),
        _ => name.to_owned(),
    }
}

/// The model of the steps that a record shows; `None` where that is not even two.
fn visible(model: &ProcessModel) -> Option<ProcessModel> {
    let mut names: BTreeSet<String> = OTHERS.iter().map(|(name, phase)| label(name, *phase, model.level)).collect();
    names.extend(CHECKS.iter().map(|(_, name)| label(name, Phase::Verify, model.level)));
    // At the closer levels it is not known what was edited first.
    if matches!(model.level, Level::Stepset | Level::Milestone) {
        names.insert(Phase::Change.to_string());
    }
    let mut model = model.clone();
    model.steps.retain(|step| step.activities.iter().any(|activity| names.contains(activity)));
    (model.steps.len() >= 2).then_some(model)
}

/// A trace as it is put together.
struct Told {
    level: Level,
    traces: Traces,
    steps: Vec<TraceStep>,
}

impl Told {
    fn step(&mut self, name: &str) {
        // A level that does not tell changes as one has no such step.
        if name == Phase::Change.to_string() && !matches!(self.level, Level::Stepset | Level::Milestone) {
            return;
        }
        let label = self.traces.labels.intern(name);
        if self.steps.last().is_none_or(|last| last.label != label) {
            self.push(label);
        }
    }

    /// Checks between two other steps have no order.
    fn checks(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        if self.level == Level::Milestone {
            return self.step(&Phase::Verify.to_string());
        }
        let members: Vec<Symbol> = names.iter().map(|name| self.traces.labels.intern(name)).collect();
        let label = self.traces.labels.intern(&format!("{{{}}}", names.join(", ")));
        self.traces.sets.insert(label, members);
        self.push(label);
    }

    fn push(&mut self, label: Symbol) {
        self.steps.push(TraceStep { label, first: 0, last: 0, rework: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::ModelStep;
    use crate::record::samples;

    fn model(steps: &[&str]) -> ProcessModel {
        let step = |name: &&str| ModelStep {
            id: name.replace(' ', "-"),
            activities: vec![(*name).to_owned()],
            required: true,
            ..ModelStep::default()
        };
        ProcessModel { steps: steps.iter().map(step).collect(), ..ProcessModel::default() }
    }

    fn commit(checks: &[(CheckKind, bool)]) -> CommitEntry {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        record.contributions.truncate(1);
        let one = &mut record.contributions[0];
        let sample = one.checks[0].clone();
        one.checks = checks
            .iter()
            .map(|(kind, after_last_edit)| {
                let mut check = sample.clone();
                (check.kind, check.after_last_edit) = (*kind, *after_last_edit);
                check
            })
            .collect();
        entry
    }

    #[test]
    fn a_pull_request_is_told_in_one_line() {
        let full = model(&["change", "run tests", "commit", "push"]);
        for (case, checks, said) in [
            ("all there", &[(CheckKind::Test, true)][..], "4 of 4 steps"),
            ("no tests", &[], "3 of 4 steps; deviation: no run tests"),
            (
                "tests before the last edit",
                &[(CheckKind::Test, false)],
                "3 of 4 steps; deviation: run tests out of order",
            ),
            ("again after it", &[(CheckKind::Test, false), (CheckKind::Test, true)], "4 of 4 steps"),
            ("more checks", &[(CheckKind::Test, true), (CheckKind::Lint, true)], "4 of 4 steps"),
        ] {
            assert_eq!(beside(&full, &[commit(checks)]).unwrap().summary, said, "{case}");
        }
    }

    #[test]
    fn several_commits_are_one_request_and_what_no_record_shows_is_not_missed() {
        let model = model(&["ask", "change", "lint", "run tests", "commit", "push", "open PR"]);
        let commits = [commit(&[(CheckKind::Lint, true)]), commit(&[(CheckKind::Test, true)])];
        assert_eq!(beside(&model, &commits).unwrap().summary, "6 of 6 steps");
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let full = model(&["change", "run tests", "commit"]);
        assert_eq!(beside(&full, &[]), None);
        assert_eq!(beside(&full, &[samples::by_a_person()]), None);
        assert_eq!(beside(&model(&["call the customer", "commit"]), &[commit(&[])]), None);
        let mut unread = commit(&[]);
        unread.record.as_mut().unwrap().contributions[0].unread = true;
        assert_eq!(beside(&full, &[unread]), None);
    }
}

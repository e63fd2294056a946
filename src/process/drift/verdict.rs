//! What the differences mean for a process document, as a program and a reader are told.

use std::collections::HashMap;

use serde::Serialize;

use super::super::conformance::Judge;
use super::super::model::ProcessModel;
use super::super::trace::Traces;
use super::super::traces::traces;
use super::families::Compared;
use super::finding::Finding;
use super::select::{Test, select};
use super::tallies::{Side, Tallies};
use crate::record::execution::ExecutionLog;

/// Recent runs beside earlier ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Drift {
    pub process: String,
    pub verdict: Verdict,
    /// The verdict in words: `not enough runs (2 of 5) since 2026-10-01`.
    pub says: String,
    /// What divides before from since: a day, or a version.
    pub mark: String,
    /// Runs that were compared.
    pub before: u32,
    pub recent: u32,
    /// Fewer on either side say nothing.
    pub min_runs: u32,
    /// What contradicts the document first, then by how sure it is.
    pub findings: Vec<Finding>,
    /// Asked when something was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// What `process.yaml` would say instead, as a unified diff; absent where there is no such file or no change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    None,
    NotEnoughRuns,
    Suggested,
    Needed,
}

/// Which runs are compared: indexes into `ExecutionLog::runs`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows {
    pub before: Vec<u32>,
    pub recent: Vec<u32>,
    /// What divides them, in words that follow `before`.
    pub mark: String,
    /// Fewer on either side say nothing.
    pub min_runs: u32,
}

/// Compares the windows. `model` says which ways are deviations; `known` are findings without runs, such as commands that are
/// gone, which count at any number of runs.
pub(crate) fn drift(log: &ExecutionLog, model: &ProcessModel, windows: &Windows, known: Vec<Finding>) -> Drift {
    let min_runs = windows.min_runs.max(1);
    let traces = traces(log, &[windows.before.as_slice(), &windows.recent].concat(), model.level);
    let tallies = tally(log, &traces, windows.before.len());
    let [before, recent] = tallies.runs;
    let few = [(before, format!("before {}", windows.mark)), (recent, format!("since {}", windows.mark))]
        .into_iter()
        .find(|(runs, _)| *runs < min_runs);
    let mut findings = known;
    if few.is_none() {
        findings.extend(differences(log, model, windows, (&traces, &tallies)));
    }
    findings.sort_by(|a, b| {
        (b.contradicts.cmp(&a.contradicts))
            .then_with(|| a.p.unwrap_or(0.0).total_cmp(&b.p.unwrap_or(0.0)))
            .then_with(|| (a.family, &a.step, &a.detail).cmp(&(b.family, &b.step, &b.detail)))
    });
    let verdict = verdict(&findings, few.is_some());
    Drift {
        process: model.process.clone(),
        verdict,
        says: says(verdict, few.map(|(runs, when)| (runs, min_runs, when))),
        mark: windows.mark.clone(),
        before,
        recent,
        min_runs,
        findings,
        question: None,
        patch: None,
    }
}

fn verdict(findings: &[Finding], few: bool) -> Verdict {
    match (findings.iter().any(|finding| finding.contradicts), findings.is_empty(), few) {
        (true, _, _) => Verdict::Needed,
        (false, false, _) => Verdict::Suggested,
        (false, true, true) => Verdict::NotEnoughRuns,
        (false, true, false) => Verdict::None,
    }
}

fn says(verdict: Verdict, few: Option<(u32, u32, String)>) -> String {
    let runs = few.map(|(runs, min, when)| format!("not enough runs ({runs} of {min}) {when}"));
    match (verdict, runs) {
        (Verdict::NotEnoughRuns, Some(runs)) => runs,
        (Verdict::Suggested, None) => "an update is suggested".to_owned(),
        (Verdict::Suggested, Some(runs)) => format!("an update is suggested; {runs}"),
        (Verdict::Needed, None) => "an update is needed".to_owned(),
        (Verdict::Needed, Some(runs)) => format!("an update is needed; {runs}"),
        (Verdict::None | Verdict::NotEnoughRuns, _) => "no drift found".to_owned(),
    }
}

/// Counts both windows. Runs of which nothing is told at this level are left out.
fn tally(log: &ExecutionLog, traces: &Traces, before: usize) -> Tallies {
    let mut tallies = Tallies::default();
    for (index, trace) in traces.traces.iter().enumerate().filter(|(_, trace)| !trace.steps.is_empty()) {
        tallies.add(log, traces, trace, if index < before { Side::Before } else { Side::Recent });
    }
    tallies
}

fn differences(
    log: &ExecutionLog,
    model: &ProcessModel,
    windows: &Windows,
    (traces, tallies): (&Traces, &Tallies),
) -> Vec<Finding> {
    let judge = Judge::new(model, traces);
    let candidates =
        Compared::new(log, traces, tallies, windows.min_runs.max(1)).candidates(|labels| !judge.fits(labels));
    let tests: Vec<Test> = candidates.iter().map(|candidate| candidate.test).collect();
    let chosen: HashMap<usize, f64> = select(&tests).into_iter().collect();
    candidates
        .into_iter()
        .enumerate()
        .filter_map(|(index, candidate)| Some((*chosen.get(&index)?, candidate)))
        .filter(|(_, candidate)| candidate.matters)
        .map(|(adjusted, candidate)| candidate.subject.finding(candidate.test.p, adjusted, &windows.mark))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::drift::finding::{Change, Family};
    use crate::process::drift::update::propose;
    use crate::process::level::Level;
    use crate::process::model_from::{Thresholds, model_of};
    use crate::process::planted::{self, BEFORE, RUNS};
    use crate::record::execution::Phase;

    fn windows(before: u32, recent: u32) -> Windows {
        Windows {
            before: (0..before).collect(),
            recent: (before..before + recent).collect(),
            mark: "2026-10-01".to_owned(),
            min_runs: 5,
        }
    }

    fn model_before(log: &ExecutionLog, windows: &Windows) -> ProcessModel {
        let thresholds = Thresholds { level: Level::Raw, min_runs: 1, ..Thresholds::default() };
        model_of(log, &windows.before, "bug-fix", &thresholds).unwrap()
    }

    fn drift_of(log: &ExecutionLog, windows: &Windows) -> Drift {
        drift(log, &model_before(log, windows), windows, Vec::new())
    }

    /// Two windows of runs of these steps, each so often.
    fn of(before: &[(&[&str], u32)], recent: &[(&[&str], u32)]) -> (ExecutionLog, Windows) {
        let mut log = ExecutionLog::default();
        let mut add = |runs: &[(&[&str], u32)]| {
            for (steps, times) in runs {
                for _ in 0..*times {
                    let at = log.runs.len() as i64 * 86_400_000;
                    planted::add(&mut log, steps, at);
                }
            }
            u32::try_from(log.runs.len()).unwrap()
        };
        let first = add(before);
        let all = add(recent);
        (log, windows(first, all - first))
    }

    #[test]
    fn the_planted_drift_is_found_and_nothing_else() {
        let drift = drift_of(&planted::log(), &windows(BEFORE, RUNS - BEFORE));
        let sentences: Vec<&str> = drift.findings.iter().map(|finding| finding.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "`format code` was in 0 of 20 runs before 2026-10-01 and is in 7 of 10 since (p = 0.00006)",
                "the way `prompt > explore > edit source > format code > run tests > commit` was taken in 0 of 20 runs before 2026-10-01 and is in 6 of 10 since (p = 0.0004)",
            ]
        );
        assert_eq!((drift.verdict, drift.says.as_str()), (Verdict::Needed, "an update is needed"));
        assert!(!drift.findings.iter().any(|finding| finding.step == "open PR"));
    }

    #[test]
    fn a_step_that_goes_under_a_wider_name_is_found_all_the_same() {
        let mut log = planted::log();
        for (activity, phase) in
            [("edit source", Phase::Change), ("format code", Phase::Change), ("run tests", Phase::Verify)]
        {
            let activity = log.symbols.intern(activity);
            log.phases.insert(activity, phase);
        }
        let windows = windows(BEFORE, RUNS - BEFORE);
        let model = model_of(&log, &windows.before, "bug-fix", &Thresholds::default()).unwrap();
        assert!(model.steps.iter().any(|step| step.activities == ["change"]));
        let found = drift(&log, &model, &windows, Vec::new());
        assert_eq!(found.findings.iter().filter(|finding| finding.family == Family::Step).count(), 1);
        assert!(found.findings[0].sentence.starts_with("`format code` was in 0 of 20 runs"), "{found:?}");
    }

    #[test]
    fn too_few_runs_on_either_side_say_so() {
        let (log, windows) = of(&[(&["a", "b"], 20)], &[(&["a", "c"], 4)]);
        let found = drift_of(&log, &windows);
        assert_eq!(
            (found.verdict, found.says.as_str()),
            (Verdict::NotEnoughRuns, "not enough runs (4 of 5) since 2026-10-01")
        );
        assert!(found.findings.is_empty());
        let (log, windows) = of(&[(&["a", "b"], 3)], &[(&["a", "c"], 20)]);
        assert_eq!(drift_of(&log, &windows).says, "not enough runs (3 of 5) before 2026-10-01");
    }

    #[test]
    fn each_kind_of_change_is_found() {
        for (case, before, recent, family, change) in [
            ("new", &["a", "b"][..], &["a", "n", "b"][..], Family::Step, Change::New),
            ("dropped", &["a", "d", "b"], &["a", "b"], Family::Step, Change::Dropped),
            ("reordered", &["a", "b", "c"], &["a", "c", "b"], Family::Order, Change::Reordered),
            ("gone through again", &["a", "b"], &["a", "b", "a", "b"], Family::Rework, Change::New),
        ] {
            let (log, windows) = of(&[(before, 15)], &[(recent, 15)]);
            let found = drift_of(&log, &windows).findings;
            assert!(
                found.iter().any(|finding| (finding.family, finding.change) == (family, change)),
                "{case}: {found:?}"
            );
        }
    }

    #[test]
    fn a_rarer_step_is_found_and_one_that_is_a_little_rarer_is_not() {
        let runs = |with: u32, without: u32| [(&["a", "b", "c"][..], with), (&["a", "c"][..], without)];
        let (log, windows) = of(&runs(40, 0), &runs(16, 24));
        let found = drift_of(&log, &windows);
        assert_eq!(found.findings[0].change, Change::Rarer);
        assert!(found.findings[0].contradicts, "most runs had it, and most have it no longer");
        let (log, windows) = of(&runs(400, 0), &runs(360, 40));
        assert!(drift_of(&log, &windows).findings.is_empty(), "sure, and less than the floor");
    }

    #[test]
    fn how_a_step_is_carried_out_is_compared_too() {
        for (case, family) in [
            ("command", Family::Command),
            ("failure", Family::Failure),
            ("actor", Family::Actor),
            ("duration", Family::Duration),
        ] {
            let (mut log, windows) = of(&[(&["a", "b"], 15)], &[(&["a", "b"], 15)]);
            let (old, new) = (log.symbols.intern("make"), log.symbols.intern("just"));
            for (index, event) in log.events.iter_mut().enumerate().filter(|(index, _)| index % 2 == 1) {
                let is_recent = index >= 30;
                match case {
                    "command" => event.command = if is_recent { new } else { old },
                    "failure" if is_recent => event.status = crate::record::execution::ExecutionStatus::Failed,
                    "actor" if is_recent => event.actor = crate::record::execution::Actor::Person,
                    "duration" => event.duration_ms = Some(30_000 + if is_recent { 30_000 } else { 0 } + index as u32),
                    _ => {}
                }
            }
            let found = drift_of(&log, &windows).findings;
            assert!(!found.is_empty() && found.iter().all(|finding| finding.family == family), "{case}: {found:?}");
        }
    }

    #[test]
    fn what_is_proposed_is_what_recent_runs_do() {
        let log = planted::log();
        let windows = windows(BEFORE, RUNS - BEFORE);
        let model = model_before(&log, &windows);
        let drift = drift_of(&log, &windows);
        let new = propose(&log, &model, &windows.recent, &drift.findings).unwrap();
        let ids: Vec<&str> = new.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["prompt", "explore", "edit-source", "format-code", "run-tests-failed", "run-tests", "commit"]);
        assert_eq!(new.evidence.runs, 10);
        assert!(propose(&log, &model, &windows.recent, &[]).is_none());
    }
}

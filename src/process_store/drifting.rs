//! Drift of an SOP, of a model or of runs alone, with everything that is asked of it: the windows, what is gone, the proposed patch
//! and the question.

use std::collections::HashSet;

use jiff::Timestamp;

use super::models::{Models, Named};
use super::recorded::comparable;
use crate::process::activities::Activities;
use crate::process::drift::finding::Finding;
use crate::process::drift::update::propose;
use crate::process::drift::verdict::{Drift, Verdict, Windows, drift};
use crate::process::gone::gone;
use crate::process::model::ProcessModel;
use crate::process::model_from::{Thresholds, model_of};
use crate::process::model_yaml;
use crate::process::unified::unified;
use crate::record::execution::{ExecutionLog, Symbol};

/// What recent runs are compared with.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    /// Runs that are before, whenever they were; empty where time alone says so.
    runs: HashSet<String>,
    /// The same by their commits: another machine names its runs otherwise.
    commits: HashSet<String>,
    /// What started at this time or later is recent.
    since: Option<Timestamp>,
    /// In words that follow `before`.
    mark: String,
}

impl Baseline {
    /// Runs before this time.
    pub(crate) fn before(since: Timestamp) -> Self {
        let text = since.to_string();
        let mark = text.strip_suffix("T00:00:00Z").unwrap_or(&text).to_owned();
        Self { runs: HashSet::new(), commits: HashSet::new(), since: Some(since), mark }
    }

    /// The runs that a model was made from; recent is what came after the last of them.
    pub(crate) fn of_evidence(model: &ProcessModel) -> Self {
        let evidence = &model.evidence;
        let until: Option<Timestamp> = evidence.until.as_deref().and_then(|until| until.parse().ok());
        let mark = until.map_or_else(|| "the evidence".to_owned(), |until| until.strftime("%Y-%m-%d").to_string());
        let [runs, commits] = [&evidence.run_ids, &evidence.commits].map(|all| all.iter().cloned().collect());
        Self { runs, commits, since: until, mark }
    }

    fn windows(&self, log: &ExecutionLog, runs: &[u32], min_runs: u32) -> Windows {
        let mut windows = Windows { mark: self.mark.clone(), min_runs, ..Windows::default() };
        let since = self.since.map(Timestamp::as_millisecond);
        for index in runs {
            let run = &log.runs[*index as usize];
            let at = log.started_at(run);
            let is_known = |commit: &Symbol| self.commits.contains(log.text(*commit));
            if self.runs.contains(log.text(run.id)) || run.commits.iter().any(is_known) {
                windows.before.push(*index);
                continue;
            }
            // A run of which no time is known is neither.
            match (at, since) {
                (Some(at), Some(since)) if at >= since => windows.recent.push(*index),
                (Some(_), Some(_)) if self.runs.is_empty() => windows.before.push(*index),
                _ => {}
            }
        }
        windows
    }
}

/// Runs since then beside those before, without a model.
pub(crate) fn of_runs(
    log: &ExecutionLog,
    runs: &[u32],
    process: &str,
    (baseline, thresholds): (&Baseline, &Thresholds),
) -> Drift {
    let windows = baseline.windows(log, runs, thresholds.min_runs);
    let model = model_of(log, &windows.before, process, &Thresholds { min_runs: 1, ..*thresholds });
    // Without an earlier run nothing is compared, and nothing deviates.
    let model = model.unwrap_or_else(|_| ProcessModel { process: process.to_owned(), ..ProcessModel::default() });
    let mut found = drift(log, &model, &windows, Vec::new());
    found.question = question(&found, &format!("what is written of `{process}`"));
    found
}

/// By what runs are compared with a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DriftMeasure<'a> {
    pub(crate) thresholds: &'a Thresholds,
    pub(crate) rules: &'a Activities,
}

/// Runs since then beside a model.
pub(crate) fn of_model(
    log: &ExecutionLog,
    runs: &[u32],
    named: &Named,
    (baseline, measure): (&Baseline, DriftMeasure<'_>),
) -> Drift {
    compared(log, named, (runs, baseline), (measure, Vec::new()))
}

/// An SOP beside the runs since its evidence, or since another time.
///
/// # Errors
/// When there is no such SOP, or its model cannot be read.
pub(crate) fn of_sop(
    models: &Models,
    slug: &str,
    log: &ExecutionLog,
    (since, measure): (Option<Baseline>, DriftMeasure<'_>),
) -> anyhow::Result<Drift> {
    let named = models.of_sop(slug)?;
    let known = gone(&named.model, &models.standing(&named));
    let baseline = since.unwrap_or_else(|| Baseline::of_evidence(&named.model));
    let runs = runs_of(log, &named.model.process);
    let mut found = compared(log, &named, (&runs, &baseline), (measure, known));
    found.question = question(&found, &format!("the SOP `{slug}`"));
    Ok(found)
}

fn runs_of(log: &ExecutionLog, process: &str) -> Vec<u32> {
    (0..).zip(&log.runs).filter(|(_, run)| log.text(run.process) == process).map(|(index, _)| index).collect()
}

fn compared(
    log: &ExecutionLog,
    named: &Named,
    (runs, baseline): (&[u32], &Baseline),
    (measure, known): (DriftMeasure<'_>, Vec<Finding>),
) -> Drift {
    let (runs, model) = comparable(log, runs, &named.model, measure.rules);
    let windows = baseline.windows(log, &runs, measure.thresholds.min_runs);
    let mut found = drift(log, &model, &windows, known);
    // Runs that do not tell all say nothing of the figures of a whole model.
    let tells_all = model.steps.len() == named.model.steps.len();
    let recent: &[u32] = if found.recent < found.min_runs || !tells_all { &[] } else { &windows.recent };
    found.patch = propose(log, &named.model, recent, &found.findings)
        .map(|new| unified(&named.path, &named.text, &model_yaml::write(&new)))
        .filter(|patch| !patch.is_empty());
    found.question = question(&found, &named.name);
    found
}

fn question(drift: &Drift, what: &str) -> Option<String> {
    matches!(drift.verdict, Verdict::Suggested | Verdict::Needed).then(|| format!("Does {what} need an update?"))
}

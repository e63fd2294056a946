//! How commits went beside the SOPs that are in force, as their records tell it: no session is read.

use std::collections::BTreeMap;

use super::recorded::{self, comparable};
use super::sops::committed::PublishedSop;
use crate::process::conformance::{Conformance, Deviation, DeviationKind, conform};
use crate::process::model::ProcessModel;
use crate::process::units::belonging::Processes;
use crate::process::units::{self, Looked, Unit};
use crate::record::entry::CommitEntry;
use crate::record::execution::{CaseKind, ExecutionLog};
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;

/// One SOP and the commits that are runs of its process; at least one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Going {
    pub(crate) sop: String,
    pub(crate) version: u32,
    pub(crate) runs: usize,
    /// Runs without any deviation.
    pub(crate) fitting: usize,
    /// Required steps, and how many of them every run has where they belong.
    pub(crate) steps: u32,
    pub(crate) done: u32,
    /// In words, with the runs of each and the number of the step in the document; most runs first, then in the order of the
    /// document.
    pub(crate) deviations: Vec<(String, usize, Option<usize>)>,
}

/// The runs that the records of commits tell.
///
/// # Errors
/// When the team's rules or a commit cannot be read.
pub(crate) fn log_of(
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
    entries: &[CommitEntry],
) -> anyhow::Result<ExecutionLog> {
    let processes = Processes::new(&rules.settings.process)?;
    let mut log = ExecutionLog::default();
    for entry in entries {
        let Some(record) = &entry.record else { continue };
        let run = recorded::run_of(workplace, (rules, redactor), &entry.id, record)?;
        let Some(run) = run else { continue };
        let of_run: Vec<(&Unit, &Looked)> = run.iter().map(|(unit, looked)| (unit, looked)).collect();
        let id = &of_run[0].0.id;
        units::add(&mut log, (id, CaseKind::Unit), &of_run, (&rules.activities, &processes));
    }
    log.rules_version = rules.activities.version();
    Ok(log)
}

/// The runs of `log` beside the SOP; `None` where there is none that can be compared.
pub(crate) fn beside(log: &ExecutionLog, sop: &PublishedSop, rules: &Rules) -> Option<Going> {
    let is_of = |run: &crate::record::execution::Run| log.text(run.process) == sop.model.process;
    let runs: Vec<u32> = (0..).zip(&log.runs).filter(|(_, run)| is_of(run)).map(|(index, _)| index).collect();
    let (runs, model) = comparable(log, &runs, &sop.model, &rules.activities);
    let Conformance { runs, .. } = conform(log, &model, &runs);
    let mut deviations: BTreeMap<(DeviationKind, String), usize> = BTreeMap::new();
    for deviation in runs.iter().flat_map(|run| &run.deviations) {
        *deviations.entry((deviation.kind, deviation.activity.clone())).or_default() += 1;
    }
    let told = |((kind, activity), runs): ((DeviationKind, String), usize)| {
        let step = step_of(&sop.model, &activity);
        (Deviation { kind, activity, times: 1 }.to_string(), runs, step)
    };
    let mut deviations: Vec<(String, usize, Option<usize>)> = deviations.into_iter().map(told).collect();
    deviations.sort_by_key(|(_, runs, step)| (std::cmp::Reverse(*runs), step.unwrap_or(usize::MAX)));
    Some(Going {
        sop: sop.slug.clone(),
        version: sop.live.version,
        runs: runs.len(),
        fitting: runs.iter().filter(|run| run.deviations.is_empty()).count(),
        steps: runs.first()?.of,
        done: runs.iter().map(|run| run.done).min()?,
        deviations,
    })
}

/// The number of the step in the document.
fn step_of(model: &ProcessModel, activity: &str) -> Option<usize> {
    let is_meant = |step: &crate::process::model::ModelStep| step.activities.iter().any(|name| name == activity);
    model.steps.iter().position(|step| is_meant(step) || step.title == activity).map(|place| place + 1)
}

//! How processes are done, as the records of a range tell: the same on every machine that has the records.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use super::collect::of_records;
use super::drifting::{Baseline, of_runs};
use crate::process::drift::verdict::Verdict;
use crate::process::level::Level;
use crate::process::model_from::Thresholds;
use crate::process::traces::traces;
use crate::process::variants::variants;
use crate::record::execution::ExecutionLog;
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;
use crate::report::figures::{DriftFigures, ProcessFigures, WayFigures};

/// Ways of one process that are told.
const MOST_WAYS: usize = 8;

/// The processes of which these commits are runs, those with most runs first.
///
/// # Errors
/// When rules or settings cannot be read.
pub(crate) fn told_ways(
    workplace: &Workplace,
    redactor: &Redactor,
    commits: &HashSet<&str>,
) -> anyhow::Result<Vec<ProcessFigures>> {
    let rules = Rules::read(workplace.repository.root())?;
    let log = of_records(workplace, (&rules, redactor))?;
    let thresholds = Thresholds::of(&rules.settings.thresholds);
    let is_asked =
        |index: &u32| log.runs[*index as usize].commits.iter().any(|commit| commits.contains(log.text(*commit)));
    let names: BTreeSet<&str> = log.runs.iter().map(|run| log.text(run.process)).collect();
    let mut told = Vec::new();
    for process in names {
        let of_process = |index: &u32| log.text(log.runs[*index as usize].process) == process;
        let runs: Vec<u32> = (0..).take(log.runs.len()).filter(of_process).filter(is_asked).collect();
        let ways = variants(&log, &traces(&log, &runs, Level::default()), thresholds.min_runs, MOST_WAYS);
        if ways.runs == 0 {
            continue;
        }
        let way = |way: crate::process::variants::Variant| WayFigures {
            steps: way.steps,
            runs: way.rate.runs,
            reworked: way.figures.map(|figures| figures.reworked.runs),
        };
        told.push(ProcessFigures {
            process: process.to_owned(),
            runs: ways.runs,
            ways: ways.ways,
            variants: ways.variants.into_iter().map(way).collect(),
            drift: drift(&log, &runs, process, &thresholds),
        });
    }
    told.sort_by_key(|one| std::cmp::Reverse(one.runs));
    Ok(told)
}

/// The later half of the runs beside the earlier one; `None` where there are too few to say anything.
fn drift(log: &ExecutionLog, runs: &[u32], process: &str, thresholds: &Thresholds) -> Option<DriftFigures> {
    let mut times: Vec<i64> = runs.iter().filter_map(|run| log.started_at(&log.runs[*run as usize])).collect();
    times.sort_unstable();
    let middle = Timestamp::from_millisecond(*times.get(times.len() / 2)?).ok()?;
    let found = of_runs(log, runs, process, (&Baseline::before(middle), thresholds));
    (found.verdict != Verdict::NotEnoughRuns).then(|| DriftFigures {
        says: found.says,
        findings: found.findings.into_iter().map(|finding| finding.sentence).collect(),
    })
}

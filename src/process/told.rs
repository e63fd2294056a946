//! Which activities of which events the traces of a level tell. A model counts these, so documents about it count the same:
//! checks before the first change say how things were, and are no check of it.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::level::Level;
use super::sequence::{Name, activities, items};
use super::traces::traces;
use crate::record::execution::{ExecutionLog, Phase, Symbol};

/// Events are indexes into `ExecutionLog::events`.
#[derive(Debug)]
pub(crate) struct ToldEvents<'a> {
    log: &'a ExecutionLog,
    told: HashSet<(u32, Symbol), RandomState>,
}

impl<'a> ToldEvents<'a> {
    /// Those of `runs`, which are indexes into `log.runs`.
    pub(crate) fn new(log: &'a ExecutionLog, runs: &[u32], level: Level) -> Self {
        let traces = traces(log, runs, level);
        let mut told = HashSet::default();
        for item in traces.traces.iter().flat_map(|trace| items(&traces, trace)) {
            let name = Name::of(traces.label(item.name));
            for at in item.step.first..=item.step.last {
                let meant = activities(&log.events[at as usize]).filter(|activity| name.means(log, *activity));
                told.extend(meant.map(|activity| (at, activity)));
            }
        }
        Self { log, told }
    }

    /// Whether an event counts as an execution of one of its activities. Effort is in no trace, and all of it counts.
    pub(crate) fn has(&self, event: u32, activity: Symbol) -> bool {
        let is_effort = matches!(self.log.phase(activity), Some(Phase::Explore | Phase::Plan | Phase::Other));
        is_effort || self.told.contains(&(event, activity))
    }
}

//! The planted log for unit tests: 30 runs of which it is known what is in them. A port of the generator that made the log with
//! which other programs were compared.

use crate::record::execution::{Actor, CaseKind, Execution, ExecutionLog, ExecutionStatus, Run};

const PROMPT: &str = "prompt";
const EXPLORE: &str = "explore";
const EDIT: &str = "edit source";
const TESTS: &str = "run tests";
const FAILED: &str = "run tests (failed)";
const FORMAT: &str = "format code";
const COMMIT: &str = "commit";
const OPEN: &str = "open PR";

pub(crate) const USUAL: &[&str] = &[PROMPT, EXPLORE, EDIT, TESTS, COMMIT];
const FAILS_ONCE: &[&str] = &[PROMPT, EXPLORE, EDIT, FAILED, EDIT, TESTS, COMMIT];
const SHORT: &[&str] = &[PROMPT, EDIT, TESTS, COMMIT];
const FORMATS: &[&str] = &[PROMPT, EXPLORE, EDIT, FORMAT, TESTS, COMMIT];
const OPENS: &[&str] = &[PROMPT, EXPLORE, EDIT, FORMAT, TESTS, COMMIT, OPEN];

/// How many of the runs are before the drift.
pub(crate) const BEFORE: u32 = 20;
pub(crate) const RUNS: u32 = 30;

/// No rule knows the activities, as in a log that was imported.
pub(crate) fn log() -> ExecutionLog {
    let before = [vec![USUAL; 12], vec![FAILS_ONCE; 5], vec![SHORT; 3]].concat();
    let after = [vec![FORMATS; 6], vec![USUAL; 2], vec![FAILS_ONCE; 1], vec![OPENS; 1]].concat();
    let mut log = ExecutionLog::default();
    let day = 86_400_000_i64;
    // 2026-09-01T09:00:00Z and 2026-10-02T09:00:00Z.
    for i in 0..20 {
        add(&mut log, before[(i * 7) % 20], 1_788_253_200_000 + i as i64 * day);
    }
    for i in 0..10 {
        add(&mut log, after[(i * 3) % 10], 1_790_931_600_000 + i as i64 * day);
    }
    log
}

/// A run of `steps`, two minutes apart.
pub(crate) fn add(log: &mut ExecutionLog, steps: &[&str], at: i64) {
    let id = format!("sess-{:03}", log.runs.len() + 1);
    let mut run = Run::new(log.symbols.intern(&id), CaseKind::Logged);
    run.process = log.symbols.intern("bug-fix");
    let events = (0..)
        .zip(steps)
        .map(|(place, step)| Execution {
            activity: log.symbols.intern(step),
            actor: if *step == PROMPT { Actor::Person } else { Actor::Agent },
            status: if *step == FAILED { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
            started_at: Some(at + place * 120_000),
            duration_ms: Some(30_000),
            ..Execution::default()
        })
        .collect();
    log.push(run, events);
}

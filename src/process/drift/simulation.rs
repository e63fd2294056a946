//! How often drift is found where nothing changed, and where something did. Deterministic: the same seed, the same runs. A short
//! version is a test; the figures in `docs/internals/benchmarks.md` are of the long one.

use std::io::Write;

use super::finding::Family;
use super::verdict::{Drift, Windows, drift};
use crate::process::level::Level;
use crate::process::model_from::{Thresholds, model_of};
use crate::process::planted;
use crate::record::execution::{Actor, CaseKind, Execution, ExecutionLog, ExecutionStatus, Run};

/// xorshift64* (Vigna 2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn chance(&mut self, of: f64) -> bool {
        ((self.next() >> 11) as f64) < of * (1_u64 << 53) as f64
    }

    fn below(&mut self, number: usize) -> usize {
        usize::try_from(self.next() % number as u64).expect("below a usize")
    }

    fn shuffle(&mut self, list: &mut [u32]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// A run of a process with some of everything that is compared: steps that are left out, two orders, commands, failures, loops,
/// people, durations. `new` is the chance of a step that the others do not have.
fn add(log: &mut ExecutionLog, random: &mut Random, new: f64) {
    let mut steps = vec!["edit"];
    if random.chance(new) {
        steps.push("format");
    }
    let mut checks = vec!["lint", "test"];
    if random.chance(0.4) {
        checks.swap(0, 1);
    }
    checks.retain(|_| random.chance(0.8));
    steps.extend(&checks);
    if random.chance(0.3) {
        steps.push("edit");
        steps.extend(&checks);
    }
    for (step, chance) in [("build", 0.5), ("commit", 0.97), ("push", 0.6), ("open PR", 0.25)] {
        if random.chance(chance) {
            steps.push(step);
        }
    }
    let mut events = Vec::new();
    for (place, step) in (0..).zip(steps) {
        let command = ["make", "just", "cargo"][random.below(3)];
        let command = format!("{command} {step}");
        events.push(Execution {
            activity: log.symbols.intern(step),
            command: log.symbols.intern(&command),
            actor: if random.chance(0.3) { Actor::Person } else { Actor::Agent },
            status: if random.chance(0.25) { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
            started_at: Some(place * 1000),
            duration_ms: u32::try_from(1000 + random.below(60) * random.below(1000)).ok(),
            ..Execution::default()
        });
    }
    let id = format!("run-{}", log.runs.len());
    let mut run = Run::new(log.symbols.intern(&id), CaseKind::Unit);
    run.process = log.symbols.intern("change");
    log.push(run, events);
}

fn compared(log: &ExecutionLog, windows: &Windows) -> Drift {
    let thresholds = Thresholds { level: Level::Raw, min_runs: 1, ..Thresholds::default() };
    let model = model_of(log, &windows.before, "change", &thresholds).expect("there are runs");
    drift(log, &model, windows, Vec::new())
}

fn halves(log: &ExecutionLog, random: &mut Random) -> Windows {
    let mut runs: Vec<u32> = (0..u32::try_from(log.runs.len()).expect("a few runs")).collect();
    random.shuffle(&mut runs);
    let recent = runs.split_off(runs.len() / 2);
    Windows { before: runs, recent, mark: "x".to_owned(), min_runs: 5 }
}

/// The share of comparisons of resampled halves that find anything at all.
fn false_alarms(log: &ExecutionLog, rounds: u32, random: &mut Random) -> f64 {
    let alarms = (0..rounds).filter(|_| !compared(log, &halves(log, random)).findings.is_empty()).count();
    alarms as f64 / f64::from(rounds)
}

/// The share of logs of 20 runs without and 10 runs with a new step in 60 % of them in which that step is found.
fn power(rounds: u32, random: &mut Random) -> f64 {
    let found = (0..rounds).filter(|_| {
        let mut log = ExecutionLog::default();
        for run in 0..30 {
            add(&mut log, random, if run < 20 { 0.0 } else { 0.6 });
        }
        let windows =
            Windows { before: (0..20).collect(), recent: (20..30).collect(), mark: "x".to_owned(), min_runs: 5 };
        let found = compared(&log, &windows).findings;
        found.iter().any(|finding| finding.family == Family::Step && finding.step == "format")
    });
    found.count() as f64 / f64::from(rounds)
}

fn steady(runs: u32, random: &mut Random) -> ExecutionLog {
    let mut log = ExecutionLog::default();
    for _ in 0..runs {
        add(&mut log, random, 0.3);
    }
    log
}

#[test]
fn runs_that_have_not_changed_rarely_give_an_alarm_and_a_new_step_mostly_does() {
    let mut random = Random(7);
    let log = steady(30, &mut random);
    let alarms = false_alarms(&log, 60, &mut random);
    assert!(alarms <= 0.05, "{alarms}");
    let found = power(60, &mut random);
    assert!(found >= 0.8, "{found}");
}

#[test]
#[ignore = "takes minutes; prints the figures of docs/internals/benchmarks.md"]
fn measure_false_alarms_and_power() {
    let mut figures = Vec::new();
    for runs in [20, 30, 60, 120, 400] {
        // Over logs as well as over halves of one.
        let mut random = Random(u64::from(runs) + 1);
        let rates: Vec<f64> = (0..20)
            .map(|_| {
                let log = steady(runs, &mut random);
                false_alarms(&log, 100, &mut random)
            })
            .collect();
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        let worst = rates.iter().copied().fold(0.0, f64::max);
        figures.push(format!(
            "{runs} runs: false alarms {:.2} % of 2000, worst log {:.0} %",
            mean * 100.0,
            worst * 100.0
        ));
        assert!(mean <= 0.05, "{figures:?}");
    }
    let planted = planted::log();
    let alarms = false_alarms(&planted, 2000, &mut Random(11));
    figures.push(format!("planted log: false alarms {:.2} % of 2000", alarms * 100.0));
    assert!(alarms <= 0.05, "{figures:?}");
    let found = power(2000, &mut Random(3));
    figures.push(format!("power {:.1} % of 2000", found * 100.0));
    assert!(found >= 0.8, "{figures:?}");
    writeln!(std::io::stdout(), "{}", figures.join("\n")).expect("a test may print");
}

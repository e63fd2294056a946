//! What is written can be read again, in every format.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::fields::Mapping;
use super::format::{LogFormat, read, write};
use super::outgoing::{LeftOut, Selection};
use crate::process::graph::graph;
use crate::process::level::Level;
use crate::process::traces::all_traces;
use crate::process::variants::ways;
use crate::record::execution::{Actor, CaseKind, Execution, ExecutionLog, ExecutionStatus, Phase, Run};

const FORMATS: [LogFormat; 4] = [LogFormat::Xes, LogFormat::Ocel2, LogFormat::Csv, LogFormat::Jsonl];

/// Runs with their steps; all have files, a session and a commit.
fn log(runs: &[(String, Vec<String>)]) -> ExecutionLog {
    let mut log = ExecutionLog::default();
    let shared = log.symbols.intern("src/lib.rs");
    for (number, (name, steps)) in runs.iter().enumerate() {
        let mut events = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let activity = log.symbols.intern(step);
            events.push(Execution {
                activity,
                actor: Actor::Agent,
                actor_name: log.symbols.intern("a-tool"),
                note: log.symbols.intern(name),
                status: if at == 1 { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
                started_at: Some(1_767_225_600_000 + (number * 1000 + at) as i64),
                duration_ms: Some(500),
                files: vec![shared],
                ..Execution::default()
            });
        }
        let (id, process) = (log.symbols.intern(name), log.symbols.intern("change"));
        let commit = log.symbols.intern(&format!("{number:040x}"));
        let sessions = vec![log.symbols.intern(&format!("a-tool/{number}"))];
        log.push(
            Run { process, commits: vec![commit], sessions, files: vec![shared], ..Run::new(id, CaseKind::Unit) },
            events,
        );
    }
    log.sort();
    if let Some(commit) = log.symbols.find("commit") {
        log.phases.insert(commit, Phase::Commit);
    }
    log
}

fn written(log: &ExecutionLog, format: LogFormat) -> (Vec<u8>, LeftOut) {
    let traces = all_traces(log, Level::Raw);
    let mut out = Vec::new();
    let left = write(format, &Selection { log, process: Some("change"), traces: &traces }, &mut out).unwrap();
    (out, left)
}

/// What readers agree on: cases, events, variants and edges.
fn told(log: &ExecutionLog) -> String {
    let traces = all_traces(log, Level::Raw);
    let mut text = String::new();
    for run in &log.runs {
        let _ = writeln!(text, "{} {}", log.text(run.id), log.text(run.process));
        for event in log.events_of(run) {
            let names = [event.activity, event.actor_name, event.note].map(|symbol| log.text(symbol));
            let _ = writeln!(text, "  {names:?} {:?} {:?} {:?}", event.status, event.started_at, event.duration_ms);
        }
    }
    for way in ways(&traces) {
        let steps: Vec<&str> = way.steps.iter().map(|step| traces.label(*step)).collect();
        let _ = writeln!(text, "{} {steps:?}", way.traces.len());
    }
    text + &format!("{:?}", graph(&traces))
}

fn runs(named: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let run =
        |(name, steps): &(&str, &[&str])| ((*name).to_owned(), steps.iter().map(|step| (*step).to_owned()).collect());
    named.iter().map(run).collect()
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let log = log(&runs(&[
        ("one", &["edit source", "run tests", "commit"]),
        ("two", &["say \"<b>&amp; 'x'", "a, b;c", "=1+1", "]]>", "commit"]),
        ("src/lib.rs", &["edit source", "commit"]),
    ]));
    for format in FORMATS {
        let (out, left) = written(&log, format);
        assert_eq!(left, LeftOut::default());
        let again = read(format, out.as_slice(), &Mapping::default()).unwrap();
        assert_eq!(again.skipped, [], "{format:?}");
        assert_eq!(told(&again.log), told(&log), "{format:?}: {}", String::from_utf8_lossy(&out));
    }
}

#[test]
fn what_has_no_place_in_a_format_is_left_out_and_counted() {
    let mut log = log(&runs(&[("one", &["a", "b"]), ("empty", &[]), ("two", &["a", "b"])]));
    log.events[1].started_at = None;
    for format in [LogFormat::Xes, LogFormat::Ocel2, LogFormat::Csv] {
        let (out, left) = written(&log, format);
        assert_eq!(left, LeftOut { events_without_time: 1, empty_runs: 1 }, "{format:?}");
        let again = read(format, out.as_slice(), &Mapping::default()).unwrap();
        assert_eq!((again.log.runs.len(), again.log.events.len()), (2, 3), "{format:?}");
    }
}

#[test]
fn an_object_log_names_nothing_that_is_not_there_and_nothing_twice() {
    let log =
        log(&runs(&[("one", &["edit source", "commit", "push"]), ("src/lib.rs", &["commit"]), ("one", &["commit"])]));
    let document: serde_json::Value = serde_json::from_slice(&written(&log, LogFormat::Ocel2).0).unwrap();
    let list = |key: &str| document[key].as_array().unwrap().clone();
    let names = |key: &str, name: &str| -> Vec<String> {
        list(key).iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
    };
    let (types, events, objects) = (names("objectTypes", "name"), names("eventTypes", "name"), names("objects", "id"));
    for kind in names("objects", "type") {
        assert!(types.contains(&kind), "{kind}");
    }
    let mut named = Vec::new();
    for event in list("events") {
        assert!(events.iter().any(|kind| event["type"] == **kind));
        let related = event["relationships"].as_array().unwrap();
        let mut ids: Vec<&str> = related.iter().map(|to| to["objectId"].as_str().unwrap()).collect();
        assert!(!ids.is_empty() && ids.iter().all(|id| objects.iter().any(|object| object == id)), "{event}");
        named.extend(ids.iter().map(|id| (*id).to_owned()));
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{event}");
    }
    for list in [&objects, &names("events", "id"), &events] {
        let once: std::collections::BTreeSet<&String> = list.iter().collect();
        assert_eq!(once.len(), list.len());
    }
    assert!(objects.iter().all(|object| named.contains(object)), "an object that no event names");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_names_survive(names in proptest::collection::vec(("[ -~\u{e4}\u{20ac}\u{1f600}]{1,12}", proptest::collection::vec("[!-~\u{e4}]{1,8}", 1..5)), 1..6)) {
        let log = log(&names);
        for format in FORMATS {
            let (out, _) = written(&log, format);
            let again = read(format, out.as_slice(), &Mapping::default()).unwrap();
            prop_assert_eq!(again.skipped_rows, 0);
            // Two runs of one name are told apart by a number, and JSON lines keep the name.
            if format != LogFormat::Jsonl {
                prop_assert_eq!(again.log.runs.len(), log.runs.len());
            }
            prop_assert_eq!(again.log.events.len(), log.events.len());
        }
    }

    #[test]
    fn a_reader_reads_anything(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "[<>/a-z\"=,;{}\\[\\]: \n]{0,200}") {
        for format in FORMATS {
            let _ = read(format, bytes.as_slice(), &Mapping::default());
            let _ = read(format, text.as_bytes(), &Mapping::default());
            let _ = read(format, format!("<log><trace>{text}").as_bytes(), &Mapping::default());
            let _ = read(format, format!("case,activity,time\n{text}").as_bytes(), &Mapping::default());
            let _ = read(format, format!("{{\"events\":[{text}").as_bytes(), &Mapping::default());
        }
    }
}

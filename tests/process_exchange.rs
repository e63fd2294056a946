//! `backstory process list | show | variants | graph | export` on logs of which it is known what is in them, judged by another
//! implementation (the crate `process_mining`): the same cases, events, variants and edges as we report.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::BTreeMap;

use process_mining::core::event_data::case_centric::utils::activity_projection::{
    EventLogActivityProjection, get_variants,
};
use process_mining::discovery::case_centric::dfg::discover_dfg;
use process_mining::{EventLog, Importable, OCEL};
use serde_json::Value;
use support::Sandbox;

const FORMATS: [(&str, &str); 4] = [("csv", "csv"), ("xes", "xes"), ("ocel2", "json"), ("jsonl", "jsonl")];

/// How often each variant and each edge is there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    cases: u64,
    events: u64,
    variants: BTreeMap<Vec<String>, u64>,
    edges: BTreeMap<(String, String), u64>,
}

impl Told {
    fn of(traces: &[Vec<String>]) -> Self {
        let mut told = Self { cases: traces.len() as u64, ..Self::default() };
        for trace in traces {
            told.events += trace.len() as u64;
            *told.variants.entry(trace.clone()).or_default() += 1;
            for pair in trace.windows(2) {
                *told.edges.entry((pair[0].clone(), pair[1].clone())).or_default() += 1;
            }
        }
        told
    }

    /// What we report of the log in `file`.
    fn ours(sandbox: &Sandbox, file: &str) -> Self {
        let ask = |what: &str, more: &[&str]| -> Value {
            let arguments = [&["process", what, "--log", file, "--level", "raw", "--json"], more].concat();
            let document = serde_json::from_str(&sandbox.backstory(&arguments).good()).unwrap();
            assert_eq!(mistakes(&format!("process-{what}.v1"), &document), Vec::<String>::new());
            document
        };
        let (variants, graph, list) = (ask("variants", &["--top", "1000"]), ask("graph", &[]), ask("list", &[]));
        let words = |value: &Value| value.as_str().unwrap().to_owned();
        let variant = |variant: &Value| {
            let steps = variant["steps"].as_array().unwrap().iter().map(words).collect();
            (steps, variant["rate"]["runs"].as_u64().unwrap())
        };
        let step = |at: &Value| words(&graph["nodes"][at.as_u64().unwrap() as usize]["step"]);
        let edge = |edge: &Value| ((step(&edge["from"]), step(&edge["to"])), edge["times"].as_u64().unwrap());
        Self {
            cases: variants["runs"].as_u64().unwrap(),
            events: list["processes"][0]["events"].as_u64().unwrap(),
            variants: variants["variants"].as_array().unwrap().iter().map(variant).collect(),
            edges: graph["edges"].as_array().unwrap().iter().map(edge).collect(),
        }
    }

    /// What the judge reads in a XES.
    fn xes(path: &std::path::Path) -> Self {
        let log = EventLog::import_from_path(path).unwrap();
        let projection = EventLogActivityProjection::from(&log);
        let graph = discover_dfg(&log);
        Self {
            cases: log.traces.len() as u64,
            events: log.traces.iter().map(|trace| trace.events.len() as u64).sum(),
            variants: get_variants(&projection)
                .into_iter()
                .map(|variant| (variant.activities, variant.count))
                .collect(),
            edges: graph
                .directly_follows_relations
                .iter()
                .map(|((from, to), times)| ((from.to_string(), to.to_string()), u64::from(*times)))
                .collect(),
        }
    }

    /// What the judge reads in an OCEL whose runs are the cases.
    fn ocel(path: &std::path::Path) -> Self {
        let mut log = OCEL::import_from_path(path).unwrap();
        log.events.sort_by_key(|event| event.time);
        let runs = log.objects.iter().filter(|object| object.object_type == "run");
        let trace = |run: &str| {
            let is_of = |id: &str| id == run;
            let events = log.events.iter().filter(|event| event.relationships.iter().any(|to| is_of(&to.object_id)));
            events.map(|event| event.event_type.clone()).collect::<Vec<_>>()
        };
        Self::of(&runs.map(|run| trace(&run.id)).collect::<Vec<_>>())
    }
}

fn mistakes(name: &str, document: &Value) -> Vec<String> {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|error| error.to_string()).collect()
}

const USUAL: &[&str] = &["prompt", "explore", "edit source", "run tests", "commit"];
const FAILS_ONCE: &[&str] =
    &["prompt", "explore", "edit source", "run tests (failed)", "edit source", "run tests", "commit"];
const SHORT: &[&str] = &["prompt", "edit source", "run tests", "commit"];
const FORMATTED: &[&str] = &["prompt", "explore", "edit source", "format code", "run tests", "commit"];
const OPENED: &[&str] = &["prompt", "explore", "edit source", "format code", "run tests", "commit", "open PR"];

/// The planted log: 30 runs in 5 variants, as CSV with the column names of XES.
fn planted() -> String {
    let before = [vec![USUAL; 12], vec![FAILS_ONCE; 5], vec![SHORT; 3]].concat();
    let after = [vec![FORMATTED; 6], vec![USUAL; 2], vec![FAILS_ONCE; 1], vec![OPENED; 1]].concat();
    let mut text =
        "case:concept:name,concept:name,time:timestamp,start_timestamp,org:resource,step_order,status\n".to_owned();
    for day in 0..30 {
        let (trace, date) = match day {
            0..20 => (before[(day * 7) % 20], format!("2026-09-{:02}", day + 1)),
            _ => (after[(day * 3) % 10], format!("2026-10-{:02}", day - 18)),
        };
        for (at, step) in trace.iter().enumerate() {
            let actor = if *step == "prompt" { "human" } else { "agent:an-agent" };
            let status = if step.contains("failed") { "error" } else { "ok" };
            let (minute, order) = (2 * at, at + 1);
            text.push_str(&format!(
                "sess-{:03},{step},{date}T09:{minute:02}:30+00:00,{date}T09:{minute:02}:00+00:00,{actor},{order},{status}\n",
                day + 1
            ));
        }
    }
    text
}

/// Writes the log in `file` in every other format and returns the names.
fn exported(sandbox: &Sandbox, file: &str) -> Vec<(&'static str, String)> {
    let export = |(format, ending): &(&'static str, &str)| {
        let ran = sandbox.backstory(&["process", "export", "--log", file, "--format", format]);
        assert_eq!(ran.err, "");
        let name = format!("out.{ending}");
        sandbox.write(&name, &ran.good());
        (*format, name)
    };
    FORMATS.iter().map(export).collect()
}

#[test]
fn the_planted_log_is_read_as_it_was_made_and_back_from_every_format() {
    let sandbox = Sandbox::new();
    sandbox.write("bug-fix.csv", &planted());
    let told = Told::ours(&sandbox, "bug-fix.csv");
    let mut counts: Vec<u64> = told.variants.values().copied().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!((told.cases, told.events, counts, told.edges.len()), (30, 167, vec![14, 6, 6, 3, 1], 10));
    assert_eq!(told.variants[&USUAL.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>()], 14);
    for (format, name) in exported(&sandbox, "bug-fix.csv") {
        assert_eq!(Told::ours(&sandbox, &name), told, "{format}");
    }
    assert_eq!(Told::xes(&sandbox.root.join("out.xes")), told);
    assert_eq!(Told::ocel(&sandbox.root.join("out.json")), told);
}

#[test]
fn a_hostile_log_is_read_by_others_as_we_report_it() {
    let sandbox = Sandbox::new();
    let mut text = "case,activity,time\n".to_owned();
    let steps = ["<a b=\"c\">&amp;", "]]>", "=1+1", "\u{e4}\u{1f600}", "a,b", "{x, y}", "--x", "end"];
    for (at, step) in steps.iter().cycle().take(40).enumerate() {
        // Later rows first: the order is that of the times.
        let quoted = step.replace('"', "\"\"");
        text.push_str(&format!("run & <{}>,\"{quoted}\",2026-01-01T00:{:02}:00Z\n", at % 7, 59 - at));
    }
    sandbox.write("odd.csv", &text);
    let told = Told::ours(&sandbox, "odd.csv");
    assert_eq!((told.cases, told.events), (7, 40));
    exported(&sandbox, "odd.csv");
    assert_eq!(Told::xes(&sandbox.root.join("out.xes")), told);
    assert_eq!(Told::ocel(&sandbox.root.join("out.json")), told);
}

#[test]
fn what_is_told_stands_with_its_runs_and_below_the_minimum_there_is_no_figure() {
    let sandbox = Sandbox::new();
    sandbox.write("bug-fix.csv", &planted());
    let ask = |arguments: &[&str]| {
        let arguments = [&["process"], arguments, &["--log", "bug-fix.csv"]].concat();
        sandbox.backstory(&arguments).good()
    };
    let variants = ask(&["variants", "--level", "raw", "--top", "4", "--by", "outcome"]);
    for line in [
        "bug-fix: 30 runs in 5 ways",
        "1. prompt > explore > edit source > run tests > commit  (primary path)",
        "   14 of 30 (47 %)",
        "   ended: committed 14",
        "   not enough runs for figures (3 of 5)",
        "   by person (14), agent:an-agent (14)",
        "1 way with 1 run not shown",
    ] {
        let actors = "   by agent:an-agent (14), person (14)";
        assert!(
            variants.contains(line) || (line.starts_with("   by") && variants.contains(actors)),
            "{line}\n{variants}"
        );
    }
    assert!(ask(&["list", "--min", "40"]).contains("not enough runs (30 of 40)"));
    assert!(ask(&["show", "--min", "40"]).contains("not enough runs (30 of 40)"));
    assert!(ask(&["graph", "--min", "40"]).contains("bug-fix: 30 runs; not enough runs (30 of 40)"));
    let show = ask(&["show", "bug-fix", "--level", "activity"]);
    assert!(show.contains("format code: 7 of 30 (23 %)"), "{show}");
    assert!(show.contains("no steps, but effort:\n   explore: 27 events in 27 of 30 (90 %)"), "{show}");
    let document: Value = serde_json::from_str(&ask(&["show", "--json"])).unwrap();
    assert_eq!(mistakes("process-show.v1", &document), Vec::<String>::new());
}

#[test]
fn a_mistake_is_said_with_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write("two.csv", "case,activity,process\n1,a,x\n2,a,y\n");
    sandbox.write("named.csv", "id,what\n1,a\n,b\n");
    sandbox.write("evil.xes", "<?xml version=\"1.0\"?>\n<!DOCTYPE log [<!ENTITY a \"b\">]>\n<log/>");
    sandbox.write("odd.dat", "case,activity\n1,a\n");
    for (arguments, said) in [
        (&["show", "--log", "two.csv"][..], "there are several processes\nbackstory: hint: name one of `x`, `y`"),
        (&["show", "z", "--log", "two.csv"], "there is no run of a process `z`\nbackstory: hint: there are `x`, `y`"),
        (
            &["list", "--log", "named.csv"],
            "named.csv: no column says which case an event belongs to\nbackstory: hint: ",
        ),
        (
            &["list", "--log", "named.csv", "--map", "id=who"],
            "`who` is no field\nbackstory: hint: the fields are case, step",
        ),
        (&["list", "--log", "evil.xes"], "evil.xes: line 2: it declares a document type"),
        (&["list", "--log", "odd.dat"], "odd.dat: the format is not known by this name\nbackstory: hint: "),
        (&["list", "--log", "gone.csv"], "gone.csv cannot be read"),
    ] {
        let ran = sandbox.backstory(&[&["process"], arguments].concat());
        assert!(ran.code == 2 && ran.err.contains(said), "{said}\n{}", ran.err);
    }
    let mapped = ["process", "list", "--log", "named.csv", "--map", "id=case", "--map", "what=step", "--min", "1"];
    let ran = sandbox.backstory(&mapped);
    assert_eq!(ran.err, "backstory: named.csv:3: it belongs to no case; skipped\n");
    assert!(ran.good().starts_with("named: 1 run\n  most often, 1 of 1 (100 %): a\n"));
}

#[test]
fn a_secret_in_a_log_is_not_shown() {
    let sandbox = Sandbox::new();
    let secret = ["ghp_", "0Aq7Zx3Lw9", "KdR5mTn2Vb8", "Yc4Hs6Jg1Pf7Ue"].concat();
    sandbox.write(
        "log.csv",
        &format!("case,activity,time,note\n1,deploy with {secret},2026-01-01,the token is {secret}\n"),
    );
    for arguments in [
        &["list", "--min", "1"][..],
        &["show", "--json"],
        &["variants"],
        &["graph"],
        &["export", "--format", "jsonl"],
        &["export", "--format", "xes"],
    ] {
        let ran = sandbox.backstory(&[&["process"], arguments, &["--log", "log.csv"]].concat());
        assert!(!ran.out.contains(&secret) && ran.out.contains("deploy"), "{arguments:?}: {}", ran.out);
    }
}

//! Process documents with the program itself: a process on a page from a log, and what is found in a document.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod support;

use serde_json::Value;
use support::Sandbox;

const GOOD: &str = include_str!("golden/process/good.md");

/// Seven runs of a process, of which one leaves the tests out.
fn log() -> String {
    let mut rows = String::from("case:concept:name,concept:name,time:timestamp\n");
    for run in 1..=7 {
        for (minute, step) in ["edit source", "run tests", "commit"].iter().enumerate() {
            if run != 7 || *step != "run tests" {
                rows.push_str(&format!("run-{run},{step},2026-10-0{run}T09:0{minute}:00Z\n"));
            }
        }
    }
    rows
}

#[test]
fn an_overview_tells_the_steps_with_their_figures_twice_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("log.csv", &log());
    let page = sandbox.backstory(&["process", "overview", "--log", "log.csv", "--level", "raw"]).good();
    for part in ["## When to use", "## Roles", "## Tools", "2. Run the tests", "6 of 7 runs, 86 %", "without step 2"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert_eq!(sandbox.backstory(&["process", "overview", "--log", "log.csv", "--level", "raw"]).good(), page);
    sandbox
        .write(".backstory/templates/process/overview.md", "{{ page.steps | length }} steps of {{ page.runs }} runs\n");
    let own = sandbox.backstory(&["process", "overview", "--log", "log.csv", "--level", "raw"]).good();
    assert_eq!(own, "3 steps of 7 runs\n");
    let few = sandbox.backstory(&["process", "overview", "--log", "log.csv", "--min", "8"]);
    assert!(few.code > 0 && few.err.contains("not enough runs (7 of 8)") && few.err.contains("hint: "), "{few:?}");
}

#[test]
fn a_check_names_the_file_the_line_and_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "A shop.\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    let commit = sandbox.git(&["rev-parse", "--short=7", "HEAD"]).trim().to_owned();
    let good = GOOD.replace("1a2b3c4", &commit);
    let model = "schema: 1\nprocess: change\nsteps: []\nevidence: {runs: 1, run_ids: [run-1], rules_version: 1}\n";
    sandbox.write("docs/processes/change/SOP.md", &good);
    sandbox.write("docs/processes/change/process.yaml", model);
    let ran = sandbox.backstory(&["sop", "check"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "docs/processes/change/SOP.md: nothing is wrong\n"), "{ran:?}");
    sandbox.write("docs/processes/change/SOP.md", &good.replace("No test fails.", "TODO").replace("run-1", "run-2"));
    let ran = sandbox.backstory(&["sop", "check", "change", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let findings = report["documents"][0]["findings"].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["unknown", "evidence"], "{report}");
    let people = sandbox.backstory(&["sop", "check", "docs/processes/change/SOP.md"]);
    assert!(people.out.contains("SOP.md:") && people.out.contains("\nhint: "), "{people:?}");
    let none = sandbox.backstory(&["sop", "check", "nothing"]);
    assert!(none.code > 0 && none.err.contains("there is no document") && none.err.contains("hint: "), "{none:?}");
}

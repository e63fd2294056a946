//! `process conform`, `process drift` and `process diff` on the planted log: 30 runs of which it is known what changed in them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use support::sop::published;
use support::{PROGRAM, Ran, Sandbox, run};

const USUAL: &[&str] = &["prompt", "explore", "edit source", "run tests", "commit"];
const FAILS_ONCE: &[&str] =
    &["prompt", "explore", "edit source", "run tests (failed)", "edit source", "run tests", "commit"];
const SHORT: &[&str] = &["prompt", "edit source", "run tests", "commit"];
const FORMATS: &[&str] = &["prompt", "explore", "edit source", "format code", "run tests", "commit"];
const OPENS: &[&str] = &["prompt", "explore", "edit source", "format code", "run tests", "commit", "open PR"];

/// 20 runs in September and 10 in October of 2026.
fn planted() -> String {
    let before = [vec![USUAL; 12], vec![FAILS_ONCE; 5], vec![SHORT; 3]].concat();
    let after = [vec![FORMATS; 6], vec![USUAL; 2], vec![FAILS_ONCE; 1], vec![OPENS; 1]].concat();
    let mut csv = "case:concept:name,concept:name,time:timestamp,start_timestamp,org:resource,status\n".to_owned();
    let days = (1..=20).map(|day| format!("2026-09-{day:02}")).chain((2..=11).map(|day| format!("2026-10-{day:02}")));
    let runs = (0..20).map(|run| before[(run * 7) % 20]).chain((0..10).map(|run| after[(run * 3) % 10]));
    for (number, (day, run)) in days.zip(runs).enumerate() {
        for (place, step) in run.iter().enumerate() {
            let who = if *step == "prompt" { "human" } else { "agent:claude-code" };
            let status = if step.contains("failed") { "error" } else { "ok" };
            let minute = place * 2;
            let (case, start, end) =
                (number + 1, format!("{day}T09:{minute:02}:00Z"), format!("{day}T09:{minute:02}:30Z"));
            writeln!(csv, "sess-{case:03},{step},{end},{start},{who},{status}").unwrap();
        }
    }
    csv
}

fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("events.csv", &planted());
    sandbox.write("model.yaml", MODEL);
    sandbox
}

/// What the first 20 runs do, without the detours.
const MODEL: &str = "schema: 1
process: bug-fix
level: raw
steps:
- {id: prompt, title: Ask for it, activities: [prompt], required: true, runs: 20}
- {id: explore, title: Look around, activities: [explore], required: true, runs: 17}
- {id: edit-source, title: Edit the source, activities: [edit source], required: true, runs: 20}
- id: run-tests
  title: Run the tests
  activities: [run tests]
  required: true
  commands:
  - {command: make test, runs: 20}
  runs: 20
- {id: commit, title: Commit, activities: [commit], required: true, runs: 20}
evidence: {runs: 20, until: \"2026-09-30T00:00:00Z\", rules_version: 0}
";

fn valid(ran: &Ran, schema: &str) -> Value {
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(schema);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
    value
}

const LOG: &[&str] = &["--log", "events.csv"];

#[test]
fn the_planted_drift_is_found_and_a_step_of_one_run_is_not() {
    let sandbox = stage();
    for level in ["raw", "stepset"] {
        let arguments = [&["process", "drift", "--since", "2026-10-01", "--level", level], LOG].concat();
        let said = sandbox.backstory(&arguments).good();
        let sentence = "`format code` was in 0 of 20 runs before 2026-10-01 and is in 7 of 10 since (p = 0.00006)";
        assert!(said.contains(sentence), "{level}: {said}");
        assert!(said.contains("verdict  an update is needed"), "{level}: {said}");
        assert!(said.contains("need an update?"), "{level}: {said}");
        assert!(!said.contains("`open PR`"), "{level}: {said}");
    }
}

#[test]
fn the_exit_code_says_what_was_asked_of_it() {
    let sandbox = stage();
    let steady: String =
        planted().lines().filter(|line| !line.contains("2026-10-")).fold(String::new(), |all, line| all + line + "\n");
    sandbox.write("steady.csv", &steady);
    for (case, log, arguments, code) in [
        ("nothing asked", "events.csv", &["2026-10-01"][..], 0),
        ("needed", "events.csv", &["2026-10-01", "--fail-on", "needed"], 1),
        ("suggested", "events.csv", &["2026-10-01", "--fail-on", "suggested"], 1),
        ("nothing changed", "steady.csv", &["2026-09-11", "--fail-on", "suggested"], 0),
        ("not enough runs", "events.csv", &["2026-10-09", "--fail-on", "suggested"], 0),
        ("no day", "events.csv", &["soon"], 2),
    ] {
        let ran = sandbox.backstory(&[&["process", "drift", "--log", log, "--since"], arguments].concat());
        assert_eq!(ran.code, code, "{case}: {ran:?}");
    }
}

#[test]
fn too_few_runs_are_said_with_their_number() {
    let sandbox = stage();
    let ran = sandbox.backstory(&[&["process", "drift", "--since", "2026-10-09", "--json"], LOG].concat());
    let drift = valid(&ran, "drift.v1.json");
    assert_eq!(drift["verdict"], "not-enough-runs");
    assert_eq!(drift["says"], "not enough runs (3 of 5) since 2026-10-09");
    assert_eq!(drift["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn a_model_gets_a_patch_that_git_applies_and_that_says_the_new_step() {
    let sandbox = stage();
    let arguments = [&["process", "drift", "--model", "model.yaml", "--json"], LOG].concat();
    let drift = valid(&sandbox.backstory(&arguments), "drift.v1.json");
    let steps: Vec<&str> =
        drift["findings"].as_array().unwrap().iter().map(|finding| finding["step"].as_str().unwrap()).collect();
    assert!(steps.contains(&"format code"), "{drift}");
    sandbox.write("p.patch", drift["patch"].as_str().unwrap());
    sandbox.git(&["apply", "p.patch"]);
    let conform = [&["process", "conform", "--model", "model.yaml", "--json"], LOG].concat();
    let after = valid(&sandbox.backstory(&conform), "conform.v1.json");
    let ids: Vec<&str> = after["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(ids, ["prompt", "explore", "edit-source", "format-code", "run-tests", "commit"]);
}

/// Figures of pm4py 2.7.23 for the same log.
#[test]
fn fitness_is_that_of_pm4py() {
    let sandbox = stage();
    let ran = sandbox.backstory(&[&["process", "conform", "--model", "model.yaml", "--json"], LOG].concat());
    let conform = valid(&ran, "conform.v1.json");
    let mean = |from: usize, to: usize| {
        let runs = &conform["runs"].as_array().unwrap()[from..to];
        runs.iter().map(|run| run["fitness"].as_f64().unwrap()).sum::<f64>() / (to - from) as f64
    };
    assert!((mean(0, 20) - 0.941_666_666_666_666_8).abs() < 1e-9);
    assert!((mean(20, 30) - 0.912_121_212_121_212_1).abs() < 1e-9);
    assert_eq!(conform["fitness"]["fitting"], 14);
    let fail = |least: &str| {
        sandbox.backstory(&[&["process", "conform", "--model", "model.yaml", "--fail-under", least], LOG].concat()).code
    };
    assert_eq!((fail("0.9"), fail("0.95")), (0, 1));
}

#[test]
fn a_run_is_told_in_one_line() {
    let sandbox = stage();
    let said = sandbox.backstory(&[&["process", "conform", "--model", "model.yaml"], LOG].concat()).good();
    assert!(said.contains("4 of 5 steps; deviation: no explore"), "{said}");
    assert!(said.contains("5 of 5 steps; deviation: format code is not in the process"), "{said}");
    assert!(said.contains("run-tests, required: in 30 of 30 runs"), "{said}");
}

#[test]
fn two_versions_are_compared_in_words_then_as_a_picture_then_as_text() {
    let sandbox = stage();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "One"]);
    let later = MODEL
        .replace(
            "title: Look around, activities: [explore], required: true",
            "title: Look, activities: [explore], required: false",
        )
        .replace("- {id: prompt, title: Ask for it, activities: [prompt], required: true, runs: 20}\n", "")
        .replace("make test", "just test");
    sandbox.write("model.yaml", &later);
    let said = sandbox.backstory(&["process", "diff", "HEAD:model.yaml", "model.yaml"]).good();
    for part in [
        "to be done differently\n",
        "explore  now optional\n",
        "prompt   removed: Ask for it\n",
        "with something else\n",
        "command added: just test\n",
        "title: Look around -> Look\n",
        "[\"removed: Ask for it\"]:::removed\n",
        "[\"changed: Look\"]:::changed\n",
        "--- a/model.yaml\n+++ b/model.yaml\n",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let json =
        valid(&sandbox.backstory(&["process", "diff", "HEAD:model.yaml", "model.yaml", "--json"]), "diff.v1.json");
    assert_eq!(json["category"], "instruction");
    let same = sandbox.backstory(&["process", "diff", "model.yaml", "model.yaml"]).good();
    assert_eq!(same, "no difference in what model.yaml and model.yaml say\n");
}

#[test]
fn a_model_that_is_wrong_is_told_with_its_line() {
    let sandbox = stage();
    sandbox.write("model.yaml", &MODEL.replace("id: commit", "id: prompt"));
    let ran = sandbox.backstory(&[&["process", "conform", "--model", "model.yaml"], LOG].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("model.yaml:15: two steps have the id `prompt`"), "{ran:?}");
    assert!(ran.err.contains("hint: "), "{ran:?}");
    let missing = sandbox.backstory(&[&["process", "conform", "--model", "none.yaml"], LOG].concat());
    assert!(missing.err.contains("there is no file"), "{missing:?}");
}

const PLACE: &str = "docs/processes/bug-fix/process.yaml";

/// With the model as an SOP, committed with a Makefile that has its target.
fn with_sop() -> Sandbox {
    let sandbox = stage();
    sandbox.write(PLACE, MODEL);
    sandbox.write("docs/processes/bug-fix/SOP.md", "---\nid: sop/bug-fix\nversion: 1\n---\n# Fix a bug\n");
    sandbox.write("Makefile", "test:\n\ttrue\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Version 1"]);
    sandbox
}

#[test]
fn a_command_that_is_gone_is_found_without_a_run_and_the_patch_takes_it_out() {
    let sandbox = with_sop();
    let map = ["process", "drift", "--sop", "bug-fix", "--log", "none.csv", "--fail-on", "needed", "--json"];
    sandbox.write("none.csv", &planted().lines().take(2).fold(String::new(), |all, line| all + line + "\n"));
    assert_eq!(sandbox.backstory(&map).code, 0, "the target is there");
    sandbox.write("Makefile", "check:\n\ttrue\n");
    let ran = sandbox.backstory(&map);
    assert_eq!(ran.code, 1, "{ran:?}");
    let drift = valid(&ran, "drift.v1.json");
    assert_eq!(
        drift["findings"][0]["sentence"],
        "the command `make test` of `run-tests` no longer exists: Makefile has no target `test`"
    );
    assert_eq!(drift["question"], "Does the SOP `bug-fix` need an update?");
    assert!(drift["says"].as_str().unwrap().contains("not enough runs (0 of 5)"), "{drift}");
    sandbox.write("p.patch", drift["patch"].as_str().unwrap());
    sandbox.git(&["apply", "p.patch"]);
    assert!(!std::fs::read_to_string(sandbox.root.join(PLACE)).unwrap().contains("make test"));
    assert_eq!(sandbox.backstory(&map).code, 0, "nothing is gone any more");
}

#[test]
fn a_version_of_an_sop_is_named_by_its_number() {
    let sandbox = with_sop();
    sandbox.write(PLACE, &MODEL.replace("make test", "just test"));
    sandbox.write("docs/processes/bug-fix/SOP.md", "---\nid: sop/bug-fix\nversion: 2\n---\n# Fix a bug\n");
    sandbox.git(&["commit", "-q", "-am", "Version 2"]);
    for (before, after) in
        [("bug-fix@v1", "bug-fix@v2"), ("bug-fix@HEAD~", "bug-fix"), (&*format!("HEAD~:{PLACE}"), PLACE)]
    {
        let said = sandbox.backstory(&["process", "diff", before, after]).good();
        assert!(said.contains("run-tests  command added: just test\n"), "{before} {after}: {said}");
    }
    let missing = sandbox.backstory(&["process", "diff", "bug-fix@v3", "bug-fix"]);
    assert!(missing.err.contains("no commit has version 3 of the SOP `bug-fix`"), "{missing:?}");
    let unknown = sandbox.backstory(&["process", "diff", "nothing", "bug-fix"]);
    assert!(unknown.err.contains("hint: "), "{unknown:?}");
}

/// A log with the process that the SOP is of.
fn of_process(csv: &str) -> String {
    let line = |(number, line): (usize, &str)| format!("{line},{}\n", if number == 0 { "process" } else { "bug-fix" });
    csv.lines().enumerate().map(line).collect()
}

/// With the model as an SOP that a person approved and published.
fn with_published_sop() -> Sandbox {
    let sandbox = stage();
    sandbox.write("events.csv", &of_process(&planted()));
    for (path, text) in published("bug-fix", MODEL) {
        sandbox.write(&path, &text);
    }
    sandbox.write("Makefile", "test:\n\ttrue\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Version 1"]);
    sandbox
}

const SOP: [&str; 6] = ["--sop", "bug-fix", "--log", "events.csv", "--since", "2026-10-01"];

fn asked(sandbox: &Sandbox) -> (Value, i32) {
    let drift = [&["process", "drift"], &SOP[..], &["--fail-on", "suggested", "--json"]].concat();
    let ran = sandbox.backstory(&drift);
    (valid(&ran, "drift.v1.json"), ran.code)
}

fn answer(sandbox: &Sandbox, word: &str) -> Ran {
    sandbox.backstory(&[&["process", "drift", "answer", word, "--reason", "only this month"], &SOP[..]].concat())
}

#[test]
fn an_answer_is_remembered_until_the_evidence_grows() {
    let sandbox = with_published_sop();
    let (drift, code) = asked(&sandbox);
    assert_eq!((&drift["question"], code), (&"Does the SOP `bug-fix` need an update?".into(), 1));
    let ran = answer(&sandbox, "no");
    assert!(
        ran.out.starts_with("answered no by ") && ran.out.contains(": only this month; asked again from 15 runs on"),
        "{ran:?}"
    );
    let ledger = sandbox.read("docs/processes/bug-fix/ledger.jsonl");
    assert_eq!(ledger.lines().count(), 6, "a line is added, and none is changed: {ledger}");
    assert_eq!(sandbox.backstory(&["sop", "verify", "bug-fix"]).code, 0);

    let (drift, code) = asked(&sandbox);
    assert_eq!((&drift["question"], code), (&Value::Null, 0));
    assert_eq!((&drift["answered"]["stands"], &drift["answered"]["again_from"]), (&true.into(), &15.into()));
    let said = sandbox.backstory(&[&["process", "drift"], &SOP[..]].concat()).good();
    assert!(said.contains("answered no by ") && !said.contains("Does the SOP"), "{said}");

    // Five runs more of the new kind: half as many again.
    let mut csv = planted();
    for day in 12..17 {
        for (place, step) in FORMATS.iter().enumerate() {
            let at = format!("2026-10-{day:02}T09:{:02}", place * 2);
            writeln!(csv, "sess-{:03},{step},{at}:30Z,{at}:00Z,agent:claude-code,ok", 100 + day).unwrap();
        }
    }
    sandbox.write("events.csv", &of_process(&csv));
    let (drift, code) = asked(&sandbox);
    assert_eq!((&drift["recent"], &drift["answered"]["stands"], code), (&15.into(), &false.into(), 1));
    assert_eq!(drift["question"], "Does the SOP `bug-fix` need an update?");
}

#[test]
fn a_yes_calls_for_a_review_and_later_keeps_the_question_open() {
    let sandbox = with_published_sop();
    let later = [&["process", "drift", "answer", "later", "--json"], &SOP[..]].concat();
    let told = valid(&sandbox.backstory(&later), "drift.v1.json");
    assert_eq!((&told["answered"]["answer"], &told["answered"]["stands"]), (&"later".into(), &false.into()));
    assert_eq!(asked(&sandbox).1, 1);
    let ran = answer(&sandbox, "yes");
    assert!(ran.out.contains("`backstory sop draft bug-fix` begins the update"), "{ran:?}");
    let status = sandbox.backstory(&["sop", "status", "bug-fix", "--json"]).good();
    assert!(status.contains("\"review_needed\": \"only this month\""), "{status}");
}

#[test]
fn no_agent_answers_and_nothing_is_answered_that_was_not_asked() {
    let sandbox = with_published_sop();
    let arguments = [&["process", "drift", "answer", "no"], &SOP[..]].concat();
    let ran = run(sandbox.command(PROGRAM).env("CLAUDECODE", "1").args(&arguments), "");
    assert!(ran.code == 2 && ran.err.contains("an agent cannot"), "{ran:?}");
    let nothing: Vec<&str> =
        arguments.iter().map(|word| if *word == "2026-10-01" { "2026-12-01" } else { word }).collect();
    let ran = sandbox.backstory(&nothing);
    assert!(ran.code == 2 && ran.err.contains("there is nothing to answer: not enough runs (0 of 5)"), "{ran:?}");
    assert_eq!(sandbox.read("docs/processes/bug-fix/ledger.jsonl").lines().count(), 5);
    // An SOP that nobody began has no ledger to keep an answer in.
    let sandbox = with_sop();
    sandbox.write("events.csv", &of_process(&planted()));
    let ran = sandbox.backstory(&arguments);
    assert!(ran.code == 2 && ran.err.contains("hint: "), "{ran:?}");
}

//! What `process` and `sop` write with `--json` is what the schemas in `docs/schema` say.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::support::sop::{MODEL, published};

mod support;

/// Runs a command with `--json` and holds what it writes against a stored schema.
fn valid(sandbox: &Sandbox, schema: &str, arguments: &[&str]) -> Value {
    let ran = sandbox.backstory(&[arguments, &["--json"]].concat());
    let stored = format!("{}/docs/schema/{schema}.json", env!("CARGO_MANIFEST_DIR"));
    let stored: Value = serde_json::from_str(&fs::read_to_string(&stored).expect(&stored)).unwrap();
    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{arguments:?}: {error} {ran:?}"));
    let validator = jsonschema::validator_for(&stored).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [] as [String; 0], "{arguments:?} {document}");
    assert!(!validator.is_valid(&json!({})), "{schema} takes anything");
    // What a program finds there is described there.
    let described = stored["properties"].as_object().unwrap();
    for key in document.as_object().unwrap().keys() {
        assert!(described.contains_key(key), "{schema} does not say what `{key}` is");
    }
    document
}

#[test]
fn what_processes_say_is_as_the_schemas_say() {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "x\n");
    for run in 0..6 {
        for step in ["build the image", "sign the image"] {
            let run = run.to_string();
            sandbox.backstory(&["process", "log", "add", "--process", "release", "--run", &run, "--step", step]).good();
        }
    }
    assert_eq!(
        valid(&sandbox, "process-explain.v1", &["process", "explain", "git push && frobnicate"])["backstory"],
        1
    );
    assert_eq!(valid(&sandbox, "process-unknown.v1", &["process", "unknown"])["backstory"], 1);
    for (schema, command) in
        [("process-show.v1", "show"), ("process-variants.v1", "variants"), ("process-graph.v1", "graph")]
    {
        assert_eq!(valid(&sandbox, schema, &["process", command, "release"])["backstory"], 1);
    }
    let listed = valid(&sandbox, "process-list.v1", &["process", "list"]);
    assert_eq!(listed["processes"][0]["runs"], 6);
}

#[test]
fn what_documents_say_in_their_life_is_as_the_schemas_say() {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "x\n");
    let slug = "customer-onboarding";
    let start = ["sop", "capture", "--name", "Customer onboarding", "--step", "Create the account"];
    let told = valid(&sandbox, "sop-notes.v1", &start);
    assert_eq!((&told["backstory"], &told["status"]["slug"]), (&json!(1), &json!(slug)));
    let drafted = valid(&sandbox, "sop-draft.v1", &["sop", "draft", slug]);
    assert_eq!((&drafted["steps"], &drafted["status"]["state"]), (&json!(1), &json!("draft")));
    assert_eq!(valid(&sandbox, "sop-notes.v1", &["sop", "resume", slug])["capture"]["name"], "Customer onboarding");
    let asked = valid(&sandbox, "sop-questions.v1", &["sop", "questions", slug]);
    assert!(!asked["questions"].as_array().unwrap().is_empty(), "{asked}");
    let walked = valid(&sandbox, "sop-walk.v1", &["sop", "walk", slug, "--accept-open"]);
    assert_eq!(walked["walkthrough"]["steps"].as_array().unwrap().len(), 1);
    let rejected = valid(&sandbox, "sop-state.v1", &["sop", "reject", slug, "--reason", "the account needs a plan"]);
    assert_eq!((&rejected["backstory"], &rejected["state"]), (&json!(1), &json!("draft")));
    valid(&sandbox, "sop-check.v1", &["sop", "check", slug]);
    for (path, text) in published("change", MODEL) {
        sandbox.write(&path, &text);
    }
    fs::create_dir_all(sandbox.root.join("docs/processes/broken")).unwrap();
    sandbox.write("docs/processes/broken/ledger.jsonl", "no ledger\n");
    let listed = valid(&sandbox, "sop-status.v1", &["sop", "status"]);
    assert_eq!((listed["sops"].as_array().unwrap().len(), listed["unreadable"].as_array().unwrap().len()), (2, 1));
    let verified = valid(&sandbox, "sop-verify.v1", &["sop", "verify", "change"]);
    assert_eq!(verified["sops"][0]["slug"], "change");
    let run = valid(&sandbox, "sop-run.v1", &["sop", "run", "change"]);
    assert_eq!((&run["backstory"], &run["done"]), (&json!(1), &json!(0)));
    let sent = valid(&sandbox, "sop-publish.v1", &["sop", "publish", "change", "--to", "path:a.md", "--to", "agents:"]);
    assert_eq!(sent["published"].as_array().unwrap().len(), 2, "{sent}");
    valid(&sandbox, "sop-state.v1", &["sop", "review", "change", "--reason", "looked at it"]);
    let ended = valid(&sandbox, "sop-state.v1", &["sop", "retire", "change", "--reason", "done otherwise"]);
    assert_eq!(ended["state"], "retired");
}

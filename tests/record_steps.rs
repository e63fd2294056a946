//! The steps on the way to a commit in its record: what is kept of them, what becomes of them, and the runs that they are where
//! there are no sessions.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::Sandbox;
use support::agents::{CART, TAX, claude, claude_turns, codex};

/// `claude-code: edit source > run tests! > edit source*2` of each contribution of a record.
fn steps(record: &Value) -> Vec<String> {
    let one = |step: &Value| {
        let also = step["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: Vec<&str> = step["activity"].as_str().into_iter().chain(also).collect();
        let end = if step["ended"] == "failed" { "!" } else { "" };
        let times = step["times"].as_u64().map(|times| format!("*{times}")).unwrap_or_default();
        format!("{}{end}{times}", names.join("+"))
    };
    let told = |contribution: &Value| {
        let steps: Vec<String> = contribution["steps"].as_array().into_iter().flatten().map(one).collect();
        format!("{}: {}", contribution["agent"].as_str().unwrap(), steps.join(" > "))
    };
    record["contributions"].as_array().unwrap().iter().map(told).collect()
}

const CART_STEPS: &str = "claude-code: edit source > run tests! > edit source > run tests";

/// A commit of what Claude Code wrote.
fn committed(settings: &str) -> Sandbox {
    let sandbox = Sandbox::ready();
    if !settings.is_empty() {
        sandbox.write(".backstory.yml", settings);
    }
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    commit(&sandbox, "Add a cart");
    sandbox
}

fn commit(sandbox: &Sandbox, message: &str) {
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", message]);
}

/// Another clone, of somebody who has no sessions.
fn without_sessions(sandbox: &Sandbox) {
    fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
    let _ = fs::remove_dir_all(sandbox.home.join(".codex"));
}

fn runs(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.backstory(&["process", "list", "--min", "1", "--json"]).good()).unwrap()
}

#[test]
fn a_record_tells_what_was_done_step_by_step() {
    let sandbox = committed("");
    assert_eq!(steps(&sandbox.record("HEAD")), [CART_STEPS]);
}

#[test]
fn the_steps_hold_no_words_and_stay_where_no_prompt_may() {
    let sandbox = committed("prompts: none\n");
    let record = sandbox.record("HEAD");
    assert_eq!(steps(&record), [CART_STEPS]);
    let text = record["contributions"][0]["steps"].to_string();
    for word in ["pytest", "cart", "discount", "percent"] {
        assert!(!text.contains(word), "{text}");
    }
}

#[test]
fn a_team_names_the_steps_and_a_mistake_in_its_rules_costs_only_them() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    let rules = ".backstory/process.toml";
    sandbox.write(rules, "[[command]]\nactivity = \"try it\"\nphase = \"verify\"\nrun = \"pytest\"\n");
    sandbox.write("cart.py", CART);
    commit(&sandbox, "Add a cart");
    assert_eq!(steps(&sandbox.record("HEAD")), ["claude-code: edit source > try it! > edit source > try it"]);
    let lines = sandbox.record("HEAD")["contributions"][0]["lines"].clone();
    sandbox.write(rules, "[[command]]\nactivity = \"try it\"\n");
    let ran = sandbox.try_git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
    assert!(ran.code == 0 && ran.err.contains("process.toml:1: "), "{ran:?}");
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["lines"], lines);
}

#[test]
fn a_squash_has_the_steps_of_its_sessions_and_of_both_commits_of_one() {
    let sandbox = Sandbox::ready();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    let text = |name: &str| format!("def {name}(value):\n    return value * 100 // 7\n");
    claude_turns(&sandbox, &[(1, "Add a rate", "rate.py", &text("rate"))]);
    sandbox.write("rate.py", &text("rate"));
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(
        &[("GIT_COMMITTER_DATE", "2026-01-02T03:02:00Z"), ("GIT_AUTHOR_DATE", "2026-01-02T03:02:00Z")],
        &["commit", "-q", "-m", "Add a rate"],
    );
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    commit(&sandbox, "Add a tax");
    let each = ["HEAD~1", "HEAD"].map(|revision| steps(&sandbox.record(revision)));
    assert_eq!(each[0], ["claude-code: edit source > run tests! > edit source > run tests"]);
    assert!(each[1].len() == 1 && each[1][0].starts_with("codex: edit source"), "{each:?}");
    without_sessions(&sandbox);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--squash", "side"]);
    sandbox.git(&["commit", "-q", "--no-edit"]);
    let mut both = steps(&sandbox.record("HEAD"));
    both.sort();
    assert_eq!(both, each.concat());
}

#[test]
fn what_is_forgotten_has_no_steps() {
    let sandbox = committed("");
    let session = sandbox.record("HEAD")["contributions"][0]["session"].as_str().unwrap().to_owned();
    sandbox.backstory(&["forget", "--session", &session]).good();
    assert_eq!(steps(&sandbox.record("HEAD")), ["claude-code: "]);
}

#[test]
fn a_record_is_a_run_where_no_session_is_and_is_counted_once_where_one_is() {
    let sandbox = committed("");
    sandbox.write("README", "A shop.\n");
    commit(&sandbox, "Say what it is");
    // The session made no commit that it knows of: it tells of no run, and its record is not counted beside it.
    assert_eq!(runs(&sandbox)["processes"], json!([]));
    without_sessions(&sandbox);
    let listed = runs(&sandbox);
    assert_eq!(
        (&listed["processes"][0]["process"], &listed["processes"][0]["runs"]),
        (&json!("change"), &json!(1)),
        "{listed}"
    );
    let variants = sandbox.backstory(&["process", "variants", "--min", "1", "--json"]).good();
    assert!(
        variants.contains("{run tests}") && variants.contains("commit") && !variants.contains("push"),
        "{variants}"
    );
    let id = sandbox.git(&["rev-parse", "HEAD~1"]);
    let exported = sandbox.backstory(&["process", "export", "--format", "jsonl"]).good();
    assert!(exported.contains(&format!("commit/{}", id.trim())), "{exported}");
    // What keeps a session out keeps its record's steps out.
    sandbox.write(".backstoryignore", "agent:claude-code\n");
    assert_eq!(runs(&sandbox)["processes"], json!([]));
}

#[test]
fn a_process_of_which_sessions_tell_is_not_mixed_with_records() {
    let sandbox = committed("");
    without_sessions(&sandbox);
    assert_eq!(runs(&sandbox)["processes"][0]["runs"], 1);
    // One more session, which made its commit itself.
    let text = "def rate(value):\n    return value * 100 // 7\n";
    sandbox.write("rate.py", text);
    commit(&sandbox, "Add a rate");
    let id = sandbox.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    let path = claude_turns(&sandbox, &[(1, "Add a rate", "rate.py", text)]);
    let other =
        fs::read_to_string(&path).unwrap().replace(support::agents::CLAUDE_ID, "11111111-1111-4111-8111-111111111111");
    let last: Value = serde_json::from_str(other.lines().last().unwrap()).unwrap();
    let mut lines = other.clone();
    for (kind, message) in [
        (
            "assistant",
            json!({"id": "m-c", "role": "assistant", "model": "claude-test-1", "content": [
            {"type": "tool_use", "id": "c", "name": "Bash", "input": {"command": "git commit -qam 'Add a rate'"}}]}),
        ),
        (
            "user",
            json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c", "content": format!("[main {id}] Add a rate"), "is_error": false}]}),
        ),
    ] {
        let mut line = last.clone();
        line["type"] = json!(kind);
        line["message"] = message;
        line["timestamp"] = json!("2026-01-02T03:01:30.000Z");
        lines += &format!("{line}\n");
    }
    fs::remove_file(&path).unwrap();
    fs::write(path.with_file_name("11111111-1111-4111-8111-111111111111.jsonl"), lines).unwrap();
    let listed = runs(&sandbox);
    assert_eq!(
        (listed["processes"].as_array().unwrap().len(), &listed["processes"][0]["runs"]),
        (1, &json!(1)),
        "{listed}"
    );
}

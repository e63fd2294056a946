//! The log of what people did by hand and its cache, while the program fails or is killed where it writes them.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, Sandbox, run};

const LOG: &str = ".backstory/process/log.jsonl";

/// A log of two steps, which the cache holds.
fn logged() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "x\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    for step in ["build the image", "sign the image"] {
        add(&sandbox, step, None);
    }
    assert_eq!(steps(&sandbox), ["build the image", "sign the image"]);
    sandbox
}

fn add(sandbox: &Sandbox, step: &str, armed: Option<&str>) -> Ran {
    program(sandbox, &["process", "log", "add", "--process", "release", "--run", "1", "--step", step], armed)
}

fn program(sandbox: &Sandbox, arguments: &[&str], armed: Option<&str>) -> Ran {
    let mut command = sandbox.command(crate::support::PROGRAM);
    command.args(arguments).envs(armed.map(|armed| ("BACKSTORY_FAILPOINT", armed)));
    run(&mut command, "")
}

/// The steps of the one run, as every command sees them.
fn steps(sandbox: &Sandbox) -> Vec<String> {
    let text = sandbox.backstory(&["process", "export", "release", "--format", "jsonl"]).good();
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["step"].as_str().unwrap().to_owned()).collect()
}

/// What is asked of the cache, and the same of one that was made anew.
fn assert_the_cache_is_right(sandbox: &Sandbox, what: &str) {
    let list = || sandbox.backstory(&["process", "show", "release", "--min", "1", "--json"]).good();
    let (first, again) = (list(), list());
    let _ = fs::remove_file(sandbox.root.join(".git/backstory/process.db"));
    assert_eq!((&first, &again), (&list(), &first), "{what}");
}

#[test]
fn a_step_is_in_the_log_as_a_whole_or_not_at_all() {
    for action in ["error", "full", "panic", "kill"] {
        let what = format!("process-log.append={action}");
        let sandbox = logged();
        let before = sandbox.read(LOG);
        let ran = add(&sandbox, "ship the image", Some(&what));
        assert_ne!(ran.code, 0, "{what} is not reached: {ran:?}");
        assert_eq!(sandbox.read(LOG), before, "{what}: nothing of it is there");
        assert_eq!(steps(&sandbox), ["build the image", "sign the image"], "{what}");
        assert_eq!(add(&sandbox, "ship the image", None).code, 0, "{what}");
        assert_eq!(steps(&sandbox), ["build the image", "sign the image", "ship the image"], "{what}");
        assert_the_cache_is_right(&sandbox, &what);
    }
}

#[test]
fn a_line_that_was_cut_off_costs_no_other() {
    let sandbox = logged();
    let whole = sandbox.read(LOG);
    let last = whole.trim_end().lines().last().unwrap();
    for kept in [1, last.len() / 2, last.len() - 1] {
        sandbox.write(LOG, &format!("{whole}{}", &last[..kept]));
        assert_eq!(add(&sandbox, "ship the image", None).code, 0);
        let ran = sandbox.backstory(&["process", "export", "release", "--format", "jsonl"]);
        assert!(ran.err.contains("log.jsonl:3: "), "what is lost is named: {ran:?}");
        assert_eq!(steps(&sandbox), ["build the image", "sign the image", "ship the image"], "{kept}");
    }
}

#[test]
fn a_cache_that_was_not_written_is_made_the_next_time() {
    for action in ["error", "full", "panic", "kill"] {
        let what = format!("process-cache.write={action}");
        let sandbox = logged();
        // The cache holds two steps, and a third is new.
        assert_eq!(add(&sandbox, "ship the image", None).code, 0);
        let log = sandbox.read(LOG);
        let ran = program(&sandbox, &["process", "list"], Some(&what));
        match action {
            "error" | "full" => assert!(
                ran.code == 0 && ran.out.contains("release: 1 run") && ran.err.contains("could not be written"),
                "{what}: the answer does not need the cache: {ran:?}"
            ),
            _ => assert_ne!(ran.code, 0, "{what} is not reached: {ran:?}"),
        }
        assert_eq!(sandbox.read(LOG), log, "{what}");
        assert_eq!(steps(&sandbox), ["build the image", "sign the image", "ship the image"], "{what}");
        assert_the_cache_is_right(&sandbox, &what);
    }
}

/// Nobody adds a place without a test.
#[test]
fn these_are_all_the_places() {
    assert_eq!(backstory::failpoint::PROCESS_POINTS, ["process-log.append", "process-cache.write"]);
}

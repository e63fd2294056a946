//! `report` with the program itself: what it says of records, in each form, and what it says where it cannot.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod support;

use serde_json::{Value, json};

use crate::support::Sandbox;

/// A repository with a commit of a person, and two whose records tell of one failure each.
fn with_records() -> Sandbox {
    let sandbox = Sandbox::new();
    commit(&sandbox, "Start", None);
    for (session, error) in [("one", "E   KeyError: 'total'"), ("two", "E   KeyError: 'total'")] {
        let record = json!({
            "agent": "claude-code", "agent_version": "2.1.0", "models": ["claude-opus-5"], "session": session, "confidence": "content",
            "evidence": [{"kind": "lines", "found": 1, "of": 1}], "lines": 1,
            "prompts": [{"at": "2026-03-02T10:00:00Z", "role": "request", "source": "typed", "text": "Add a discount"}],
            "attempts": [{"kind": {"type": "failed", "failure": "tests"}, "tried": "pytest -q", "error": error,
                "change": "price.py: total = 0", "ended": "passed-after-change", "tries": 1, "files": ["price.py"]}],
            "corrections": [{"form": "directed", "words": "no, prices are in cents", "path": "price.py"}],
            "checks": [{"kind": "test", "command": "pytest -q", "result": "passed", "after_last_edit": true, "by": "agent"}],
        });
        commit(&sandbox, "feat: Add a discount", Some(record));
    }
    sandbox
}

fn commit(sandbox: &Sandbox, message: &str, contribution: Option<Value>) {
    sandbox.write("price.py", &format!("x = {message:?} {contribution:?}\n"));
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", message]);
    contribution.iter().for_each(|contribution| sandbox.keep_record(contribution));
}

fn figures(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ran = sandbox.backstory(&[&["report", "--format", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_report_says_what_failed_what_cured_it_and_what_was_corrected() {
    let sandbox = with_records();
    let report = figures(&sandbox, &[]);
    assert_eq!(report["span"]["commits"], 3);
    assert_eq!(report["span"]["by_agents"], 2);
    assert_eq!(report["failures"]["checks"][0]["check"], "pytest");
    assert_eq!(report["failures"]["checks"][0]["n"], 2);
    assert_eq!(report["failures"]["checks"][0]["cures"][0]["change"], "price.py: total = 0");
    assert_eq!(report["failures"]["again"][0]["sessions"], 2);
    assert_eq!(report["corrections"]["each"][0]["reason"], "no, prices are in cents");
    assert_eq!(report["versions"][0]["named"], "2.1.0");
    assert_eq!(report["checked"]["verified"]["n"], 2);
    // Each figure names its commits.
    let ids = report["failures"]["checks"][0]["commits"].as_array().unwrap();
    let known = sandbox.git(&["log", "--reverse", "--format=%H", "-2"]);
    assert_eq!(ids.iter().map(|id| id.as_str().unwrap()).collect::<Vec<_>>(), known.lines().collect::<Vec<_>>());
    assert_eq!(figures(&sandbox, &["HEAD~1..HEAD"])["span"]["commits"], 1);
}

#[test]
fn a_page_is_written_to_its_file_and_the_same_each_time() {
    let sandbox = with_records();
    let page = || {
        let ran = sandbox.backstory(&["report", "--out", "report.html"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        assert!(ran.err.contains("wrote report.html"), "{ran:?}");
        sandbox.read("report.html")
    };
    let first = page();
    assert!(first.starts_with("<!DOCTYPE html>\n") && first.contains("prices are in cents"));
    assert_eq!(first, page());
    // No person's name, and no machine's.
    for word in [sandbox.git(&["log", "-1", "--format=%an"]).trim(), sandbox.base().to_str().unwrap()] {
        assert!(!first.contains(word), "{word}");
    }
    assert_eq!(sandbox.backstory(&["report"]).out, first);
}

#[test]
fn two_ranges_are_compared_and_a_badge_is_a_picture() {
    let sandbox = with_records();
    let ran = sandbox.backstory(&["report", "--compare", "HEAD~2..HEAD~1", "HEAD~1..HEAD", "--format", "json"]);
    let both: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(both["figures"][0]["a"], json!({"n": 1, "of": 1, "per_100": 100}));
    assert!(sandbox.backstory(&["report", "--compare", "HEAD~2..HEAD~1", "HEAD~1..HEAD"]).out.contains("beside"));
    assert!(sandbox.backstory(&["report", "--badge"]).out.starts_with("<svg"));
    let rows = sandbox.backstory(&["report", "--format", "csv"]).out;
    assert!(rows.starts_with("section,item,figure,value,of,commits\nspan,HEAD,commits,3,,\n"), "{rows}");
}

#[test]
fn what_cannot_be_reported_is_said() {
    let sandbox = with_records();
    for (arguments, code, words) in [
        (&["report", "nowhere..HEAD"][..], 2, "`nowhere`"),
        (&["report", "--compare", "HEAD"], 2, "2 values required"),
        (&["report", "--compare", "HEAD", "HEAD", "--format", "csv"], 2, "use `--format json`"),
        (&["report", "--badge", "--all-files"], 2, "cannot be used with"),
        (&["report", "--out", "no/such/folder/report.html"], 2, "name another file with `--out`"),
    ] {
        let ran = sandbox.backstory(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words), "{arguments:?}: {ran:?}");
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    // A range without a commit, and one without a record, are reports too.
    assert_eq!(figures(&sandbox, &["HEAD..HEAD"])["span"]["commits"], 0);
    assert_eq!(figures(&sandbox, &["HEAD~2"])["failures"]["all"]["n"], 0);
}

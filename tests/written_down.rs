//! What people write down, in trailers or in a journal, reaches everything that tells of a commit: its record, `show`, the description,
//! an export, and the verdict where a rule asks for it.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_json::Value;
use support::Sandbox;

/// A trailer, its place in a journal, what it says, and the rule of `check` that it settles.
const WRITTEN: [(&str, &str, &str, Option<&str>); 5] = [
    ("AI-Prompt", "prompt", "Round the totals of all carts", Some("prompt-kept")),
    ("AI-Failed-Attempt", "tried", "Rounding each price was off by a cent", None),
    ("AI-Correction", "correction", "The sum is rounded and not the prices", None),
    ("AI-Verified", "verified", "Compared ten carts by hand", Some("verified")),
    ("AI-Context", "context", "Prices come in cents from the shop", None),
];

/// A commit of an agent whose session nobody has, with these lines at the end of its message.
fn commit(trailers: &str, journal: Option<&str>) -> Sandbox {
    let sandbox = Sandbox::ready();
    if let Some(entry) = journal {
        let text = format!("backstory: 1\nagent: replit\nmodel: some-model\nentries:\n- {entry}\n");
        sandbox.write(".backstory/sessions/totals.yaml", &text);
    }
    sandbox.write("total.py", "total = round(sum(prices), 2)\n");
    sandbox.git(&["add", "-A"]);
    let message = format!("Round totals\n\nAssisted-by: Replit Agent (some-model)\n{trailers}");
    sandbox.git(&["commit", "-q", "-m", message.trim_end()]);
    sandbox
}

/// What each of the ways to tell of the last commit says.
fn told(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "record", "--out", "rows"]).good();
    vec![
        ("the note", sandbox.note("HEAD").unwrap_or_default()),
        ("show", sandbox.backstory(&["show"]).good()),
        ("show --json", sandbox.backstory(&["show", "--json"]).good()),
        ("describe", sandbox.backstory(&["describe", "HEAD~..HEAD"]).good()),
        ("export", sandbox.exported("rows", "record")),
    ]
}

fn rules(sandbox: &Sandbox) -> Vec<String> {
    let ran = sandbox.backstory(&["check", "HEAD~..HEAD", "--json"]);
    let verdict: Value = serde_json::from_str(&ran.out).unwrap();
    let findings = verdict["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_written_down_reaches_everything_that_tells_of_a_commit() {
    let without = rules(&commit("", None));
    for (trailer, entry, text, rule) in WRITTEN {
        let by_trailer = commit(&format!("{trailer}: {text}\n"), None);
        let in_journal = commit("", Some(&format!("{entry}: {text}")));
        for (name, sandbox) in [(trailer, &by_trailer), (entry, &in_journal)] {
            for (place, said) in told(sandbox) {
                assert!(said.contains(text), "{name} is not in {place}: {said}");
            }
            let Some(rule) = rule else { continue };
            assert!(without.iter().any(|found| found == rule), "{rule} is not in {without:?}");
            let found = rules(sandbox);
            assert!(!found.iter().any(|found| found == rule), "{name} does not settle {rule}: {found:?}");
        }
    }
}

#[test]
fn what_is_written_down_twice_is_told_once() {
    for (trailer, entry, text, _) in WRITTEN {
        let sandbox = commit(&format!("{trailer}: {text}\n"), Some(&format!("{entry}: {text}")));
        let description = sandbox.backstory(&["describe", "HEAD~..HEAD"]).good();
        let before_details = description.split("<details>").next().unwrap_or_default();
        let count = before_details.matches(text).count();
        assert!(count <= 1, "{trailer} stands {count} times in {description}");
    }
}

#[test]
fn an_export_of_all_takes_in_what_stands_on_other_branches() {
    let sandbox = commit("AI-Prompt: Round the totals of all carts\n", None);
    sandbox.git(&["branch", "totals"]);
    sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
    let rows = |arguments: &[&str]| {
        sandbox.backstory(&[&["export", "--format", "record", "--out", "rows"], arguments].concat()).good();
        sandbox.exported("rows", "record").contains("Round the totals of all carts")
    };
    assert!(!rows(&[]));
    assert!(rows(&["--all"]));
}

//! A small range of commits for tests of what is written from it: an agent's commit with everything in it, one by a
//! person, one that an agent only signed.

use serde_json::{Value, json};

use crate::record::entry::{CommitEntry, Training};
use crate::record::note::{Record, Statement};
use crate::record::text::Clean;

pub(crate) fn entry(id: &str, subject: &str, record: Option<Value>) -> CommitEntry {
    CommitEntry {
        id: id.repeat(40 / id.len()),
        subject: serde_json::from_value(json!(subject)).unwrap(),
        author: serde_json::from_value(json!("Ann")).unwrap(),
        record: record.map(|record| serde_json::from_value::<Record<Clean>>(record).unwrap()),
        stated: Vec::new(),
        trailers: Vec::new(),
        training: Training::Allowed,
        settings: Vec::new(),
        header: None,
    }
}

/// A commit without a record that an agent signed.
pub(crate) fn signed(id: &str, subject: &str, agent: &str, strict: bool) -> CommitEntry {
    let statement = json!({"kind": "agent", "agent": agent, "place": "Co-authored-by", "strict": strict});
    CommitEntry {
        stated: vec![serde_json::from_value::<Statement<Clean>>(statement).unwrap()],
        ..entry(id, subject, None)
    }
}

pub(crate) fn record(contributions: Value, lines: Value, files: Value) -> Value {
    json!({
        "backstory": 1, "generator": "backstory 0.1.0", "commit": "a1b2c3d4", "committed_at": "2026-02-24T14:10:00Z",
        "contributions": contributions, "lines": lines, "files": files, "redactions": {"secret": 1, "home path": 3}, "skipped": 2
    })
}

pub(crate) fn discounts() -> CommitEntry {
    let contribution = json!({
        "agent": "claude-code", "agent_version": "2.1.42", "session": "5f0c", "models": ["claude-opus-4-6"],
        "confidence": "stated",
        "evidence": [{"kind": "commit-output", "printed": "a1b2c3d"}, {"kind": "lines", "found": 198, "of": 200}],
        "started_at": "2026-02-24T13:00:00Z", "ended_at": "2026-02-24T14:12:00Z",
        "prompts": [
            {"at": "2026-02-24T13:00:00Z", "role": "request", "source": "typed", "text": "Add a percentage discount to `total()`.\nThanks @octocat, closes #1"},
            {"at": "2026-02-24T13:20:00Z", "role": "refinement", "source": "typed", "text": "Prices are in cents: do not round to whole numbers."},
            {"at": "2026-02-24T13:30:00Z", "role": "approval", "source": "typed", "text": "yes, go on"},
            {"at": "2026-02-24T13:40:00Z", "role": "redirection", "source": "queued", "text": "Undo the cache, it is not worth it. Just compute it twice."}
        ],
        "attempts": [
            {"kind": {"type": "rejected"}, "at": "2026-02-24T13:05:00Z", "tried": "a constant factor in total()", "why": "the discount must be a parameter, not a constant", "change": "a parameter with a default", "tries": 1},
            {"kind": {"type": "failed", "failure": "edit-no-match"}, "at": "2026-02-24T13:06:00Z", "tried": "edit src/price.py", "tries": 2},
            {"kind": {"type": "failed", "failure": "tests"}, "at": "2026-02-24T13:15:00Z", "tried": "pytest -q | tail -3", "error": "test_cents failed (10 == 9.99)", "change": "two decimals", "edit": {"path": "src/price.py", "before": "    return round(total * part)", "after": "    return round(total * part, 2)"}, "ended": "passed-after-change", "tries": 1, "hidden": true},
            {"kind": {"type": "reverted"}, "at": "2026-02-24T13:35:00Z", "tried": "a cache of subtotals", "tries": 1, "files": ["src/cache.py"]}
        ],
        "corrections": [
            {"form": "directed", "words": "Prices are in cents: do not round to whole numbers.", "path": "src/price.py", "line": 15, "before": "    return round(total)", "after": "    return round(total, 2)", "edit": {"path": "src/price.py", "before": "def total():\n    return round(total)", "after": "def total():\n    return round(total, 2)"}},
            {"form": "manual", "path": "src/price.py", "line": 12, "before": "x = round(subtotal - reduction, 2)\ny = 1", "after": "x = max(0, round(subtotal - reduction, 2))\ny = 2", "reason": "a discount must never pay the customer", "reason_from": "commit-message"},
            {"form": "manual", "path": "src/cart.py", "line": 40, "before": "tmp = 1", "after": "pending = 1"}
        ],
        "checks": [{"kind": "test", "command": "pytest -q", "at": "2026-02-24T14:03:00Z", "result": "passed", "summary": "4 passed in 0.1s", "after_last_edit": false, "by": "agent"}],
        "changed_after_check": ["src/cart.py", "tests/test_cart.py"],
        "context": ["Keep Python 3.9 working."],
        "steps": [
            {"activity": "edit source", "times": 3}, {"activity": "run tests", "ended": "failed"}, {"activity": "edit source"},
            {"activity": "run tests"}, {"activity": "commit", "also": ["lint"]}
        ],
        "lines": 198, "tokens": {"input": 1200, "output": 34567, "cache_read": 1234567, "cache_write": 0}
    });
    let files = json!([
        {"path": "src/price.py", "spans": [{"start": 1, "lines": 11, "author": "agent", "contribution": 0}, {"start": 12, "lines": 7, "author": "corrected", "contribution": 0}]},
        {"path": "schema.sql", "spans": [{"start": 3, "lines": 14, "author": "unknown"}]}
    ]);
    let lines = json!({"added": 216, "agent": 180, "corrected": 18, "person": 4, "formatter": 0, "unknown": 14});
    entry("a1b2c3d4", "Discounts", Some(record(json!([contribution]), lines, files)))
}

/// Two kinds of checks passed before a person changed a line.
pub(crate) fn checked_twice_before_a_change() -> CommitEntry {
    let mut entry = discounts();
    let record = entry.record.as_mut().unwrap();
    let by_hand = json!([{"path": "src/price.py", "start": 4, "lines": 1, "by": "person"}]);
    record.untested = serde_json::from_value(by_hand).unwrap();
    let check = |kind: &str, command: &str| {
        let check = json!({"kind": kind, "command": command, "result": "passed", "after_last_edit": true, "state": "before-change", "by": "agent"});
        serde_json::from_value(check).unwrap()
    };
    record.contributions[0].checks = vec![check("test", "pytest -q"), check("lint", "ruff check")];
    entry
}

pub(crate) fn by_a_person() -> CommitEntry {
    let lines = json!({"added": 5, "agent": 0, "corrected": 0, "person": 5, "formatter": 0, "unknown": 0});
    entry("b2c3d4e5", "Fix a typo", Some(record(json!([]), lines, json!([]))))
}

pub(crate) fn only_overlapping() -> CommitEntry {
    let contribution = json!({
        "agent": "codex", "session": "77", "confidence": "overlap", "evidence": [{"kind": "files", "found": 1, "of": 2}], "lines": 0
    });
    let lines = json!({"added": 9, "agent": 0, "corrected": 0, "person": 0, "formatter": 0, "unknown": 9});
    entry("c3d4e5f6", "Tidy", Some(record(json!([contribution]), lines, json!([]))))
}

//! A repository with two commits of two agents, and what their records say.

use std::fs;

use serde_json::Value;

use super::Sandbox;
use super::agents::{CART, CLAUDE_ID, CODEX_ID, TAX, claude, codex};

/// `agent/session lines` of each contribution, sorted.
pub fn contributions(record: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |one: &Value| format!("{}/{} {}", text(&one["agent"]), text(&one["session"]), one["lines"]);
    let mut all: Vec<String> = record["contributions"].as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}

pub fn cart() -> String {
    format!("claude-code/{CLAUDE_ID} 4")
}

pub fn tax() -> String {
    format!("codex/{CODEX_ID} 4")
}

pub fn forget_transcripts(sandbox: &Sandbox) {
    for folder in [".claude", ".codex"] {
        let _ = fs::remove_dir_all(sandbox.home.join(folder));
    }
}

/// Two commits with records, of two agents, whose transcripts are gone; all in one second.
pub fn shop() -> Sandbox {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    codex(&sandbox);
    for (file, text, words) in [("cart.py", CART, "Add a cart"), ("tax.py", TAX, "Add the tax")] {
        sandbox.write(file, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", words]);
    }
    assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
    forget_transcripts(&sandbox);
    sandbox
}

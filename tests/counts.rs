//! Compares `backstory sessions --json` with an independent count over real session files: exactly where a count has
//! one reading, inside its range where it has several. Each use of a range is printed.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test says what it used and stops at what is missing")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn sessions_are_counted_as_an_independent_program_counts_them() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(counts) = std::fs::read_to_string(corpus.join("COUNTS.jsonl")) else {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let mut differences = Vec::new();
    let (mut files, mut by_range) = (0, 0);
    for (folder, agent) in [
        ("claude-code", "claude-code"),
        ("codex", "codex"),
        ("copilot-cli", "copilot-cli"),
        ("gemini", "gemini-cli"),
        ("aider", "aider"),
    ] {
        let rows = rows_by_file(&corpus.join(folder));
        for expected in counts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            if expected["agent"] != agent {
                continue;
            }
            files += 1;
            let file = expected["file"].as_str().unwrap();
            let Some(row) = rows.get(file.rsplit('/').next().unwrap()) else {
                differences.push(format!("{file}: not read"));
                continue;
            };
            for (field, found) in found_in(row) {
                let mut wanted = field.split('.').fold(&expected, |value, name| &value[name]).clone();
                if let Value::Array(names) = &mut wanted {
                    names.sort_by_key(Value::to_string);
                }
                let counted = |row: &&(&str, &str, u64)| file.ends_with(row.0) && field == row.1 && found == row.2;
                if wanted == found || (field == "tool_calls" && wanted.is_null()) {
                    continue;
                }
                if let Some((file, field, _)) = COUNTED_OTHERWISE.iter().find(counted) {
                    println!("otherwise {file}: {field} is {found}, counted {wanted}");
                    continue;
                }
                match in_range(&expected["range"][&field], &found) {
                    true => {
                        by_range += 1;
                        println!("range {file}: {field} is {found}, counted {wanted}");
                    }
                    false => differences.push(format!("{file}: {field} is {found}, counted {wanted}")),
                }
            }
            if let Some(session) = expected["session"].as_str().filter(|session| row["session"] != *session) {
                differences.push(format!("{file}: session {} is not {session}", row["session"]));
            }
        }
    }
    println!("{files} files, {by_range} values by a range, {} different", differences.len());
    assert_eq!(differences.join("\n"), "");
}

/// What the other program leaves out by its rule, with why it is counted here.
const COUNTED_OTHERWISE: &[(&str, &str, u64)] = &[
    // Blocks that were applied beside one that did not fit: they are in a commit, without a line of their own.
    ("afi-core__.aider.chat.history.md", "edits", 18),
];

/// Files that no other program counted, by hand: prompts and calls.
const BY_HAND: &[(&str, &str, u64, u64)] = &[
    ("copilot-vscode", "copilot_session_simple.json", 3, 2),
    ("copilot-vscode", "copilot_session_simple.jsonl", 3, 2),
    ("copilot-vscode", "copilot_session_multiline.jsonl", 2, 2),
    ("copilot-vscode", "copilot_session_event_stream.jsonl", 1, 2),
    ("copilot-vscode", "copilot_vscode_event_stream.jsonl", 1, 2),
    ("copilot-vscode", "test-session-abc.jsonl", 1, 1),
    ("copilot-vscode", "VSGitHubCopilot_traces.jsonl", 0, 3),
    ("cursor", "cursor-session-simple.jsonl", 1, 10),
    ("windsurf", "windsurf-session-simple.jsonl", 4, 18),
    ("specstory", "2026-01-29_16-21-35Z-explain-this-commit-to.md", 1, 3),
    ("specstory", "2026-02-10_14-21-48Z-ok-read-at-docs.md", 14, 44),
    ("specstory", "2026-02-16_13-04-52Z-in-the-claude-code.md", 5, 26),
    ("amp", "T-019ca1ce-3ae2-7686-a41e-ccc078837f8a.json", 1, 4),
];

#[test]
fn the_files_that_were_counted_by_hand_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    }
    let mut differences = Vec::new();
    for (folder, file, prompts, calls) in BY_HAND {
        let rows = rows_by_file(&corpus.join(folder));
        let row = rows.iter().find(|(name, _)| name.ends_with(file)).map(|(_, row)| row);
        let found = row.map(|row| {
            (
                row["prompts"].as_array().unwrap().len() as u64,
                row["tool_calls"].as_u64().unwrap(),
                row["skipped"].clone(),
            )
        });
        if found != Some((*prompts, *calls, Value::Array(Vec::new()))) {
            differences.push(format!("{folder}/{file}: {found:?}, counted {prompts} and {calls}"));
        }
    }
    assert_eq!(differences.join("\n"), "");
}

fn rows_by_file(folder: &Path) -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_backstory"))
        .args(["sessions", "--json", "--sessions"])
        .arg(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut rows = BTreeMap::new();
    for row in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let path = row["path"].as_str().unwrap();
        // Of a history that holds several sessions: all of them together.
        let file =
            path.rsplit_once('/').map_or(path, |(folder, _)| if folder.ends_with(".md") { folder } else { path });
        let name = file.rsplit('/').next().unwrap().to_owned();
        match rows.remove(&name) {
            Some(known) => rows.insert(name, both(known, &row)),
            None => rows.insert(name, row),
        };
    }
    rows
}

/// The counts of two sessions together.
fn both(one: Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.into_iter().map(|(name, value)| (name.clone(), both(value, &other[&name]))).collect()
        }
        (Value::Array(mut one), Value::Array(other)) => {
            one.extend(other.iter().filter(|item| !item.is_string()).cloned());
            let strings = other.iter().filter(|item| item.is_string());
            let new: Vec<Value> = strings.filter(|item| !one.contains(item)).cloned().collect();
            one.extend(new);
            one.into()
        }
        (Value::Number(one), Value::Number(other)) => (one.as_u64().unwrap() + other.as_u64().unwrap()).into(),
        (one, _) => one,
    }
}

/// The counted fields of a row, by their names in the independent count.
fn found_in(row: &Value) -> Vec<(String, Value)> {
    let prompts = row["prompts"].as_array().unwrap();
    let of = |sources: &[&str]| {
        prompts.iter().filter(|prompt| sources.iter().any(|source| prompt["source"] == **source)).count()
    };
    let mut models: Vec<&str> = row["models"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    models.sort_unstable();
    let mut found = vec![
        ("prompts".to_owned(), of(&["typed", "queued"]).into()),
        ("slash".to_owned(), of(&["slash"]).into()),
        ("models".to_owned(), models.into()),
        ("skipped_lines".to_owned(), row["skipped"].as_array().unwrap().len().into()),
    ];
    for name in ["tool_calls", "edits", "errors", "rejections", "rejections_with_reason", "interrupts"] {
        found.push((name.to_owned(), row[name].clone()));
    }
    for name in [
        "failed_checks.flagged",
        "failed_checks.hidden",
        "tokens.input",
        "tokens.output",
        "tokens.cache_read",
        "tokens.cache_write",
    ] {
        let (group, field) = name.split_once('.').unwrap();
        found.push((name.to_owned(), row[group][field].clone()));
    }
    found
}

fn in_range(range: &Value, found: &Value) -> bool {
    let (Some(low), Some(high), Some(found)) = (range[0].as_u64(), range[1].as_u64(), found.as_u64()) else {
        return false;
    };
    (low..=high).contains(&found)
}

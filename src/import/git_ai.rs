//! git-ai: `refs/notes/ai`, authorship log 3.0.0 (its specification in git-ai 1.5, and 10,685 public notes). Above `---` the files, each
//! with lines of `KEY RANGES`; below it JSON with what the keys are. Three kinds of keys: 16 (once 7) hex digits of a session in
//! `prompts`, `s_…::t_…` of one in `sessions`, `h_…` of a person in `humans`. A line that no key has is of unknown origin.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::noted::{NoteProblem, NotedCommit, NotedLines, NotedSession, agent, model, named, text};
use crate::record::note::LineAuthor;

const SCHEMA: &str = "authorship/3.";

pub(super) fn read(note: &str) -> Result<NotedCommit, NoteProblem> {
    let (files, json) = parts(note).ok_or_else(|| NoteProblem::Form("a line `---` is missing".to_owned()))?;
    let known: Map<String, Value> = serde_json::from_str(json)?;
    let schema = known.get("schema_version").and_then(Value::as_str).unwrap_or_default();
    if !schema.starts_with(SCHEMA) {
        return Err(NoteProblem::Version(named(schema)));
    }
    let mut commit = NotedCommit::default();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, value) in ["prompts", "sessions"].iter().filter_map(|part| known.get(*part)?.as_object()).flatten() {
        match session(value) {
            Some(session) => {
                // One session may have two keys.
                let is_known = |one: &NotedSession| one.agent == session.agent && one.session == session.session;
                let known = commit.sessions.iter().position(|one| session.session.is_some() && is_known(one));
                places.insert(key, known.unwrap_or(commit.sessions.len()));
                if known.is_none() {
                    commit.sessions.push(session);
                }
            }
            None => commit.unused.push(format!("session {} names no agent", named(key))),
        }
    }
    let humans = known.get("humans").and_then(Value::as_object);
    let mut path = String::new();
    for line in files.lines().filter(|line| !line.trim().is_empty()) {
        let Some(entry) = line.strip_prefix("  ") else {
            path = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line).to_owned();
            continue;
        };
        let Some((key, ranges)) = entry.split_once(' ') else {
            commit.unused.push("a line without ranges".to_owned());
            continue;
        };
        let key = key.split("::").next().unwrap_or(key);
        let is_person = key.starts_with("h_") && humans.is_some_and(|humans| humans.contains_key(key));
        let place = places.get(key).copied();
        let author = match (place, is_person) {
            (Some(_), _) => LineAuthor::Agent,
            (None, true) => LineAuthor::Person,
            (None, false) => {
                commit.unused.push(format!("the key {} is explained nowhere", named(key)));
                continue;
            }
        };
        for range in ranges.split(',') {
            match numbers(range) {
                Some((first, last)) => {
                    commit.lines.push(NotedLines { path: path.clone(), first, last, author, session: place });
                }
                None => commit.unused.push("a range that is none".to_owned()),
            }
        }
    }
    Ok(commit)
}

/// What is above the line `---` and below it.
fn parts(note: &str) -> Option<(&str, &str)> {
    match note.strip_prefix("---\n") {
        Some(json) => Some(("", json)),
        None => note.split_once("\n---\n"),
    }
}

/// `7`, `3-9`.
fn numbers(range: &str) -> Option<(u32, u32)> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (1 <= first && first <= last).then_some((first, last))
}

fn session(value: &Value) -> Option<NotedSession> {
    let id = &value["agent_id"];
    Some(NotedSession {
        agent: agent(text(&id["tool"])?)?,
        session: text(&id["id"]).map(str::to_owned),
        model: model(&id["model"]),
        started_at: None,
        // Notes before version 1.3.4 hold messages, and among those of a person what tools printed: nobody can tell them apart.
        prompts: Vec::new(),
        files: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = r#"src/price.rs
  0123456789abcdef 1-2,7
  s_0123456789abcd::t_00000000000001 9
  h_0123456789abcd 10-11
  s_ffffffffffffff::t_00000000000001 12
"my docs/a b.md"
  s_0123456789abcd::t_00000000000002 1,x,9-3
---
{"schema_version": "authorship/3.0.0", "git_ai_version": "1.5.1", "base_commit_sha": "00",
 "prompts": {"0123456789abcdef": {"agent_id": {"tool": "claude", "id": "one", "model": "unknown"},
   "messages": [{"type": "user", "text": "Add a discount", "timestamp": "2026-03-02T10:00:00Z"}, {"type": "assistant", "text": "Yes"}]}},
 "sessions": {"s_0123456789abcd": {"agent_id": {"tool": "codex", "id": "two", "model": "gpt-5"}}, "s_1": {}},
 "humans": {"h_0123456789abcd": {"author": "A <a@example.invalid>"}}}"#;

    #[test]
    fn each_kind_of_key_leads_to_who_wrote_the_line() {
        let commit = read(NOTE).unwrap();
        let sessions: Vec<(&str, Option<&str>, usize)> =
            (commit.sessions.iter()).map(|one| (one.agent.as_str(), one.model.as_deref(), one.prompts.len())).collect();
        assert_eq!(sessions, [("claude-code", None, 0), ("codex", Some("gpt-5"), 0)]);
        let lines: Vec<(&str, u32, u32, LineAuthor, Option<usize>)> = (commit.lines.iter())
            .map(|one| (one.path.as_str(), one.first, one.last, one.author, one.session))
            .collect();
        let expected = [
            ("src/price.rs", 1, 2, LineAuthor::Agent, Some(0)),
            ("src/price.rs", 7, 7, LineAuthor::Agent, Some(0)),
            ("src/price.rs", 9, 9, LineAuthor::Agent, Some(1)),
            ("src/price.rs", 10, 11, LineAuthor::Person, None),
            ("my docs/a b.md", 1, 1, LineAuthor::Agent, Some(1)),
        ];
        assert_eq!(lines, expected);
        // A session without an agent, a key that is explained nowhere, two ranges that are none.
        assert_eq!(commit.unused.len(), 4, "{:?}", commit.unused);
    }

    #[test]
    fn what_is_no_such_note_is_said() {
        for (note, words) in [
            ("hello", "`---` is missing"),
            ("---\n{", "not of the form"),
            ("---\n{\"schema_version\": \"authorship/4.0.0\"}", "version authorship/4.0.0"),
            ("a\n---\n[]", "not of the form"),
        ] {
            assert!(read(note).unwrap_err().to_string().contains(words), "{note}");
        }
        let empty = read("---\n{\"schema_version\": \"authorship/3.0.0\", \"prompts\": {}}").unwrap();
        assert!(empty.sessions.is_empty() && empty.lines.is_empty());
    }
}

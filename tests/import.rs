//! `import` with the program itself: what other recorders noted becomes records, once, and nothing that is recorded is touched.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod support;

use serde_json::Value;

use crate::support::Sandbox;

const GIT_AI: &str = r#"price.py
  s_0123456789abcd::t_00000000000001 1-2
  h_0123456789abcd 3
---
{"schema_version": "authorship/3.0.0", "git_ai_version": "1.5.1", "base_commit_sha": "00", "prompts": {},
 "sessions": {"s_0123456789abcd": {"agent_id": {"tool": "claude", "id": "one", "model": "claude-sonnet-4-6"}, "human_author": "Ann <ann@example.invalid>"}},
 "humans": {"h_0123456789abcd": {"author": "Ann <ann@example.invalid>"}}}"#;
const AGENT_NOTE: &str = r#"{"v": 1, "agent": "codex", "session_id": "two", "timestamp": "2026-05-08T17:17:52.799Z", "model": "gpt-5.4",
 "interactions": [{"prompt": "Add a discount with the key KEY", "response": "Done"}, {"prompt": "<hook>x</hook>"}],
 "files": [{"path": "price.py", "by_ai": true}], "attribution": {"ai_ratio": 100, "method": "file"}}"#;

fn noted(reference: &str, note: &str) -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.write("price.py", "a = 1\nb = 2\nc = 3\nd = 4\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
    let file = sandbox.write("../note", note);
    sandbox.git(&["notes", &format!("--ref={reference}"), "add", "-F", file.to_str().unwrap(), "HEAD"]);
    sandbox
}

fn import(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ran = sandbox.backstory(&[&["import", "--json"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn lines_and_sessions_of_a_note_become_a_record_once() {
    let sandbox = noted("ai", GIT_AI);
    assert_eq!(import(&sandbox, &["--from", "git-ai", "--dry-run"])["sources"][0]["records"], 1);
    assert_eq!(sandbox.note("HEAD"), None, "a dry run writes nothing");
    let done = import(&sandbox, &["--from", "git-ai"]);
    assert_eq!((&done["sources"][0]["records"], &done["sources"][0]["sessions"]), (&1.into(), &1.into()));
    let record = sandbox.record("HEAD");
    let session = &record["contributions"][0];
    assert_eq!((session["agent"].as_str(), session["session"].as_str()), (Some("claude-code"), Some("one")));
    assert_eq!(session["evidence"][0], serde_json::json!({"kind": "noted", "by": "git-ai"}));
    assert_eq!(session["lines"], 2);
    let lines = &record["lines"];
    assert_eq!((&lines["agent"], &lines["person"], &lines["unknown"]), (&2.into(), &1.into(), &1.into()));
    // Whose they are stays in the other note.
    assert!(!sandbox.note("HEAD").unwrap().contains("ann@example"));
    let shown = sandbox.backstory(&["show", "HEAD"]).out;
    assert!(shown.contains("Claude Code") && shown.contains("git-ai"), "{shown}");
    let before = sandbox.note("HEAD");
    let again = import(&sandbox, &["--from", "git-ai"]);
    assert_eq!((&again["sources"][0]["records"], &again["sources"][0]["recorded_before"]), (&0.into(), &1.into()));
    assert_eq!(sandbox.note("HEAD"), before);
}

#[test]
fn prompts_are_redacted_and_a_programs_own_words_are_left_out() {
    let token = format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z5C");
    let sandbox = noted("agentnote", &AGENT_NOTE.replace("KEY", &token));
    import(&sandbox, &["--from", "agent-note"]);
    let record = sandbox.record("HEAD");
    let prompts = record["contributions"][0]["prompts"].as_array().unwrap().clone();
    assert_eq!(prompts.len(), 1, "{prompts:?}");
    let text = prompts[0]["text"].as_str().unwrap();
    assert!(text.starts_with("Add a discount") && text.contains("[REDACTED") && !text.contains(&token), "{text}");
    // Which lines the agent wrote is not in such a note.
    assert_eq!((&record["lines"]["agent"], &record["lines"]["unknown"]), (&0.into(), &4.into()));
}

#[test]
fn what_is_there_is_said_and_what_cannot_be_read_costs_nothing_else() {
    let sandbox = noted("ai", "what is this\n");
    let ran = sandbox.backstory(&["import"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in ["git-ai (refs/notes/ai): 1 note", "1 note that cannot be read", "Agent Note: there are no notes here"]
    {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    assert_eq!(import(&sandbox, &["--from", "git-ai"])["sources"][0]["unreadable"], 1);
    assert_eq!(sandbox.note("HEAD"), None);
    let ran = sandbox.backstory(&["import", "--from", "memento"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("name one of git-ai, agent-note, whogitit, ai-attribution"), "{ran:?}");
    sandbox.git(&["config", "backstory.enabled", "false"]);
    assert_eq!(sandbox.backstory(&["import", "--from", "git-ai"]).code, 2);
}

/// The notes of the corpus, where it is there: each is read, with as much in it as a look at the file says.
#[test]
fn real_notes_are_read() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut read = 0;
    for (folder, reference, from) in [
        ("note-git-ai", "ai", "git-ai"),
        ("note-agentnote", "agentnote", "agent-note"),
        ("note-whogitit", "whogitit", "whogitit"),
    ] {
        let Ok(files) = std::fs::read_dir(corpus.join(folder)) else {
            #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
            {
                eprintln!("left out: {folder} of the corpus is not here");
            }
            continue;
        };
        for file in files {
            let note = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let sandbox = noted(reference, &note);
            let done = import(&sandbox, &["--from", from, "--dry-run"]);
            let source = &done["sources"][0];
            assert_eq!(source["unreadable"], 0, "{source}");
            let sessions = match from {
                "git-ai" => note.matches("\"agent_id\"").count(),
                _ => 1,
            };
            assert_eq!(source["sessions"], sessions, "{source}");
            read += 1;
        }
    }
    assert!(read == 0 || read >= 8, "{read}");
}

#[test]
fn a_session_that_is_not_to_be_recorded_is_left_out() {
    let sandbox = noted("agentnote", AGENT_NOTE);
    sandbox.write(".backstoryignore", "agent:codex\n");
    let done = import(&sandbox, &["--from", "agent-note"]);
    assert_eq!((&done["sources"][0]["records"], &done["sources"][0]["passed_over"]), (&0.into(), &1.into()));
    assert_eq!(sandbox.note("HEAD"), None);
}

#[test]
fn a_prompt_stays_with_the_first_commit_after_it_also_in_a_later_import() {
    let sandbox = noted("agentnote", AGENT_NOTE);
    import(&sandbox, &["--from", "agent-note"]);
    sandbox.write("price.py", "a = 2\n");
    sandbox.git(&["commit", "-q", "-am", "Round the total"]);
    let more = AGENT_NOTE.replace(r#"{"prompt": "<hook>"#, r#"{"prompt": "Now round the total"}, {"prompt": "<hook>"#);
    let file = sandbox.write("../note", &more);
    sandbox.git(&["notes", "--ref=agentnote", "add", "-F", file.to_str().unwrap(), "HEAD"]);
    import(&sandbox, &["--from", "agent-note"]);
    let prompts = sandbox.record("HEAD")["contributions"][0]["prompts"].clone();
    assert_eq!((&prompts[0]["text"], &prompts[0]["role"]), (&"Now round the total".into(), &"request".into()));
    assert_eq!(prompts.as_array().unwrap().len(), 1, "{prompts}");
}

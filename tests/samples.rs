//! Reads every sample in `tests/samples/<agent>/<case>` and compares what is read with `expected.json` beside it.
//! `BACKSTORY_WRITE_EXPECTED=1 cargo test --test samples` writes them anew; then read the difference.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test stops at what is missing")]

use std::fs;
use std::path::{Path, PathBuf};

use backstory::capture;
use backstory::record::session::{Action, Change, Edit, Outcome, Session, ToolCall, Turn};
use backstory::record::text::Raw;
use proptest::prelude::*;
use serde_json::{Value, json};

fn inputs() -> Vec<PathBuf> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let folders = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut inputs: Vec<PathBuf> = folders(&samples)
        .iter()
        .flat_map(|agent| folders(agent))
        .flat_map(|case| folders(&case))
        .filter(|file| file.file_stem().is_some_and(|stem| stem == "input"))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_sample_is_read_as_expected() {
    let mut differences = Vec::new();
    for input in inputs() {
        let found = match capture::read(&input) {
            Ok(sessions) => sessions.iter().map(shown).collect::<Vec<_>>().into(),
            Err(error) => {
                let folder = input.parent().unwrap().to_string_lossy().into_owned();
                json!({ "error": format!("{error:#}").replace(&folder, "") })
            }
        };
        let expected = input.with_file_name("expected.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&found).unwrap());
        if std::env::var_os("BACKSTORY_WRITE_EXPECTED").is_some() {
            fs::write(&expected, &text).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != text {
            differences.push(format!("{}:\n{text}", input.display()));
        }
    }
    assert_eq!(differences.join("\n"), "");
}

fn shown(session: &Session) -> Value {
    json!({
        "agent": session.agent,
        "versions": session.agent_versions,
        "id": session.id,
        "other_ids": session.other_ids,
        "cwds": session.cwds,
        "branch": session.branch,
        "head": session.head,
        "time": shown_time(session),
        "models": session.models,
        "tokens": session.tokens,
        "skipped": session.skipped,
        "context": texts(&session.context),
        "turns": session.turns.iter().map(shown_turn).collect::<Vec<_>>(),
        "attempts": session.told.attempts.iter().map(|told| json!({
            "tried": told.tried.expose(), "error": text(told.error.as_ref()), "why": text(told.why.as_ref()),
            "change": text(told.change.as_ref()),
        })).collect::<Vec<_>>(),
        "corrections": session.told.corrections.iter().map(|told| json!({
            "what": told.what.expose(), "why": text(told.why.as_ref()), "path": told.path,
        })).collect::<Vec<_>>(),
        "verification": texts(&session.told.verification),
    })
}

/// What names no zone is of the clock of whoever runs the tests.
fn shown_time(session: &Session) -> Value {
    match session.agent.as_str() {
        "aider" => json!(session.started_at.is_some()),
        _ => json!([session.started_at, session.ended_at]),
    }
}

fn text(raw: Option<&Raw>) -> Option<&str> {
    raw.map(Raw::expose)
}

fn texts(raw: &[Raw]) -> Vec<&str> {
    raw.iter().map(Raw::expose).collect()
}

fn shown_turn(turn: &Turn) -> Value {
    json!({
        "prompt": turn.prompt.as_ref().map(|prompt| json!([prompt.source, prompt.text.expose()])),
        "calls": turn.calls.iter().map(shown_call).collect::<Vec<_>>(),
        "interrupts": turn.interrupts.len(),
        "reply": text(turn.reply.as_ref()),
        "abandoned": turn.abandoned,
        "tokens": turn.tokens,
    })
}

fn shown_call(call: &ToolCall) -> Value {
    let action = match &call.action {
        Action::Shell { command, cwd } => json!({ "shell": command.expose(), "cwd": cwd }),
        Action::Edit(edits) => json!({ "edits": edits.iter().map(shown_edit).collect::<Vec<_>>() }),
        Action::Ask { question, answer } => json!({ "ask": question.expose(), "answer": text(answer.as_ref()) }),
        Action::Delegate { prompt } => json!({ "delegate": prompt.expose() }),
        Action::Text { text } => json!({ "text": text.expose() }),
        Action::Other | Action::Elsewhere { .. } => json!(null),
    };
    let outcome = match &call.outcome {
        Outcome::Succeeded { output, commit } => json!({ "succeeded": output.expose(), "commit": commit }),
        Outcome::Running { output } => json!({ "running": output.expose() }),
        Outcome::Failed { kind, exit_code, output } => {
            json!({ "failed": kind, "exit_code": exit_code, "output": output.expose() })
        }
        Outcome::Rejected { reason } => json!({ "rejected": text(reason.as_ref()) }),
        other => json!(format!("{other:?}")),
    };
    let mut shown =
        json!({ "id": call.id, "tool": call.tool, "action": action, "outcome": outcome, "subagent": call.subagent });
    if !call.written.is_empty() {
        shown["written"] = call.written.iter().map(shown_edit).collect();
    }
    shown
}

fn shown_edit(edit: &Edit) -> Value {
    let change = match &edit.change {
        Change::Write { text } => json!({ "write": text.expose() }),
        Change::Append { text } => json!({ "append": text.expose() }),
        Change::Replace { before, after, everywhere } => {
            json!({ "before": before.expose(), "after": after.expose(), "everywhere": everywhere })
        }
        Change::Patch { hunks } => {
            json!({ "hunks": hunks.iter().map(|hunk| json!([hunk.new_start, hunk.lines.expose()])).collect::<Vec<_>>() })
        }
        Change::Delete => json!("delete"),
        Change::Move { to } => json!({ "to": to }),
    };
    json!({ "path": edit.path, "change": change })
}

/// What the cache keeps gives the same session, wherever the transcript was cut between two reads.
#[test]
fn events_that_were_kept_give_the_same_session() {
    for input in inputs().into_iter().filter(|input| input.extension().is_some_and(|end| end == "jsonl")) {
        let bytes = fs::read(&input).unwrap();
        let Some(agent) = capture::detect(&bytes) else { continue };
        let (whole, consumed) = capture::read_tail(&agent, &bytes, 1);
        assert_eq!(consumed, bytes.len());
        let expected = shown(&capture::assemble(&input, &agent, whole));
        for cut in 0..bytes.len() {
            if bytes[cut] != b'\n' && cut % 97 != 0 {
                continue;
            }
            let (first, used) = capture::read_tail(&agent, &bytes[..cut], 1);
            let lines = bytes[..used].iter().filter(|byte| **byte == b'\n').count() as u64;
            let mut events = capture::decode(&capture::encode(&first)).unwrap();
            events.extend(capture::read_tail(&agent, &bytes[used..], lines + 1).0);
            assert_eq!(shown(&capture::assemble(&input, &agent, events)), expected, "{} cut at {cut}", input.display());
        }
    }
}

proptest! {
    #[test]
    fn no_reader_panics_on_damaged_input(
        which: prop::sample::Index,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut: prop::sample::Index,
    ) {
        let inputs = inputs();
        let input = &inputs[which.index(inputs.len())];
        let mut bytes = fs::read(input).unwrap();
        let agent = capture::detect(&bytes);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let _ = capture::detect(&bytes);
        if let Some(agent) = agent {
            let (events, _) = capture::read_tail(&agent, &bytes, 1);
            let again = capture::decode(&capture::encode(&events));
            prop_assert_eq!(again.as_deref(), Some(events.as_slice()));
            let session = capture::assemble(input, &agent, events);
            let merged = capture::merge(vec![session.clone(), session]);
            prop_assert_eq!(merged.len(), 1);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.yaml");
        fs::write(&path, &bytes).unwrap();
        let _ = capture::read(&path);
    }
}

//! Agent Note: `refs/notes/agentnote`, JSON of versions 1 and 2 (351 public notes of its own repository; the few of version 2 are older and list
//! the agent's files by themselves). One session a note, with what was
//! asked and answered; of files whether an agent worked on them, and of lines at most how many.

use serde_json::Value;

use super::noted::{NoteProblem, NotedCommit, NotedPrompt, NotedSession, agent, model, text, time};
use crate::record::text::Raw;

/// Notes of its first months name no agent: there was one that it knew.
const FIRST: &str = "claude";

pub(super) fn read(note: &str) -> Result<NotedCommit, NoteProblem> {
    let note: Value = serde_json::from_str(note)?;
    match note["v"].as_u64() {
        Some(1 | 2) => {}
        Some(other) => return Err(NoteProblem::Version(other.to_string())),
        None => return Err(NoteProblem::Form("`v` is missing".to_owned())),
    }
    let Some(agent) = agent(text(&note["agent"]).unwrap_or(FIRST)) else {
        return Err(NoteProblem::Form("`agent` names none".to_owned()));
    };
    let interactions = note["interactions"].as_array();
    let prompts = interactions
        .into_iter()
        .flatten()
        .filter_map(|one| Some(NotedPrompt { at: time(&one["timestamp"]), text: Raw::new(text(&one["prompt"])?) }));
    let files = note["files"].as_array().into_iter().flatten();
    let files = files.filter(|file| file["by_ai"] == true).filter_map(|file| text(&file["path"]));
    let files = files.chain(note["files_by_ai"].as_array().into_iter().flatten().filter_map(text)).map(str::to_owned);
    let (prompts, files): (Vec<NotedPrompt>, Vec<String>) = (prompts.collect(), files.collect());
    if prompts.is_empty() && files.is_empty() {
        return Ok(NotedCommit::default());
    }
    let session = NotedSession {
        agent,
        session: text(&note["session_id"]).map(str::to_owned),
        model: model(&note["model"]),
        // The time of the note is that of the commit.
        started_at: None,
        prompts,
        files,
    };
    Ok(NotedCommit { sessions: vec![session], ..NotedCommit::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_session_with_its_prompts_and_files() {
        let note = r#"{"v": 1, "agent": "codex", "session_id": "one", "model": "gpt-5.4", "timestamp": "2026-05-08T17:17:52.799Z",
            "interactions": [{"prompt": "Add a discount", "response": "Done"}, {"prompt": " ", "response": null}],
            "files": [{"path": "a.py", "by_ai": true}, {"path": "b.py", "by_ai": false}], "attribution": {"ai_ratio": 50, "method": "file"}}"#;
        let commit = read(note).unwrap();
        let session = &commit.sessions[0];
        assert_eq!((session.agent.as_str(), session.session.as_deref()), ("codex", Some("one")));
        assert_eq!(session.prompts.iter().map(|one| one.text.expose()).collect::<Vec<_>>(), ["Add a discount"]);
        assert_eq!((session.files.as_slice(), commit.lines.len()), (&["a.py".to_owned()][..], 0));
        let older = read(r#"{"v": 2, "session_id": "two", "interactions": [], "files_by_ai": ["a.py"]}"#).unwrap();
        assert_eq!((older.sessions[0].agent.as_str(), older.sessions[0].files.len()), ("claude-code", 1));
        assert!(read(r#"{"v": 1, "session_id": "one", "interactions": [], "files": []}"#).unwrap().sessions.is_empty());
        assert_eq!(read(r#"{"v": 3}"#).unwrap_err(), NoteProblem::Version("3".to_owned()));
        assert!(read("{}").is_err() && read("[1]").is_err() && read("x").is_err());
    }
}

//! Attribution notes of Qwen Code: `refs/notes/ai-attribution`, JSON of version 1 (its source, November 2026). Shares of characters by
//! file, and how many prompts; no session, no lines, no words.

use serde_json::Value;

use super::noted::{NoteProblem, NotedCommit, NotedSession, agent, model};

const AGENT: &str = "qwen";

pub(super) fn read(note: &str) -> Result<NotedCommit, NoteProblem> {
    let note: Value = serde_json::from_str(note)?;
    match note["version"].as_u64() {
        Some(1) => {}
        Some(other) => return Err(NoteProblem::Version(other.to_string())),
        None => return Err(NoteProblem::Form("`version` is missing".to_owned())),
    }
    let files = note["files"].as_object().into_iter().flatten();
    let files: Vec<String> =
        files.filter(|(_, share)| share["aiChars"].as_u64() > Some(0)).map(|(path, _)| path.clone()).collect();
    let mut commit = NotedCommit::default();
    if !files.is_empty() {
        commit.sessions.extend(agent(AGENT).map(|agent| NotedSession {
            agent,
            session: None,
            model: model(&note["generator"]),
            started_at: None,
            prompts: Vec::new(),
            files,
        }));
    }
    Ok(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_characters_of_the_agent_are_its_files() {
        let note = r#"{"version": 1, "generator": "qwen3-coder", "promptCount": 2,
            "files": {"a.py": {"aiChars": 10, "humanChars": 0, "percent": 100}, "b.py": {"aiChars": 0, "humanChars": 9, "percent": 0}}}"#;
        let commit = read(note).unwrap();
        let session = &commit.sessions[0];
        assert_eq!(
            (session.model.as_deref(), session.files.as_slice()),
            (Some("qwen3-coder"), &["a.py".to_owned()][..])
        );
        assert!(read(r#"{"version": 1, "files": {}}"#).unwrap().sessions.is_empty());
        assert!(read(r#"{"version": 2}"#).is_err());
    }
}

//! whogitit: `refs/notes/whogitit` (before that `refs/notes/ai-blame`), JSON of version 1 to 3 (its source 1.0, 51 public notes). One
//! session, its prompts, and of each file every line with who wrote it: `AI`, `AIModified` (a person changed it), `Human`, `Original`
//! (it was there before), `Unknown`.

use serde_json::Value;

use super::noted::{NoteProblem, NotedCommit, NotedLines, NotedPrompt, NotedSession, agent, model, text, time};
use crate::record::note::LineAuthor;
use crate::record::text::Raw;

/// The only agent that it follows.
const AGENT: &str = "claude";
const NEWEST: u64 = 3;

pub(super) fn read(note: &str) -> Result<NotedCommit, NoteProblem> {
    let note: Value = serde_json::from_str(note)?;
    match note["version"].as_u64() {
        Some(1..=NEWEST) => {}
        Some(other) => return Err(NoteProblem::Version(other.to_string())),
        None => return Err(NoteProblem::Form("`version` is missing".to_owned())),
    }
    let session = &note["session"];
    let prompts =
        note["prompts"].as_array().into_iter().flatten().filter_map(|one| {
            Some(NotedPrompt { at: time(&one["timestamp"]), text: Raw::new(bare(text(&one["text"])?)) })
        });
    let mut commit = NotedCommit::default();
    commit.sessions.extend(agent(AGENT).map(|agent| NotedSession {
        agent,
        session: text(&session["session_id"]).map(str::to_owned),
        model: model(&session["model"]["id"]),
        started_at: time(&session["started_at"]),
        prompts: prompts.collect(),
        files: Vec::new(),
    }));
    for file in note["files"].as_array().into_iter().flatten() {
        let Some(path) = text(&file["path"]) else { continue };
        for line in file["lines"].as_array().into_iter().flatten() {
            let number = line["line_number"].as_u64().and_then(|number| u32::try_from(number).ok());
            let Some(number) = number.filter(|number| *number > 0) else {
                commit.unused.push("a line without a number".to_owned());
                continue;
            };
            let (author, session) = match line["source"]["type"].as_str() {
                Some("AI") => (LineAuthor::Agent, Some(0)),
                Some("AIModified") => (LineAuthor::Corrected, Some(0)),
                Some("Human") => (LineAuthor::Person, None),
                _ => continue,
            };
            let path = path.to_owned();
            commit.lines.push(NotedLines { path, first: number, last: number, author, session });
        }
    }
    Ok(commit)
}

/// Prompts are kept as a string within a string.
fn bare(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_author() {
        let note = r#"{"version": 2, "session": {"session_id": "one", "model": {"id": "claude-opus-5"}, "started_at": "2026-01-31T18:31:36.456072+00:00"},
            "prompts": [{"index": 0, "text": "\"Add a \\\"discount\\\"\"", "timestamp": "2026-01-31T18:31:36.456115+00:00"}, {"text": "plain"}],
            "files": [{"path": "a.py", "lines": [
                {"line_number": 1, "source": {"type": "AI"}}, {"line_number": 2, "source": {"type": "AIModified"}},
                {"line_number": 3, "source": {"type": "Human"}}, {"line_number": 4, "source": {"type": "Original"}},
                {"line_number": 5, "source": {"type": "Unknown"}}, {"line_number": 0, "source": {"type": "AI"}}]}]}"#;
        let commit = read(note).unwrap();
        let lines: Vec<(u32, LineAuthor)> = commit.lines.iter().map(|one| (one.first, one.author)).collect();
        assert_eq!(lines, [(1, LineAuthor::Agent), (2, LineAuthor::Corrected), (3, LineAuthor::Person)]);
        let prompts: Vec<&str> = commit.sessions[0].prompts.iter().map(|one| one.text.expose()).collect();
        assert_eq!(prompts, ["Add a \"discount\"", "plain"]);
        assert_eq!(commit.unused.len(), 1);
        assert!(commit.sessions[0].started_at.is_some());
        assert_eq!(read(r#"{"version": 9}"#).unwrap_err(), NoteProblem::Version("9".to_owned()));
    }
}

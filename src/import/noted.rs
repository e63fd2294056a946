//! What the note of another recorder says of one commit.

use jiff::Timestamp;

use crate::record::agent::Agent;
use crate::record::agent_row::Sign;
use crate::record::agents::{AGENTS, signed_by};
use crate::record::note::LineAuthor;
use crate::record::text::{Raw, beginning};
use crate::text::visible::visible_line;

#[derive(Clone, Debug, Default)]
pub(crate) struct NotedCommit {
    pub(crate) sessions: Vec<NotedSession>,
    /// Lines of the committed files and who wrote them, as far as the note says; of several that name a line the last one holds.
    pub(crate) lines: Vec<NotedLines>,
    /// What of the note could not be used, a few words each.
    pub(crate) unused: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct NotedSession {
    pub(crate) agent: Agent,
    /// Absent where the recorder keeps no id of it.
    pub(crate) session: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    /// What a person asked, in order.
    pub(crate) prompts: Vec<NotedPrompt>,
    /// Files that the note says it worked on.
    pub(crate) files: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct NotedPrompt {
    pub(crate) at: Option<Timestamp>,
    pub(crate) text: Raw,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotedLines {
    pub(crate) path: String,
    /// From 1, both in it.
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) author: LineAuthor,
    /// Index of the session, for an agent's lines.
    pub(crate) session: Option<usize>,
}

/// Why a note cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoteProblem {
    #[error("it is not of the form that is known: {0}")]
    Form(String),
    #[error("it is of version {0}, which is not known")]
    Version(String),
}

impl From<serde_json::Error> for NoteProblem {
    fn from(error: serde_json::Error) -> Self {
        Self::Form(crate::record::json::reason(&error))
    }
}

/// The agent that another recorder calls `name`; one that we do not know keeps its name.
pub(crate) fn agent(name: &str) -> Option<Agent> {
    let lower = name.trim().to_lowercase();
    if let Some(row) = AGENTS.iter().find(|row| row.slug == lower) {
        return Agent::parse(row.slug);
    }
    let is_named =
        |sign: &Sign| matches!(sign, Sign::Name(signed) if *signed == lower || *signed == lower.replace('-', " "));
    match signed_by(is_named) {
        Some(slug) => Agent::parse(slug),
        None => Agent::parse(&lower),
    }
}

/// A word of a note as it may be said: its beginning, without what a terminal acts on.
pub(crate) fn named(word: &str) -> String {
    visible_line(beginning(word, LONGEST_NAME).0)
}

/// The name of a model, where it has the form of one.
pub(crate) fn model(value: &serde_json::Value) -> Option<String> {
    let name = text(value)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.:/@[]()+ ".contains(c);
    let is_model = name.len() <= LONGEST_NAME && name != "unknown" && name.chars().all(is_name);
    is_model.then(|| name.to_owned())
}

/// Characters of a name.
const LONGEST_NAME: usize = 60;

/// A time as these recorders write it.
pub(crate) fn time(value: &serde_json::Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A text that is there and says something.
pub(crate) fn text(value: &serde_json::Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_known_by_the_names_that_recorders_give_them() {
        for (name, expected) in [
            ("claude", "claude-code"),
            ("claude-code", "claude-code"),
            ("Codex", "codex"),
            ("github-copilot", "copilot"),
            ("gemini", "gemini"),
            ("My Agent", "my-agent"),
        ] {
            assert_eq!(agent(name).unwrap().as_str(), expected, "{name}");
        }
        assert_eq!(agent(" - "), None);
    }

    #[test]
    fn what_a_note_names_is_short_and_shows() {
        let model = |name: &str| model(&serde_json::json!(name));
        assert_eq!(model("claude-opus-4-6[1m]").as_deref(), Some("claude-opus-4-6[1m]"));
        for odd in ["unknown", "gpt\u{1b}[31m", "", &"m".repeat(300)] {
            assert_eq!(model(odd), None, "{odd}");
        }
        assert_eq!(named(&"k".repeat(300)).len(), 60);
        assert_eq!(named("a\nb\u{1b}[31mc"), "a bc");
    }
}

//! The agents that are known by name: one row each, with what the rest of the program needs to recognise them.
//! `capture` adds a reader for those whose transcripts can be read; nothing else names an agent.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An agent's short name, as in flags, trailers and JSON: `claude-code`. Lower case letters, digits, `-` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Agent(Cow<'static, str>);

impl Agent {
    pub const fn known(slug: &'static str) -> Self {
        Self(Cow::Borrowed(slug))
    }

    /// A name from outside (a journal, a note). `None` when nothing is left of it after folding to the allowed letters.
    pub fn parse(name: &str) -> Option<Self> {
        let folded: String = name
            .trim()
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .take(40)
            .collect();
        let folded = folded.trim_matches('-');
        (!folded.is_empty()).then(|| Self(Cow::Owned(folded.to_owned())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for people: `Claude Code`; the short name itself for an agent that is not in the table.
    pub fn title(&self) -> &str {
        AGENTS.iter().find(|row| row.agent == *self).map_or(&self.0, |row| row.title)
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Agent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Agent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom("an agent's name has no letters"))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Agent {
    fn schema_name() -> Cow<'static, str> {
        "Agent".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[a-z0-9.-]{1,40}$"})
    }
}

/// One row of the table of agents.
pub struct AgentRow {
    pub agent: Agent,
    /// The name for people.
    pub title: &'static str,
    /// Variables that the agent sets in the shells it starts, strongest first. A hook that sees one runs inside the agent.
    pub environment: &'static [EnvironmentSign],
}

/// A variable that an agent sets in its shells.
pub struct EnvironmentSign {
    pub variable: &'static str,
    /// Whether the value is the id of the session (a stated link), or only says that the agent is there.
    pub names_session: bool,
}

const fn session_in(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, names_session: true }
}

const fn presence(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, names_session: false }
}

const fn row(slug: &'static str, title: &'static str, environment: &'static [EnvironmentSign]) -> AgentRow {
    AgentRow { agent: Agent::known(slug), title, environment }
}

/// Every agent that is recognised, in a transcript, an environment or a commit message. Variables: `is-ai-agent` 0.7
/// and the agents' own sources.
pub static AGENTS: &[AgentRow] = &[
    row(
        "claude-code",
        "Claude Code",
        &[session_in("CLAUDE_CODE_SESSION_ID"), presence("CLAUDECODE"), presence("CLAUDE_CODE")],
    ),
    row("codex", "Codex", &[session_in("CODEX_THREAD_ID"), presence("CODEX_SANDBOX")]),
    row("copilot", "GitHub Copilot", &[session_in("COPILOT_AGENT_SESSION_ID"), presence("COPILOT_CLI")]),
    row("cursor", "Cursor", &[presence("CURSOR_AGENT")]),
    row("gemini", "Gemini CLI", &[presence("GEMINI_CLI")]),
    row("gemini-code-assist", "Gemini Code Assist", &[]),
    row("amp", "Amp", &[session_in("AMP_CURRENT_THREAD_ID")]),
    row("qwen", "Qwen Code", &[session_in("QWEN_CODE_SESSION_ID"), presence("QWEN_CODE")]),
    row("cline", "Cline", &[session_in("CLINE_TASK_ID"), presence("CLINE_ACTIVE")]),
    row("pi", "Pi", &[session_in("PI_SESSION_ID")]),
    row("opencode", "OpenCode", &[presence("OPENCODE")]),
    row("aider", "Aider", &[]),
    row("devin", "Devin", &[]),
    row("jules", "Jules", &[]),
    row("crush", "Crush", &[presence("CRUSH")]),
    row("continue", "Continue", &[]),
    row("openhands", "OpenHands", &[]),
    row("roo", "Roo Code", &[]),
    row("droid", "Factory Droid", &[]),
    row("windsurf", "Windsurf", &[]),
    row("replit", "Replit Agent", &[presence("REPLIT_AGENT")]),
    row("amazon-q", "Amazon Q Developer", &[]),
    row("jetbrains-ai", "JetBrains AI", &[]),
    row("goose", "Goose", &[presence("GOOSE_TERMINAL")]),
    row("kiro", "Kiro", &[]),
];

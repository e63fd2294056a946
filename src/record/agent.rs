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

    /// Whether its transcripts can be read. `capture` has a reader for these, which a test there holds it to.
    pub fn has_reader(&self) -> bool {
        WITH_READER.contains(&self.as_str())
    }
}

/// Whether a text has the form of a session's id, and may stand where ids do.
pub fn is_session_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_letter)
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
    /// The only value that says it, where other programs use the variable too.
    pub value: Option<&'static str>,
    /// Whether the value is the id of the session (a stated link), or only says that the agent is there.
    pub names_session: bool,
}

impl EnvironmentSign {
    /// Whether a variable of this value says that the agent is there. An agent that starts another program without its
    /// own sign empties it or sets it to 0.
    pub fn is_given(&self, value: &str) -> bool {
        match self.value {
            Some(wanted) => value == wanted,
            None => !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off"),
        }
    }
}

const fn session_in(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: None, names_session: true }
}

const fn presence(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: None, names_session: false }
}

const fn presence_as(variable: &'static str, value: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: Some(value), names_session: false }
}

/// The variable in which agents have begun to name themselves by their short names.
pub const NAME_VARIABLE: &str = "AI_AGENT";

/// The agent of the table that a value of [`NAME_VARIABLE`] names: `pi`, `crush@0.96`. Another word names nobody.
pub fn named_in_environment(value: &str) -> Option<&'static AgentRow> {
    let name = value.split(['@', '/', ':', ' ']).next().unwrap_or_default();
    AGENTS.iter().find(|row| row.agent.as_str().eq_ignore_ascii_case(name))
}

const fn row(slug: &'static str, title: &'static str, environment: &'static [EnvironmentSign]) -> AgentRow {
    AgentRow { agent: Agent::known(slug), title, environment }
}

const WITH_READER: &[&str] = &["claude-code", "codex"];

/// Every agent that is recognised, in a transcript, an environment or a commit message. Variables: `is-ai-agent` 0.7,
/// the agents' own sources, and what was seen in their shells in November 2026. Where one agent sets the variable of another
/// (Kilo is made from OpenCode), it comes before it. Aider has none: it also commits what the person had open, in
/// the same environment.
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
    row(
        "cline",
        "Cline",
        &[session_in("CLINE_TASK_ID"), presence("CLINE_ACTIVE"), presence("CLINE_CONNECTOR_CLI_LAUNCH")],
    ),
    row("pi", "Pi", &[session_in("PI_SESSION_ID")]),
    row("kilo", "Kilo", &[presence_as("KILO", "1"), presence("KILOCODE_VERSION")]),
    row("opencode", "OpenCode", &[presence("OPENCODE")]),
    row("aider", "Aider", &[]),
    row("devin", "Devin", &[]),
    row("jules", "Jules", &[]),
    row("crush", "Crush", &[presence("CRUSH")]),
    row("continue", "Continue", &[]),
    row("openhands", "OpenHands", &[presence_as("OR_APP_NAME", "OpenHands")]),
    row("roo", "Roo Code", &[]),
    row("droid", "Factory Droid", &[presence("FACTORY_EXEC_TARGET_AUTONOMY")]),
    row("windsurf", "Windsurf", &[]),
    row("replit", "Replit Agent", &[presence("REPLIT_AGENT")]),
    row("amazon-q", "Amazon Q Developer", &[]),
    row("jetbrains-ai", "JetBrains AI", &[]),
    row("goose", "Goose", &[presence("GOOSE_TERMINAL")]),
    row("kiro", "Kiro", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_names_only_agents_that_are_known() {
        for (value, agent) in [
            ("pi", Some("pi")),
            ("Crush", Some("crush")),
            ("opencode@1.18.33", Some("opencode")),
            ("1", None),
            ("true", None),
            ("my-own-bot", None),
            ("", None),
        ] {
            assert_eq!(named_in_environment(value).map(|row| row.agent.as_str()), agent, "{value}");
        }
    }

    #[test]
    fn an_emptied_sign_is_none() {
        let sign = presence("CRUSH");
        let given = ["1", "true", "yes", "", "0", "false", "off"].map(|value| sign.is_given(value));
        assert_eq!(given, [true, true, true, false, false, false, false]);
        let one_value = presence_as("OR_APP_NAME", "OpenHands");
        assert_eq!(["OpenHands", "Aider", "1"].map(|value| one_value.is_given(value)), [true, false, false]);
    }
}

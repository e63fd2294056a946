//! An agent, by its short name. What is known of those that have one is in the table (`agents`).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An agent's short name, as in flags, trailers and JSON: `claude-code`. Lower case letters, digits, `-` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Agent(Cow<'static, str>);

impl Agent {
    /// The agent of a journal that names none: a person.
    pub const JOURNAL: Self = Self::known("journal");

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

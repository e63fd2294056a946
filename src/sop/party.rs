//! Who did something to an SOP, as the ledger names them.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// A person's name or login, or an agent's name.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub kind: PartyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    Person,
    Agent,
    Ci,
    /// An answer that an AI client passed on. Clients answer such questions without a person too.
    Relayed,
}

impl PartyKind {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Person => "a person",
            Self::Agent => "an agent",
            Self::Ci => "a CI job",
            Self::Relayed => "an answer relayed by an AI client",
        }
    }
}

impl Party {
    #[cfg(test)]
    pub(crate) fn person(name: &str, email: Option<&str>) -> Self {
        Self { name: name.to_owned(), email: email.map(str::to_owned), kind: PartyKind::Person }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.email, self.kind) {
            (Some(email), PartyKind::Person) => write!(f, "{} <{email}>", self.name),
            (_, PartyKind::Person) => f.write_str(&self.name),
            (_, PartyKind::Agent) => write!(f, "{} (agent)", self.name),
            (_, PartyKind::Ci) => write!(f, "{} (CI)", self.name),
            (_, PartyKind::Relayed) => write!(f, "{} (relayed)", self.name),
        }
    }
}

//! Who calls: the client as it names itself, and the session and call as it says. Any program can say anything here: good for a
//! note in the ledger, not for a gate.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::record::agent::is_session_id;
use crate::record::agents::AGENTS;
use crate::sop::party::{Party, PartyKind};

/// Of a name that a client gives itself, so many characters are kept.
const LONGEST_NAME: usize = 64;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// As it names itself.
    client: Option<String>,
    version: Option<String>,
    protocol: Option<String>,
    session: Option<String>,
    call: Option<String>,
}

impl Caller {
    /// `client` is name and version; `meta` the `_meta` of the call.
    pub(crate) fn new(client: Option<(&str, &str)>, protocol: Option<&str>, meta: &Map<String, Value>) -> Self {
        let text =
            |name: &str| meta.get(name).and_then(Value::as_str).filter(|value| is_session_id(value)).map(str::to_owned);
        // Some clients send the id of the tool use under a name of their own, `<client>/toolUseId`.
        let tool_use = || meta.keys().find(|key| key.ends_with("/toolUseId")).and_then(|key| text(key));
        Self {
            client: client.and_then(|(name, _)| tidy(name)),
            version: client.and_then(|(_, version)| tidy(version)),
            protocol: protocol.and_then(tidy),
            session: text("sessionId").or_else(|| text("threadId")),
            call: text("callId").or_else(tool_use),
        }
    }

    /// The agent that works.
    pub(crate) fn party(&self) -> Party {
        Party { name: self.name(), email: None, kind: PartyKind::Agent }
    }

    /// Whoever answered what the client was to ask.
    pub(crate) fn relayed(&self) -> Party {
        Party { kind: PartyKind::Relayed, ..self.party() }
    }

    /// The session that calls, as the client says.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    fn name(&self) -> String {
        let client = self.client.as_deref().unwrap_or("MCP client");
        self.row().map_or(client, |row| row.title).to_owned()
    }

    /// Clients name themselves by the agent's short name and more: `NAME-mcp-client`.
    fn row(&self) -> Option<&'static crate::record::agent_row::AgentRow> {
        let client = self.client.as_deref()?;
        let is_its =
            |slug: &str| client.strip_prefix(slug).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        AGENTS.iter().filter(|row| is_its(row.slug)).max_by_key(|row| row.slug.len())
    }

    /// What the ledger keeps of where an entry came from.
    pub(crate) fn refs(&self) -> BTreeMap<String, String> {
        let mut refs = BTreeMap::from([("via".to_owned(), "mcp".to_owned())]);
        let client = self.client.as_ref().map(|client| match &self.version {
            Some(version) => format!("{client} {version}"),
            None => client.clone(),
        });
        let session = self.session.as_ref().map(|session| match self.row() {
            Some(row) => format!("{}/{session}", row.slug),
            None => session.clone(),
        });
        for (name, value) in
            [("client", client), ("protocol", self.protocol.clone()), ("session", session), ("call", self.call.clone())]
        {
            refs.extend(value.map(|value| (name.to_owned(), value)));
        }
        refs
    }
}

/// On one line, without what a terminal obeys; `None` when nothing is left.
fn tidy(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn caller(client: &str, meta: Value) -> Caller {
        Caller::new(Some((client, "1.0")), Some("2025-06-18"), meta.as_object().unwrap())
    }

    #[test]
    fn the_session_is_what_the_call_says() {
        let one = AGENTS[0].slug;
        let told = caller(&format!("{one}-mcp-client"), json!({"sessionId": "s1", "threadId": "t1", "callId": "c1"}));
        assert_eq!(told.refs()["session"], format!("{one}/s1"));
        assert_eq!(told.refs()["call"], "c1");
        assert_eq!((told.party().name.as_str(), told.party().kind), (AGENTS[0].title, PartyKind::Agent));
        let other = caller("my-chat", json!({"my/toolUseId": "toolu_1", "sessionId": "../../etc"}));
        assert_eq!((other.refs().get("session"), other.refs()["call"].as_str()), (None, "toolu_1"));
        assert_eq!(other.relayed(), Party { name: "my-chat".into(), email: None, kind: PartyKind::Relayed });
    }

    #[test]
    fn a_hostile_name_becomes_one_short_line() {
        let told = caller(&format!("x\u{1b}[31m\n{}", "y".repeat(100)), json!({}));
        assert_eq!(told.party().name.chars().count(), LONGEST_NAME);
        assert!(!told.party().name.contains(['\u{1b}', '\n']));
        assert_eq!(caller(" ", json!({})).party().name, "MCP client");
    }
}

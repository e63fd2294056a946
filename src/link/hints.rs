//! What is known about a commit besides its content.

use std::collections::BTreeMap;

use crate::record::text::Raw;

/// What is known about a commit besides its content.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// The agent in whose shell the hook runs, from the environment.
    pub inside: Option<AgentShell>,
    /// Sessions that the commit's own trailers name, with the trailer's key.
    pub named: Vec<(String, String)>,
    /// When the commit before was authored: work that ended earlier led to that one.
    pub since: Option<jiff::Timestamp>,
    /// When HEAD last came to other files before the commit was made: what was tested earlier was tested on others.
    pub moved: Option<jiff::Timestamp>,
    /// The text of committed files that sessions edited, by path, as far as it is known.
    pub texts: BTreeMap<String, Raw>,
}

/// A hook that runs inside an agent's shell.
#[derive(Clone, Debug)]
pub struct AgentShell {
    pub agent: crate::record::agent::Agent,
    pub variable: String,
    pub session: Option<String>,
    /// As the shell says.
    pub version: Option<String>,
    pub model: Option<String>,
    /// The call whose command this is.
    pub call: Option<NamedCall>,
}

/// A call that a variable names.
#[derive(Clone, Debug)]
pub struct NamedCall {
    pub variable: String,
    pub id: String,
}

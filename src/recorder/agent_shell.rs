//! The agent in whose shell this process runs.

use crate::environment::Environment;
use crate::link::AgentShell;
use crate::record::agent::is_session_id;
use crate::record::agents::{AGENTS, NAME_VARIABLE, named_in_environment};

/// The agent in whose shell this process runs, as its environment says.
pub(crate) fn inside(environment: &Environment) -> Option<AgentShell> {
    let signs = AGENTS.iter().flat_map(|row| row.environment.iter().map(move |sign| (row, sign)));
    let mut present: Vec<AgentShell> = signs
        .filter_map(|(row, sign)| {
            let value = environment.variable(sign.variable).filter(|value| sign.is_given(value))?;
            let session = (sign.names_session && is_session_id(value)).then(|| value.to_owned());
            Some(AgentShell { agent: row.agent.clone(), variable: sign.variable.to_owned(), session })
        })
        .collect();
    present.sort_by_key(|inside| inside.session.is_none());
    let named = || {
        let row = environment.variable(NAME_VARIABLE).and_then(named_in_environment)?;
        Some(AgentShell { agent: row.agent.clone(), variable: NAME_VARIABLE.to_owned(), session: None })
    };
    present.into_iter().next().or_else(named)
}

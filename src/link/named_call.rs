//! The call of a session in whose command a commit is made, where the agent's shell names it: no surer link is there, whichever
//! session the shell names beside it.

use super::hints::AgentShell;
use super::library::Library;
use crate::record::session::{Action, Session};

/// The session that holds the call, and the turn; `None` where none does, or several that the shell does not tell apart.
pub(super) fn of_shell(inside: &AgentShell, library: &Library) -> Option<(usize, usize)> {
    let call = inside.call.as_ref()?;
    let holds = |session: &Session| {
        let is_it = |one: &crate::record::session::ToolCall| {
            one.id == call.id && matches!(one.action, Action::Shell { .. } | Action::Elsewhere { .. } | Action::Other)
        };
        session.turns.iter().rposition(|turn| turn.calls.iter().any(is_it))
    };
    let is_agents = |session: &Session| session.agent == inside.agent;
    let found: Vec<(usize, usize)> = library
        .sessions
        .iter()
        .enumerate()
        .filter(|(_, session)| is_agents(session))
        .filter_map(|(place, session)| Some((place, holds(session)?)))
        .collect();
    let is_named = |(place, _): &(usize, usize)| {
        let session = &library.sessions[*place];
        inside.session.as_ref().is_some_and(|id| session.id == *id || session.other_ids.contains(id))
    };
    match found[..] {
        [only] => Some(only),
        _ => found.into_iter().find(is_named),
    }
}

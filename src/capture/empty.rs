//! What a session is before anything is known of it.

use std::path::Path;

use crate::record::agent::Agent;
use crate::record::session::{Session, Tokens, Told};

/// A session of which nothing is known yet.
pub(super) fn empty_session(path: &Path, agent: Agent) -> Session {
    Session {
        agent,
        agent_versions: Vec::new(),
        id: String::new(),
        other_ids: Vec::new(),
        path: path.to_owned(),
        cwds: Vec::new(),
        branch: None,
        head: None,
        started_at: None,
        ended_at: None,
        models: Vec::new(),
        turns: Vec::new(),
        tokens: Tokens::default(),
        skipped: Vec::new(),
        context: Vec::new(),
        told: Told::default(),
    }
}

pub(super) fn push_new(list: &mut Vec<String>, value: String) {
    if !list.contains(&value) {
        list.push(value);
    }
}

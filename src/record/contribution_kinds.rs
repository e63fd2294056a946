//! What is known of a session that gave something to a commit, and what is not.

use super::agent::Agent;
use super::contribution::{Confidence, Contribution, Evidence};
use super::session::Tokens;

impl<T> Contribution<T> {
    /// A session of which only this is known: nothing of what was said and done in it.
    pub(crate) fn named(agent: Agent, session: String, (confidence, evidence): (Confidence, Vec<Evidence>)) -> Self {
        Self {
            agent,
            agent_version: None,
            session,
            models: Vec::new(),
            confidence,
            evidence,
            unread: false,
            started_at: None,
            ended_at: None,
            last_edit_at: None,
            prompts: Vec::new(),
            attempts: Vec::new(),
            corrections: Vec::new(),
            checks: Vec::new(),
            changed_after_check: Vec::new(),
            context: Vec::new(),
            steps: Vec::new(),
            lines: 0,
            tokens: Tokens::default(),
        }
    }

    /// The recorder whose note beside the commit is all that is known of it: `git-ai`.
    pub(crate) fn noted_by(&self) -> Option<&str> {
        self.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Noted { by } => Some(by.as_str()),
            _ => None,
        })
    }

    /// Whether the session made the plan and wrote none of the lines.
    pub fn only_planned(&self) -> bool {
        self.lines == 0 && self.evidence.iter().any(|evidence| matches!(evidence, Evidence::Plan { .. }))
    }

    /// Whether a subagent made the commit, of which nothing is known but what it reported.
    pub fn was_reported(&self) -> bool {
        self.lines == 0 && self.evidence.iter().any(|evidence| matches!(evidence, Evidence::Report { .. }))
    }

    /// Whether it was carried over to a commit that has none of its lines as they were, only changed ones.
    pub fn has_only_changed_lines(&self) -> bool {
        let is = |wanted: fn(&Evidence) -> bool| self.evidence.iter().any(wanted);
        self.lines == 0
            && is(|evidence| matches!(evidence, Evidence::Carried { .. }))
            && is(|evidence| matches!(evidence, Evidence::Lines { .. }))
            && !is(|evidence| matches!(evidence, Evidence::Removed { .. }))
    }

    /// Whether its transcript was read. Records made before that was noted hold nothing but the name of a session that was not.
    pub fn was_read(&self) -> bool {
        let is_bare = self.started_at.is_none()
            && self.agent_version.is_none()
            && self.models.is_empty()
            && self.prompts.is_empty()
            && self.lines == 0
            && !self.evidence.is_empty()
            && self.evidence.iter().all(|evidence| matches!(evidence, Evidence::Environment { .. }));
        !(self.unread || is_bare)
    }
}

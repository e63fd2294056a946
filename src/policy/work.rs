//! A commit as the rules see it: the sessions of agents that worked on it, what people wrote in journals, the agents that
//! its message names.

use crate::record::agent::Agent;
use crate::record::contribution::{Confidence, Contribution, Evidence};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::text::Clean;

/// Policies let people name any agent like that (`Assisted-by: LLM`).
const ANY_AGENT: Agent = Agent::known("llm");

pub(super) struct CommitWork<'a> {
    pub(super) entry: &'a CommitEntry,
    /// Sessions of agents that were read, without those that only overlap.
    pub(super) sessions: Vec<&'a Contribution<Clean>>,
    /// Sessions of which only the name is known, from the shell that the commit was made in.
    pub(super) unread: Vec<&'a Contribution<Clean>>,
    /// What people wrote down without naming an agent.
    pub(super) journals: Vec<&'a Contribution<Clean>>,
    pub(super) signed: Vec<Signed<'a>>,
}

/// An agent that the message or the author line names.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) agent: &'a Agent,
    pub(super) model: Option<&'a str>,
    /// Whether git reads it as a trailer or author.
    pub(super) strict: bool,
}

pub(super) fn works(entries: &[CommitEntry]) -> Vec<CommitWork<'_>> {
    entries.iter().map(work).collect()
}

fn work(entry: &CommitEntry) -> CommitWork<'_> {
    let contributions = entry.record.iter().flat_map(|record| &record.contributions);
    let (read, unread): (Vec<_>, Vec<_>) = contributions
        .filter(|contribution| contribution.confidence != Confidence::Overlap)
        .partition(|contribution| contribution.was_read());
    let (journals, sessions) = read.into_iter().partition(|contribution| contribution.agent == Agent::JOURNAL);
    let mut signed: Vec<Signed> = Vec::new();
    for statement in &entry.stated {
        let Statement::Agent { agent, model, strict, .. } = statement else { continue };
        match signed.iter_mut().find(|one| one.agent == agent) {
            Some(one) => {
                one.strict |= strict;
                one.model = one.model.or(model.as_deref());
            }
            None => signed.push(Signed { agent, model: model.as_deref(), strict: *strict }),
        }
    }
    CommitWork { entry, sessions, unread, journals, signed }
}

impl<'a> CommitWork<'a> {
    pub(super) fn is_agents(&self) -> bool {
        !self.sessions.is_empty() || !self.unread.is_empty() || !self.signed.is_empty()
    }

    /// Each agent once, those with sessions first. The word for any agent is left out where an agent is known.
    pub(super) fn agents(&self) -> Vec<&'a Agent> {
        let mut agents: Vec<&Agent> = Vec::new();
        let signed = self.signed.iter().map(|signed| signed.agent);
        for agent in self.sessions.iter().chain(&self.unread).map(|session| &session.agent).chain(signed) {
            if !agents.contains(&agent) {
                agents.push(agent);
            }
        }
        if agents.len() > 1 {
            agents.retain(|agent| **agent != ANY_AGENT);
        }
        agents
    }

    pub(super) fn sessions_of(&self, agent: &Agent) -> impl Iterator<Item = &'a Contribution<Clean>> {
        self.sessions.iter().copied().filter(move |session| session.agent == *agent)
    }

    /// How the message names the agent: the strictest way, by its own name or by the word for any.
    pub(super) fn named(&self, agent: &Agent) -> Option<Signed<'a>> {
        let names = self.signed.iter().filter(|signed| signed.agent == agent || *signed.agent == ANY_AGENT);
        names.copied().max_by_key(|signed| signed.strict)
    }

    /// Everything that was recorded, by agents and people.
    pub(super) fn contributions(&self) -> impl Iterator<Item = &'a Contribution<Clean>> {
        self.sessions.iter().chain(&self.journals).copied()
    }

    /// Whether a session's transcript was read: else nothing is known of failures, corrections, checks and lines. A
    /// journal tells what somebody wrote down, and not that there was nothing else.
    pub(super) fn was_seen(&self) -> bool {
        let is_journal = |one: &Contribution<Clean>| {
            one.evidence.iter().all(|evidence| matches!(evidence, Evidence::Trailer { key } if key == "journal"))
        };
        self.sessions
            .iter()
            .any(|one| (one.started_at.is_some() || !one.prompts.is_empty() || one.lines > 0) && !is_journal(one))
    }

    /// What a person wrote in the message by hand, by the kind that `text_of` picks.
    pub(super) fn told(&self, text_of: fn(&Statement<Clean>) -> Option<&Clean>) -> impl Iterator<Item = &'a str> {
        self.entry.stated.iter().filter_map(text_of).map(Clean::as_str).filter(|text| is_filled_in(text))
    }
}

/// Whether a text is more than what `check` suggests to replace: `<why>`, `cart.py: <why>`.
pub(super) fn is_filled_in(text: &str) -> bool {
    let text = text.trim();
    !(text.is_empty() || text.ends_with('>') && (text.starts_with('<') || text.contains(": <")))
}

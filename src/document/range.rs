//! A range of commits as the description sees it: which contributions may be called an agent's work, which agents only
//! stand in a commit message, and how often a thing was seen before.

use std::collections::BTreeSet;

use crate::record::agent::Agent;
use crate::record::contribution::{Confidence, Contribution};
use crate::record::entry::CommitEntry;
use crate::record::note::{Record, Statement};
use crate::record::text::Clean;

/// A contribution that counts as an agent's work on a commit.
#[derive(Clone, Copy)]
pub(crate) struct AgentWork<'a> {
    /// Position of the commit in the range, from 0.
    pub(crate) position: usize,
    pub(crate) entry: &'a CommitEntry,
    pub(crate) contribution: &'a Contribution<Clean>,
}

/// An agent that signed a commit of which no session was found.
pub(crate) struct Signature<'a> {
    pub(crate) entry: &'a CommitEntry,
    pub(crate) agent: &'a Agent,
    pub(crate) model: Option<&'a str>,
    /// Whether git itself reads it as a trailer or author, or only a scan of the message found it.
    pub(crate) strict: bool,
    /// No message says it, but the shell in which the commit was made: it named a session that was not read.
    pub(crate) unread: bool,
}

/// Contributions in the order of the commits, without those that only overlap and those of which only the name is known.
pub(crate) fn claims(range: &[CommitEntry]) -> Vec<AgentWork<'_>> {
    let is_claim = |one: &Contribution<Clean>| one.confidence != Confidence::Overlap && one.was_read();
    contributions(range).filter(|claim| is_claim(claim.contribution)).collect()
}

/// Sessions that touched the same files at the same time and no more. Never a claim of authorship.
pub(crate) fn overlaps(range: &[CommitEntry]) -> Vec<AgentWork<'_>> {
    contributions(range).filter(|claim| claim.contribution.confidence == Confidence::Overlap).collect()
}

fn contributions(range: &[CommitEntry]) -> impl Iterator<Item = AgentWork<'_>> {
    range.iter().enumerate().flat_map(|(position, entry)| {
        entry.record.iter().flat_map(|record| &record.contributions).map(move |contribution| AgentWork {
            position,
            entry,
            contribution,
        })
    })
}

/// Agents that commit messages or the shells of hooks name, for commits that have no session of that agent. Each agent once
/// a commit.
pub(crate) fn signatures(range: &[CommitEntry]) -> Vec<Signature<'_>> {
    let mut signatures: Vec<Signature> = Vec::new();
    for entry in range {
        let has_session =
            |agent: &Agent| claims(std::slice::from_ref(entry)).iter().any(|claim| claim.contribution.agent == *agent);
        let unread = entry.record.iter().flat_map(|record| &record.contributions).filter(|one| !one.was_read());
        for Contribution { agent, .. } in unread {
            let is_new = !signatures.iter().any(|said| said.entry.id == entry.id && said.agent == agent);
            if is_new && !has_session(agent) {
                signatures.push(Signature { entry, agent, model: None, strict: true, unread: true });
            }
        }
        for statement in entry.stated() {
            let Statement::Agent { agent, model, strict, .. } = statement else { continue };
            let known = has_session(agent);
            let said = signatures.iter_mut().find(|said| said.entry.id == entry.id && said.agent == agent);
            match said {
                Some(said) => {
                    said.strict |= strict;
                    said.model = said.model.or(model.as_deref());
                }
                None if known => {}
                None => {
                    let (model, strict) = (model.as_deref(), *strict);
                    signatures.push(Signature { entry, agent, model, strict, unread: false });
                }
            }
        }
    }
    signatures
}

/// Whether a later commit of the range changed the file too, so that line numbers of this commit may have moved.
pub(crate) fn changed_later(range: &[CommitEntry], position: usize, path: &str) -> bool {
    range[position + 1..]
        .iter()
        .filter_map(|entry| entry.record.as_ref())
        .any(|record: &Record<Clean>| record.files.iter().any(|file| file.path == path))
}

/// Keeps the first of what is told twice, because several commits share a session.
pub(crate) struct Once<K>(BTreeSet<K>);

impl<K: Ord> Once<K> {
    pub(crate) fn new() -> Self {
        Self(BTreeSet::new())
    }

    pub(crate) fn first(&mut self, key: K) -> bool {
        self.0.insert(key)
    }
}

//! The message or the shell names an agent, and no session of it was found.

use crate::policy::facts::{AgentFacts, Facts};
use crate::policy::remedy::{Remedy, RemedyCommand};
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::policy::Rule;
use crate::record::verdict::{Hint, What};

pub(super) struct SessionFound;

impl PolicyRule for SessionFound {
    fn rule(&self) -> Rule {
        Rule::SessionFound
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for facts in range.facts {
            for agent in facts.agents.iter().filter(|agent| !agent.has_session) {
                let what = What::NoSession { agent: agent.agent.clone(), unread: agent.is_unread };
                found.push((facts.work.entry.id.clone(), what));
            }
        }
        found
    }

    fn points(&self) -> u32 {
        15
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        facts.share_of_agents(|agent| agent.has_session)
    }

    fn effort(&self) -> u8 {
        0
    }

    /// Nothing needs to be written where the sessions still lie on some disk.
    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        // Of the other agents nothing can be read on any machine.
        let is_missing = |agent: &&AgentFacts| !agent.has_session && agent.agent.has_reader();
        let missing: Vec<&Facts> =
            range.facts.iter().filter(|facts| facts.agents.iter().any(|agent| is_missing(&agent))).collect();
        let ids: Vec<String> = missing.iter().map(|facts| facts.work.entry.id.clone()).collect();
        let (Some(first), Some(last)) = (missing.first(), missing.last()) else { return Vec::new() };
        let (first, last) = (first.work.entry.short_id(), last.work.entry.short_id());
        let commits = if ids.len() == 1 { first.to_owned() } else { format!("{first}~..{last}") };
        let more = missing.iter().flat_map(|facts| &facts.agents).filter(is_missing).count() as u64;
        vec![Remedy::Command(RemedyCommand {
            command: format!("backstory backfill {commits}"),
            commits: ids,
            gives: more,
            hint: Some(Hint::WhereTheSessionsAre),
        })]
    }
}

//! Neither the version nor the model of an agent is known.

use crate::policy::facts::Facts;
use crate::policy::remedy::{Remedy, RemedyTrailers};
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::agent::Agent;
use crate::record::policy::Rule;
use crate::record::verdict::What;

pub(super) struct VersionNamed;

impl PolicyRule for VersionNamed {
    fn rule(&self) -> Rule {
        Rule::VersionNamed
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for facts in range.facts {
            for agent in facts.agents.iter().filter(|agent| !agent.has_version) {
                found.push((facts.work.entry.id.clone(), What::NoVersion { agent: agent.agent.clone() }));
            }
        }
        found
    }

    fn points(&self) -> u32 {
        10
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        facts.share_of_agents(|agent| agent.has_version)
    }

    fn effort(&self) -> u8 {
        4
    }

    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let mut groups: Vec<(&Agent, Vec<usize>)> = Vec::new();
        for facts in range.facts {
            for agent in facts.agents.iter().filter(|agent| !agent.has_version) {
                match groups.iter_mut().find(|(known, _)| *known == agent.agent) {
                    Some((_, places)) => places.push(range.place(facts)),
                    None => groups.push((agent.agent, vec![range.place(facts)])),
                }
            }
        }
        let lines = |(agent, places): (&Agent, Vec<usize>)| {
            RemedyTrailers::each(Rule::VersionNamed, &format!("Assisted-by: {} (<model>)", agent.title()), places)
        };
        groups.into_iter().map(lines).map(Remedy::Trailers).collect()
    }
}

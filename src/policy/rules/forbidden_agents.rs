//! An agent that may not be used worked on a commit, or its message names it.

use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::policy::Rule;
use crate::record::verdict::What;

pub(super) struct ForbiddenAgents;

impl PolicyRule for ForbiddenAgents {
    fn rule(&self) -> Rule {
        Rule::ForbiddenAgents
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for work in range.works {
            for agent in work.agents().into_iter().filter(|agent| range.policy.forbidden_agents.agents.contains(agent))
            {
                found.push((work.entry.id.clone(), What::ForbiddenAgent { agent: agent.clone() }));
            }
        }
        found
    }
}

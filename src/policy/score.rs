//! How complete the documentation is: for each part the share of agents' commits (or of the agents in them) that have it,
//! times what the part is worth. What is not known counts as missing.

use super::facts::{Declared, Facts};
use crate::record::policy::Rule;
use crate::record::verdict::{Score, ScorePart};

/// What each part is worth; together 100.
pub(super) const PARTS: &[(Rule, u32)] = &[
    (Rule::SessionFound, 15),
    (Rule::AgentDeclared, 15),
    (Rule::VersionNamed, 10),
    (Rule::PromptKept, 20),
    (Rule::FailuresExplained, 10),
    (Rule::CorrectionsExplained, 10),
    (Rule::Verified, 15),
    (Rule::UnknownLines, 5),
];

/// `None` without a commit of an agent.
pub(super) fn score(facts: &[Facts]) -> Option<Score> {
    if facts.is_empty() {
        return None;
    }
    let parts: Vec<ScorePart> =
        PARTS.iter().map(|(rule, of)| ScorePart { rule: *rule, points: points(facts, *rule, 0), of: *of }).collect();
    Some(Score { points: parts.iter().map(|part| part.points).sum(), parts })
}

/// Points of one part, rounded down, if `more` of what is missing were there.
pub(super) fn points(facts: &[Facts], rule: Rule, more: u64) -> u32 {
    let of = PARTS.iter().find(|(part, _)| *part == rule).map_or(0, |(_, of)| *of);
    let (there, all) =
        facts.iter().map(|facts| share(facts, rule)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let there = (there + more).min(all);
    u32::try_from(u64::from(of) * there / all.max(1)).unwrap_or(of)
}

/// What is there, of what could be.
fn share(facts: &Facts, rule: Rule) -> (u64, u64) {
    let yes = |there: bool| (u64::from(there), 1);
    let agents = |there: fn(&super::facts::AgentFacts) -> bool| {
        (facts.agents.iter().filter(|agent| there(agent)).count() as u64, facts.agents.len() as u64)
    };
    match rule {
        Rule::SessionFound => agents(|agent| agent.has_session),
        Rule::AgentDeclared => agents(|agent| agent.declared == Declared::Yes),
        Rule::VersionNamed => agents(|agent| agent.has_version),
        Rule::PromptKept => yes(facts.has_prompt),
        Rule::FailuresExplained => yes(facts.unexplained.as_ref().is_some_and(Vec::is_empty)),
        Rule::CorrectionsExplained => yes(facts.without_reason.as_ref().is_some_and(Vec::is_empty)),
        Rule::Verified => yes(facts.is_verified),
        // In thousandths of each commit, so that one large commit does not outweigh the others.
        Rule::UnknownLines => match facts.lines {
            Some(lines) if lines.added == 0 => (1000, 1000),
            Some(lines) => (u64::from(lines.added.saturating_sub(lines.unknown)) * 1000 / u64::from(lines.added), 1000),
            None => (0, 1000),
        },
        Rule::ForbiddenAgents | Rule::ProtectedPaths | Rule::ForbiddenTrailers | Rule::RequiredTrailers => (0, 0),
    }
}

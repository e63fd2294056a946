//! How complete the documentation is: for each rule with points the share of agents' commits (or of the agents in them) that
//! have it, times what it is worth. What is not known counts as missing.

use super::facts::Facts;
use super::rule::PolicyRule;
use super::rules::RULES;
use crate::record::verdict::{Score, ScorePart};

/// `None` without a commit of an agent.
pub(super) fn score(facts: &[Facts]) -> Option<Score> {
    if facts.is_empty() {
        return None;
    }
    let part =
        |rule: &&dyn PolicyRule| ScorePart { rule: rule.rule(), points: points(facts, *rule, 0), of: rule.points() };
    let parts: Vec<ScorePart> = RULES.iter().filter(|rule| rule.points() > 0).map(part).collect();
    Some(Score { points: parts.iter().map(|part| part.points).sum(), parts })
}

/// Points of one part, rounded down, if `more` of what is missing were there.
pub(super) fn points(facts: &[Facts], rule: &dyn PolicyRule, more: u64) -> u32 {
    let of = rule.points();
    let (there, all) =
        facts.iter().map(|facts| rule.share(facts)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let there = (there + more).min(all);
    u32::try_from(u64::from(of) * there / all.max(1)).unwrap_or(of)
}

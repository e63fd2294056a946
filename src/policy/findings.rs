//! What all rules find in a range, with the level that the policy gives each.

use super::rule::JudgedRange;
use super::rules::RULES;
use crate::record::policy::RuleLevel;
use crate::record::verdict::{Finding, Severity};

/// Worst first, then in the order of the rules, then of the commits. What is the same for several commits is one finding.
pub(super) fn findings(range: &JudgedRange) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for rule in RULES {
        let severity = match range.policy.level(rule.rule()) {
            RuleLevel::Off => continue,
            RuleLevel::Warn => Severity::Warn,
            RuleLevel::Fail => Severity::Fail,
        };
        let mut found: Vec<Finding> = Vec::new();
        for (commit, what) in rule.find(range) {
            match found.iter_mut().find_map(|known| rule.join(&mut known.what, &what).then_some(known)) {
                Some(known) if known.commits.last() == Some(&commit) => {}
                Some(known) => known.commits.push(commit),
                None => found.push(Finding { severity, rule: rule.rule(), commits: vec![commit], what }),
            }
        }
        all.extend(found);
    }
    all.sort_by_key(|finding| (finding.severity, finding.rule));
    all
}

//! The rules in a table, in the order of the parts of the score.

mod agent_declared;
mod corrections_explained;
mod failures_explained;
mod forbidden_agents;
mod forbidden_trailers;
mod prompt_kept;
mod protected_paths;
mod required_trailers;
mod session_found;
mod unknown_lines;
mod verified;
mod version_named;

use super::rule::PolicyRule;
use crate::record::policy::Rule;

pub(super) static RULES: &[&dyn PolicyRule] = &[
    &forbidden_agents::ForbiddenAgents,
    &protected_paths::ProtectedPaths,
    &forbidden_trailers::ForbiddenTrailers,
    &required_trailers::RequiredTrailers,
    &session_found::SessionFound,
    &agent_declared::AgentDeclared,
    &version_named::VersionNamed,
    &prompt_kept::PromptKept,
    &failures_explained::FailuresExplained,
    &corrections_explained::CorrectionsExplained,
    &verified::Verified,
    &unknown_lines::UnknownLinesRule,
];

pub(super) fn of(rule: Rule) -> Option<&'static dyn PolicyRule> {
    RULES.iter().find(|row| row.rule() == rule).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::policy::{Policy, RuleLevel};

    #[test]
    fn the_points_make_a_hundred() {
        assert_eq!(RULES.iter().map(|rule| rule.points()).sum::<u32>(), 100);
    }

    #[test]
    fn each_rule_has_one_row_and_its_setting_has_a_documented_default() {
        let documents = ["docs/policy.md", "README.md", "templates/backstory.yml"].map(|path| {
            let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
            (std::fs::read_to_string(&path).unwrap(), path)
        });
        let schema =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/check.v1.json")).unwrap();
        for (rule, name) in crate::record::policy::RULES {
            assert_eq!(RULES.iter().filter(|row| row.rule() == *rule).count(), 1, "{name}");
            for (text, path) in &documents {
                assert!(text.contains(name), "{path}: {name}");
            }
            assert!(schema.contains(&format!("\"{name}\"")), "docs/schema/check.v1.json: {name}");
            let default = match Policy::default().level(*rule) {
                RuleLevel::Off => "off",
                RuleLevel::Warn => "warn",
                RuleLevel::Fail => "fail",
            };
            let points = RULES.iter().find(|row| row.rule() == *rule).map_or(0, |row| row.points());
            let points = if points == 0 { String::new() } else { format!("{points} ") };
            let row = format!("| `{name}` | {default} | {points}|");
            assert!(documents[0].0.contains(&row), "docs/policy.md: {row}");
        }
        assert_eq!(RULES.len(), crate::record::policy::RULES.len());
    }
}

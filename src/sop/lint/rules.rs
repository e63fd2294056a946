//! The rules, in the order in which a reader would look.

use super::finding::{Finding, Known};
use super::{actions, assumed, evidence, front, markers, sections, tools, unknown};
use crate::sop::outline::Outline;

/// One question to a document.
pub(crate) struct LintRule {
    pub name: &'static str,
    pub check: fn(&Outline, Known) -> Vec<Finding>,
}

pub(crate) const RULES: &[LintRule] = &[
    LintRule { name: front::NAME, check: front::check },
    LintRule { name: sections::NAME, check: sections::check },
    LintRule { name: actions::NAME, check: actions::check },
    LintRule { name: tools::NAME, check: tools::check },
    LintRule { name: assumed::NAME, check: assumed::check },
    LintRule { name: unknown::NAME, check: unknown::check },
    LintRule { name: evidence::NAME, check: evidence::check },
    LintRule { name: markers::NAME, check: markers::check },
];

/// What is wrong with `document`, from its first line to its last.
pub(crate) fn lint(document: &str, known: Known) -> Vec<Finding> {
    let outline = Outline::new(document);
    let mut findings: Vec<Finding> = RULES
        .iter()
        .flat_map(|rule| {
            let found = (rule.check)(&outline, known);
            found.into_iter().map(|finding| Finding { rule: rule.name, ..finding })
        })
        .collect();
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document without a fault.
    const GOOD: &str = include_str!("../../../tests/golden/process/good.md");

    fn found(document: &str) -> Vec<(usize, &'static str)> {
        let known = Known { is_run: &|id| id == "run-1", is_commit: &|id| id == "1a2b3c4" };
        lint(document, known).into_iter().map(|finding| (finding.line, finding.rule)).collect()
    }

    #[test]
    fn a_good_document_has_no_finding() {
        assert_eq!(found(GOOD), []);
    }

    #[test]
    fn every_fault_is_found_at_its_line() {
        let line = |part: &str| GOOD.lines().position(|line| line.contains(part)).unwrap() + 1;
        for (from, to, at, rule) in [
            ("version: 1", "version: one", "version: 1", "front"),
            ("owner: \"The team\"\n", "", "---", "front"),
            ("## Purpose", "## Aim", "---", "sections"),
            ("### 1. Run the tests", "### 1. Run the tests and commit the change", "### 1.", "actions"),
            ("### 1. Run the tests", "### 1. Running the tests", "### 1.", "actions"),
            ("### 1. Run the tests", "### 3. Run the tests", "### 1.", "actions"),
            ("**Expected result:** No test fails.", "Nothing.", "### 1.", "actions"),
            ("just test", "mise run test", "just test", "tools"),
            ("No test fails.", "Obviously no test fails.", "**Expected result:** No test fails.", "assumed"),
            ("No test fails.", "The CI is green.", "**Expected result:** No test fails.", "assumed"),
            ("No test fails.", "TODO", "**Expected result:** No test fails.", "unknown"),
            ("No test fails.", "Not known yet.", "**Expected result:** No test fails.", "unknown"),
            ("([E1](#e1))", "([E2](#e2))", "([E1](#e1))", "evidence"),
            (" ([E1](#e1))", "", "([E1](#e1))", "evidence"),
            ("`run-1`", "`run-2`", "`run-1`", "evidence"),
            ("`1a2b3c4`", "`5d6e7f8`", "`1a2b3c4`", "evidence"),
            ("<!-- /keep -->", "", "<!-- keep:", "markers"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert_eq!(found(&GOOD.replacen(from, to, 1)), [(line(at), rule)], "{to}");
        }
    }

    #[test]
    fn who_approved_a_document_answers_for_it_and_for_what_it_does_not_say() {
        let gap = GOOD.replacen("No test fails.", "Not known yet.", 1);
        let without_owner = gap.replacen("owner: \"The team\"\n", "", 1);
        assert_eq!(found(&without_owner).len(), 2, "a draft has no owner and a gap");
        let approved =
            without_owner.replacen("version: 1", "version: 1\napproval: {kind: \"terminal\", by: \"Ada\"}", 1);
        assert_eq!(found(&approved), []);
        let by_nobody = approved.replacen("by: \"Ada\"", "by: \"\"", 1);
        assert_eq!(found(&by_nobody), [(1, "front")]);
        let placeholder = approved.replacen("Not known yet.", "TODO", 1);
        assert_eq!(found(&placeholder).len(), 1, "a placeholder is a slip");
    }

    #[test]
    fn names_of_rules_are_their_own() {
        let names: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
    }
}

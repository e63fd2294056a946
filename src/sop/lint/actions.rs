//! Each step is one action with a result that one can see, and the numbers have no gaps.

use super::action::problem_of;
use super::finding::{Finding, Known, finding};
use crate::sop::outline::Outline;
use crate::text::markdown::plain;

pub(crate) const NAME: &str = "actions";

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(line) = outline.section("Steps").filter(|_| outline.steps.is_empty()) {
        findings.push(finding(NAME, line, "there is no step", "write each as `### 1. Run the tests`"));
    }
    for (expected, step) in (1..).zip(&outline.steps) {
        if step.number != expected.to_string() {
            let message = format!("this is step {expected}, and it is numbered \"{}\"", step.number);
            findings.push(finding(NAME, step.line, message, format!("write `### {expected}. {}`", step.title)));
        }
        if let Some(problem) = problem_of(&plain(step.title)) {
            let message = format!("step {expected} is not one action: {problem}");
            findings.push(finding(
                NAME,
                step.line,
                message,
                "write one imperative, and a step of its own for the next",
            ));
        }
        if step.expected.is_none_or(str::is_empty) {
            let message = format!("step {expected} does not say how one sees that it worked");
            findings.push(finding(NAME, step.line, message, "add `**Expected result:** ...`"));
        }
    }
    findings
}

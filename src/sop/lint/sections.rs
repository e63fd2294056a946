//! Every section is there.

use super::finding::{Finding, Known, finding};
use crate::sop::outline::{LineKind, Outline};

pub(crate) const NAME: &str = "sections";

const SECTIONS: [&str; 11] = [
    "Purpose",
    "Trigger",
    "Roles",
    "Prerequisites",
    "Steps",
    "Variations",
    "Edge cases and troubleshooting",
    "Definition of done",
    "Corrections",
    "Evidence",
    "Change history",
];
const PREREQUISITES: [&str; 3] = ["Access", "Tools", "Inputs"];

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in SECTIONS {
        match outline.section(name) {
            None => findings.push(finding(
                NAME,
                1,
                format!("the section \"{name}\" is missing"),
                format!("add `## {name}`"),
            )),
            Some(line) if is_empty(outline, name) => {
                findings.push(finding(
                    NAME,
                    line,
                    format!("the section \"{name}\" is empty"),
                    "write what belongs there",
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(line) = outline.section("Prerequisites") {
        let missing = PREREQUISITES.iter().filter(|part| !outline.lines.iter().any(|line| line.part == **part));
        findings.extend(missing.map(|part| {
            finding(
                NAME,
                line,
                format!("the prerequisites do not say which {}", part.to_lowercase()),
                format!("add `### {part}`"),
            )
        }));
    }
    findings
}

fn is_empty(outline: &Outline, name: &str) -> bool {
    let holds = |text: &str| !text.trim().is_empty() && !text.trim().starts_with("<!--");
    let lines = outline.lines.iter().filter(|line| line.section == name && line.kind != LineKind::Heading);
    !lines.into_iter().any(|line| holds(line.text))
}

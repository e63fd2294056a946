//! Every program that a step's command begins with is among the prerequisites.

use super::finding::{Finding, Known, finding};
use crate::sop::outline::{LineKind, Outline};
use crate::text::markdown::plain;

pub(crate) const NAME: &str = "tools";

/// What a shell brings itself.
const BUILT_IN: &[&str] = &[
    "cd", "echo", "export", "set", "source", ".", "test", "true", "false", "if", "for", "while", "do", "done", "then",
    "fi", "#",
];

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let is_tools = |part: &str| part == "Tools";
    let listed: Vec<String> = outline
        .lines
        .iter()
        .filter(|line| line.section == "Prerequisites" && is_tools(line.part) && line.kind == LineKind::Words)
        .flat_map(|line| words(&plain(line.text)))
        .collect();
    let mut findings = Vec::new();
    for (line, command) in outline.steps.iter().flat_map(|step| &step.commands) {
        let program = command.trim_start_matches("$ ").split_whitespace().next().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(program);
        let is_listed = listed.iter().any(|word| word == program || word == name);
        if !program.is_empty() && !is_listed && !BUILT_IN.contains(&program) && !program.starts_with(['<', '-', '#']) {
            let message = format!("the prerequisites do not list `{program}`");
            findings.push(finding(NAME, *line, message, "add it to `### Tools` of the section Prerequisites"));
        }
    }
    findings
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '|' | ',' | '`' | ';' | ':')).map(str::to_owned).collect()
}

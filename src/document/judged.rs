//! What the summary of a workflow says below the figures: what a reviewer must look at, and what the policy of the repository
//! found.

use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::checklist::{Form, checklist};
use super::escape::{Markdown, inline};
use super::gate::{FindingRow, findings};
use super::render::{RenderError, fill};
use crate::record::entry::CommitEntry;
use crate::record::verdict::{Severity, Verdict};

const TEMPLATE: &str = include_str!("../../templates/judged.md");
const FINDINGS: usize = 20;

#[derive(Serialize)]
struct Row {
    severity: Severity,
    rule: &'static str,
    message: Markdown,
}

/// Empty where there is nothing to look at and no rule was broken.
///
/// # Errors
/// When a template is wrong, which a test excludes.
pub fn judged(range: &[CommitEntry], verdict: &Verdict) -> Result<String, RenderError> {
    let look = checklist(range, Form::Markdown)?;
    let findings = findings(verdict);
    let row =
        |found: &FindingRow| Row { severity: found.severity, rule: found.rule.name(), message: inline(&found.message) };
    let rows: Vec<Row> = findings.iter().take(FINDINGS).map(row).collect();
    let more = findings.len() - rows.len();
    let points = verdict.score.as_ref().map(|score| score.points);
    let text = fill(TEMPLATE, minijinja::context! { rows => Value::from(Serde(&rows)), more, points })?;
    let look = if look.is_empty() { String::new() } else { format!("{}\n", look.join("\n")) };
    Ok(format!("{look}{text}"))
}

//! What the summary of a workflow begins with: what a reviewer must look at, and what the policy of the repository found.

use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::checklist::{ChecklistForm, checklist};
use super::gate::{FindingRow, findings};
use super::render::RenderError;
use crate::record::entry::CommitEntry;
use crate::record::verdict::{Severity, Verdict};
use crate::text::markdown::{Markdown, inline};
use crate::text::template::fill;

const TEMPLATE: &str = include_str!("../../templates/judged.md");
const FINDINGS: usize = 20;

#[derive(Serialize)]
struct PolicyRow {
    severity: Severity,
    rule: &'static str,
    message: Markdown,
}

/// Markdown that ends in a blank line; empty where there is nothing to look at and no rule was broken. `notes` are sentences
/// that come first.
///
/// # Errors
/// When a template is wrong, which a test excludes.
pub(crate) fn judged(
    range: &[CommitEntry],
    verdict: &Verdict,
    notes: &[String],
    with_look: bool,
) -> Result<String, RenderError> {
    // Nobody can tick a box in a summary.
    let look = if with_look { checklist(range, ChecklistForm::Markdown)? } else { Vec::new() };
    let look = look.iter().map(|row| Value::from_safe_string(row.replacen("- [ ] ", "- ", 1)));
    let look: Vec<Value> = look.collect();
    let notes: Vec<Markdown> = notes.iter().map(|note| inline(note)).collect();
    let findings = findings(verdict);
    let row = |found: &FindingRow| PolicyRow {
        severity: found.severity,
        rule: found.rule.name(),
        message: inline(&found.message),
    };
    let rows: Vec<PolicyRow> = findings.iter().take(FINDINGS).map(row).collect();
    let more = findings.len() - rows.len();
    let points = verdict.score.as_ref().map(|score| score.points);
    let (rows, notes) = (Value::from(Serde(&rows)), Value::from(Serde(&notes)));
    let text = fill(TEMPLATE, minijinja::context! { look, rows, notes, more, points })?;
    Ok(if text.trim().is_empty() { String::new() } else { text + "\n" })
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;
    use crate::record::policy::Rule;
    use crate::record::samples;
    use crate::record::verdict::{Finding, Score, What};

    fn verdict(findings: Vec<Finding>, score: Option<Score>) -> Verdict {
        Verdict { commits: 1, agent_commits: 1, findings, score, steps: Vec::new() }
    }

    #[test]
    fn the_list_and_the_table_are_blocks_of_their_own_under_headings() {
        let what = What::NoPrompt;
        let finding =
            Finding { severity: Severity::Fail, rule: Rule::PromptKept, commits: vec!["a1".to_owned()], what };
        let verdict = verdict(vec![finding], Some(Score { points: 59, parts: Vec::new() }));
        for with_look in [true, false] {
            let first = judged(&[samples::discounts()], &verdict, &["a | b".to_owned()], with_look).unwrap();
            let page = format!("{first}## How this change was made\n\nmore\n");
            let (mut headings, mut tables, mut items) = (0, 0, 0);
            for event in Parser::new_ext(&page, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
                match event {
                    Event::Start(Tag::Heading { .. }) => headings += 1,
                    Event::Start(Tag::Table(_)) => tables += 1,
                    Event::Start(Tag::Item) => items += 1,
                    Event::TaskListMarker(_) => panic!("nobody can tick it: {page}"),
                    Event::Text(text) => assert!(!text.contains("|--"), "{page}"),
                    _ => {}
                }
            }
            assert_eq!((headings, tables, items > 0), (2 + usize::from(with_look), 1, with_look), "{page}");
            assert!(page.find("### Policy") < page.find("## How"), "{page}");
        }
    }

    #[test]
    fn where_there_is_nothing_to_say_nothing_is_said() {
        assert_eq!(judged(&[samples::by_a_person()], &verdict(Vec::new(), None), &[], true).unwrap(), "");
    }
}

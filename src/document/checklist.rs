//! What a reviewer must look at, as a list to tick off: the rows of `look`, those of one kind as one, at most six. Empty
//! where there is nothing to look at.

use std::collections::BTreeSet;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::checked::checked;
use super::look::{ReviewPoint, look};
use super::range::{claims, signatures};
use super::render::RenderError;
use crate::record::entry::CommitEntry;
use crate::text::markdown::{Markdown, plain};
use crate::text::template::fill;

const TEMPLATE: &str = include_str!("../../templates/checklist.md");
const ROWS: usize = 6;
/// Places that one row names.
const PLACES: usize = 4;

/// How the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChecklistForm {
    /// GitHub's task list.
    Markdown,
    Text,
}

/// Rows of one kind.
#[derive(Serialize)]
struct ChecklistItem {
    kind: &'static str,
    /// Of the kind; more than `rows` has.
    count: usize,
    rows: Vec<ReviewPoint>,
    /// Agents that a row of signatures names.
    agents: Vec<Markdown>,
}

/// # Errors
/// When the template is wrong, which a test excludes.
pub(crate) fn checklist(range: &[CommitEntry], form: ChecklistForm) -> Result<Vec<String>, RenderError> {
    let claims = claims(range);
    let rows = look(range, &claims, &signatures(range), &checked(range, &claims));
    let mut items: Vec<ChecklistItem> = Vec::new();
    for row in rows {
        match items.iter_mut().find(|item| item.kind == kind(&row) && is_listed(item.kind)) {
            Some(item) => item.rows.push(row),
            None => items.push(ChecklistItem { kind: kind(&row), count: 0, rows: vec![row], agents: Vec::new() }),
        }
    }
    items.truncate(ROWS);
    for item in &mut items {
        let mut seen = BTreeSet::new();
        for row in &item.rows {
            if let ReviewPoint::NoSession { agent, .. } = row
                && seen.insert(agent.as_str().to_owned())
            {
                item.agents.push(agent.clone());
            }
        }
        item.count = item.rows.len();
        item.rows.truncate(PLACES);
    }
    let text = fill(TEMPLATE, minijinja::context! { items => Value::from(Serde(&items)) })?;
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(match form {
        ChecklistForm::Markdown => lines.map(str::to_owned).collect(),
        ChecklistForm::Text => lines.map(|line| plain(line.strip_prefix("- ").unwrap_or(line))).collect(),
    })
}

/// Whether rows of this kind are told as one.
fn is_listed(kind: &str) -> bool {
    matches!(kind, "settings" | "still-failed" | "corrected" | "no-session")
}

fn kind(row: &ReviewPoint) -> &'static str {
    match row {
        ReviewPoint::Settings { .. } => "settings",
        ReviewPoint::FailedCheck { .. } => "failed-check",
        ReviewPoint::StillFailed { .. } => "still-failed",
        ReviewPoint::Corrected { .. } => "corrected",
        ReviewPoint::ChangedAfterCheck { .. } => "changed-after-check",
        ReviewPoint::UnknownLines { .. } => "unknown-lines",
        ReviewPoint::UnknownInFiles { .. } => "unknown-in-files",
        ReviewPoint::NoSession { .. } | ReviewPoint::NoSessions { .. } => "no-session",
        ReviewPoint::OnlyOverlap { .. } => "only-overlap",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;
    use crate::record::text::Clean;

    fn text(range: &[CommitEntry], form: ChecklistForm) -> String {
        checklist(range, form).unwrap().join("\n")
    }

    #[test]
    fn the_list_says_what_only_this_change_has() {
        let range = [samples::discounts(), samples::by_a_person(), samples::signed("d4", "Docs", "copilot", true)];
        assert_eq!(
            text(&range, ChecklistForm::Text),
            "\
[ ] A person changed the agent's lines: src/price.py 12\u{2013}18, src/cart.py 40
[ ] 2 files changed after the last check that passed: src/cart.py, tests/test_cart.py
[ ] 14 lines in schema.sql that no session wrote: 3\u{2013}16
[ ] 1 commit signed by GitHub Copilot without a session, how it was made is not known: d4d4d4d"
        );
        assert!(
            text(&range, ChecklistForm::Markdown)
                .starts_with("- [ ] A person changed the agent's lines: `src/price.py` 12"),
            "{}",
            text(&range, ChecklistForm::Markdown)
        );
    }

    #[test]
    fn checks_that_never_passed_come_first_and_six_rows_are_enough() {
        let mut entry = samples::discounts();
        let contribution = &mut entry.record.as_mut().unwrap().contributions[0];
        contribution.checks[0].result = crate::record::contribution::CheckResult::Failed;
        contribution.attempts[2].ended = Some(crate::record::contribution::AttemptEnd::StillFailed);
        let signed = |agent| samples::signed("d4", "Docs", agent, true);
        let range = [entry, signed("copilot"), samples::only_overlapping(), samples::signed("e5", "x", "amp", true)];
        let list = text(&range, ChecklistForm::Text);
        let first: Vec<&str> = list.lines().take(2).collect();
        assert_eq!(
            first,
            [
                "[ ] The last run of pytest -q failed before the last edit: 4 passed",
                "[ ] 1 failed check was never seen to pass: pytest -q"
            ]
        );
        assert_eq!(list.lines().count(), 6, "{list}");
    }

    #[test]
    fn where_there_is_nothing_to_look_at_the_list_is_empty() {
        assert_eq!(text(&[samples::by_a_person()], ChecklistForm::Markdown), "");
        assert_eq!(text(&[], ChecklistForm::Text), "");
    }

    #[test]
    fn outside_text_makes_no_row_of_its_own() {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        record.files[0].path = "a`\n- [x] done <!-- @octocat -->".to_owned();
        record.contributions[0].attempts[0].ended = Some(crate::record::contribution::AttemptEnd::StillFailed);
        record.contributions[0].attempts[0].tried = Clean::from_redacted("x\n- [ ] y #1 @octocat".to_owned());
        for form in [ChecklistForm::Markdown, ChecklistForm::Text] {
            for line in text(&[entry.clone()], form).lines() {
                assert!(line.trim_start_matches("- ").starts_with("[ ] "), "{line}");
                assert!(!line.contains("<!-- @"), "{line}");
            }
        }
        assert!(text(&[entry], ChecklistForm::Markdown).contains("`@\u{200b}octocat`"));
    }
}

//! Issues that this program keeps: found again by their label. Only GitHub takes a label by its name.

use serde::Deserialize;
use serde_json::json;

use super::ask::{Ask, Verb};
use super::questions::{ForgeError, Issue, IssueText};
use super::rest::GitHub;

const READ: &str = "issues: read";
const WRITE: &str = "issues: write";

#[derive(Deserialize)]
struct RestIssue {
    number: u64,
    body: Option<String>,
    #[serde(default)]
    state: String,
    /// There for pull requests, which are listed as well.
    pull_request: Option<serde::de::IgnoredAny>,
}

impl GitHub {
    pub(super) async fn issues_with(&self, label: &str) -> Result<Vec<Issue>, ForgeError> {
        let url = self.at(&["issues"], &[("state", "all"), ("labels", label), ("per_page", "100")]);
        let ask = Ask::get(url, format!("list the issues with the label `{label}`"), READ);
        let issues: Vec<RestIssue> = self.transport.pages(ask).await?;
        let issues = issues.into_iter().filter(|issue| issue.pull_request.is_none());
        let issue = |issue: RestIssue| Issue {
            number: issue.number,
            body: issue.body.unwrap_or_default(),
            is_open: issue.state == "open",
        };
        Ok(issues.map(issue).collect())
    }

    /// After a lost answer it is left in doubt: the next run finds it by its label, or writes it.
    pub(super) async fn write_issue_text(&self, number: Option<u64>, issue: &IssueText) -> Result<(), ForgeError> {
        let IssueText { title, body, label, is_open } = issue;
        let ask = match number {
            Some(number) => {
                let state = if *is_open { "open" } else { "closed" };
                let url = self.at(&["issues", &number.to_string()], &[]);
                let body = json!({ "body": body, "state": state });
                Ask::write(Verb::Patch, url, body, format!("edit issue {number}"), WRITE).repeatable()
            }
            None => {
                let body = json!({ "title": title, "body": body, "labels": [label] });
                Ask::write(Verb::Post, self.at(&["issues"], &[]), body, "open an issue", WRITE)
            }
        };
        self.transport.ask::<serde::de::IgnoredAny>(&ask).await?;
        Ok(())
    }
}

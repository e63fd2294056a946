//! The documents that one run of the action makes from a range: the description, the summary, the figures.

use serde::Serialize;

use super::inputs::Inputs;
use super::settings::Judge;
use crate::document::description::{Description, Limits, describe};
use crate::document::judged::judged;
use crate::document::processes::ProcessRow;
use crate::document::render::{Template, render};
use crate::record::entry::CommitEntry;
use crate::record::verdict::Verdict;
use crate::record::{json, prompts};
use crate::recorder::page;

/// What is known about a range, ready to be written in any length.
pub(crate) struct RangeReport {
    entries: Vec<CommitEntry>,
    description: Option<Description>,
    /// What comes first in a summary: what is to be looked at, what the policy found; Markdown.
    first: String,
    /// The same where the section below says what to look at.
    policy: String,
    own_template: Option<String>,
    /// Where the rest is told when a text has to be shortened.
    run: Option<String>,
}

/// The JSON file: the same format as `describe --json`.
#[derive(Serialize)]
struct ReportOutput<'a> {
    backstory: u32,
    description: Option<&'a Description>,
}

impl RangeReport {
    /// # Errors
    /// When a secret is found in what would be published.
    pub(crate) fn new(
        mut entries: Vec<CommitEntry>,
        verdict: &Verdict,
        inputs: &Inputs,
        (judge, processes): (&Judge, Vec<ProcessRow>),
    ) -> anyhow::Result<Self> {
        for one in entries.iter_mut().filter_map(|entry| entry.record.as_mut()).flat_map(|it| &mut it.contributions) {
            prompts::keep(one, judge.prompts);
        }
        let description = describe(&entries, Limits::default());
        let report = Self {
            description: description.map(|description| Description { processes, ..description }),
            first: judged(&entries, verdict, &judge.problems, true)?,
            policy: judged(&entries, verdict, &judge.problems, false)?,
            entries,
            own_template: judge.template.clone(),
            run: inputs.run.clone(),
        };
        for text in [report.section(usize::MAX)?.unwrap_or_default(), report.json()?, report.first.clone()] {
            page::ensure_clean(&judge.redactor, &text, "the description")?;
        }
        Ok(report)
    }

    /// The commits, with what the workflow may show of them.
    pub(crate) fn entries(&self) -> &[CommitEntry] {
        &self.entries
    }

    /// Whether an agent is known to have worked on the range.
    pub(crate) fn has_something(&self) -> bool {
        self.description.is_some()
    }

    /// The section of a pull request, of at most `limit` code points; `None` where there is nothing to say.
    ///
    /// # Errors
    /// When the template cannot be used, and when not even its shortest form fits.
    pub(crate) fn section(&self, limit: usize) -> anyhow::Result<Option<String>> {
        let Some(description) = &self.description else { return Ok(None) };
        let template = self.own_template.as_deref().map_or(Template::PullRequest, Template::Own);
        let write = |code_points| render(description, template, Limits { code_points, ..Limits::default() });
        let whole = write(usize::MAX)?;
        if whole.chars().count() <= limit {
            return Ok(Some(whole));
        }
        let rest =
            self.run.as_ref().map(|run| format!("\n<sub>Shortened; [the rest]({run})</sub>\n")).unwrap_or_default();
        let short = write(limit.saturating_sub(rest.chars().count()))?;
        Ok(Some(short + &rest))
    }

    /// For a place that has no room for more.
    pub(crate) fn short(&self) -> String {
        let Some(Description { headline, .. }) = &self.description else { return String::new() };
        let counted = format!("Agents worked on {} of {} commits here", headline.agent_commits, headline.commits);
        match &self.run {
            Some(run) => format!("{counted}: [how this change was made]({run}).\n"),
            None => format!("{counted}; `backstory describe` tells how.\n"),
        }
    }

    /// For a list of checks.
    pub(crate) fn title(&self) -> String {
        match &self.description {
            Some(Description { headline, .. }) => {
                format!("Agents worked on {} of {} commits", headline.agent_commits, headline.commits)
            }
            None => "No agent is known to have worked on this".to_owned(),
        }
    }

    /// Everything, for a workflow's page, in at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::section`].
    pub(crate) fn whole(&self, limit: usize) -> anyhow::Result<String> {
        // The template of ours says itself what to look at.
        let first = if self.own_template.is_some() { &self.first } else { &self.policy };
        let room = limit.saturating_sub(first.len());
        let mut code_points = room;
        while let Some(text) = self.section(code_points)? {
            if text.len() <= room {
                return Ok(format!("{first}{text}"));
            }
            // At most four bytes a code point: this ends.
            code_points = code_points.min(text.chars().count()) * 3 / 4;
        }
        Ok(self.nothing())
    }

    /// The short summary for a workflow's page, in at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::section`].
    pub(crate) fn summary(&self, limit: usize) -> anyhow::Result<String> {
        let Some(description) = &self.description else { return Ok(self.nothing()) };
        // No letter takes more than four bytes, and the rows of these tables are short.
        let code_points = limit.saturating_sub(self.first.len()) / 4;
        let text = render(description, Template::Summary, Limits { code_points, ..Limits::default() })?;
        Ok(format!("{}{text}", self.first))
    }

    fn nothing(&self) -> String {
        let count = self.entries.len();
        format!("{}No agent is known to have worked on these commits ({count}).\n", self.first)
    }

    /// # Errors
    /// When it cannot be written as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<String> {
        let values = ReportOutput { backstory: 1, description: self.description.as_ref() };
        Ok(json::pretty(&values)? + "\n")
    }

    /// Name and value of each figure among the action's outputs.
    pub(crate) fn figures(&self) -> Vec<(&'static str, String)> {
        let headline = self.description.as_ref().map(|description| &description.headline);
        let lines = headline.and_then(|headline| headline.lines);
        let list = |count: fn(&Description) -> usize| self.description.as_ref().map_or(0, count);
        let figures = [
            ("commits", self.entries.len()),
            ("agent-commits", headline.map_or(0, |headline| headline.agent_commits)),
            ("sessions", headline.map_or(0, |headline| headline.sessions)),
            ("lines-added", lines.map_or(0, |lines| lines.added as usize)),
            ("lines-agent", lines.map_or(0, |lines| lines.agent as usize)),
            ("failed-attempts", list(|all| all.attempts.rows.len() + all.attempts.more)),
            ("corrections", list(|all| all.corrections.rows.len() + all.corrections.more)),
        ];
        figures.into_iter().map(|(name, value)| (name, value.to_string())).collect()
    }
}

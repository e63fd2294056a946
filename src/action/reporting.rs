//! Where a report goes: the pull request, and the summary of the run.

use super::inputs::PublishMode;
use super::job::Job;
use super::publish::{self, Published, SectionText};
use super::report::RangeReport;
use crate::forge::questions::{Annotation, AnnotationLevel, CheckRun, Conclusion};
use crate::record::verdict::{Severity, Verdict};

/// The name of our check on a commit.
const CHECK: &str = "backstory";

impl Job<'_> {
    /// Writes the report where the pull request lives.
    pub(crate) async fn publish(
        &self,
        number: u64,
        head: &str,
        report: &RangeReport,
        notes: &[Annotation],
        verdict: &Verdict,
    ) -> anyhow::Result<Option<Published>> {
        let render = |limit: usize| report.section(limit);
        let short = report.short();
        let page = SectionText { head, render: &render, short: &short };
        Ok(match self.inputs.mode {
            PublishMode::Summary => None,
            PublishMode::Description => Some(publish::body(self.forge, number, &page).await?),
            PublishMode::Comment => Some(publish::comment(self.forge, number, &page).await?),
            PublishMode::Check => {
                let conclusion = match verdict.worst() {
                    Some(Severity::Fail) => Conclusion::Failure,
                    _ if notes.iter().any(|note| note.level == AnnotationLevel::Failure) => Conclusion::Failure,
                    _ if report.has_something() => Conclusion::Success,
                    _ => Conclusion::Neutral,
                };
                let check = CheckRun {
                    name: CHECK.to_owned(),
                    head: head.to_owned(),
                    conclusion,
                    title: report.title(),
                    summary: String::new(),
                    annotations: notes.to_vec(),
                };
                Some(publish::check(self.forge, check, &page).await?)
            }
        })
    }

    /// The full text where it could not be put into the pull request, else the short one.
    pub(crate) fn summarise(
        &self,
        report: &RangeReport,
        published: Option<&Published>,
        lacking: Option<&str>,
    ) -> anyhow::Result<()> {
        let Some(room) = self.inputs.runner.summary_room() else { return Ok(()) };
        let text = match is_published(published) {
            true => report.summary(room)?,
            false => report.whole(room)?,
        };
        self.inputs.runner.add_summary(&text)?;
        let lacking = lacking.map(|lacking| format!("\n{lacking}")).filter(|text| text.len() <= room);
        Ok(lacking.map_or(Ok(()), |text| self.inputs.runner.add_summary(&text))?)
    }
}

/// Whether the text now stands in full where it was to go.
pub(crate) fn is_published(published: Option<&Published>) -> bool {
    matches!(published, Some(Published::Written { short: false, .. } | Published::Unchanged))
}

//! What a run leaves behind for the steps after it: files, outputs, annotations, and one line for the person.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use super::inputs::{Inputs, PublishMode};
use super::publish::Published;
use super::report::RangeReport;
use crate::document::gate::findings;
use crate::forge::questions::{Annotation, AnnotationLevel};
use crate::forge::runner::{ANNOTATIONS_SHOWN, command};
use crate::git::repository::Repository;
use crate::output::{Output, for_terminal, without_commands};
use crate::record::verdict::{Severity, Verdict};
use crate::state::paths as state_paths;

pub(crate) struct RunResult {
    outputs: Vec<(&'static str, String)>,
}

impl RunResult {
    /// `published` is the output of that name.
    pub(crate) fn new(published: &str) -> Self {
        Self { outputs: vec![("published", published.to_owned()), ("pr-body-updated", "false".to_owned())] }
    }

    pub(crate) fn of(
        report: &RangeReport,
        published: Option<&Published>,
        mode: PublishMode,
        verdict: &Verdict,
    ) -> Self {
        let mut result = Self::new(published.map_or("none", word));
        if mode == PublishMode::Description && matches!(published, Some(Published::Written { .. })) {
            result.outputs[1].1 = "true".to_owned();
        }
        result.outputs.extend(report.figures());
        result
            .outputs
            .push(("score", verdict.score.as_ref().map(|score| score.points.to_string()).unwrap_or_default()));
        result
    }

    /// The place could not be written to, for a reason that ends the step with an error.
    pub(crate) fn failed(&mut self) {
        self.outputs[0].1 = "failed".to_owned();
    }

    pub(crate) fn figure(&mut self, name: &'static str, value: usize) {
        self.outputs.push((name, value.to_string()));
    }

    /// Writes the description and its values as files, for an artefact.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn keep(
        &mut self,
        report: &RangeReport,
        inputs: &Inputs,
        repository: &Repository,
    ) -> anyhow::Result<()> {
        let folder = folder(inputs, repository);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let markdown = report.section(usize::MAX)?.unwrap_or_default();
        for (name, file, text) in [("report-path", "report.md", markdown), ("json-path", "report.json", report.json()?)]
        {
            let path = folder.join(file);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            self.outputs.push((name, path.to_string_lossy().into_owned()));
        }
        Ok(())
    }

    /// # Errors
    /// When the runner's file cannot be written.
    pub(crate) fn write(&self, inputs: &Inputs, repository: &Repository) -> anyhow::Result<()> {
        let mut delimiter = [0; 16];
        getrandom::fill(&mut delimiter).map_err(|error| {
            anyhow::anyhow!("no random numbers for the outputs of {}: {error}", repository.git_dir().display())
        })?;
        let delimiter: String = delimiter.iter().map(|byte| format!("{byte:02x}")).collect();
        inputs
            .runner
            .set_outputs(&self.outputs, &format!("backstory-{delimiter}"))
            .context("the outputs cannot be written to GITHUB_OUTPUT")
    }
}

/// The value of the output `published`.
fn word(published: &Published) -> &'static str {
    match published {
        Published::Written { .. } => "written",
        Published::Unchanged => "unchanged",
        Published::Superseded { .. } => "superseded",
        Published::Edited => "edited",
        Published::TooLong => "too-long",
        Published::Contended => "contended",
        Published::NotAllowed(_) => "not-allowed",
        Published::Unsupported(_) => "unsupported",
    }
}

/// Says what became of the description: where it is not where it was to go, and there is a list of remarks, in that list.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn tell(published: &Published, has_remarks: bool, output: &mut Output) -> anyhow::Result<()> {
    let went_well = matches!(
        published,
        Published::Written { short: false, .. } | Published::Unchanged | Published::Superseded { .. }
    );
    if went_well || !has_remarks {
        output.message(&told(published));
        return Ok(());
    }
    let notice = Annotation {
        path: String::new(),
        lines: (0, 0),
        level: AnnotationLevel::Notice,
        title: "backstory".to_owned(),
        message: told(published),
    };
    show(&notice, output)
}

/// A command of ours to the runner. None can be hidden in what it says.
fn show(annotation: &Annotation, output: &mut Output) -> anyhow::Result<()> {
    let message = without_commands(&for_terminal(&annotation.message)).into_owned();
    let annotation = Annotation { message, ..annotation.clone() };
    Ok(output.exact(&(command(&annotation) + "\n"))?)
}

/// One line on what became of the description.
fn told(published: &Published) -> String {
    match published {
        Published::Written { url, short } => {
            let place = url.as_ref().map(|url| format!(" to {url}")).unwrap_or_default();
            let short = if *short { "; only its short form had room, the summary has the rest" } else { "" };
            format!("written{place}{short}")
        }
        Published::Unchanged => "nothing to write: it stands there already".to_owned(),
        Published::Superseded { head } => {
            format!("not written: the pull request is at {head} by now, and the run for that commit writes")
        }
        Published::Edited => {
            "not written: a person edited our section; delete it, markers and all, to have it made anew".to_owned()
        }
        Published::TooLong => {
            "not written: the description is so long that nothing has room; see the summary".to_owned()
        }
        Published::Contended => "not written: others kept changing the description; the next run writes".to_owned(),
        Published::NotAllowed(why) => format!("not written, see the summary instead: {why}"),
        Published::Unsupported(why) => format!("not written: {why}"),
    }
}

/// Shows remarks beside the lines, and what the policy found, as many of each kind as are shown at all.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn annotate(notes: &[Annotation], verdict: &Verdict, output: &mut Output) -> anyhow::Result<()> {
    for note in notes.iter().take(ANNOTATIONS_SHOWN) {
        show(note, output)?;
    }
    for (severity, level) in [(Severity::Fail, AnnotationLevel::Failure), (Severity::Warn, AnnotationLevel::Warning)] {
        let found = findings(verdict).into_iter().filter(|found| found.severity == severity);
        for found in found.take(ANNOTATIONS_SHOWN) {
            let annotation = Annotation {
                path: String::new(),
                lines: (0, 0),
                level,
                title: format!("backstory: {}", found.rule.name()),
                message: found.message,
            };
            show(&annotation, output)?;
        }
    }
    Ok(())
}

fn folder(inputs: &Inputs, repository: &Repository) -> PathBuf {
    inputs.folder.clone().unwrap_or_else(|| state_paths::at(repository.common_dir(), state_paths::ACTION))
}

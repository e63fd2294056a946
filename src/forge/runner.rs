//! What the runner of a workflow reads back: outputs, the step summary, and commands in the log.
//! Limits and escapes as in actions/runner (2026-08).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::questions::{Annotation, AnnotationLevel};

/// The summary of one step, in bytes. A longer file is not shown at all.
pub(crate) const SUMMARY_LIMIT: usize = 1024 * 1024;

/// Annotations that are shown of each kind for a step.
pub(crate) const ANNOTATIONS_SHOWN: usize = 10;

/// The files that the runner named; none of them outside of a workflow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runner {
    /// `GITHUB_OUTPUT`
    pub outputs: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`
    pub summary: Option<PathBuf>,
}

impl Runner {
    /// Adds outputs. `delimiter` must be random: a value that holds it would end early, so such a value is refused.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn set_outputs(&self, outputs: &[(&str, String)], delimiter: &str) -> io::Result<()> {
        let Some(path) = &self.outputs else { return Ok(()) };
        let mut text = String::new();
        for (name, value) in outputs {
            if value.contains(delimiter) {
                return Err(io::Error::other(format!("the value of the output {name} holds the delimiter")));
            }
            text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
        }
        append(path, &text)
    }

    /// How many bytes the summary of this step may still hold; `None` where there is no summary.
    pub(crate) fn summary_room(&self) -> Option<usize> {
        let path = self.summary.as_ref()?;
        let used = std::fs::metadata(path).map_or(0, |data| data.len() as usize);
        Some(SUMMARY_LIMIT.saturating_sub(used))
    }

    /// Adds to the step summary.
    ///
    /// # Errors
    /// When the file cannot be written, and when the runner would refuse the whole of it.
    pub(crate) fn add_summary(&self, markdown: &str) -> io::Result<()> {
        let Some(path) = &self.summary else { return Ok(()) };
        if self.summary_room().is_some_and(|room| room < markdown.len()) {
            return Err(io::Error::other("the summary would be longer than the 1 MiB that the runner takes"));
        }
        append(path, markdown)
    }
}

fn append(path: &PathBuf, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// A line for the log that the runner shows as an annotation.
pub(crate) fn command(annotation: &Annotation) -> String {
    let level = match annotation.level {
        AnnotationLevel::Notice => "notice",
        AnnotationLevel::Warning => "warning",
        AnnotationLevel::Failure => "error",
    };
    let mut properties = Vec::new();
    if !annotation.path.is_empty() {
        let (first, last) = annotation.lines;
        properties.push(format!("file={}", property(&annotation.path)));
        properties.push(format!("line={first},endLine={last}"));
    }
    if !annotation.title.is_empty() {
        properties.push(format!("title={}", property(&annotation.title)));
    }
    let properties = properties.join(",");
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{level}{space}{properties}::{}", data(&annotation.message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_cannot_become_two_commands() {
        let annotation = Annotation {
            path: "a,b:c.rs".into(),
            lines: (3, 4),
            level: AnnotationLevel::Notice,
            title: "x::y".into(),
            message: "100%\r\n::set-output name=a::b".into(),
        };
        assert_eq!(
            command(&annotation),
            "::notice file=a%2Cb%3Ac.rs,line=3,endLine=4,title=x%3A%3Ay::100%25%0D%0A::set-output name=a::b"
        );
        let plain = Annotation { path: String::new(), title: String::new(), message: "m".into(), ..annotation };
        assert_eq!(command(&plain), "::notice::m");
    }

    #[test]
    fn outputs_are_added_and_none_can_end_early() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let runner = Runner { outputs: Some(path.clone()), summary: None };
        runner.set_outputs(&[("a", "1\n2".into())], "D1").unwrap();
        runner.set_outputs(&[("b", String::new())], "D2").unwrap();
        assert!(runner.set_outputs(&[("c", "x\nD3\nother=1".into())], "D3").is_err());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "a<<D1\n1\n2\nD1\nb<<D2\n\nD2\n");
    }

    #[test]
    fn a_summary_that_the_runner_would_drop_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        let runner = Runner { outputs: None, summary: Some(path.clone()) };
        runner.add_summary(&"a".repeat(SUMMARY_LIMIT - 1)).unwrap();
        assert_eq!(runner.summary_room(), Some(1));
        assert!(runner.add_summary("ab").is_err());
        assert_eq!(std::fs::metadata(path).unwrap().len() as usize, SUMMARY_LIMIT - 1);
        assert_eq!(Runner::default().summary_room(), None);
    }
}

//! Everything that a document is made from: what happened, what people said, and what stood in it before.

use super::repository_guide::RepositoryGuide;
use crate::process::model::ProcessModel;
use crate::record::execution::ExecutionLog;
use crate::sop::capture::Capture;
use crate::sop::front_matter::FrontMatter;

/// Texts in it are clean; they are escaped where they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub model: &'a ProcessModel,
    pub log: &'a ExecutionLog,
    pub capture: &'a Capture,
    /// In the order in which they are to be told.
    pub corrections: &'a [HumanCorrection],
    /// Earlier versions and this one, oldest first.
    pub history: &'a [Version],
    pub front: &'a FrontMatter,
    /// What the repository says itself.
    pub repository: &'a RepositoryGuide,
    /// A claim needs so many runs at least.
    pub minimum: u32,
    /// The document as it was, for what people wrote between its markers.
    pub earlier: Option<&'a str>,
    /// The team's own template instead of ours.
    pub template: Option<&'a str>,
}

/// What a person changed in the work of an agent, in words, and why where that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HumanCorrection {
    pub words: String,
    pub reason: Option<String>,
    /// The full id of the commit whose record tells it.
    pub commit: String,
}

/// A row of the change history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub number: u32,
    /// A date; empty where it is not known.
    pub date: String,
    pub by: String,
    pub what: String,
}

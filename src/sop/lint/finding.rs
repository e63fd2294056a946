//! One thing that is wrong with a document, and what may be known beside the document to tell.

use serde::Serialize;

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    /// From 1.
    pub line: usize,
    /// The name of the rule: `sections`, `evidence`.
    pub rule: &'static str,
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What the repository and the log hold.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Whether the log has a run of this id.
    pub is_run: &'a dyn Fn(&str) -> bool,
    /// Whether the repository has a commit that this begins the id of.
    pub is_commit: &'a dyn Fn(&str) -> bool,
}

pub(crate) fn finding(rule: &'static str, line: usize, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    Finding { line, rule, message: message.into(), hint: hint.into() }
}

//! What the tools share that read what is recorded.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::fault::Fault;
use super::next_call::NextCall;
use super::schema::{CURSOR, Kind, Need, object};
use super::tool::{Call, Outcome};
use crate::recorder::agent_shell;
use crate::recorder::line_why::path_in_repository;
use crate::recorder::recall_place::RecallPlace;
use crate::recorder::recalling::Asking;

/// What a tool is asked for that speaks of a range.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RangeArguments {
    pub(crate) range: Option<String>,
    pub(crate) cursor: Option<String>,
}

impl RangeArguments {
    pub(crate) fn schema() -> Value {
        object(&[("range", Kind::Text, "A range such as main..HEAD, a branch, or one commit", Need::Optional), CURSOR])
    }
}

/// Answers of one call, page by page.
pub(crate) const MOST: usize = 20;

/// The index as it is now, for one call.
pub(crate) struct Reading<'a> {
    pub(crate) asking: Asking<'a>,
}

impl<'a> Reading<'a> {
    /// The session that asks is left out: the call says it, or the shell that the server was started in.
    ///
    /// # Errors
    /// When the index can neither be kept nor made.
    pub(crate) fn begin(call: &Call<'_>, place: &'a mut RecallPlace) -> Result<Self, Fault> {
        Ok(Self { asking: place.ask(session_of(call))? })
    }

    /// # Errors
    /// For a cursor that is none.
    pub(crate) fn answer(
        &self,
        done: &str,
        coverage: &str,
        text: &str,
        cursor: Option<&str>,
    ) -> Result<Outcome, Fault> {
        let coverage = match self.asking.problem() {
            Some(problem) => format!("{coverage}; this may be older than what is recorded: {problem}"),
            None => coverage.to_owned(),
        };
        told(done, &coverage, text, cursor)
    }
}

/// The session that calls, whose own doings are left out.
pub(crate) fn session_of(call: &Call<'_>) -> Option<String> {
    let of_shell = || agent_shell::inside(call.environment).and_then(|shell| shell.session);
    call.caller.session().map(str::to_owned).or_else(of_shell)
}

/// What is recorded, for use.
///
/// # Errors
/// For a cursor that is none.
pub(crate) fn told(done: &str, coverage: &str, text: &str, cursor: Option<&str>) -> Result<Outcome, Fault> {
    let next = NextCall::nothing("use it for what you are about to do; tell the person what you take from it");
    let answer = Answer::general(done, coverage, next);
    Ok(Outcome::Answer(Box::new(answer.with_text(text, cursor)?)))
}

/// As said, and how many records could not be read.
pub(crate) fn with_unreadable(coverage: &str, unreadable: usize) -> String {
    match unreadable {
        0 => coverage.to_owned(),
        count => format!("{coverage}; cannot be read: {count}"),
    }
}

/// Files as git names them. Relative ones are of the root.
///
/// # Errors
/// For a file outside of the repository.
pub(crate) fn files_of(call: &Call<'_>, reading: &Reading<'_>, files: &[String]) -> Result<Vec<String>, Fault> {
    let repository = reading.asking.repository();
    let root = repository.root().unwrap_or(&call.environment.cwd);
    let path = |file: &String| {
        path_in_repository(repository.handle(), root, file).map_err(|error| Fault::Arguments(format!("{error:#}")))
    };
    files.iter().map(path).collect()
}

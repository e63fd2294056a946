//! What is asked of a forge, and what it answers.

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::forge::questions::ForgeError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
    Put,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(super) verb: Verb,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    /// For messages, such as `read pull request 5`.
    pub(crate) what: String,
    /// What a workflow has to grant for it, such as `pull-requests: write`.
    pub(crate) needs: &'static str,
    pub(super) repeat: Repeat,
}

impl Ask {
    pub(crate) fn get(url: Url, what: impl Into<String>, needs: &'static str) -> Self {
        Self { verb: Verb::Get, url, body: None, what: what.into(), needs, repeat: Repeat::Harmless }
    }

    /// A write that is not repeated until it is known that it was not done.
    pub(crate) fn write(verb: Verb, url: Url, body: Value, what: impl Into<String>, needs: &'static str) -> Self {
        Self { verb, url, body: Some(body), what: what.into(), needs, repeat: Repeat::NotDone }
    }

    /// Doing it twice is like doing it once.
    pub(crate) fn repeatable(self) -> Self {
        Self { repeat: Repeat::Harmless, ..self }
    }

    /// After a wait, even one for a limit, it is left in doubt: what it would replace may have changed.
    pub(crate) fn only_now(self) -> Self {
        Self { repeat: Repeat::OnlyNow, ..self }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(super) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where it was found in the end.
    pub(super) url: Url,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A web page, and not an answer of an API.
    pub(crate) fn is_page(&self) -> bool {
        let is_html = self.header("content-type").is_some_and(|kind| kind.trim_start().starts_with("text/html"));
        is_html || self.body.trim_ascii_start().starts_with(b"<")
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ForgeError,
    /// The request may have been carried out all the same.
    pub(crate) in_doubt: bool,
}

impl Failure {
    /// In doubt, and the question whether it was done had no answer either.
    pub(crate) fn unresolved(self, question: &ForgeError) -> ForgeError {
        ForgeError::Unreachable(format!("{}; and then {question}", self.error))
    }
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        Self { error, in_doubt: false }
    }
}

/// What may be done after a try without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Doing it twice is like doing it once.
    Harmless,
    /// Only what was certainly not done is done again.
    NotDone,
    /// It was right for the state of that moment, and is not sent after a wait.
    OnlyNow,
}

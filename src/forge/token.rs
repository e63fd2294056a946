//! The token of a forge, which nothing prints.

use std::fmt;

/// What proves who we are. It is sent to the place and shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    /// GitLab's `CI_JOB_TOKEN`: it has a header of its own and may write next to nothing.
    job: bool,
}

impl Token {
    /// `None` when nothing but blanks is given. Blanks and line ends around it are not part of it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_owned(), job: text.starts_with("glcbt-") })
    }

    /// GitLab's `CI_JOB_TOKEN`.
    pub fn of_job(text: &str) -> Option<Self> {
        Self::new(text).map(|token| Self { job: true, ..token })
    }

    /// The text without the token, should it quote it.
    pub(super) fn hide(&self, text: &str) -> String {
        text.replace(&self.text, "[token]")
    }
}

impl Token {
    /// For the header of a request, and nothing else.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is GitLab's `CI_JOB_TOKEN`.
    pub(super) fn is_of_job(&self) -> bool {
        self.job
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[token]")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[token]")
    }
}

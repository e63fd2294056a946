//! What the action asks of the place where a pull request lives, whichever it is: the nouns and the questions.

use std::future::Future;

/// A pull request (a merge request on GitLab) as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    pub number: u64,
    /// The description, byte for byte; empty where there is none.
    pub body: String,
    /// Full id of the newest commit.
    pub head: String,
    /// Full id of the tip of the branch it is to go into, as the place knows it.
    pub base: String,
    /// The branch it is to go into.
    pub base_branch: String,
    pub state: PullState,
    /// The commit that landed, once it is merged: the merge commit, the squashed one, or the last of the rebased.
    pub landed: Option<String>,
    /// How many commits it has, where the place says so.
    pub commits: Option<u64>,
    /// Whether its branch is in another repository.
    pub fork: bool,
    /// Where git fetches that repository from, if the place says so.
    pub fork_url: Option<String>,
    /// Where a person reads it.
    pub url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullState {
    Open,
    Merged,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: u64,
    /// Login of the author; empty where the account is gone.
    pub author: String,
    pub body: String,
}

/// A note on a commit with remarks on its lines (a check run on GitHub).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Its name in the list of checks; one of this name on the same commit is replaced.
    pub name: String,
    /// Full id of the commit.
    pub head: String,
    pub conclusion: Conclusion,
    pub title: String,
    /// Markdown, at most 65,535 characters.
    pub summary: String,
    pub annotations: Vec<Annotation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    Success,
    Neutral,
    Failure,
}

/// A remark on lines of a file in the newest commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    pub path: String,
    /// From 1, and the last line of the remark.
    pub lines: (u32, u32),
    pub level: AnnotationLevel,
    pub title: String,
    /// Plain text.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationLevel {
    Notice,
    Warning,
    Failure,
}

/// A person's or a bot's verdict about a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub id: u64,
    /// Login; empty where the account is gone.
    pub author: String,
    /// `None` where the place does not tell people from bots.
    pub is_person: Option<bool>,
    pub state: ReviewState,
    /// Full id of the commit that was reviewed; empty where the place does not say.
    pub commit: String,
    /// When it was sent, as the place writes it.
    pub at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    Approved,
    ChangesRequested,
    Dismissed,
    /// A comment, a request, or a review that is not sent yet.
    Other,
}

/// An issue with a label of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub number: u64,
    pub body: String,
    pub is_open: bool,
}

/// An issue as it is to be. The title and the label of one that is there stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueText {
    pub title: String,
    /// Markdown.
    pub body: String,
    pub label: String,
    pub is_open: bool,
}

/// Why a question was not answered. The text names the place, the reason and the next step, and never the token.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The token is missing, wrong or has expired (401).
    #[error("{0}")]
    NotSignedIn(String),
    /// The token may not do this (403 that is no limit): on forks and for Dependabot it may only read.
    #[error("{0}")]
    NotAllowed(String),
    /// There is no such thing, or the token may not see it (404, 410).
    #[error("{0}")]
    NotFound(String),
    /// The place refused what was sent (400, 409, 422).
    #[error("{0}")]
    Refused(String),
    /// Too many requests, and the wait would be longer than the time there is (403 and 429 with a limit).
    #[error("{0}")]
    Limited(String),
    /// No answer that can be used, after what retries were safe: a cut connection, 5xx, HTML.
    #[error("{0}")]
    Unreachable(String),
    /// This place has no such thing (check runs outside GitHub).
    #[error("{0}")]
    Unsupported(String),
}

/// The questions. Every answer is the place's state at that moment; nothing is kept between two questions.
pub trait Forge {
    /// The pull request of this number.
    fn pull(&self, number: u64) -> impl Future<Output = Result<Pull, ForgeError>>;

    /// Pull requests that hold the commit, the open ones first.
    fn pulls_with(&self, commit: &str) -> impl Future<Output = Result<Vec<Pull>, ForgeError>>;

    /// Full ids of the commits of a pull request, oldest first, and whether the place cut the list (GitHub gives 250).
    fn commits(&self, number: u64) -> impl Future<Output = Result<(Vec<String>, bool), ForgeError>>;

    /// Every review of a pull request, oldest first.
    fn reviews(&self, number: u64) -> impl Future<Output = Result<Vec<Review>, ForgeError>> {
        let _ = number;
        async { Err(ForgeError::Unsupported("this forge's reviews do not say which commit they are of".to_owned())) }
    }

    /// Logins of who opened a pull request and of who its commits are by, as far as the place knows them.
    fn authors(&self, number: u64) -> impl Future<Output = Result<Vec<String>, ForgeError>> {
        let _ = number;
        async { Err(ForgeError::Unsupported("this forge does not name the authors of a pull request".to_owned())) }
    }

    /// Whether this account may push to the repository; `None` where the place or the token does not tell.
    fn may_write(&self, login: &str) -> impl Future<Output = Result<Option<bool>, ForgeError>> {
        let _ = login;
        async { Ok(None) }
    }

    /// The issues with this label, open and closed ones.
    fn issues(&self, label: &str) -> impl Future<Output = Result<Vec<Issue>, ForgeError>> {
        let _ = label;
        async { Err(ForgeError::Unsupported("issues are kept on GitHub only".to_owned())) }
    }

    /// Opens an issue, or changes the one with this number.
    fn write_issue(&self, number: Option<u64>, issue: &IssueText) -> impl Future<Output = Result<(), ForgeError>> {
        let _ = (number, issue);
        async { Err(ForgeError::Unsupported("issues are kept on GitHub only".to_owned())) }
    }

    /// Replaces the description and gives back what the place then has. That may be another text than `body`: the write is
    /// never repeated, and after a lost answer or a limit the pull request is read instead. The caller compares.
    fn set_body(&self, number: u64, body: &str) -> impl Future<Output = Result<Pull, ForgeError>>;

    /// The description after each of its last edits, newest first, so that what a write of ours went over can be seen
    /// afterwards. Empty where the place does not tell. On GitHub: `userContentEdits` in GraphQL.
    fn former_bodies(&self, number: u64) -> impl Future<Output = Result<Vec<String>, ForgeError>> {
        let _ = number;
        async { Ok(Vec::new()) }
    }

    /// Who the token belongs to, for telling our own comments from those of others; `None` where the place does not tell.
    fn viewer(&self) -> impl Future<Output = Result<Option<String>, ForgeError>>;

    /// Every comment in the conversation, over all pages, oldest first.
    fn comments(&self, number: u64) -> impl Future<Output = Result<Vec<Comment>, ForgeError>>;

    /// After a lost answer it is sent again only if it is not among the comments.
    fn add_comment(&self, number: u64, body: &str) -> impl Future<Output = Result<Comment, ForgeError>>;

    fn edit_comment(&self, id: u64, number: u64, body: &str) -> impl Future<Output = Result<Comment, ForgeError>>;

    /// Writes the check, over one of the same name on the same commit if there is one; gives back where to read it. Writes
    /// nothing where it is there already. Places without check runs get a commit status: the title and the number of
    /// annotations.
    fn write_check(&self, check: &CheckRun) -> impl Future<Output = Result<Option<String>, ForgeError>>;
}

//! GitHub's REST API, which Gitea and Forgejo answer in the same shapes. Check runs, which only GitHub has, are in
//! `check_run`.
//!
//! The shapes are ours and hold only what is used: octocrab's demand some sixty fields of a pull request and an author of
//! every comment, so that one account that is gone would lose the whole page.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::ask::{Ask, Failure, Verb};
use super::hosts::ForgeKind;
use super::order::oldest_first;
use super::questions::{CheckRun, Comment, Conclusion, Forge, ForgeError, Issue, IssueText, Pull, PullState, Review};
use super::transport::Transport;

pub(super) const READ: &str = "pull-requests: read";
const WRITE: &str = "pull-requests: write";

/// GitHub lists no more commits of a pull request than these:
/// <https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request>.
const MOST_COMMITS: usize = 250;

/// GitHub, Gitea or Forgejo.
#[derive(Debug)]
pub struct GitHub {
    pub(crate) transport: Transport,
}

#[derive(Deserialize)]
struct RestPull {
    number: u64,
    body: Option<String>,
    head: Tip,
    base: Tip,
    state: String,
    /// Absent in lists on GitHub.
    merged: Option<bool>,
    merged_at: Option<IgnoredAny>,
    /// On GitHub a trial merge as long as it is open.
    merge_commit_sha: Option<String>,
    commits: Option<u64>,
    #[serde(default)]
    html_url: String,
}

#[derive(Deserialize)]
struct Tip {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    /// `None` where it was deleted.
    repo: Option<Home>,
}

#[derive(Deserialize)]
struct Home {
    id: u64,
    clone_url: Option<String>,
}

#[derive(Deserialize)]
struct RestComment {
    id: u64,
    body: Option<String>,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct RestCommit {
    sha: String,
    #[serde(default)]
    parents: Vec<Sha>,
}

#[derive(Deserialize)]
struct Sha {
    sha: String,
}

/// `{"data":{"viewer":{"login":"..."}}}`; `data` is null where the question was refused.
#[derive(Deserialize)]
struct GraphAnswer {
    data: Option<GraphViewer>,
}

#[derive(Deserialize)]
struct GraphViewer {
    viewer: Option<User>,
}

impl From<RestPull> for Pull {
    fn from(pull: RestPull) -> Self {
        let merged = pull.merged.unwrap_or_default() || pull.merged_at.is_some();
        let state = match pull.state.as_str() {
            _ if merged => PullState::Merged,
            "open" => PullState::Open,
            _ => PullState::Closed,
        };
        let of_base = pull.base.repo.as_ref().map(|home| home.id);
        let fork = pull.head.repo.as_ref().is_none_or(|home| Some(home.id) != of_base);
        Self {
            number: pull.number,
            body: pull.body.unwrap_or_default(),
            fork,
            fork_url: pull.head.repo.and_then(|home| home.clone_url).filter(|_| fork),
            head: pull.head.sha,
            base: pull.base.sha,
            base_branch: pull.base.branch,
            state,
            landed: pull.merge_commit_sha.filter(|id| merged && !id.is_empty()),
            commits: pull.commits,
            url: pull.html_url,
        }
    }
}

impl From<RestComment> for Comment {
    fn from(comment: RestComment) -> Self {
        Self {
            id: comment.id,
            author: comment.user.map(|user| user.login).unwrap_or_default(),
            body: comment.body.unwrap_or_default(),
        }
    }
}

impl Forge for GitHub {
    async fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        let url = self.at(&["pulls", &number.to_string()], &[]);
        let pull: RestPull = self.transport.ask(&Ask::get(url, format!("read pull request {number}"), READ)).await?;
        Ok(pull.into())
    }

    async fn pulls_with(&self, commit: &str) -> Result<Vec<Pull>, ForgeError> {
        let listed = match self.is_gitea() {
            true => self.pulls_with_on_gitea(commit).await?,
            false => self.pulls_with_on_github(commit).await?,
        };
        let mut pulls: Vec<Pull> = listed.into_iter().map(Pull::from).collect();
        pulls.sort_by_key(|pull| pull.state != PullState::Open);
        Ok(pulls)
    }

    async fn commits(&self, number: u64) -> Result<(Vec<String>, bool), ForgeError> {
        let url = self.at(&["pulls", &number.to_string(), "commits"], &self.page_size());
        let ask = Ask::get(url, format!("list the commits of pull request {number}"), READ);
        let commits: Vec<RestCommit> = self.transport.pages(ask).await?;
        let cut = !self.is_gitea() && commits.len() >= MOST_COMMITS;
        let listed = commits.into_iter().map(|commit| {
            let parents = commit.parents.into_iter().map(|parent| parent.sha).collect();
            (commit.sha, parents)
        });
        Ok((oldest_first(listed.collect()), cut))
    }

    async fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        self.reviews_of(number).await
    }

    async fn authors(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        self.authors_of(number).await
    }

    async fn issues(&self, label: &str) -> Result<Vec<Issue>, ForgeError> {
        match self.is_gitea() {
            true => Err(ForgeError::Unsupported("issues are kept on GitHub only".to_owned())),
            false => self.issues_with(label).await,
        }
    }

    async fn write_issue(&self, number: Option<u64>, issue: &IssueText) -> Result<(), ForgeError> {
        self.write_issue_text(number, issue).await
    }

    async fn may_write(&self, login: &str) -> Result<Option<bool>, ForgeError> {
        self.may_write_as(login).await
    }

    /// Written at once or not at all: after a lost answer or a limit, what is there then is read and given back, for a
    /// person may have edited it meanwhile.
    async fn set_body(&self, number: u64, body: &str) -> Result<Pull, ForgeError> {
        let url = self.at(&["pulls", &number.to_string()], &[]);
        let what = format!("write the description of pull request {number}");
        let ask = Ask::write(Verb::Patch, url, json!({ "body": body }), what, WRITE).only_now();
        match self.transport.ask::<RestPull>(&ask).await {
            Ok(pull) => Ok(pull.into()),
            Err(failure) if failure.in_doubt => self.pull(number).await.map_err(|error| failure.unresolved(&error)),
            Err(failure) => Err(failure.error),
        }
    }

    async fn former_bodies(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        if self.is_gitea() { Ok(Vec::new()) } else { self.texts_of_edits(number).await }
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        let url = self.transport.place.at(&["user"], &[]);
        let user = Ask::get(url, "read who the token belongs to", "metadata: read");
        if !self.is_gitea() {
            return self.viewer_on_github(&user).await;
        }
        match self.transport.ask::<User>(&user).await {
            Ok(user) => Ok(Some(user.login)),
            Err(failure) => untold(failure.error).map(|()| None),
        }
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let url = self.at(&["issues", &number.to_string(), "comments"], &self.page_size());
        let ask = Ask::get(url, format!("list the comments of pull request {number}"), READ);
        let comments: Vec<RestComment> = self.transport.pages(ask).await?;
        Ok(comments.into_iter().map(Comment::from).collect())
    }

    /// A second comment would be seen by everybody: after a lost answer the comments are listed, and only if it is not
    /// among them is it sent once more.
    async fn add_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let url = self.at(&["issues", &number.to_string(), "comments"], &[]);
        let what = format!("comment on pull request {number}");
        let ask = Ask::write(Verb::Post, url, json!({ "body": body }), what, WRITE);
        let failure = match self.transport.ask::<RestComment>(&ask).await {
            Ok(comment) => return Ok(comment.into()),
            Err(failure) if failure.in_doubt => failure,
            Err(failure) => return Err(failure.error),
        };
        let there = self.comments(number).await.map_err(|error| failure.unresolved(&error))?;
        match there.into_iter().rev().find(|comment| is_same_text(&comment.body, body)) {
            Some(comment) => Ok(comment),
            None => Ok(self.transport.ask::<RestComment>(&ask).await?.into()),
        }
    }

    async fn edit_comment(&self, id: u64, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let url = self.at(&["issues", "comments", &id.to_string()], &[]);
        let what = format!("edit comment {id} of pull request {number}");
        let ask = Ask::write(Verb::Patch, url, json!({ "body": body }), what, WRITE).repeatable();
        Ok(self.transport.ask::<RestComment>(&ask).await?.into())
    }

    async fn write_check(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        match self.is_gitea() {
            true => self.write_status(check).await.map(|()| None),
            false => self.write_check_run(check).await,
        }
    }
}

impl GitHub {
    fn is_gitea(&self) -> bool {
        self.transport.place.kind == ForgeKind::Gitea
    }

    /// An address below the repository's.
    pub(crate) fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> reqwest::Url {
        let place = &self.transport.place;
        let mut path = vec!["repos"];
        path.extend(place.repository.split('/'));
        path.extend(segments);
        place.at(&path, query)
    }

    pub(crate) fn page_size(&self) -> [(&'static str, &'static str); 1] {
        if self.is_gitea() { [("limit", "50")] } else { [("per_page", "100")] }
    }

    async fn pulls_with_on_github(&self, commit: &str) -> Result<Vec<RestPull>, ForgeError> {
        let url = self.at(&["commits", commit, "pulls"], &self.page_size());
        let ask = Ask::get(url, format!("list the pull requests with commit {commit}"), READ);
        match self.transport.pages(ask).await {
            // A commit that was never pushed is in no pull request: 422 "No commit found for SHA: ...".
            Err(Failure { error: ForgeError::Refused(text), .. }) if text.contains("No commit found") => Ok(Vec::new()),
            pulls => Ok(pulls?),
        }
    }

    /// Gitea knows the merged pull request of a commit; the open ones are looked through for their newest commit.
    async fn pulls_with_on_gitea(&self, commit: &str) -> Result<Vec<RestPull>, ForgeError> {
        let what = format!("list the pull requests with commit {commit}");
        let open = self.at(&["pulls"], &[("state", "open"), ("limit", "50")]);
        let open: Vec<RestPull> = self.transport.pages(Ask::get(open, what.clone(), READ)).await?;
        let mut pulls: Vec<RestPull> = open.into_iter().filter(|pull| pull.head.sha == commit).collect();
        let merged = self.at(&["commits", commit, "pull"], &[]);
        match self.transport.ask::<RestPull>(&Ask::get(merged, what, READ)).await {
            Ok(pull) => pulls.extend((!pulls.iter().any(|known| known.number == pull.number)).then_some(pull)),
            Err(Failure { error: ForgeError::NotFound(_), .. }) => {}
            Err(failure) => return Err(failure.error),
        }
        Ok(pulls)
    }

    /// GraphQL names the owner of every kind of token in one call (a person, `github-actions[bot]`, another app);
    /// `GET /user` answers 403 to the token of an app, which in a workflow is `github-actions[bot]`. It is asked only
    /// where there is no GraphQL.
    async fn viewer_on_github(&self, user: &Ask) -> Result<Option<String>, ForgeError> {
        let query = json!({ "query": "query { viewer { login } }" });
        let graph = Ask::write(Verb::Post, self.transport.place.graphql(), query, &user.what, user.needs).repeatable();
        match self.transport.ask::<GraphAnswer>(&graph).await {
            Ok(GraphAnswer { data: Some(GraphViewer { viewer: Some(viewer) }) }) => return Ok(Some(viewer.login)),
            Err(Failure { error: error @ (ForgeError::NotSignedIn(_) | ForgeError::Limited(_)), .. }) => {
                return Err(error);
            }
            Ok(_) | Err(_) => {}
        }
        match self.transport.ask::<User>(user).await {
            Ok(user) => Ok(Some(user.login)),
            Err(Failure { error: ForgeError::NotAllowed(text), .. }) if text.contains("by integration") => {
                Ok(Some("github-actions[bot]".to_owned()))
            }
            Err(failure) => untold(failure.error).map(|()| None),
        }
    }

    /// Gitea has no check runs. A commit status holds a title of 255 characters and is the newest of its name, so that
    /// writing it twice does no harm.
    async fn write_status(&self, check: &CheckRun) -> Result<(), ForgeError> {
        let state = match check.conclusion {
            Conclusion::Success | Conclusion::Neutral => "success",
            Conclusion::Failure => "failure",
        };
        let status = json!({ "state": state, "context": check.name, "description": status_text(check) });
        let what = format!("write the status of commit {}", check.head);
        let ask = Ask::write(Verb::Post, self.at(&["statuses", &check.head], &[]), status, what, "statuses: write");
        self.transport.ask::<IgnoredAny>(&ask.repeatable()).await?;
        Ok(())
    }
}

/// What fits into a commit status: the title, and how many remarks it has no room for.
pub(crate) fn status_text(check: &CheckRun) -> String {
    let remarks = match check.annotations.len() {
        0 => String::new(),
        1 => " (1 remark)".to_owned(),
        many => format!(" ({many} remarks)"),
    };
    let room = 255 - remarks.len();
    let title: String = check.title.chars().take(room).collect();
    format!("{title}{remarks}")
}

/// `Ok` for an error that only means that the place does not tell.
pub(crate) fn untold(error: ForgeError) -> Result<(), ForgeError> {
    match error {
        ForgeError::NotAllowed(_) | ForgeError::NotFound(_) => Ok(()),
        error => Err(error),
    }
}

/// Places may write line ends in their own way and leave out blanks at the end.
pub(crate) fn is_same_text(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}

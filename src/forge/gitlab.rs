//! GitLab's API v4: merge requests by their number in the project, notes for comments, commit statuses for checks.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::ask::{Ask, Failure, Verb};
use super::order::oldest_first;
use super::questions::{CheckRun, Comment, Conclusion, Forge, ForgeError, Pull, PullState};
use super::rest::{is_same_text, status_text, untold};
use super::transport::Transport;

/// What a message says a token needs.
const READ: &str = "read_api";
const WRITE: &str = "api";

#[derive(Debug)]
pub struct GitLab {
    pub(crate) transport: Transport,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    description: Option<String>,
    /// The newest commit; `None` as long as the branch is empty.
    sha: Option<String>,
    /// Absent in lists, and null until GitLab has looked at it.
    diff_refs: Option<DiffRefs>,
    target_branch: String,
    state: String,
    merge_commit_sha: Option<String>,
    squash_commit_sha: Option<String>,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    #[serde(default)]
    web_url: String,
}

#[derive(Deserialize)]
struct DiffRefs {
    /// Tip of the target branch when the newest commit was pushed; `base_sha` is where the branches part.
    start_sha: Option<String>,
}

#[derive(Deserialize)]
struct ListedRequest {
    iid: u64,
}

#[derive(Deserialize)]
struct Branch {
    commit: LabCommit,
}

#[derive(Deserialize)]
struct LabCommit {
    id: String,
    #[serde(default)]
    parent_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: Option<String>,
    author: Option<LabUser>,
    /// Written by GitLab itself, such as "added 1 commit".
    #[serde(default)]
    system: bool,
}

#[derive(Deserialize)]
struct LabUser {
    username: String,
}

impl From<Note> for Comment {
    fn from(note: Note) -> Self {
        Self {
            id: note.id,
            author: note.author.map(|author| author.username).unwrap_or_default(),
            body: note.body.unwrap_or_default(),
        }
    }
}

impl Forge for GitLab {
    async fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        let url = self.merge_request(number, &[], &[]);
        let request = self.transport.ask(&Ask::get(url, format!("read merge request {number}"), READ)).await?;
        self.pull_of(request).await
    }

    async fn pulls_with(&self, commit: &str) -> Result<Vec<Pull>, ForgeError> {
        let url = self.at(&["repository", "commits", commit, "merge_requests"], &[("per_page", "100")]);
        let ask = Ask::get(url, format!("list the merge requests with commit {commit}"), READ);
        let listed: Vec<ListedRequest> = match self.transport.pages(ask).await {
            Err(Failure { error: ForgeError::NotFound(text), .. }) if text.contains("Commit Not Found") => Vec::new(),
            listed => listed?,
        };
        let mut pulls = Vec::new();
        for ListedRequest { iid } in listed {
            pulls.push(self.pull(iid).await?);
        }
        pulls.sort_by_key(|pull| pull.state != PullState::Open);
        Ok(pulls)
    }

    async fn commits(&self, number: u64) -> Result<(Vec<String>, bool), ForgeError> {
        let url = self.merge_request(number, &["commits"], &[("per_page", "100")]);
        let ask = Ask::get(url, format!("list the commits of merge request {number}"), READ);
        let commits: Vec<LabCommit> = self.transport.pages(ask).await?;
        Ok((oldest_first(commits.into_iter().map(|commit| (commit.id, commit.parent_ids)).collect()), false))
    }

    /// Written at once or not at all, as on GitHub.
    async fn set_body(&self, number: u64, body: &str) -> Result<Pull, ForgeError> {
        let what = format!("write the description of merge request {number}");
        let url = self.merge_request(number, &[], &[]);
        let ask = Ask::write(Verb::Put, url, json!({ "description": body }), what, WRITE).only_now();
        match self.transport.ask(&ask).await {
            Ok(request) => self.pull_of(request).await,
            Err(failure) if failure.in_doubt => self.pull(number).await.map_err(|error| failure.unresolved(&error)),
            Err(failure) => Err(failure.error),
        }
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        let ask = Ask::get(self.transport.place.at(&["user"], &[]), "read who the token belongs to", "read_user");
        match self.transport.ask::<LabUser>(&ask).await {
            Ok(user) => Ok(Some(user.username)),
            Err(failure) => untold(failure.error).map(|()| None),
        }
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let query = [("sort", "asc"), ("order_by", "created_at"), ("per_page", "100")];
        let url = self.merge_request(number, &["notes"], &query);
        let ask = Ask::get(url, format!("list the comments of merge request {number}"), READ);
        let notes: Vec<Note> = self.transport.pages(ask).await?;
        Ok(notes.into_iter().filter(|note| !note.system).map(Comment::from).collect())
    }

    /// After a lost answer the comments are listed, and only if it is not among them is it sent once more.
    async fn add_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let what = format!("comment on merge request {number}");
        let url = self.merge_request(number, &["notes"], &[]);
        let ask = Ask::write(Verb::Post, url, json!({ "body": body }), what, WRITE);
        let failure = match self.transport.ask::<Note>(&ask).await {
            Ok(note) => return Ok(note.into()),
            Err(failure) if failure.in_doubt => failure,
            Err(failure) => return Err(failure.error),
        };
        let there = self.comments(number).await.map_err(|error| failure.unresolved(&error))?;
        match there.into_iter().rev().find(|comment| is_same_text(&comment.body, body)) {
            Some(comment) => Ok(comment),
            None => Ok(self.transport.ask::<Note>(&ask).await?.into()),
        }
    }

    async fn edit_comment(&self, id: u64, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let url = self.merge_request(number, &["notes", &id.to_string()], &[]);
        let what = format!("edit comment {id} of merge request {number}");
        let ask = Ask::write(Verb::Put, url, json!({ "body": body }), what, WRITE).repeatable();
        Ok(self.transport.ask::<Note>(&ask).await?.into())
    }

    /// A commit status of the check's name. It holds the title; the newest of its name counts.
    async fn write_check(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        let state = match check.conclusion {
            Conclusion::Success | Conclusion::Neutral => "success",
            Conclusion::Failure => "failed",
        };
        let status = json!({ "state": state, "name": check.name, "description": status_text(check) });
        let what = format!("write the status of commit {}", check.head);
        let ask = Ask::write(Verb::Post, self.at(&["statuses", &check.head], &[]), status, what, WRITE);
        match self.transport.ask::<IgnoredAny>(&ask.repeatable()).await {
            Ok(_) => Ok(None),
            // GitLab refuses a status that is the one it has: 400 "Cannot transition status via :succeed from :success".
            Err(Failure { error: ForgeError::Refused(text), .. }) if text.contains(&format!(" from :{state}")) => {
                Ok(None)
            }
            Err(failure) => Err(failure.error),
        }
    }
}

impl GitLab {
    /// An address below the project's, whose path is one segment.
    fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> reqwest::Url {
        let place = &self.transport.place;
        let mut path = vec!["projects", place.repository.as_str()];
        path.extend(segments);
        place.at(&path, query)
    }

    fn merge_request(&self, number: u64, segments: &[&str], query: &[(&str, &str)]) -> reqwest::Url {
        let number = number.to_string();
        let mut path = vec!["merge_requests", number.as_str()];
        path.extend(segments);
        self.at(&path, query)
    }

    async fn pull_of(&self, request: MergeRequest) -> Result<Pull, ForgeError> {
        let number = request.iid;
        let Some(head) = request.sha.filter(|id| !id.is_empty()) else {
            return Err(ForgeError::NotFound(format!("merge request {number} has no commit yet: push one")));
        };
        let base = match request.diff_refs.and_then(|refs| refs.start_sha) {
            Some(base) => base,
            None => self.tip_of(&request.target_branch).await?,
        };
        let state = match request.state.as_str() {
            "merged" => PullState::Merged,
            // Locked while GitLab merges it.
            "opened" | "locked" => PullState::Open,
            _ => PullState::Closed,
        };
        // A squashed commit holds the lines, whether or not a merge commit stands above it. A fast-forward makes neither.
        let landed = request.squash_commit_sha.or(request.merge_commit_sha).unwrap_or_else(|| head.clone());
        Ok(Pull {
            number,
            body: request.description.unwrap_or_default(),
            head,
            base,
            base_branch: request.target_branch,
            state,
            landed: (state == PullState::Merged).then_some(landed),
            commits: None,
            fork: request.source_project_id.is_none() || request.source_project_id != request.target_project_id,
            fork_url: None,
            url: request.web_url,
        })
    }

    async fn tip_of(&self, branch: &str) -> Result<String, ForgeError> {
        let url = self.at(&["repository", "branches", branch], &[]);
        let branch: Branch = self.transport.ask(&Ask::get(url, format!("read branch {branch}"), READ)).await?;
        Ok(branch.commit.id)
    }
}

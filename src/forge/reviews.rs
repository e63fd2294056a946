//! Reviews of a pull request and who its authors are, on GitHub, Gitea and Forgejo.
//! Shapes: <https://docs.github.com/rest/pulls/reviews>; Gitea 1.24 adds `dismissed`, has other words for states, and does not
//! say whether a user is a bot.

use serde::Deserialize;

use super::ask::Ask;
use super::questions::{ForgeError, Review, ReviewState};
use super::rest::{GitHub, READ};

#[derive(Deserialize)]
struct RestReview {
    id: u64,
    user: Option<Reviewer>,
    #[serde(default)]
    state: String,
    commit_id: Option<String>,
    submitted_at: Option<String>,
    #[serde(default)]
    dismissed: bool,
}

#[derive(Deserialize)]
struct Reviewer {
    #[serde(default)]
    login: String,
    /// `User`, `Bot`, `Organization`, `Mannequin`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Opened {
    user: Option<Reviewer>,
}

/// `None` where no account belongs to the address in the commit.
#[derive(Deserialize)]
struct Authored {
    author: Option<Reviewer>,
    committer: Option<Reviewer>,
}

impl GitHub {
    pub(super) async fn reviews_of(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        let url = self.at(&["pulls", &number.to_string(), "reviews"], &self.page_size());
        let ask = Ask::get(url, format!("list the reviews of pull request {number}"), READ);
        let mut reviews: Vec<Review> =
            self.transport.pages::<RestReview>(ask).await?.into_iter().map(Review::from).collect();
        // Both list them in the order of their making; the numbers say so too.
        reviews.sort_by_key(|review| review.id);
        Ok(reviews)
    }

    pub(super) async fn authors_of(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        let number = number.to_string();
        let what = format!("read who made pull request {number}");
        let opened: Opened =
            self.transport.ask(&Ask::get(self.at(&["pulls", &number], &[]), what.clone(), READ)).await?;
        let url = self.at(&["pulls", &number, "commits"], &self.page_size());
        let commits: Vec<Authored> = self.transport.pages(Ask::get(url, what, READ)).await?;
        let by_commit = commits.into_iter().flat_map(|commit| [commit.author, commit.committer]);
        let mut logins: Vec<String> =
            by_commit.chain([opened.user]).flatten().map(|user| user.login).filter(|login| !login.is_empty()).collect();
        logins.sort();
        logins.dedup();
        Ok(logins)
    }
}

/// `admin`, `write`, `read`, `none`; `owner` on Gitea. `maintain` and `triage` come as `write` and `read`.
#[derive(Deserialize)]
struct Permission {
    #[serde(default)]
    permission: String,
}

impl GitHub {
    /// <https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user>; on Gitea only who
    /// administers the repository is told.
    pub(super) async fn may_write_as(&self, login: &str) -> Result<Option<bool>, ForgeError> {
        let url = self.at(&["collaborators", login, "permission"], &[]);
        match self
            .transport
            .ask(&Ask::get(url, format!("read what {login} may do"), READ))
            .await
            .map_err(ForgeError::from)
        {
            Ok(Permission { permission }) => Ok(match permission.as_str() {
                "owner" | "admin" | "write" => Some(true),
                "read" | "none" => Some(false),
                _ => None,
            }),
            Err(ForgeError::NotAllowed(_) | ForgeError::NotFound(_) | ForgeError::NotSignedIn(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<RestReview> for Review {
    fn from(review: RestReview) -> Self {
        let state = match review.state.as_str() {
            _ if review.dismissed => ReviewState::Dismissed,
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" | "REQUEST_CHANGES" => ReviewState::ChangesRequested,
            "DISMISSED" => ReviewState::Dismissed,
            _ => ReviewState::Other,
        };
        let (author, is_person) = match review.user {
            Some(user) => (user.login, user.kind.map(|kind| kind == "User")),
            None => (String::new(), Some(false)),
        };
        Self {
            id: review.id,
            author,
            is_person,
            state,
            commit: review.commit_id.unwrap_or_default(),
            at: review.submitted_at.unwrap_or_default(),
        }
    }
}

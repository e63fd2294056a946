//! The way in: from an `Access` to a client of the right kind.

use super::access::{Access, Endpoint, ForgeKind};
use super::clock::Clock;
use super::forge::{CheckRun, Comment, Forge, ForgeError, Pull, Review};
use super::gitlab::GitLab;
use super::rest::GitHub;
use super::transport::Transport;

/// A client of whichever place it is.
#[derive(Debug)]
pub enum AnyForge {
    /// GitHub, Gitea and Forgejo.
    GitHub(GitHub),
    GitLab(GitLab),
}

/// Makes a client and sends nothing. Its time begins now; its questions need a tokio runtime with I/O and time.
///
/// # Errors
/// When the address, the repository or the token cannot be one.
pub fn connect(access: Access) -> Result<AnyForge, ForgeError> {
    connect_at(&access, Clock::real())
}

/// As `connect`, with the waits spent by that clock.
///
/// # Errors
/// As `connect`.
pub fn connect_at(access: &Access, clock: Clock) -> Result<AnyForge, ForgeError> {
    let transport = Transport::new(Endpoint::new(access)?, access.time, clock)?;
    Ok(match access.kind {
        ForgeKind::GitHub | ForgeKind::Gitea => AnyForge::GitHub(GitHub { transport }),
        ForgeKind::GitLab => AnyForge::GitLab(GitLab { transport }),
    })
}

impl Forge for AnyForge {
    async fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.pull(number).await,
            Self::GitLab(forge) => forge.pull(number).await,
        }
    }

    async fn pulls_with(&self, commit: &str) -> Result<Vec<Pull>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.pulls_with(commit).await,
            Self::GitLab(forge) => forge.pulls_with(commit).await,
        }
    }

    async fn commits(&self, number: u64) -> Result<(Vec<String>, bool), ForgeError> {
        match self {
            Self::GitHub(forge) => forge.commits(number).await,
            Self::GitLab(forge) => forge.commits(number).await,
        }
    }

    async fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.reviews(number).await,
            Self::GitLab(forge) => forge.reviews(number).await,
        }
    }

    async fn authors(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.authors(number).await,
            Self::GitLab(forge) => forge.authors(number).await,
        }
    }

    async fn set_body(&self, number: u64, body: &str) -> Result<Pull, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.set_body(number, body).await,
            Self::GitLab(forge) => forge.set_body(number, body).await,
        }
    }

    async fn former_bodies(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.former_bodies(number).await,
            Self::GitLab(forge) => forge.former_bodies(number).await,
        }
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.viewer().await,
            Self::GitLab(forge) => forge.viewer().await,
        }
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.comments(number).await,
            Self::GitLab(forge) => forge.comments(number).await,
        }
    }

    async fn add_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.add_comment(number, body).await,
            Self::GitLab(forge) => forge.add_comment(number, body).await,
        }
    }

    async fn edit_comment(&self, id: u64, number: u64, body: &str) -> Result<Comment, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.edit_comment(id, number, body).await,
            Self::GitLab(forge) => forge.edit_comment(id, number, body).await,
        }
    }

    async fn write_check(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        match self {
            Self::GitHub(forge) => forge.write_check(check).await,
            Self::GitLab(forge) => forge.write_check(check).await,
        }
    }
}

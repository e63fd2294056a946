//! The way in: from an `Access` to a client of the right kind.

use super::access::{Access, Endpoint};
use super::clock::Clock;
use super::gitlab::GitLab;
use super::hosts::ForgeKind;
use super::questions::{CheckRun, Comment, Forge, ForgeError, Issue, IssueText, Pull, Review};
use super::rest::GitHub;
#[cfg(test)]
use super::toy::Toy;
use super::transport::Transport;

/// A client of whichever place it is.
#[derive(Debug)]
pub enum AnyForge {
    /// GitHub, Gitea and Forgejo.
    GitHub(GitHub),
    GitLab(GitLab),
    #[cfg(test)]
    Toy(Toy),
}

/// Asks the client that it is.
macro_rules! asked {
    ($any:expr, $forge:ident => $question:expr) => {
        match $any {
            AnyForge::GitHub($forge) => $question.await,
            AnyForge::GitLab($forge) => $question.await,
            #[cfg(test)]
            AnyForge::Toy($forge) => $question.await,
        }
    };
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
        #[cfg(test)]
        ForgeKind::Toy => AnyForge::Toy(Toy { transport }),
    })
}

impl Forge for AnyForge {
    async fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        asked!(self, forge => forge.pull(number))
    }

    async fn pulls_with(&self, commit: &str) -> Result<Vec<Pull>, ForgeError> {
        asked!(self, forge => forge.pulls_with(commit))
    }

    async fn commits(&self, number: u64) -> Result<(Vec<String>, bool), ForgeError> {
        asked!(self, forge => forge.commits(number))
    }

    async fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        asked!(self, forge => forge.reviews(number))
    }

    async fn authors(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        asked!(self, forge => forge.authors(number))
    }

    async fn issues(&self, label: &str) -> Result<Vec<Issue>, ForgeError> {
        asked!(self, forge => forge.issues(label))
    }

    async fn write_issue(&self, number: Option<u64>, issue: &IssueText) -> Result<(), ForgeError> {
        asked!(self, forge => forge.write_issue(number, issue))
    }

    async fn may_write(&self, login: &str) -> Result<Option<bool>, ForgeError> {
        asked!(self, forge => forge.may_write(login))
    }

    async fn set_body(&self, number: u64, body: &str) -> Result<Pull, ForgeError> {
        asked!(self, forge => forge.set_body(number, body))
    }

    async fn former_bodies(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        asked!(self, forge => forge.former_bodies(number))
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        asked!(self, forge => forge.viewer())
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        asked!(self, forge => forge.comments(number))
    }

    async fn add_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        asked!(self, forge => forge.add_comment(number, body))
    }

    async fn edit_comment(&self, id: u64, number: u64, body: &str) -> Result<Comment, ForgeError> {
        asked!(self, forge => forge.edit_comment(id, number, body))
    }

    async fn write_check(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        asked!(self, forge => forge.write_check(check))
    }
}

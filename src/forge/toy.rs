//! The smallest forge, which only the tests have: it keeps nothing, and answers what a test wants to see. It shows that a forge is a
//! file and a row.

use reqwest::header::AUTHORIZATION;

use super::hosts::{ForgeKind, Host, Start, run_of_actions};
use super::questions::{CheckRun, Comment, Forge, ForgeError, Pull, PullState};
use super::transport::Transport;

pub(super) const HOST: Host = Host {
    kind: ForgeKind::Toy,
    runs_in: &["TOY_CI"],
    server: "TOY_SITE",
    repository: "TOY_REPOSITORY",
    api: "TOY_API",
    usual_site: "https://toy.test",
    api_of: |site| format!("{site}/toys"),
    tokens: &["TOY_TOKEN"],
    desk_tokens: |_| &["TOY_TOKEN"],
    run: run_of_actions,
    start: Start::Payload,
    git_user: "toy",
    pull_references: "toys",
    has_commands: false,
    repository_form: "box/toy/part",
    is_repository: |parts| parts.len() == 3,
    header: |token| (AUTHORIZATION, format!("Toy {}", token.text())),
    accepts: "application/toy+json",
    not_allowed: |needs| format!("a toy needs {needs}"),
    accepted_permissions: None,
};

#[derive(Debug)]
pub struct Toy {
    pub(super) transport: Transport,
}

impl Forge for Toy {
    /// Its description is the address it would be read from.
    async fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        let url = self.transport.place.at(&["pulls", &number.to_string()], &[]).to_string();
        Ok(Pull {
            number,
            body: url.clone(),
            head: "a".repeat(40),
            base: "b".repeat(40),
            base_branch: "main".to_owned(),
            state: PullState::Open,
            landed: None,
            commits: Some(1),
            fork: false,
            fork_url: None,
            url,
        })
    }

    async fn pulls_with(&self, _commit: &str) -> Result<Vec<Pull>, ForgeError> {
        Ok(vec![self.pull(1).await?])
    }

    async fn commits(&self, _number: u64) -> Result<(Vec<String>, bool), ForgeError> {
        Ok((vec!["a".repeat(40)], false))
    }

    async fn set_body(&self, number: u64, body: &str) -> Result<Pull, ForgeError> {
        Ok(Pull { body: body.to_owned(), ..self.pull(number).await? })
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        Ok(None)
    }

    async fn comments(&self, _number: u64) -> Result<Vec<Comment>, ForgeError> {
        Ok(Vec::new())
    }

    async fn add_comment(&self, _number: u64, body: &str) -> Result<Comment, ForgeError> {
        Ok(Comment { id: 1, author: "toy".to_owned(), body: body.to_owned() })
    }

    async fn edit_comment(&self, id: u64, _number: u64, body: &str) -> Result<Comment, ForgeError> {
        Ok(Comment { id, author: "toy".to_owned(), body: body.to_owned() })
    }

    async fn write_check(&self, _check: &CheckRun) -> Result<Option<String>, ForgeError> {
        Err(ForgeError::Unsupported("a toy has no checks".to_owned()))
    }
}

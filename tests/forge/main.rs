//! The clients of GitHub, Gitea and GitLab against a server that misbehaves as told. No test waits or measures time.

#![allow(clippy::unwrap_used, reason = "tests")]

mod faults;
mod gitea;
mod github;
mod gitlab;
mod server;

use std::future::Future;
use std::time::Duration;

use backstory::forge::access::Access;
use backstory::forge::clock::Clock;
use backstory::forge::connect::{AnyForge, connect_at};
use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::ForgeError;
use backstory::forge::token::Token;

use crate::server::Server;

pub(crate) const TOKEN: &str = "ghs_0123456789secretsecret";

/// A client of the server at that path, and the waits that it was asked for.
pub(crate) fn client(server: &Server, kind: ForgeKind, path: &str) -> (AnyForge, Clock) {
    client_with(server, kind, path, Token::new(TOKEN), Duration::from_secs(600))
}

pub(crate) fn client_with(
    server: &Server,
    kind: ForgeKind,
    path: &str,
    token: Option<Token>,
    time: Duration,
) -> (AnyForge, Clock) {
    let clock = Clock::without_waiting();
    let repository = if kind == ForgeKind::GitLab { "group/sub/project" } else { "o/r" }.to_owned();
    let access = Access { kind, api: server.url(path), repository, token, time };
    let forge = connect_at(&access, clock.clone()).unwrap();
    assert!(!format!("{access:?} {forge:?}").contains("0123456789"), "{forge:?}");
    (forge, clock)
}

/// Runs it as the command does.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The error's variant and its text, which never holds the token.
pub(crate) fn told<T: std::fmt::Debug>(answer: Result<T, ForgeError>, server: &Server) -> String {
    let error = answer.unwrap_err();
    let (debug, text) = (format!("{error:?}"), error.to_string());
    assert!(!debug.contains("0123456789") && !text.contains("0123456789"), "{debug}");
    let variant = debug.split('(').next().unwrap();
    format!("{variant}: {text}").replace(&server.address.to_string(), "HOST")
}

/// A pull request as GitHub and Gitea answer it, cut down.
pub(crate) fn pull(body: &str) -> String {
    serde_json::json!({
        "number": 5, "body": body, "state": "open", "merged": false, "merged_at": null, "commits": 3, "id": 9,
        "merge_commit_sha": "7777777777777777777777777777777777777777",
        "html_url": "https://github.com/o/r/pull/5",
        "user": null, "author_association": "SOMETHING_NEW",
        "head": {"ref": "topic", "sha": "1111111111111111111111111111111111111111", "repo": {"id": 1, "full_name": "o/r"}},
        "base": {"ref": "main", "sha": "2222222222222222222222222222222222222222", "repo": {"id": 1, "full_name": "o/r"}},
    })
    .to_string()
}

pub(crate) fn comment(id: u64, author: &str, body: &str) -> serde_json::Value {
    serde_json::json!({"id": id, "body": body, "user": {"login": author, "id": 3}})
}

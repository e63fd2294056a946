//! Asks the forge who reviewed a pull request: at a desk with the repository's remote and a token from the environment, in a workflow
//! with what the runner sets.

use std::time::Duration;

use anyhow::{Context as _, bail};

use super::desk::Desk;
use crate::environment::Environment;
use crate::git::remotes;
use crate::github::access::{Access, ForgeKind, Token};
use crate::github::connect::{AnyForge, connect};
use crate::github::forge::{Forge, ForgeError, Review as ForgeReview, ReviewState};
use crate::sop::approval::{Review, Reviewed, Verdict};

/// All requests together.
const TIME: Duration = Duration::from_secs(60);

/// What the forge says about a pull request and its reviews.
///
/// # Errors
/// When nothing says where the repository lives, and when the forge does not answer.
pub(crate) fn reviewed(desk: &Desk, environment: &Environment, number: u64) -> anyhow::Result<Reviewed> {
    let forge = connect(access(desk, environment)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the part of the program that talks to servers cannot be started")?;
    Ok(runtime.block_on(ask(&forge, number))?)
}

/// The same, for a caller that has a connection.
///
/// # Errors
/// When the forge does not answer.
pub(crate) async fn ask(forge: &AnyForge, number: u64) -> Result<Reviewed, ForgeError> {
    let head = forge.pull(number).await?.head;
    let authors = forge.authors(number).await?;
    let reviews = forge.reviews(number).await?.into_iter().map(review).collect();
    Ok(Reviewed { head, authors, reviews })
}

fn review(review: ForgeReview) -> Review {
    let verdict = match review.state {
        ReviewState::Approved => Verdict::Approved,
        ReviewState::ChangesRequested => Verdict::ChangesRequested,
        ReviewState::Dismissed => Verdict::Dismissed,
        ReviewState::Other => Verdict::Other,
    };
    let ForgeReview { id, author, is_person, commit, at, .. } = review;
    Review { id, login: author, is_person, verdict, commit, at }
}

fn access(desk: &Desk, environment: &Environment) -> anyhow::Result<Access> {
    let variable = |name: &str| environment.variable(name).map(str::to_owned);
    let token_of = |names: &[&str]| names.iter().find_map(|name| environment.variable(name)).and_then(Token::new);
    let is_gitea = ["GITEA_ACTIONS", "FORGEJO_ACTIONS", "GITEA_TOKEN"].iter().any(|name| variable(name).is_some());
    let kind = if is_gitea { ForgeKind::Gitea } else { ForgeKind::GitHub };
    if let (Some(repository), api) = (variable("GITHUB_REPOSITORY"), variable("GITHUB_API_URL")) {
        let api = api.unwrap_or_else(|| api_of("github.com", kind));
        let token = token_of(&["GITHUB_TOKEN", "GH_TOKEN", "GITEA_TOKEN"]);
        return Ok(Access { kind, api, repository, token, time: TIME });
    }
    let repository = &desk.workplace.repository;
    let remote = remotes::main(repository).unwrap_or_else(|| "origin".to_owned());
    let url = repository.config_string(&format!("remote.{remote}.url")).unwrap_or_default();
    let Some((host, name)) = host_and_name(&url) else {
        bail!(
            "no remote says where the pull request lives\nhint: set GITHUB_REPOSITORY to owner/name, and GITHUB_API_URL where it is not github.com"
        );
    };
    let api = variable("GITHUB_API_URL").unwrap_or_else(|| api_of(&host, kind));
    // A token of one forge goes to no other: `gh` has these names too.
    let token = match (host.as_str(), kind) {
        ("github.com", _) => token_of(&["GITHUB_TOKEN", "GH_TOKEN"]),
        (_, ForgeKind::Gitea) => token_of(&["GITEA_TOKEN"]),
        _ => token_of(&["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]),
    };
    Ok(Access { kind, api, repository: name, token, time: TIME })
}

fn api_of(host: &str, kind: ForgeKind) -> String {
    match kind {
        ForgeKind::GitHub if host == "github.com" => "https://api.github.com".to_owned(),
        ForgeKind::GitHub => format!("https://{host}/api/v3"),
        ForgeKind::Gitea => format!("https://{host}/api/v1"),
        ForgeKind::GitLab => format!("https://{host}/api/v4"),
    }
}

/// `git@github.com:owner/name.git`, `https://github.com/owner/name`, `ssh://git@host:22/owner/name.git`.
fn host_and_name(url: &str) -> Option<(String, String)> {
    let (authority, path) = match url.split_once("://") {
        Some((scheme, rest)) if ["https", "http", "ssh", "git"].contains(&scheme) => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
    };
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let name = path.trim_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!host.is_empty() && name.split('/').count() == 2).then(|| (host.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_says_where_the_pull_request_lives() {
        for (url, found) in [
            ("git@github.com:team/shop.git", Some(("github.com", "team/shop"))),
            ("https://github.com/team/shop", Some(("github.com", "team/shop"))),
            ("https://user:secret@git.test:8443/team/shop.git/", Some(("git.test", "team/shop"))),
            ("ssh://git@git.test:22/team/shop.git", Some(("git.test", "team/shop"))),
            ("../hub.git", None),
            ("/srv/git/team/shop.git", None),
            ("file:///srv/team/shop", None),
            ("", None),
        ] {
            let found = found.map(|(host, name)| (host.to_owned(), name.to_owned()));
            assert_eq!(host_and_name(url), found, "{url}");
        }
        assert_eq!(api_of("github.com", ForgeKind::GitHub), "https://api.github.com");
        assert_eq!(api_of("ghe.test", ForgeKind::GitHub), "https://ghe.test/api/v3");
    }
}

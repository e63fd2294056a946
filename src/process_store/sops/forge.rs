//! Asks the forge who reviewed a pull request: at a desk with the repository's remote and a token from the environment, in a workflow
//! with what the runner sets.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::desk::Desk;
use crate::environment::Environment;
use crate::forge::access::Access;
use crate::forge::connect::{AnyForge, connect};
use crate::forge::hosts;
use crate::forge::questions::{Forge, ForgeError, Review as ForgeReview, ReviewState};
use crate::forge::token::Token;
use crate::git::remotes;
use crate::sop::approval::{Review, Reviewed, Verdict};

/// All requests together.
const TIME: Duration = Duration::from_secs(60);
/// So many reviewers are looked up.
const MOST_REVIEWERS: usize = 50;

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
    let mut reviews = Vec::new();
    let mut known: HashMap<String, Option<bool>> = HashMap::new();
    for found in forge.reviews(number).await? {
        let login = found.author.clone();
        // Nobody needs to know it of who only wrote a comment, or is no person.
        let counts = found.state != ReviewState::Other && found.is_person != Some(false) && !login.is_empty();
        if counts && !known.contains_key(&login) && known.len() < MOST_REVIEWERS {
            known.insert(login.clone(), forge.may_write(&login).await?);
        }
        let may_write = known.get(&login).copied().flatten();
        reviews.push(Review { may_write, ..review(found) });
    }
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
    Review { id, login: author, is_person, may_write: None, verdict, commit, at }
}

fn access(desk: &Desk, environment: &Environment) -> anyhow::Result<Access> {
    let variable = |name: &str| environment.variable(name).map(str::to_owned);
    let token_of = |names: &[&str]| names.iter().find_map(|name| environment.variable(name)).and_then(Token::new);
    let running = hosts::running(&variable);
    if let Some(repository) = variable(running.repository) {
        let site = variable(running.server).unwrap_or_else(|| running.usual_site.to_owned());
        let api = variable(running.api).unwrap_or_else(|| (running.api_of)(&site));
        let host = site.split_once("://").map_or(site.as_str(), |(_, host)| host);
        let token = token_of(running.tokens).or_else(|| token_of((running.desk_tokens)(host)));
        return Ok(Access { kind: running.kind, api, repository, token, time: TIME });
    }
    let repository = &desk.workplace.repository;
    let remote = remotes::main(repository).unwrap_or_else(|| "origin".to_owned());
    let url = repository.config_string(&format!("remote.{remote}.url")).unwrap_or_default();
    let Some((host, name)) = host_and_name(&url) else {
        bail!(
            "no remote says where the pull request lives\nhint: set GITHUB_REPOSITORY to owner/name, and GITHUB_API_URL where it is not github.com"
        );
    };
    let forge = hosts::of_site(&host, &variable);
    let api = variable(forge.api).unwrap_or_else(|| (forge.api_of)(&format!("https://{host}")));
    Ok(Access { kind: forge.kind, api, repository: name, token: token_of((forge.desk_tokens)(&host)), time: TIME })
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
    }
}

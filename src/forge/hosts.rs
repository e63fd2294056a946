//! The forges that the action knows: a row for each, with what differs between them apart from what they are asked and answer. That
//! is in a client ([`super::connect`]).

use reqwest::header::{AUTHORIZATION, HeaderName};

use super::event::{self, WorkflowEvent};
use super::token::Token;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeKind {
    /// github.com and GitHub Enterprise.
    GitHub,
    /// Gitea and Forgejo, which answer in the shapes of GitHub.
    Gitea,
    GitLab,
    #[cfg(test)]
    Toy,
}

/// Reads a variable of the environment; empty ones are absent.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What differs from forge to forge.
pub(crate) struct Host {
    pub(crate) kind: ForgeKind,
    /// Variables, any of which says that a workflow of it runs. The row without any is the one that is taken else.
    pub(crate) runs_in: &'static [&'static str],
    /// What a workflow calls the address of the web site, the repository and the API.
    pub(crate) server: &'static str,
    pub(crate) repository: &'static str,
    pub(crate) api: &'static str,
    /// The site where no variable names it.
    pub(crate) usual_site: &'static str,
    /// The address of the API of a site such as `https://github.com`.
    pub(crate) api_of: fn(site: &str) -> String,
    /// Variables with a token, in a workflow.
    pub(crate) tokens: &'static [&'static str],
    /// Variables with a token, at a desk, for the host of that name: a token of one host goes to no other.
    pub(crate) desk_tokens: fn(host: &str) -> &'static [&'static str],
    /// Where a person reads the run: of the variables, the site and the repository.
    pub(crate) run: fn(Variables<'_>, &str, &str) -> Option<String>,
    pub(crate) start: Start,
    /// The name that git gives beside the token.
    pub(crate) git_user: &'static str,
    /// What the references of pull requests begin with, after `refs/`.
    pub(crate) pull_references: &'static str,
    /// Whether the runner turns lines such as `::notice::` into remarks.
    pub(crate) has_commands: bool,
    /// How a repository is written, and whether these parts of a path are one.
    pub(crate) repository_form: &'static str,
    pub(crate) is_repository: fn(&[&str]) -> bool,
    pub(crate) header: fn(&Token) -> (HeaderName, String),
    /// The kind of answer that is asked for.
    pub(crate) accepts: &'static str,
    /// The next step where a token may not do what needs these permissions.
    pub(crate) not_allowed: fn(needs: &str) -> String,
    /// The header that lists the permissions that would do.
    pub(crate) accepted_permissions: Option<&'static str>,
}

/// Where it stands what started a workflow.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// In a file of JSON: `GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH`.
    Payload,
    /// In variables; the text is the next step where they name no pull request.
    Variables(fn(Variables<'_>) -> Option<WorkflowEvent>, &'static str),
}

impl ForgeKind {
    pub(crate) fn host(self) -> &'static Host {
        // The table has a row for each: `each_forge_has_a_row_of_its_own`.
        HOSTS.iter().find(|host| host.kind == self).unwrap_or(&GITHUB)
    }
}

/// The forge whose workflow this is.
pub(crate) fn running(variables: Variables<'_>) -> &'static Host {
    let runs = |host: &&Host| host.runs_in.iter().any(|name| variables(name).is_some());
    HOSTS.iter().find(runs).unwrap_or(&GITHUB)
}

/// The forge of the site with that host, as far as it can be told at a desk: by whose token there is.
pub(crate) fn of_site(host: &str, variables: Variables<'_>) -> &'static Host {
    let known = HOSTS.iter().find(|forge| forge.usual_site.strip_prefix("https://") == Some(host));
    let has_token = |forge: &&Host| (forge.desk_tokens)(host).iter().any(|name| variables(name).is_some());
    known.or_else(|| HOSTS.iter().rev().find(has_token)).unwrap_or(&GITHUB)
}

static HOSTS: &[Host] = &[
    GITHUB,
    GITEA,
    GITLAB,
    #[cfg(test)]
    super::toy::HOST,
];

const GITHUB: Host = Host {
    kind: ForgeKind::GitHub,
    runs_in: &[],
    server: "GITHUB_SERVER_URL",
    repository: "GITHUB_REPOSITORY",
    api: "GITHUB_API_URL",
    usual_site: "https://github.com",
    api_of: |site| match site {
        "https://github.com" => "https://api.github.com".to_owned(),
        site => format!("{site}/api/v3"),
    },
    tokens: &["GITHUB_TOKEN"],
    // `gh` has these names too.
    desk_tokens: |host| match host {
        "github.com" => &["GITHUB_TOKEN", "GH_TOKEN"],
        _ => &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
    },
    run: run_of_actions,
    start: Start::Payload,
    git_user: "x-access-token",
    pull_references: "pull",
    has_commands: true,
    repository_form: "owner/name",
    is_repository: |parts| parts.len() == 2,
    header: |token| (AUTHORIZATION, format!("Bearer {}", token.text())),
    accepts: "application/vnd.github+json",
    not_allowed: |needs| {
        format!(
            "a workflow has to say `permissions: {needs}`, and for pull requests from forks and from Dependabot the token may only read, \
             whatever it says"
        )
    },
    accepted_permissions: Some("x-accepted-github-permissions"),
};

const GITEA: Host = Host {
    kind: ForgeKind::Gitea,
    runs_in: &["GITEA_ACTIONS", "FORGEJO_ACTIONS"],
    api_of: |site| format!("{site}/api/v1"),
    tokens: &["GITHUB_TOKEN", "GITEA_TOKEN"],
    desk_tokens: |_| &["GITEA_TOKEN"],
    header: |token| (AUTHORIZATION, format!("token {}", token.text())),
    accepts: "application/json",
    not_allowed: |_| "the token has to have the scopes `write:repository` and `write:issue`".to_owned(),
    accepted_permissions: None,
    // The rest is as on GitHub, down to the names of the variables.
    ..GITHUB
};

const GITLAB: Host = Host {
    kind: ForgeKind::GitLab,
    runs_in: &["GITLAB_CI"],
    server: "CI_SERVER_URL",
    repository: "CI_PROJECT_PATH",
    api: "CI_API_V4_URL",
    usual_site: "https://gitlab.com",
    api_of: |site| format!("{site}/api/v4"),
    tokens: &["GITLAB_TOKEN"],
    desk_tokens: |_| &["GITLAB_TOKEN"],
    run: |variables, _, _| variables("CI_JOB_URL"),
    start: Start::Variables(
        event::read_gitlab,
        "this is no pipeline of a merge request; add `rules: [{if: $CI_PIPELINE_SOURCE == \"merge_request_event\"}]` to the job",
    ),
    git_user: "oauth2",
    pull_references: "merge-requests",
    has_commands: false,
    repository_form: "group/project or a project's number",
    is_repository: |parts| parts.len() > 1 || parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit())),
    header: |token| {
        let name = if token.is_of_job() { "job-token" } else { "private-token" };
        (HeaderName::from_static(name), token.text().to_owned())
    },
    accepts: "application/json",
    not_allowed: |_| "the token has to have the scope `api` and at least the role of a developer".to_owned(),
    accepted_permissions: None,
};

pub(super) fn run_of_actions(variables: Variables<'_>, site: &str, repository: &str) -> Option<String> {
    variables("GITHUB_RUN_ID").map(|id| format!("{site}/{repository}/actions/runs/{id}"))
}

#[cfg(test)]
mod tests {
    use super::super::access::Access;
    use super::super::connect::{AnyForge, connect};
    use super::super::questions::Forge;
    use super::*;
    use std::time::Duration;

    fn among<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn each_forge_has_a_row_of_its_own() {
        for host in HOSTS {
            assert!(std::ptr::eq(host.kind.host(), host), "{:?} has two rows", host.kind);
            for name in host.runs_in {
                assert_eq!(running(&among(&[(name, "true")])).kind, host.kind, "{name}");
            }
        }
        assert_eq!(running(&|_| None).kind, ForgeKind::GitHub);
    }

    #[test]
    fn a_desk_without_a_workflow_knows_the_forge_by_its_site_or_its_token() {
        let of = |host: &str, set: &[(&str, &str)]| of_site(host, &among(set)).kind;
        assert_eq!(of("github.com", &[("GITEA_TOKEN", "t"), ("GITLAB_TOKEN", "t")]), ForgeKind::GitHub);
        assert_eq!(of("gitlab.com", &[("GITEA_TOKEN", "t")]), ForgeKind::GitLab);
        assert_eq!(of("git.test", &[("GITEA_TOKEN", "t")]), ForgeKind::Gitea);
        assert_eq!(of("git.test", &[("GH_ENTERPRISE_TOKEN", "t")]), ForgeKind::GitHub);
        assert_eq!(of("git.test", &[("GITHUB_TOKEN", "t")]), ForgeKind::GitHub);
        assert!(
            !(GITHUB.desk_tokens)("git.test").contains(&"GITHUB_TOKEN"),
            "a token of github.com goes to no other host"
        );
    }

    #[test]
    fn the_address_of_the_api_follows_from_the_site() {
        for (kind, site, api) in [
            (ForgeKind::GitHub, "https://github.com", "https://api.github.com"),
            (ForgeKind::GitHub, "https://ghe.test", "https://ghe.test/api/v3"),
            (ForgeKind::Gitea, "https://git.test", "https://git.test/api/v1"),
            (ForgeKind::GitLab, "https://gitlab.com", "https://gitlab.com/api/v4"),
        ] {
            assert_eq!((kind.host().api_of)(site), api);
        }
    }

    /// A new forge is this: a row, a client in a file of its own, and its variant.
    #[test]
    fn a_forge_in_the_table_is_recognised_connected_to_and_asked() {
        let set = [("TOY_CI", "1"), ("TOY_REPOSITORY", "box/toy/part"), ("TOY_TOKEN", "secret")];
        let variables = among(&set);
        let host = running(&variables);
        let repository = variables(host.repository).unwrap();
        let token = host.tokens.iter().find_map(|name| variables(name)).and_then(|text| Token::new(&text));
        let api = (host.api_of)(host.usual_site);
        let access = Access { kind: host.kind, api, repository, token, time: Duration::from_secs(1) };
        let refused = connect(Access { repository: "box/toy".to_owned(), ..access.clone() }).unwrap_err();
        assert!(refused.to_string().ends_with("it is written box/toy/part"), "{refused}");
        let forge = connect(access).unwrap();
        assert!(matches!(&forge, AnyForge::Toy(_)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let pull = runtime.block_on(forge.pull(7)).unwrap();
        assert_eq!(pull.body, "https://toy.test/toys/pulls/7");
        assert!(runtime.block_on(forge.reviews(7)).unwrap_err().to_string().contains("do not say which commit"));
    }
}

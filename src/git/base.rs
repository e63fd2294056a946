//! Where the work of a branch begins: the branch that it is compared with where no range is given.

use git2::Oid;

use super::remotes;
use super::repository::Repository;

/// The commit that a branch is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// As a person writes it: `origin/main`.
    pub name: String,
    pub(super) id: Oid,
}

/// There is no branch that this one could be compared with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct NoBase {
    /// As a person writes it; `HEAD` where none is checked out.
    pub branch: String,
    /// What would have been one.
    looked_for: Vec<String>,
    /// A range that there is.
    example: String,
}

impl std::fmt::Display for NoBase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no branch to compare `{}` with", self.branch)?;
        if !self.looked_for.is_empty() {
            write!(f, " (looked for {})", self.looked_for.join(", "))?;
        }
        write!(f, "; give a range, such as {}", self.example)
    }
}

/// The base of the branch `name`, a full reference (`refs/heads/topic`) or `HEAD` where none is checked out: its upstream when
/// that is another branch, else the default branch of its remote, else the local one; for a default branch that is alone, what
/// its remote has of it. Never the branch itself.
pub(super) fn base_of(repository: &Repository, name: &str) -> Result<Base, NoBase> {
    let remote_branch = name.strip_prefix("refs/remotes/").and_then(|rest| {
        // The name of a remote may have a slash in it.
        let remotes = remotes::names(repository);
        let remote =
            remotes.into_iter().filter(|remote| rest.starts_with(&format!("{remote}/"))).max_by_key(String::len)?;
        let branch = rest.get(remote.len() + 1..)?.to_owned();
        Some((remote, branch))
    });
    let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
    let remote = remote_branch.as_ref().map(|(remote, _)| remote.clone()).or_else(|| remote_of(repository, branch));
    let mut candidates = Vec::new();
    if let Some(upstream) = upstream(repository, branch) {
        candidates.extend(remote.iter().map(|remote| format!("refs/remotes/{remote}/{upstream}")));
        candidates.push(format!("refs/heads/{upstream}"));
    }
    let defaults = || remotes::usual_branches(repository).into_iter();
    if let Some(remote) = &remote {
        candidates.push(format!("refs/remotes/{remote}/HEAD"));
        candidates.extend(defaults().map(|default| format!("refs/remotes/{remote}/{default}")));
    }
    if remote_branch.is_none() {
        candidates.extend(defaults().map(|default| format!("refs/heads/{default}")));
        // What is pushed of it.
        candidates.extend(remote.iter().filter(|_| !branch.is_empty()).map(|it| format!("refs/remotes/{it}/{branch}")));
    }
    let mut looked_for = Vec::new();
    for candidate in &candidates {
        if let Some(base) = find(repository, candidate, name) {
            return Ok(base);
        }
        let short = short(candidate);
        if candidate != name && !candidate.ends_with("/HEAD") && !looked_for.contains(&short) {
            looked_for.push(short);
        }
    }
    let shown = if name == "HEAD" { "HEAD".to_owned() } else { short(name) };
    let is_current = repository.branch().is_some_and(|current| name.strip_prefix("refs/heads/") == Some(&current));
    Err(NoBase { example: example(repository, if is_current { "HEAD" } else { &shown }), branch: shown, looked_for })
}

/// The commit of a reference, under the name of the branch that it stands for; `None` for the branch `own` itself.
fn find(repository: &Repository, candidate: &str, own: &str) -> Option<Base> {
    let reference = repository.git.find_reference(candidate).ok()?.resolve().ok()?;
    let name = reference.name().ok()?.to_owned();
    let id = reference.peel_to_commit().ok()?.id();
    (name != own && candidate != own).then(|| Base { name: short(&name), id })
}

/// As a person writes the name of a branch.
pub(super) fn short(reference: &str) -> String {
    let short = ["refs/heads/", "refs/remotes/"].iter().find_map(|prefix| reference.strip_prefix(prefix));
    short.unwrap_or(reference).to_owned()
}

/// The branch that this one was set up to pull from, where it has another name.
fn upstream(repository: &Repository, branch: &str) -> Option<String> {
    let merge = repository.config_string(&format!("branch.{branch}.merge"))?;
    Some(merge.strip_prefix("refs/heads/").filter(|name| *name != branch)?.to_owned())
}

/// The remote of a branch: its own, else `origin`, else the one that git is told to prefer, else the only one.
fn remote_of(repository: &Repository, branch: &str) -> Option<String> {
    let remotes = remotes::names(repository);
    let settings = [format!("branch.{branch}.remote"), "checkout.defaultRemote".to_owned()];
    let [own, preferred] = settings.map(|key| repository.config_string(&key));
    let known = |name: &String| remotes.contains(name);
    own.filter(known)
        .or_else(|| Some("origin".to_owned()).filter(known))
        .or_else(|| preferred.filter(known))
        .or_else(|| remotes.first().filter(|_| remotes.len() == 1).cloned())
}

/// A range of the last commits of `tip`, as many as there are up to five.
pub(crate) fn example(repository: &Repository, tip: &str) -> String {
    let mut commit = repository.resolve_oid(tip).and_then(|id| repository.find_commit(id)).ok();
    let mut back = 0;
    while back < 5 {
        commit = commit.and_then(|commit| commit.parent(0).ok());
        if commit.is_none() {
            break;
        }
        back += 1;
    }
    if back == 0 { tip.to_owned() } else { format!("{tip}~{back}..{tip}") }
}

//! What a push takes along, and what of it the remote will take, as far as git knows that before it sends anything.

use std::io::{IsTerminal as _, Read as _};

use anyhow::Context as _;

use crate::config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{caller, note_refs};

/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 16 * 1024 * 1024;

/// A commit that a push takes along, and the reference at the remote that it is for, where git told it.
pub(super) struct Pushed {
    pub(super) commit: String,
    pub(super) to: Option<String>,
    /// The commit that the reference is at there.
    pub(super) there: Option<String>,
}

/// What the push takes along, as git writes it to the hook: `<local ref> <its commit> <remote ref> <its commit>` a line.
/// A manager of hooks that reads these lines itself names the commit in a variable, or the branch. `None` when the person
/// pushes the notes by hand, perhaps by force.
pub(super) fn pushed(environment: &Environment) -> anyhow::Result<Option<Vec<Pushed>>> {
    let mut lines = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().take(MOST).read_to_string(&mut lines).context("what git pushes cannot be read")?;
    }
    if lines.lines().any(|line| line.split(' ').nth(2) == Some(note_refs::NOTES_REF)) {
        return Ok(None);
    }
    let fields = |line: &str| {
        let mut fields = line.split(' ').skip(1).map(str::to_owned);
        Some(Pushed { commit: fields.next()?, to: fields.next(), there: fields.next() })
    };
    let all: Vec<Pushed> = lines.lines().filter_map(fields).collect();
    if !all.is_empty() {
        return Ok(Some(all));
    }
    let told = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"].iter().find_map(|name| environment.variable(name));
    Ok(Some(told.map(|commit| Pushed { commit: commit.to_owned(), to: None, there: None }).into_iter().collect()))
}

/// Those of the commits that the remote will take, as far as git knows it before it sends anything.
pub(super) fn accepted<'a>(repository: &Repository, remote: &str, pushed: &'a [Pushed]) -> Vec<&'a Pushed> {
    let is_forced = is_forced(repository, remote);
    let is_deleted = |one: &Pushed| one.commit.bytes().all(|byte| byte == b'0');
    let is_rejected = |one: &&Pushed| !is_deleted(one) && will_be_rejected(repository, one, is_forced);
    let asked = Environment::parent_process().and_then(caller::push);
    if asked.is_some_and(|asked| {
        asked.is_atomic && (pushed.iter().any(|one| is_rejected(&one)) || lacks_one(repository, remote, &asked, pushed))
    }) {
        return Vec::new();
    }
    pushed.iter().filter(|one| !is_deleted(one) && !is_rejected(one)).collect()
}

/// Whether a branch that is to be pushed with the others is not among them, although it is not at the remote as it is here: git
/// names none to the hook that the remote will not take because it has moved on.
fn lacks_one(repository: &Repository, remote: &str, asked: &caller::Push, pushed: &[Pushed]) -> bool {
    let tip = |name: &str| repository.resolve(name).ok();
    let is_missing = |from: &str, to: &str| {
        let is_named = pushed.iter().any(|one| one.to.as_deref() == Some(to));
        let there = to.strip_prefix("refs/heads/").map(|branch| format!("refs/remotes/{remote}/{branch}"));
        !is_named && there.is_some_and(|there| tip(from) != tip(&there))
    };
    let mut refspecs: Vec<String> = asked.refspecs.clone();
    if refspecs.is_empty() {
        refspecs = repository.config_values(&format!("remote.{remote}.push"));
    }
    let is_matching =
        repository.config_string("push.default").is_some_and(|value| value.eq_ignore_ascii_case("matching"));
    let is_wide = |refspec: &String| refspec.contains('*') || refspec.trim_start_matches('+') == ":";
    if asked.is_all || refspecs.iter().any(is_wide) || refspecs.is_empty() && is_matching {
        return repository.branches().iter().any(|branch| {
            // One that the remote does not have is named, or not asked for.
            let is_there = tip(&format!("refs/remotes/{remote}/{branch}")).is_some();
            is_there && is_missing(&format!("refs/heads/{branch}"), &format!("refs/heads/{branch}"))
        });
    }
    refspecs.iter().any(|refspec| {
        let refspec = refspec.trim_start_matches('+');
        let (from, to) = refspec.split_once(':').unwrap_or((refspec, refspec));
        let branch = if matches!(to, "HEAD" | "@") { repository.branch() } else { Some(to.to_owned()) };
        let Some(to) = branch.filter(|_| !from.is_empty()) else { return false };
        let is_branch =
            to.starts_with("refs/heads/") || !to.starts_with("refs/") && tip(&format!("refs/tags/{to}")).is_none();
        is_branch && is_missing(from, &if to.starts_with("refs/") { to } else { format!("refs/heads/{to}") })
    })
}

/// Whether this push is by force, as far as that can be seen: `None` where it cannot.
fn is_forced(repository: &Repository, remote: &str) -> Option<bool> {
    let key = |name: &str| format!("remote.{remote}.{name}");
    let is_set = repository.config_values(&key("push")).iter().any(|line| line.starts_with('+'))
        || repository.config_string(&key("mirror")).is_some_and(|value| config::is_on(&value));
    if is_set { Some(true) } else { caller::forces(Environment::parent_process()?) }
}

/// Whether the remote will not take a commit, because what it has there is not below it, or is a tag. Where it cannot be seen
/// whether the push is by force, what it has there is known only to somebody who fetched it, and a tag stays as it is.
fn will_be_rejected(repository: &Repository, one: &Pushed, is_forced: Option<bool>) -> bool {
    let Some(there) = one.there.as_deref().filter(|id| id.bytes().any(|byte| byte != b'0')) else { return false };
    let is_known = git2::Oid::from_str(there).is_ok_and(|id| repository.handle().odb().is_ok_and(|odb| odb.exists(id)));
    let is_tag = one.to.as_deref().is_some_and(|to| to.starts_with("refs/tags/"));
    let goes_on = || there == one.commit || !repository.has_commit(there) || repository.is_ancestor(there, &one.commit);
    match is_forced {
        Some(true) => false,
        Some(false) => is_tag && there != one.commit || !is_known || !goes_on(),
        None => is_tag || !is_known,
    }
}

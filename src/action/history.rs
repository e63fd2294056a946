//! Brings the commits of a pull request: a checkout in a workflow is shallow, and a range in it is then too short without
//! any error.

use std::path::Path;

use anyhow::Context as _;

use crate::git::range::{self, CommitRange};
use crate::git::remotes;
use crate::git::repository::Repository;
use crate::git::transfer::{self, FetchDepth, Remote, Transfer};

/// A commit that is needed, and the reference of the remote that holds it, if one is known.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) id: String,
    pub(crate) reference: Option<String>,
}

/// A range whose commits are all here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RangeEnds {
    pub(crate) base: String,
    pub(crate) head: String,
}

/// How far a shallow clone is deepened before all of it is fetched.
const DEEPEN: [FetchDepth; 3] = [FetchDepth::Deepen(50), FetchDepth::Deepen(500), FetchDepth::Full];

/// Where fetched tips are kept, so that nothing tidies them away: not a branch of anybody.
const KEPT: &str = "refs/backstory/action";

/// Makes sure that every commit of `head` that `base` does not have is here. `count` is how many there should be.
///
/// # Errors
/// When an end cannot be fetched, or the history between them.
pub(crate) fn bring(
    folder: &Path,
    remote: &Remote<'_>,
    base: &Wanted,
    head: &Wanted,
    count: Option<u64>,
) -> anyhow::Result<RangeEnds> {
    // Opened anew after each fetch: libgit2 reads the edge of a shallow clone once.
    let open = || Repository::discover(folder, None);
    fetch(&open()?, remote, head)?;
    let tip = tried_on(&open()?, &head.id).or_else(|| tip_of(&open().ok()?, remote, base));
    let mut ends = RangeEnds { base: base.id.clone(), head: head.id.clone() };
    match tip {
        Some(tip) => ends.base = tip,
        None => fetch(&open()?, remote, base)?,
    }
    for depth in DEEPEN {
        let repository = open()?;
        if is_complete(&repository, &ends, count) {
            return Ok(ends);
        }
        let wanted = [refspec(head, "head"), refspec(base, "base")];
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        transfer::fetch_refs(remote, &wanted, depth).context(ADVICE)?;
    }
    let repository = open()?;
    // All of the history is here: what the place counts otherwise, it counts at another time.
    let is_cut = list(&repository, &ends).is_none_or(|ids| is_cut(&repository, &ids));
    anyhow::ensure!(!is_cut, "the history between {} and {} is not complete; {ADVICE}", ends.base, ends.head);
    Ok(ends)
}

const ADVICE: &str = "the checkout is shallow; give actions/checkout `fetch-depth: 0`";

/// The commits of a range, oldest first; `None` where the history has a gap.
fn list(repository: &Repository, ends: &RangeEnds) -> Option<Vec<String>> {
    let listed = range::list(repository, CommitRange::Given(&format!("{}..{}", ends.base, ends.head))).ok()?;
    Some(listed.into_iter().map(|commit| commit.id).collect())
}

fn is_complete(repository: &Repository, ends: &RangeEnds, count: Option<u64>) -> bool {
    let edge = repository.shallow_boundaries();
    if edge.is_empty() {
        // Nothing more can be fetched.
        return true;
    }
    let Some(ids) = list(repository, ends) else { return false };
    !is_cut(repository, &ids) && count.is_none_or(|count| count == ids.len() as u64)
}

/// A range that reaches the edge of what was fetched is longer than it looks, or shorter: where the base is cut off, what it
/// has is not known, and the walk goes down to the first commit of all.
fn is_cut(repository: &Repository, ids: &[String]) -> bool {
    let edge = repository.shallow_boundaries();
    let is_root = |id: &String| repository.parents(id).is_ok_and(|parents| parents.is_empty());
    !edge.is_empty() && ids.iter().any(|id| edge.contains(id) || is_root(id))
}

/// The tip of the target branch that the checkout was made from, where it is the trial merge of `head`: the event's own
/// base is what the branch was when the pull request was opened or pushed to.
fn tried_on(repository: &Repository, head: &str) -> Option<String> {
    let parents = repository.parents(&repository.head()?).ok()?;
    let [base, merged] = parents.as_slice() else { return None };
    (merged == head && repository.has_commit(base)).then(|| base.clone())
}

/// The tip of the branch `base` as the checkout or the remote has it. The event's own id may be older than what the
/// branch of the pull request has merged since, and all of that would count as its work.
fn tip_of(repository: &Repository, remote: &Remote<'_>, base: &Wanted) -> Option<String> {
    let branch = base.reference.as_ref()?.strip_prefix("refs/heads/")?;
    let here = format!("refs/remotes/{}/{branch}", remote.name);
    if repository.shallow_boundaries().is_empty()
        && let Ok(tip) = repository.resolve(&here)
    {
        return Some(tip);
    }
    let depth = if repository.shallow_boundaries().is_empty() { FetchDepth::AsItIs } else { FetchDepth::Deepen(1) };
    let found = transfer::fetch_refs(remote, &[&refspec(base, "base")], depth).ok()?;
    let repository = Repository::discover(remote.folder, None).ok()?;
    repository.resolve(&format!("{KEPT}/base")).ok().filter(|_| found == Transfer::Done)
}

fn fetch(repository: &Repository, remote: &Remote<'_>, wanted: &Wanted) -> anyhow::Result<()> {
    if repository.has_commit(&wanted.id) {
        return Ok(());
    }
    // In a full clone the history comes along; in a shallow one just the commit, and `bring` deepens.
    let depth = if repository.shallow_boundaries().is_empty() { FetchDepth::AsItIs } else { FetchDepth::Deepen(1) };
    let found = transfer::fetch_refs(remote, &[&refspec(wanted, "tip")], depth)?;
    if found == Transfer::Done && Repository::discover(remote.folder, None)?.has_commit(&wanted.id) {
        return Ok(());
    }
    // The reference has moved on; most places also give a commit by its id.
    let by_id = format!("+{}:{KEPT}/tip", wanted.id);
    transfer::fetch_refs(remote, &[&by_id], depth).with_context(|| format!("commit {} is not here", wanted.id))?;
    Ok(())
}

fn refspec(wanted: &Wanted, name: &str) -> String {
    format!("+{}:{KEPT}/{name}", wanted.reference.as_deref().unwrap_or(&wanted.id))
}

/// Makes sure that the commits of a merged pull request are here, and as much of what landed as there are commits.
///
/// # Errors
/// When they cannot be fetched.
pub(crate) fn bring_commits(
    folder: &Path,
    remote: &Remote<'_>,
    pull: &[String],
    head: &Wanted,
    tip: &str,
) -> anyhow::Result<()> {
    let open = || Repository::discover(folder, None);
    fetch(&open()?, remote, head)?;
    let tip = Wanted { id: tip.to_owned(), reference: None };
    fetch(&open()?, remote, &tip)?;
    for depth in DEEPEN {
        let repository = open()?;
        let edge = repository.shallow_boundaries();
        // The parent of the first is needed as well: without it what the first changed is not known.
        let is_whole = |id: &String| repository.has_commit(id) && !edge.contains(id);
        let landed = walk_back(&repository, &tip.id, pull.len());
        if edge.is_empty() || (pull.iter().all(is_whole) && landed.iter().all(is_whole)) {
            return Ok(());
        }
        let wanted = [refspec(head, "head"), refspec(&tip, "tip")];
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        transfer::fetch_refs(remote, &wanted, depth).context(ADVICE)?;
    }
    Ok(())
}

/// The commit and its first parents, `count` in all, as far as they are here.
fn walk_back(repository: &Repository, tip: &str, count: usize) -> Vec<String> {
    let mut ids = vec![tip.to_owned()];
    while ids.len() < count
        && let Some(parent) = ids.last().and_then(|id| repository.parents(id).ok()?.into_iter().next())
        && repository.has_commit(&parent)
    {
        ids.push(parent);
    }
    ids
}

/// Makes sure that the tip of the remote's default branch is here, or takes it as the checkout knows it.
///
/// # Errors
/// When neither is to be had.
pub(crate) fn bring_default(folder: &Path, remote: &Remote<'_>) -> anyhow::Result<String> {
    let open = || Repository::discover(folder, None);
    let depth = if open()?.shallow_boundaries().is_empty() { FetchDepth::AsItIs } else { FetchDepth::Deepen(1) };
    let fetched = transfer::fetch_refs(remote, &[&format!("+HEAD:{KEPT}/default")], depth);
    let repository = open()?;
    let known = || remotes::default_branch(&repository, remote.name).map(|(reference, _)| reference);
    match fetched {
        Ok(Transfer::Done) => repository.resolve(&format!("{KEPT}/default")),
        Ok(_) => repository.resolve(&known().context("the remote has no default branch")?),
        Err(error) => repository.resolve(&known().ok_or(error)?),
    }
}

/// Makes sure that the tip of the branch `base`, or the commit that the event names, is here.
///
/// # Errors
/// When neither can be fetched.
pub(crate) fn bring_base(folder: &Path, remote: &Remote<'_>, base: &Wanted) -> anyhow::Result<String> {
    let repository = Repository::discover(folder, None)?;
    if let Some(tip) = tip_of(&repository, remote, base) {
        return Ok(tip);
    }
    fetch(&repository, remote, base)?;
    Ok(base.id.clone())
}

/// The tip of a branch of the remote.
///
/// # Errors
/// When the remote has no such branch.
pub(crate) fn tip(remote: &Remote<'_>, branch: &str) -> anyhow::Result<String> {
    let wanted = Wanted { id: String::new(), reference: Some(format!("refs/heads/{branch}")) };
    let repository = Repository::discover(remote.folder, None)?;
    tip_of(&repository, remote, &wanted).with_context(|| {
        format!("the input `base` is `{branch}`, and there is no such commit, branch or tag here or at {}", remote.name)
    })
}

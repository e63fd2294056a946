//! Objects that a partial clone has not (`git clone --filter=...`): a remote promised to give them when they are needed. The
//! installed git brings them, many at once; libgit2 cannot. Never in the hooks of a commit, which use no network.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use anyhow::{Result, anyhow};
use git2::{ErrorCode, OdbLookupFlags, Oid, Tree};

use super::installed::{self, Call, GitCredentials, reason};
use super::parents::parents_in_header;
use super::remotes::{shown, with_shown};
use super::repository::Repository;
use super::tree_changes;

/// What comes along with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    /// The folders below a tree.
    Folders,
    /// Also the files in them.
    Files,
}

/// A server that lacks an object refuses them all and names it; so many are given up one by one.
const MOST_LACKING: usize = 20;

impl Repository {
    /// From now on, what a remote promised is fetched when it is needed; one transfer may take `within`. For commands that a
    /// person or a workflow waits for, not for the hooks of a commit.
    pub(crate) fn bring_promised(&self, within: Duration, access: Option<GitCredentials>) {
        self.promises.within.set(Some(within));
        self.promises.access.replace(access);
    }

    /// Whether some objects may be at a remote only.
    pub(crate) fn is_partial(&self) -> bool {
        !promising(self).is_empty()
    }
}

/// The remotes that promise objects: `remote.NAME.promisor`.
fn promising(repository: &Repository) -> &[String] {
    repository.promises.remotes.get_or_init(|| {
        let mut names = Vec::new();
        let Ok(config) = repository.git.config() else { return names };
        if let Ok(entries) = config.entries(Some(r"^remote\..*\.promisor$")) {
            // What cannot be read here, git itself would refuse.
            let _ = entries.for_each(|entry| {
                let name = entry.name().ok().and_then(|name| name.strip_prefix("remote.")?.strip_suffix(".promisor"));
                names.extend(name.filter(|name| !name.starts_with('-')).map(str::to_owned));
            });
        }
        names.retain(|name| config.get_bool(&format!("remote.{name}.promisor")).unwrap_or(false));
        names.sort();
        names.dedup();
        names
    })
}

/// Those of `ids` that are not here.
pub(super) fn missing(repository: &Repository, ids: impl IntoIterator<Item = Oid>) -> BTreeSet<Oid> {
    let Ok(odb) = repository.git.odb() else { return BTreeSet::new() };
    ids.into_iter().filter(|id| !id.is_zero() && !odb.exists_ext(*id, OdbLookupFlags::NO_REFRESH)).collect()
}

/// Fetches those of the objects that are promised and not here, if this repository may ([`Repository::bring_promised`]).
/// What could not be fetched is still missing afterwards; [`explain`] says why.
pub(super) fn bring(repository: &Repository, ids: impl IntoIterator<Item = Oid>, with: With) {
    let promises = &repository.promises;
    let Some(within) = promises.within.get().filter(|_| repository.is_partial()) else { return };
    let mut wanted = missing(repository, ids);
    for remote in promising(repository) {
        if wanted.is_empty() || promises.failed.borrow().is_some() {
            return;
        }
        if let Err(error) = fetch(repository, remote, wanted.clone(), with, within) {
            promises.failed.replace(Some(format!("{error:#}")));
        }
        // Another process wrote them.
        let _ = repository.git.odb().and_then(|odb| odb.refresh());
        wanted = missing(repository, wanted);
    }
}

/// As git itself fetches what is missing (its promisor-remote.c), but for `with`.
fn fetch(repository: &Repository, remote: &str, mut wanted: BTreeSet<Oid>, with: With, within: Duration) -> Result<()> {
    let filter = if with == With::Files { "--no-filter" } else { "--filter=blob:none" };
    let arguments = [
        "-c",
        "fetch.negotiationAlgorithm=noop",
        "-c",
        "fetch.writeCommitGraph=false",
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-gc",
        filter,
        "--stdin",
        "--",
        remote,
    ];
    let access = repository.promises.access.borrow();
    let mut refused = 0;
    loop {
        let input: String = wanted.iter().map(|id| format!("{id}\n")).collect();
        let folder = repository.root().unwrap_or(repository.git_dir());
        let ran = installed::run(&Call {
            folder,
            arguments: &arguments,
            variables: repository.variables(),
            input: input.as_bytes(),
            access: access.as_ref(),
            within: Some(within),
        })?;
        if ran.done {
            return Ok(());
        }
        let lacking = ran.err.split("not our ref ").nth(1).and_then(|rest| Oid::from_str(rest.get(..40)?).ok());
        match lacking.filter(|id| refused < MOST_LACKING && wanted.remove(id)) {
            Some(_) if wanted.is_empty() => return Ok(()),
            Some(_) => refused += 1,
            None => {
                let said = with_shown(reason(&ran.err), remote);
                return Err(anyhow!("git cannot fetch from {}: {said}", shown(remote)));
            }
        }
    }
}

/// The tree, brought with all that is in it where it was promised.
pub(super) fn tree_with_files(repository: &Repository, id: Oid) -> Result<Tree<'_>> {
    let found = match repository.git.find_tree(id) {
        Err(error) if error.code() == ErrorCode::NotFound => {
            bring(repository, [id], With::Files);
            repository.git.find_tree(id)
        }
        found => found,
    };
    found.map_err(|error| explain(repository, "the tree of the notes", error))
}

/// Why an object is not here, for a person.
pub(super) fn explain(repository: &Repository, what: &str, error: git2::Error) -> anyhow::Error {
    let [first, ..] = promising(repository) else {
        return anyhow!(error).context(format!("{what} cannot be read; try `git fsck`"));
    };
    if error.code() != ErrorCode::NotFound {
        return anyhow!(error).context(format!("{what} cannot be read; try `git fsck`"));
    }
    match (repository.promises.failed.borrow().as_ref(), repository.promises.within.get()) {
        (Some(reason), _) => anyhow!("{what} is not in this partial clone: {reason}"),
        (None, Some(_)) => anyhow!("{what} is not in this partial clone, and {first} does not have it"),
        (None, None) => anyhow!("{what} is not in this partial clone, and a hook does not fetch it"),
    }
}

/// Brings everything that must be read to tell what these commits changed. Returns those of which something is still not
/// here: what they changed is not known. Does nothing in a clone that is not partial.
///
/// # Errors
/// When a commit itself cannot be read.
pub(crate) fn bring_changes(repository: &Repository, ids: &[String]) -> Result<HashSet<String>> {
    if !repository.is_partial() {
        return Ok(HashSet::new());
    }
    let mut roots = Vec::new();
    for id in ids {
        let commit = repository.find_commit(repository.oid(id)?)?;
        roots.push(commit.tree_id());
        roots.extend(commit.parents().map(|parent| parent.tree_id()));
    }
    bring(repository, roots, With::Folders);
    // A filter may have left out folders deeper down.
    let mut needs = Vec::new();
    for _ in 0..8 {
        needs = ids.iter().map(|id| needed(repository, id)).collect::<Result<Vec<_>>>()?;
        let folders: BTreeSet<Oid> = needs.iter().flat_map(|needed| needed.folders.iter().copied()).collect();
        bring(repository, folders.iter().copied(), With::Folders);
        if missing(repository, folders.iter().copied()) == folders {
            break;
        }
    }
    bring(repository, needs.iter().flat_map(|needed| needed.files.iter().copied()), With::Folders);
    let incomplete = ids
        .iter()
        .zip(needs)
        .filter(|(_, needed)| !missing(repository, needed.folders.iter().chain(&needed.files).copied()).is_empty());
    Ok(incomplete.map(|(id, _)| id.clone()).collect())
}

/// Those of the commits of which everything is here, after [`bring_changes`].
///
/// # Errors
/// When a commit itself cannot be read.
pub(crate) fn complete(repository: &Repository, mut ids: Vec<String>) -> Result<Vec<String>> {
    let lacking = bring_changes(repository, &ids)?;
    ids.retain(|id| !lacking.contains(id));
    Ok(ids)
}

/// What must be read to tell what a commit changed.
#[derive(Default)]
struct Needed {
    /// Folders that are not here, so that what else is needed is not known.
    folders: BTreeSet<Oid>,
    files: BTreeSet<Oid>,
}

fn needed(repository: &Repository, id: &str) -> Result<Needed> {
    let commit = repository.find_commit(repository.oid(id)?)?;
    let parents = parents_in_header(&commit);
    let mut olds = Vec::new();
    for parent in &parents {
        // At the edge of a shallow clone: what the commit changed is not known in any case.
        let Ok(parent) = repository.git.find_commit(repository.oid(parent)?) else { return Ok(Needed::default()) };
        olds.push(Some(parent.tree_id()));
    }
    if olds.is_empty() {
        olds.push(None);
    }
    let mut needed = Needed::default();
    let mut seen: HashMap<Vec<u8>, (usize, Vec<Oid>)> = HashMap::new();
    for old in &olds {
        let (changes, absent) = tree_changes::compare_here(&repository.git, *old, Some(commit.tree_id()))?;
        needed.folders.extend(absent);
        for change in changes {
            let sides = [change.old, change.new].into_iter().flatten().filter(|side| !side.is_submodule());
            let entry = seen.entry(change.path).or_default();
            entry.0 += 1;
            entry.1.extend(sides.map(|side| side.id));
        }
    }
    // Of a merge only what differs from all that it joined is read.
    let read = seen.into_values().filter(|(parents, _)| *parents == olds.len());
    needed.files = read.flat_map(|(_, files)| files).collect();
    Ok(needed)
}

/// Why [`bring_changes`] could not bring something.
pub(crate) fn why_not(repository: &Repository) -> String {
    let failed = repository.promises.failed.borrow().clone();
    failed.unwrap_or_else(|| format!("{} does not have them", promising(repository).join(" and ")))
}

//! Puts one page into a wiki that is a git repository of its own, without a clone of it: what is there is fetched, the page is added
//! as a commit, and that is pushed. A page that is there already is pushed by nobody.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use git2::{Oid, Signature, Tree};

use super::installed::{Call, GitRun, reason, run};
use super::remotes::shown;
use super::repository::Repository;

/// One transfer.
const WITHIN: Duration = Duration::from_secs(120);
/// Where the wiki's last commit is put for a moment.
const FETCHED: &str = "refs/backstory/wiki";
/// The branch of a wiki that has none yet: GitHub shows this one.
const FIRST_BRANCH: &str = "refs/heads/master";

#[derive(Clone, Copy)]
pub(crate) struct WikiPage<'a> {
    /// What git can fetch from and push to: a name, a path or an address.
    pub(crate) remote: &'a str,
    /// Its path in the wiki.
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) message: &'a str,
    /// Whether a page of that name is one that was published before: no other is replaced.
    pub(crate) is_ours: &'a dyn Fn(&str) -> bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WikiPush {
    pub(crate) changed: bool,
    /// The commit of the wiki that has the page.
    pub(crate) commit: String,
}

/// # Errors
/// When the wiki cannot be reached, has another page of that name, or somebody else pushed at the same moment.
pub(crate) fn publish(repository: &Repository, page: &WikiPage<'_>) -> Result<WikiPush> {
    let branch = branch(repository, page.remote)?;
    let git = repository.handle();
    let parent = match &branch {
        Some(branch) => Some(fetched(repository, page.remote, branch)?),
        None => None,
    };
    let before = parent.map(|id| git.find_commit(id)).transpose().context("the wiki's last commit is not here")?;
    let tree = before.as_ref().map(git2::Commit::tree).transpose()?;
    let with_page = with_page(git, tree.as_ref(), page)?;
    if let (Some(before), Some(tree)) = (&before, &tree)
        && tree.id() == with_page
    {
        return Ok(WikiPush { changed: false, commit: before.id().to_string() });
    }
    if let Some(tree) = &tree {
        ensure_ours(git, tree, page)?;
    }
    let person: Signature<'_> =
        git.signature().context("git does not know who you are: set user.name and user.email")?;
    let parents: Vec<&git2::Commit<'_>> = before.iter().collect();
    let commit = git.commit(None, &person, &person, page.message, &git.find_tree(with_page)?, &parents)?;
    let to = branch.as_deref().unwrap_or(FIRST_BRANCH);
    let ran = call(repository, &["push", "--no-verify", "--", page.remote, &format!("{commit}:{to}")])?;
    if !ran.done {
        let refused = ran.err.lines().map(str::trim).find(|line| line.starts_with("! ["));
        bail!("the page was not pushed to {}: {}", shown(page.remote), refused.unwrap_or_else(|| reason(&ran.err)));
    }
    Ok(WikiPush { changed: true, commit: commit.to_string() })
}

/// The branch that the wiki opens with, or the one that an earlier page began where it opens with one that does not exist; `None`
/// where it is empty. git-ls-remote(1): `ref: refs/heads/main\tHEAD`, and `<id>\trefs/heads/master`.
fn branch(repository: &Repository, remote: &str) -> Result<Option<String>> {
    let ran = call(repository, &["ls-remote", "--symref", "--", remote, "HEAD", FIRST_BRANCH])?;
    if !ran.done {
        bail!("the wiki {} cannot be reached: {}", shown(remote), reason(&ran.err));
    }
    let said = String::from_utf8_lossy(&ran.out).into_owned();
    let named = said.lines().find_map(|line| line.strip_prefix("ref: ")?.split('\t').next());
    let begun = said.lines().any(|line| line.ends_with(&format!("\t{FIRST_BRANCH}"))).then_some(FIRST_BRANCH);
    Ok(named.or(begun).map(str::to_owned))
}

fn fetched(repository: &Repository, remote: &str, branch: &str) -> Result<Oid> {
    let refspec = format!("+{branch}:{FETCHED}");
    let ran =
        call(repository, &["fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--", remote, &refspec])?;
    if !ran.done {
        bail!("the wiki {} cannot be fetched: {}", shown(remote), reason(&ran.err));
    }
    let mut reference = repository.handle().find_reference(FETCHED).context("the wiki's last commit is not here")?;
    let id = reference.target().context("the wiki's last commit is not here")?;
    reference.delete()?;
    Ok(id)
}

/// The tree with the page in it. Its path has no folders.
fn with_page(git: &git2::Repository, tree: Option<&Tree<'_>>, page: &WikiPage<'_>) -> Result<Oid> {
    if Path::new(page.file).components().count() != 1 {
        bail!("`{}` is not the name of a page", page.file);
    }
    let blob = git.blob(page.text.as_bytes())?;
    let mut builder = git.treebuilder(tree)?;
    builder.insert(page.file, blob, 0o100_644)?;
    Ok(builder.write()?)
}

fn ensure_ours(git: &git2::Repository, tree: &Tree<'_>, page: &WikiPage<'_>) -> Result<()> {
    let Some(entry) = tree.get_name(page.file) else { return Ok(()) };
    let blob = git.find_blob(entry.id()).ok();
    let before = blob.as_ref().and_then(|blob| std::str::from_utf8(blob.content()).ok());
    if !before.is_some_and(page.is_ours) {
        let (file, remote) = (page.file, shown(page.remote));
        bail!(
            "the wiki {remote} has a page `{file}` that was not published from here, or was changed since\nhint: rename or delete that page yourself first"
        );
    }
    Ok(())
}

fn call(repository: &Repository, arguments: &[&str]) -> Result<GitRun> {
    let folder = repository.root().unwrap_or_else(|| repository.git_dir());
    run(&Call { folder, arguments, variables: Vec::new(), input: &[], access: None, within: Some(WITHIN) })
}

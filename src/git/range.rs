//! Which commits a command is about: the argument `[RANGE]`, its default, and `--all`.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, anyhow, bail};
use git2::{Oid, Revwalk, Sort};

use super::remotes;
use super::repository::Repository;

/// The commits that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range<'a> {
    /// The commits of the current branch that its base does not have.
    Branch,
    /// The commits of all branches, tags and other references that share history with HEAD.
    All,
    /// `A..B`, `A...B`, or one revision for that commit alone.
    Given(&'a str),
}

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    /// Whether it has more than one parent.
    pub merge: bool,
}

/// The commits of the range, oldest first; the same repository gives the same order.
pub fn list(repository: &Repository, range: Range<'_>) -> Result<Vec<Listed>> {
    match range {
        Range::Branch => {
            let base = base_of_branch(repository)?;
            between(repository, &[head(repository)?], &[base])
        }
        Range::All => everything_connected(repository),
        Range::Given(text) => given(repository, text),
    }
}

/// The last `most` commits of HEAD, oldest first.
pub fn last(repository: &Repository, most: usize) -> Result<Vec<String>> {
    let mut ids = walk(repository, &[head(repository)?])?
        .map(|id| id.map(|id| id.to_string()).context("the history cannot be read"))
        .collect::<Result<Vec<_>>>()?;
    ids.drain(..ids.len().saturating_sub(most));
    Ok(ids)
}

fn given(repository: &Repository, text: &str) -> Result<Vec<Listed>> {
    let end = |name: &str| repository.resolve_oid(if name.is_empty() { "HEAD" } else { name });
    if let Some((a, b)) = text.split_once("...") {
        let (a, b) = (end(a)?, end(b)?);
        let bases = repository.git.merge_bases(a, b).map(|bases| bases.to_vec()).unwrap_or_default();
        return between(repository, &[a, b], &bases);
    }
    if let Some((a, b)) = text.split_once("..") {
        return between(repository, &[end(b)?], &[end(a)?]);
    }
    let id = repository.resolve_oid(text)?;
    Ok(vec![Listed { id: id.to_string(), merge: repository.find_commit(id)?.parent_count() > 1 }])
}

fn between(repository: &Repository, tips: &[Oid], hidden: &[Oid]) -> Result<Vec<Listed>> {
    let mut walk = walk(repository, tips)?;
    for id in hidden {
        walk.hide(*id).with_context(|| format!("history of {id}"))?;
    }
    walk.map(|id| {
        let id = id.context("history cannot be read; try `git fsck`")?;
        Ok(Listed { id: id.to_string(), merge: repository.find_commit(id)?.parent_count() > 1 })
    })
    .collect()
}

fn walk<'r>(repository: &'r Repository, tips: &[Oid]) -> Result<Revwalk<'r>> {
    let mut walk = repository.git.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE)?;
    for tip in tips {
        walk.push(*tip).with_context(|| format!("history of {tip}"))?;
    }
    Ok(walk)
}

fn head(repository: &Repository) -> Result<Oid> {
    let head = repository.head().ok_or_else(|| anyhow!("there is no commit yet; make one first"))?;
    repository.oid(&head)
}

/// Where the current branch began: its upstream when that is another branch, else the default branch of its remote,
/// else the local `main` or `master`. Never the branch itself, pushed or not.
fn base_of_branch(repository: &Repository) -> Result<Oid> {
    let branch = repository.branch();
    let branch = branch.as_deref().unwrap_or_default();
    let remote = repository.config_string(&format!("branch.{branch}.remote")).filter(|remote| remote != ".");
    let remote = remote.or_else(|| remotes::main(repository));
    let remote = remote.as_deref().unwrap_or("origin");
    let upstream = repository.config_string(&format!("branch.{branch}.merge"));
    let upstream = upstream.as_deref().and_then(|name| name.strip_prefix("refs/heads/")).filter(|name| *name != branch);
    let mut candidates = Vec::new();
    if let Some(upstream) = upstream {
        candidates.push(format!("refs/remotes/{remote}/{upstream}"));
        candidates.push(format!("refs/heads/{upstream}"));
    }
    candidates.extend(["HEAD", "main", "master"].map(|name| format!("refs/remotes/{remote}/{name}")));
    candidates
        .extend(["main", "master"].into_iter().filter(|name| *name != branch).map(|name| format!("refs/heads/{name}")));
    let found = candidates.iter().find_map(|name| repository.git.find_reference(name).ok()?.peel_to_commit().ok());
    match found {
        Some(commit) => Ok(commit.id()),
        None => bail!(
            "no branch to compare with: neither an upstream, nor {remote}/main, nor main; give a range, such as HEAD~5..HEAD, or --all"
        ),
    }
}

/// One walk over everything, then what hangs together with HEAD: orphan branches (pages, checkpoints of other tools) do
/// not. References outside of branches and tags (notes, stashes) are not looked at.
fn everything_connected(repository: &Repository) -> Result<Vec<Listed>> {
    let head = head(repository)?;
    let mut tips = HashSet::from([head]);
    // Also the requests that a mirror of a forge holds (`refs/pull`). Notes share no history; a stash is no commit of anyone.
    for reference in repository.git.references_glob("refs/*")?.filter_map(Result::ok) {
        if reference.name().is_ok_and(|name| name.starts_with("refs/stash")) {
            continue;
        }
        // A broken reference, or a tag of something else than a commit, names no commit.
        tips.extend(reference.peel_to_commit().ok().map(|commit| commit.id()));
    }
    let mut tips: Vec<Oid> = tips.into_iter().collect();
    tips.sort();
    let mut groups = Groups::default();
    let mut all = Vec::new();
    for id in walk(repository, &tips)? {
        let id = id.context("history cannot be read; try `git fsck`")?;
        let commit = repository.find_commit(id)?;
        let own = groups.of(id);
        for parent in commit.parent_ids() {
            let parent = groups.of(parent);
            groups.join(own, parent);
        }
        all.push((id, own, commit.parent_count() > 1));
    }
    let wanted = groups.of(head);
    let wanted = groups.root(wanted);
    all.retain(|(_, group, _)| groups.root(*group) == wanted);
    Ok(all.into_iter().map(|(id, _, merge)| Listed { id: id.to_string(), merge }).collect())
}

/// Disjoint sets of commits.
#[derive(Default)]
struct Groups {
    numbers: HashMap<Oid, usize>,
    parents: Vec<usize>,
}

impl Groups {
    fn of(&mut self, id: Oid) -> usize {
        let next = self.parents.len();
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.parents.push(next);
        }
        number
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// The subjects of the commits, merges marked.
    fn subjects(fixture: &Fixture, range: Range<'_>) -> String {
        let listed = list(&fixture.open(), range).unwrap();
        let subject = |commit: &Listed| {
            format!("{}{}", fixture.git(&["log", "-1", "--format=%s", &commit.id]), if commit.merge { "*" } else { "" })
        };
        listed.iter().map(subject).collect::<Vec<_>>().join(" ")
    }

    /// main: a b; topic: a c d (merge of main), and an orphan.
    fn branched() -> Fixture {
        let fixture = Fixture::new();
        fixture.commit("a");
        fixture.git(&["checkout", "-q", "-b", "topic"]);
        fixture.commit("c");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.commit("b");
        fixture.git(&["checkout", "-q", "--orphan", "checkpoints"]);
        fixture.commit("orphan");
        fixture.git(&["checkout", "-q", "topic"]);
        fixture.git(&["merge", "-q", "--no-ff", "-m", "d", "main"]);
        fixture
    }

    #[test]
    fn ranges_are_read_as_git_reads_them_oldest_first() {
        let fixture = branched();
        assert_eq!(subjects(&fixture, Range::Given("main..topic")), "c d*");
        assert_eq!(subjects(&fixture, Range::Given("main..")), "c d*");
        assert_eq!(subjects(&fixture, Range::Given("main...topic~1")), "b c");
        assert_eq!(subjects(&fixture, Range::Given("topic~1")), "c");
        assert_eq!(subjects(&fixture, Range::Given("topic..main")), "");
    }

    #[test]
    fn the_default_is_what_the_branch_adds_and_all_leaves_orphans_out() {
        let fixture = branched();
        assert_eq!(subjects(&fixture, Range::Branch), "c d*");
        assert_eq!(subjects(&fixture, Range::All), "a b c d*");
    }

    #[test]
    fn a_branch_that_was_pushed_is_still_compared_with_the_default_branch() {
        let fixture = branched();
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        fixture.git(&["remote", "add", "origin", "../hub.git"]);
        fixture.git(&["push", "-q", "-u", "origin", "topic", "main"]);
        assert_eq!(subjects(&fixture, Range::Branch), "c d*");
        fixture.git(&["checkout", "-q", "main"]);
        assert_eq!(subjects(&fixture, Range::Branch), "");
        fixture.commit("not pushed");
        assert_eq!(subjects(&fixture, Range::Branch), "not pushed");
    }

    #[test]
    fn what_is_no_revision_is_refused_with_a_hint() {
        let fixture = Fixture::new();
        let error = |range| list(&fixture.open(), range).unwrap_err().to_string();
        assert_eq!(
            error(Range::Branch),
            "no branch to compare with: neither an upstream, nor origin/main, nor main; give a range, such as HEAD~5..HEAD, or --all"
        );
        assert_eq!(error(Range::All), "there is no commit yet; make one first");
        assert_eq!(error(Range::Given("--all")), "`--all` is not a revision; give a branch, a tag or a commit id");
        assert!(error(Range::Given("..-x")).contains("`-x` is not a revision"));
    }
}

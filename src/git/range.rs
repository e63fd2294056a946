//! Which commits a command is about: the argument `[RANGE]`, its default, and `--all`.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, anyhow};
use git2::{Oid, Revwalk, Sort};

use super::base::{base_of, short};
use super::repository::Repository;

/// The commits that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitRange<'a> {
    /// The commits of the current branch that its base does not have.
    Branch,
    /// The commits of all branches, tags and other references that share history with HEAD.
    All,
    /// `A..B`, `A...B`, or one revision for that commit alone.
    Given(&'a str),
    /// As [`CommitRange::Given`], but the name of a branch stands for the commits that its base does not have.
    Work(&'a str),
    /// As [`CommitRange::Given`], but the name of a branch stands for all its commits.
    History(&'a str),
}

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RangeCommit {
    pub id: String,
    /// Whether it has more than one parent.
    pub merge: bool,
}

/// The commits of the range, oldest first; the same repository gives the same order.
pub(crate) fn list(repository: &Repository, range: CommitRange<'_>) -> Result<Vec<RangeCommit>> {
    match ends(repository, range)? {
        RangeWalk::Connected => everything_connected(repository),
        RangeWalk::One(id) => Ok(vec![listed(repository, id)?]),
        RangeWalk::Between { tips, hidden } => {
            between(repository, &tips, &hidden)?.into_iter().map(|id| listed(repository, id)).collect()
        }
    }
}

/// The ids of many commits in little memory, oldest first.
pub(crate) struct Ids(Vec<Oid>);

impl Ids {
    /// The commits of the range, in the order of [`list`].
    ///
    /// # Errors
    /// As [`list`].
    pub(crate) fn of(repository: &Repository, range: CommitRange<'_>) -> Result<Self> {
        Ok(Self(match ends(repository, range)? {
            RangeWalk::Connected => {
                let all = everything_connected(repository)?;
                all.iter().map(|listed| repository.oid(&listed.id)).collect::<Result<_>>()?
            }
            RangeWalk::One(id) => vec![id],
            RangeWalk::Between { tips, hidden } => between(repository, &tips, &hidden)?,
        }))
    }

    /// # Errors
    /// When one of them is not an id.
    pub(crate) fn from_full<S: AsRef<str>>(repository: &Repository, ids: &[S]) -> Result<Self> {
        Ok(Self(ids.iter().map(|id| repository.oid(id.as_ref())).collect::<Result<_>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, newest first, so many at a time.
    pub(crate) fn newest_first(&self, most: usize) -> impl Iterator<Item = Vec<String>> + '_ {
        self.0.rchunks(most).map(|part| part.iter().rev().map(Oid::to_string).collect())
    }
}

/// Where a range begins and ends.
enum RangeWalk {
    /// What hangs together with HEAD.
    Connected,
    One(Oid),
    Between {
        tips: Vec<Oid>,
        hidden: Vec<Oid>,
    },
}

fn ends(repository: &Repository, range: CommitRange<'_>) -> Result<RangeWalk> {
    let above_base =
        |tip, name: &str| Ok(RangeWalk::Between { tips: vec![tip], hidden: vec![base_of(repository, name)?.id] });
    match range {
        CommitRange::Branch => above_base(head(repository)?, &current(repository)),
        CommitRange::All => Ok(RangeWalk::Connected),
        CommitRange::Given(text) => given(repository, text),
        CommitRange::Work(text) => match branch(repository, text) {
            Some((name, tip)) => above_base(tip, &name),
            None => given(repository, text),
        },
        CommitRange::History(text) => match branch(repository, text) {
            Some((_, tip)) => Ok(RangeWalk::Between { tips: vec![tip], hidden: Vec::new() }),
            None => given(repository, text),
        },
    }
}

/// The range as `git rev-list` takes it, for the commits that it leads to and that are in it; `HEAD` without one.
///
/// # Errors
/// When a revision does not name a commit.
pub(super) fn revisions(repository: &Repository, range: Option<CommitRange<'_>>) -> Result<Vec<String>> {
    let (tips, hidden) = match range.map(|range| ends(repository, range)).transpose()? {
        None => (vec![head(repository)?], Vec::new()),
        Some(RangeWalk::One(id)) => (vec![id], repository.find_commit(id)?.parent_ids().collect()),
        Some(RangeWalk::Between { tips, hidden }) => (tips, hidden),
        Some(RangeWalk::Connected) => {
            let all = everything_connected(repository)?;
            (all.iter().map(|listed| repository.oid(&listed.id)).collect::<Result<_>>()?, Vec::new())
        }
    };
    Ok(tips.iter().map(Oid::to_string).chain(hidden.iter().map(|id| format!("^{id}"))).collect())
}

/// Whether `text` names a branch.
pub(crate) fn is_branch(repository: &Repository, text: &str) -> bool {
    branch(repository, text).is_some()
}

/// Why there is no commit in the range, where [`list`] found none.
pub(crate) fn why_empty(repository: &Repository, range: CommitRange<'_>) -> String {
    let compared = match range {
        CommitRange::Branch => Some(current(repository)),
        CommitRange::Work(text) => branch(repository, text).map(|(name, _)| name),
        _ => None,
    };
    match (compared, range) {
        (Some(name), _) => {
            let base = base_of(repository, &name).map_or_else(|_| "its base".to_owned(), |base| base.name);
            format!("{} has no commits that are not in {base}", short(&name))
        }
        (None, CommitRange::Given(text) | CommitRange::Work(text) | CommitRange::History(text)) => {
            format!("no commits in `{text}`")
        }
        (None, _) => "no commits".to_owned(),
    }
}

/// The branch that is checked out, as a full reference; `HEAD` where none is.
fn current(repository: &Repository) -> String {
    repository.branch().map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"))
}

/// The branch that `text` names, here or at a remote, as a full reference, with its newest commit. `HEAD` names a commit.
fn branch(repository: &Repository, text: &str) -> Option<(String, Oid)> {
    if text.starts_with('-') || matches!(text, "HEAD" | "@") || text.contains("..") {
        return None;
    }
    let (_, reference) = repository.git.revparse_ext(text).ok()?;
    let reference = reference?.resolve().ok()?;
    let name = reference.name().ok()?.to_owned();
    let is_branch = ["refs/heads/", "refs/remotes/"].iter().any(|prefix| name.starts_with(prefix));
    Some((name, reference.peel_to_commit().ok()?.id())).filter(|_| is_branch)
}

/// The last `most` commits of HEAD, oldest first.
pub(crate) fn last(repository: &Repository, most: usize) -> Result<Vec<String>> {
    last_from(repository, head(repository)?, most)
}

/// The last `most` commits of the branch that `name` names, oldest first; `None` where it does not name a branch.
pub(crate) fn last_of(repository: &Repository, name: &str, most: usize) -> Result<Option<Vec<String>>> {
    branch(repository, name).map(|(_, tip)| last_from(repository, tip, most)).transpose()
}

fn last_from(repository: &Repository, tip: Oid, most: usize) -> Result<Vec<String>> {
    let ids = between(repository, &[tip], &[])?;
    Ok(ids[ids.len().saturating_sub(most)..].iter().map(Oid::to_string).collect())
}

/// Where two commits parted, where they have a past in common and it is here.
pub(crate) fn fork_point(repository: &Repository, a: &str, b: &str) -> Option<String> {
    let [a, b] = [a, b].map(|id| Oid::from_str(id).ok());
    repository.git.merge_base(a?, b?).ok().map(|base| base.to_string())
}

fn given(repository: &Repository, text: &str) -> Result<RangeWalk> {
    let end = |name: &str| repository.resolve_oid(if name.is_empty() { "HEAD" } else { name });
    if let Some((a, b)) = text.split_once("...") {
        let (a, b) = (end(a)?, end(b)?);
        let bases = repository.git.merge_bases(a, b).map(|bases| bases.to_vec()).unwrap_or_default();
        return Ok(RangeWalk::Between { tips: vec![a, b], hidden: bases });
    }
    if let Some((a, b)) = text.split_once("..") {
        return Ok(RangeWalk::Between { tips: vec![end(b)?], hidden: vec![end(a)?] });
    }
    Ok(RangeWalk::One(repository.resolve_oid(text)?))
}

fn listed(repository: &Repository, id: Oid) -> Result<RangeCommit> {
    Ok(RangeCommit { id: id.to_string(), merge: repository.find_commit(id)?.parent_count() > 1 })
}

fn between(repository: &Repository, tips: &[Oid], hidden: &[Oid]) -> Result<Vec<Oid>> {
    let mut walk = walk(repository, tips)?;
    for id in hidden {
        walk.hide(*id).with_context(|| format!("history of {id}"))?;
    }
    walk.map(|id| id.context("history cannot be read; try `git fsck`")).collect()
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
    let head = repository.head().ok_or_else(|| anyhow!("the repository has no commits yet"))?;
    repository.oid(&head)
}

/// One walk over everything, then what hangs together with HEAD: orphan branches (pages, checkpoints of other tools) do
/// not. References outside of branches and tags (notes, stashes) are not looked at.
fn everything_connected(repository: &Repository) -> Result<Vec<RangeCommit>> {
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
    Ok(all.into_iter().map(|(id, _, merge)| RangeCommit { id: id.to_string(), merge }).collect())
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
    fn subjects(fixture: &Fixture, range: CommitRange<'_>) -> String {
        let listed = list(&fixture.open(), range).unwrap();
        let subject = |commit: &RangeCommit| {
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
        assert_eq!(subjects(&fixture, CommitRange::Given("main..topic")), "c d*");
        assert_eq!(subjects(&fixture, CommitRange::Given("main..")), "c d*");
        assert_eq!(subjects(&fixture, CommitRange::Given("main...topic~1")), "b c");
        assert_eq!(subjects(&fixture, CommitRange::Given("topic~1")), "c");
        assert_eq!(subjects(&fixture, CommitRange::Given("topic..main")), "");
    }

    #[test]
    fn the_default_is_what_the_branch_adds_and_all_leaves_orphans_out() {
        let fixture = branched();
        assert_eq!(subjects(&fixture, CommitRange::Branch), "c d*");
        assert_eq!(subjects(&fixture, CommitRange::All), "a b c d*");
    }

    #[test]
    fn a_branch_that_was_pushed_is_still_compared_with_the_default_branch() {
        let fixture = branched();
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        fixture.git(&["remote", "add", "origin", "../hub.git"]);
        fixture.git(&["push", "-q", "-u", "origin", "topic", "main"]);
        assert_eq!(subjects(&fixture, CommitRange::Branch), "c d*");
        fixture.git(&["checkout", "-q", "main"]);
        assert_eq!(subjects(&fixture, CommitRange::Branch), "");
        fixture.commit("not pushed");
        assert_eq!(subjects(&fixture, CommitRange::Branch), "not pushed");
    }

    #[test]
    fn a_branch_is_its_commits_and_any_other_revision_is_one() {
        let fixture = branched();
        fixture.git(&["tag", "v1", "main"]);
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        fixture.git(&["remote", "add", "up", "../hub.git"]);
        fixture.git(&["fetch", "-q", "up"]);
        fixture.git(&["branch", "-q", "-u", "up/topic", "topic"]);
        let head = fixture.git(&["rev-parse", "topic"]);
        for (text, work, history) in [
            ("topic", "c d*", "a b c d*"),
            ("heads/topic", "c d*", "a b c d*"),
            ("up/topic", "c d*", "a b c d*"),
            ("topic@{upstream}", "c d*", "a b c d*"),
            ("main", "", "a b"),
            ("HEAD", "d*", "d*"),
            ("@", "d*", "d*"),
            (&head, "d*", "d*"),
            (&head[..9], "d*", "d*"),
            ("v1", "b", "b"),
            ("topic~1", "c", "c"),
            ("main..topic", "c d*", "c d*"),
            ("topic..main", "", ""),
        ] {
            assert_eq!(subjects(&fixture, CommitRange::Work(text)), work, "{text}");
            assert_eq!(subjects(&fixture, CommitRange::History(text)), history, "{text}");
        }
        let count = |name, most| last_of(&fixture.open(), name, most).unwrap().map(|ids| ids.len());
        assert_eq!([count("main", 9), count("topic", 3), count("v1", 9)], [Some(2), Some(3), None]);
        assert_eq!(last(&fixture.open(), 9).unwrap().len(), 4);
        // As git has it, a tag goes before a branch of the same name.
        fixture.git(&["tag", "topic", "main"]);
        assert_eq!(subjects(&fixture, CommitRange::History("topic")), "b");
    }

    #[test]
    fn why_a_range_is_empty_is_said_with_the_names_of_its_ends() {
        let fixture = branched();
        let why = |range| why_empty(&fixture.open(), range);
        assert_eq!(why(CommitRange::Given("topic..main")), "no commits in `topic..main`");
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        fixture.git(&["remote", "add", "team", "../hub.git"]);
        fixture.git(&["fetch", "-q", "team"]);
        fixture.git(&["checkout", "-q", "main"]);
        assert_eq!(why(CommitRange::Branch), "main has no commits that are not in team/main");
        fixture.git(&["checkout", "-q", "--detach", "main"]);
        assert_eq!(why(CommitRange::Branch), "HEAD has no commits that are not in team/main");
    }

    /// What `list` says where there is nothing to compare with.
    fn no_base(fixture: &Fixture, range: CommitRange<'_>) -> String {
        list(&fixture.open(), range).unwrap_err().to_string()
    }

    #[test]
    fn where_there_is_nothing_to_compare_with_a_range_that_there_is_is_named() {
        let fixture = Fixture::new();
        fixture.commit("a");
        let alone = "there is no branch to compare `main` with (looked for master); give a range, such as ";
        assert_eq!(no_base(&fixture, CommitRange::Branch), format!("{alone}HEAD"));
        for name in ["b", "c", "d"] {
            fixture.commit(name);
        }
        assert_eq!(no_base(&fixture, CommitRange::Branch), format!("{alone}HEAD~3..HEAD"));
        for name in ["e", "f", "g"] {
            fixture.commit(name);
        }
        assert_eq!(no_base(&fixture, CommitRange::Work("main")), format!("{alone}HEAD~5..HEAD"));
        fixture.git(&["branch", "-q", "-m", "trunk"]);
        let without = "there is no branch to compare `trunk` with (looked for main, master); give a range, such as ";
        assert_eq!(no_base(&fixture, CommitRange::Branch), format!("{without}HEAD~5..HEAD"));
        fixture.git(&["checkout", "-q", "-b", "topic"]);
        fixture.git(&["config", "init.defaultBranch", "trunk"]);
        fixture.commit("h");
        assert_eq!(subjects(&fixture, CommitRange::Branch), "h");
    }

    #[test]
    fn a_default_branch_of_any_name_and_remote_is_compared_with_what_is_pushed_of_it() {
        let fixture = Fixture::new();
        fixture.git(&["checkout", "-q", "-b", "trunk"]);
        fixture.commit("a");
        fixture.git(&["init", "-q", "--bare", "../hub.git"]);
        fixture.git(&["remote", "add", "team/fork", "../hub.git"]);
        fixture.git(&["push", "-q", "team/fork", "trunk"]);
        fixture.commit("b");
        assert_eq!(subjects(&fixture, CommitRange::Branch), "b");
        fixture.git(&["remote", "add", "origin", "../hub.git"]);
        // Which of two is meant, a branch says, or git is told.
        assert!(list(&fixture.open(), CommitRange::Branch).is_err());
        fixture.git(&["config", "branch.trunk.remote", "team/fork"]);
        assert_eq!(subjects(&fixture, CommitRange::Branch), "b");
    }

    #[test]
    fn what_is_no_revision_is_refused_with_a_hint() {
        let fixture = Fixture::new();
        let error = |range| list(&fixture.open(), range).unwrap_err().to_string();
        for range in [
            CommitRange::Branch,
            CommitRange::All,
            CommitRange::Given("HEAD"),
            CommitRange::Given("HEAD~2..HEAD"),
            CommitRange::Work("main"),
        ] {
            assert_eq!(error(range), "the repository has no commits yet", "{range:?}");
        }
        assert_eq!(
            error(CommitRange::Given("--all")),
            "`--all` is not a revision; give a branch, a tag or a commit id"
        );
        assert!(error(CommitRange::Given("..-x")).contains("`-x` is not a revision"));
    }

    #[test]
    fn a_revision_that_goes_back_too_far_is_no_reason_to_fetch() {
        let fixture = Fixture::new();
        let error = |text| list(&fixture.open(), CommitRange::Given(text)).unwrap_err().to_string();
        fixture.commit("a");
        assert_eq!(error("HEAD~1"), "`HEAD~1` goes back too far: `HEAD` is the first commit");
        fixture.commit("b");
        assert_eq!(error("HEAD~9..HEAD"), "`HEAD~9` goes back too far: there is 1 commit before `HEAD`");
        fixture.commit("c");
        for (text, said) in [
            ("HEAD~9..HEAD", "`HEAD~9` goes back too far: there are 2 commits before `HEAD`"),
            ("main^^^", "`main^^^` goes back too far: there are 2 commits before `main`"),
            ("HEAD^2", "`HEAD^2`: no merge on the way has such a parent"),
            ("main@{upstream}", "`main@{upstream}`: `main` has no such upstream branch"),
            ("nope", "no commit `nope` here; `git log --oneline` lists what there is"),
            ("nope~2", "no commit `nope~2` here; `git log --oneline` lists what there is"),
        ] {
            assert_eq!(error(text), said);
        }
        fixture.git(&["remote", "add", "origin", "../hub.git"]);
        assert_eq!(
            error("nope"),
            "no commit `nope` here; `git fetch` may bring it, `git log --oneline` lists what there is"
        );
        let url = format!("file://{}", fixture.root().display());
        fixture.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
        let shallow = Repository::discover(&fixture.beside("shallow"), None).unwrap();
        let error = list(&shallow, CommitRange::Given("HEAD~2..HEAD")).unwrap_err().to_string();
        assert_eq!(error, "`HEAD~2` is older than what this shallow clone has; `git fetch --deepen=2` brings it");
    }
}

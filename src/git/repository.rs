//! The repository that a command works in: its folders, its settings, its commits by name. What a commit changed is in
//! `changes`.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use git2::{ErrorCode, ObjectType, Oid, RepositoryOpenFlags};
use jiff::Timestamp;

use super::partial::Promises;
use super::recent_blobs::RecentBlobs;
use super::settings::{Given, Settings};
use super::{format, revision};
use crate::record::commit::{ClockTime, Commit, CommitHeader, Person};
use crate::text::typed::typed;

/// The two times of a commit, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub authored: Timestamp,
    pub committed: Timestamp,
}

/// Folders above which no repository is looked for.
const NO_CEILING: &[&Path] = &[];
/// So many commits in a row may have been authored later than one behind them.
const MOST_LATER: usize = 20;

/// An open repository. One a thread: libgit2's handle is not shared.
pub struct Repository {
    pub(super) git: git2::Repository,
    pub(super) promises: Promises,
    /// The folder from which git is asked for its settings, and what the caller gave it of them.
    pub(super) asked_from: PathBuf,
    pub(super) given: Given,
    settings: OnceCell<Settings>,
    pub(super) recent: RecentBlobs,
}

impl Repository {
    /// The repository that holds the folder `from`: the nearest `.git` at or above it. `git_dir` is the value of the
    /// variable `GIT_DIR` where it is set (git sets it for hooks in a worktree); a relative one starts at `from`.
    pub fn discover(from: &Path, git_dir: Option<&Path>) -> Result<Self> {
        Self::open_from(from, git_dir).map_err(|error| explain_open(&asked(from, git_dir), &error))
    }

    /// As [`Self::discover`]; `None` where there is no repository.
    pub fn find(from: &Path, git_dir: Option<&Path>) -> Result<Option<Self>> {
        match Self::open_from(from, git_dir) {
            Ok(repository) => Ok(Some(repository)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(explain_open(&asked(from, git_dir), &error)),
        }
    }

    /// The same repository, with the settings that the caller of this program gave git.
    #[must_use]
    pub(crate) fn given(self, given: Given) -> Self {
        Self { given, settings: OnceCell::new(), ..self }
    }

    fn of(git: git2::Repository, from: &Path) -> Self {
        Self {
            git,
            promises: Promises::default(),
            asked_from: from.to_path_buf(),
            given: Given::default(),
            settings: OnceCell::new(),
            recent: RecentBlobs::default(),
        }
    }

    fn open_from(from: &Path, git_dir: Option<&Path>) -> Result<Self, git2::Error> {
        let opened = match git_dir {
            Some(git_dir) => git2::Repository::open(from.join(git_dir)),
            // As `discover`, which opens what it has found a second time.
            None => git2::Repository::open_ext(from, RepositoryOpenFlags::CROSS_FS, NO_CEILING),
        };
        let opened = opened.or_else(|error| match error.code() {
            ErrorCode::Owner => open_trusted(from, git_dir).ok_or(error),
            _ => Err(error),
        });
        opened.map(|git| Self::of(git, from))
    }

    /// Another handle on the same repository, for another thread.
    pub(super) fn reopen(git_dir: &Path) -> Result<Self> {
        Self::open_from(git_dir, Some(git_dir)).map_err(|error| explain_open(git_dir, &error))
    }

    /// The same repository with its files in another folder, as `GIT_WORK_TREE` asks.
    pub fn in_work_tree(self, tree: &Path) -> Result<Self> {
        let set = self.git.set_workdir(tree, false);
        set.with_context(|| format!("{} cannot be the work tree of {}", tree.display(), self.git_dir().display()))?;
        Ok(self)
    }

    /// The root of the working folder; `None` in a bare repository.
    pub fn root(&self) -> Option<&Path> {
        self.git.workdir()
    }

    /// The folder of this worktree's own files (`.git`, or `.git/worktrees/NAME`).
    pub fn git_dir(&self) -> &Path {
        self.git.path()
    }

    /// The folder that all worktrees share (`.git` of the main one).
    pub fn common_dir(&self) -> &Path {
        self.git.commondir()
    }

    /// Variables that make the installed git work in this repository and in no other, wherever it is started.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("GIT_DIR", self.git_dir().into())];
        variables.extend(self.root().map(|root| ("GIT_WORK_TREE", root.into())));
        variables
    }

    /// The roots of all worktrees, this one first, then the others by path. Worktrees whose folder is gone are left out.
    pub fn worktree_roots(&self) -> Vec<PathBuf> {
        let mut others: Vec<PathBuf> = self.linked_worktrees();
        // The main worktree, where this is another: its `.git` is the common folder, unless the repository is bare.
        if self.git.path() != self.git.commondir()
            && let Ok(main) = git2::Repository::open(self.common_dir())
        {
            others.extend(main.workdir().map(Path::to_path_buf));
        }
        others.sort();
        let mut roots: Vec<PathBuf> = self.root().map(Path::to_path_buf).into_iter().collect();
        for other in others {
            if !roots.contains(&other) {
                roots.push(other);
            }
        }
        roots
    }

    fn linked_worktrees(&self) -> Vec<PathBuf> {
        let Ok(names) = self.git.worktrees() else { return Vec::new() };
        let names: Vec<&str> = names.iter().filter_map(|name| name.ok().flatten()).collect();
        names
            .into_iter()
            .filter_map(|name| self.git.find_worktree(name).ok())
            // Opened, so that the path has the same form (links resolved, slash at the end) as that of `root`.
            .filter_map(|worktree| git2::Repository::open_from_worktree(&worktree).ok())
            .filter_map(|repository| repository.workdir().map(Path::to_path_buf))
            .collect()
    }

    /// A setting's text: `core.commentChar`. `None` when it is not set. Of the settings in force where they were asked for
    /// before, else of the files: most hooks need no more.
    pub fn config_string(&self, key: &str) -> Option<String> {
        match self.settings.get() {
            Some(settings) => settings.string(key),
            None => self.settings_at_hand().ok()?.string(key),
        }
    }

    /// All values of a setting that may stand several times: `notes.rewriteRef`. As [`Self::config_string`].
    pub fn config_values(&self, key: &str) -> Vec<String> {
        match self.settings.get() {
            Some(settings) => settings.values(key),
            None => self.settings_at_hand().map(|settings| settings.values(key)).unwrap_or_default(),
        }
    }

    /// libgit2's own handle, for what is asked of it once.
    pub fn handle(&self) -> &git2::Repository {
        &self.git
    }

    /// The settings that are in force here, as git sees them when it is first asked for one.
    ///
    /// # Errors
    /// When a file has a mistake, and when git has to be asked and does not answer.
    pub(crate) fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::in_force(&self.git, &self.asked_from, &self.given)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// The settings of the files alone, for a first look: what git may add to them is left out.
    ///
    /// # Errors
    /// When a file has a mistake.
    pub(crate) fn settings_at_hand(&self) -> Result<Settings> {
        Settings::at_hand(&self.git)
    }

    /// Where the files may be from which [`Self::settings_at_hand`] comes, whether they are there or not; `None` where that
    /// depends on more than files.
    pub(crate) fn settings_places(&self, home: &Path, config_home: Option<&Path>) -> Option<Vec<PathBuf>> {
        super::settings::places(&self.git, home, config_home)
    }

    /// The commit that is checked out; `None` before the first commit.
    pub fn head(&self) -> Option<String> {
        Some(self.git.refname_to_id("HEAD").ok()?.to_string())
    }

    /// Whether a rebase is under way here: every commit then gets a new committer's time.
    pub fn is_rebasing(&self) -> bool {
        ["rebase-merge", "rebase-apply"].iter().any(|name| self.git_dir().join(name).is_dir())
    }

    /// The short name of the branch that is checked out (also before its first commit); `None` when HEAD is detached.
    pub fn branch(&self) -> Option<String> {
        let head = self.git.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        Some(target.strip_prefix("refs/heads/").unwrap_or(target).to_owned())
    }

    /// The short names of the branches here.
    pub fn branches(&self) -> Vec<String> {
        let found = self.git.branches(Some(git2::BranchType::Local));
        let name = |branch: git2::Branch<'_>| branch.name().ok().flatten().map(str::to_owned);
        found.into_iter().flatten().filter_map(|branch| name(branch.ok()?.0)).collect()
    }

    /// The id of the commit that `revision` names: a branch, a tag, an id or its beginning, `HEAD~2`.
    pub fn resolve(&self, revision: &str) -> Result<String> {
        Ok(self.resolve_oid(revision)?.to_string())
    }

    pub(super) fn resolve_oid(&self, revision: &str) -> Result<Oid> {
        if revision.is_empty() || revision.starts_with('-') {
            bail!("`{revision}` is not a revision; give a branch, a tag or a commit id");
        }
        let found = self.git.revparse_single(revision).and_then(|object| object.peel_to_commit());
        found.map(|commit| commit.id()).map_err(|error| revision::explain(&self.git, revision, &error))
    }

    /// The message of a commit, byte for byte.
    pub fn message(&self, id: &str) -> Result<Vec<u8>> {
        Ok(self.find_commit(self.oid(id)?)?.message_raw_bytes().to_vec())
    }

    /// The message of a commit, byte for byte, and who made it when.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn message_and_header(&self, id: &str) -> Result<(Vec<u8>, CommitHeader)> {
        let commit = self.find_commit(self.oid(id)?)?;
        let header = CommitHeader {
            parents: commit.parent_ids().map(|id| id.to_string()).collect(),
            author: person(&commit.author()),
            authored_at: clock_time(commit.author().when()),
            committer: person(&commit.committer()),
            committed_at: clock_time(commit.committer().when()),
        };
        Ok((commit.message_raw_bytes().to_vec(), header))
    }

    /// Who wrote a commit.
    pub fn author(&self, id: &str) -> Result<Person> {
        let commit = self.find_commit(self.oid(id)?)?;
        Ok(person(&commit.author()))
    }

    /// When a commit was written and when it was committed.
    pub fn times(&self, id: &str) -> Result<Times> {
        let commit = self.find_commit(self.oid(id)?)?;
        Ok(Times { authored: timestamp(commit.author().when()), committed: timestamp(commit.time()) })
    }

    /// The first parent and the tree of a commit.
    pub fn stands_on(&self, id: &str) -> Result<(Option<String>, String)> {
        let commit = self.find_commit(self.oid(id)?)?;
        Ok((commit.parent_id(0).ok().map(|id| id.to_string()), commit.tree_id().to_string()))
    }

    /// When the commit before this one was authored, where the same person made it: work of other people goes on in
    /// between and draws no border. A merge is no work, so the commit before it counts; and what was authored later was put in
    /// between by a rebase.
    pub fn authored_before(&self, commit: &Commit) -> Option<Timestamp> {
        let mut before = self.find_commit(self.oid(commit.parents.first()?).ok()?).ok()?;
        for _ in 0..MOST_LATER {
            while before.parent_count() > 1 {
                before = before.parent(0).ok()?;
            }
            if before.author().email_bytes() != commit.author.email.as_bytes() {
                return None;
            }
            let authored_at = timestamp(before.author().when());
            if authored_at <= commit.authored_at {
                return Some(authored_at);
            }
            before = before.parent(0).ok()?;
        }
        None
    }

    /// Whether the commit `id` has a file (or symlink) `path`, whether its content is here or not.
    pub fn has_file(&self, id: &str, path: &str) -> bool {
        let tree = self.oid(id).and_then(|id| self.find_commit(id)).and_then(|commit| Ok(commit.tree()?));
        tree.is_ok_and(|tree| tree.get_path(Path::new(path)).is_ok_and(|entry| entry.kind() == Some(ObjectType::Blob)))
    }

    /// The commits whose parents were left out by a shallow clone. What they changed cannot be known.
    pub fn shallow_boundaries(&self) -> HashSet<String> {
        let list = fs::read_to_string(self.common_dir().join("shallow")).unwrap_or_default();
        list.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// Whether the commit with this full id is here.
    pub fn has_commit(&self, id: &str) -> bool {
        Oid::from_str(id).is_ok_and(|id| self.git.find_commit(id).is_ok())
    }

    /// Whether `of` goes on from `commit`, both full ids. `false` where that cannot be told.
    pub fn is_ancestor(&self, commit: &str, of: &str) -> bool {
        let ids = (Oid::from_str(of), Oid::from_str(commit));
        matches!(ids, (Ok(of), Ok(commit)) if self.git.graph_descendant_of(of, commit).unwrap_or(false))
    }

    /// Full ids of a commit's parents, as written in it.
    pub fn parents(&self, id: &str) -> Result<Vec<String>> {
        Ok(self.find_commit(self.oid(id)?)?.parent_ids().map(|id| id.to_string()).collect())
    }

    pub(super) fn oid(&self, id: &str) -> Result<Oid> {
        Oid::from_str(id).with_context(|| format!("`{id}` is not a commit id"))
    }

    pub(super) fn find_commit(&self, oid: Oid) -> Result<git2::Commit<'_>> {
        self.git.find_commit(oid).with_context(|| format!("commit {oid} cannot be read; try `git fsck`"))
    }
}

/// A repository of another user that git itself opens, because of a `safe.directory` that libgit2 does not know (given by
/// variables or by `-c`, or with a star at its end). libgit2 opens the folder of the repository alone without that question.
fn open_trusted(from: &Path, git_dir: Option<&Path>) -> Option<git2::Repository> {
    let ask = |what: &str| -> Option<PathBuf> {
        let mut command = Command::new("git");
        command.args(["rev-parse", what]).current_dir(from).stdin(Stdio::null()).stderr(Stdio::null());
        if let Some(git_dir) = git_dir {
            command.env("GIT_DIR", git_dir);
        }
        let told = command.output().ok().filter(|told| told.status.success())?;
        Some(PathBuf::from(String::from_utf8(told.stdout).ok()?.trim_end_matches('\n')))
    };
    let repository = git2::Repository::open_bare(ask("--absolute-git-dir")?).ok()?;
    if let Some(root) = ask("--show-toplevel") {
        repository.set_workdir(&root, false).ok()?;
    }
    Some(repository)
}

fn asked(from: &Path, git_dir: Option<&Path>) -> PathBuf {
    git_dir.map_or_else(|| from.to_path_buf(), |git_dir| from.join(git_dir))
}

fn explain_open(path: &Path, error: &git2::Error) -> anyhow::Error {
    if let Some(unsupported) = format::explain(path, error) {
        return unsupported.into();
    }
    let shown = path.display();
    let text = path.to_string_lossy();
    let typed = typed(&text);
    match error.code() {
        ErrorCode::NotFound => {
            anyhow!("no git repository at or above {shown}; run `git init` there, or give another folder with -C")
        }
        // CVE-2022-24765: git and libgit2 refuse a repository of somebody else.
        ErrorCode::Owner => anyhow!(
            "the repository at {shown} belongs to another user; if you trust it: git config --global --add safe.directory {typed}"
        ),
        _ => anyhow!("the repository at {shown} cannot be opened: {}; try `git -C {typed} status`", error.message()),
    }
}

fn person(author: &git2::Signature<'_>) -> Person {
    Person {
        name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
    }
}

fn clock_time(time: git2::Time) -> ClockTime {
    ClockTime { seconds: time.seconds(), offset_minutes: time.offset_minutes() }
}

fn timestamp(time: git2::Time) -> Timestamp {
    Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_worktree_shares_the_common_folder_and_knows_the_other_roots() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        let id = fixture.commit("a");
        fixture.git(&["config", "backstory.enabled", "false"]);
        fixture.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
        let main = fixture.open();
        let side = Repository::discover(&fixture.beside("side"), None).unwrap();
        let by_variable = Repository::discover(&fixture.beside("side"), Some(side.git_dir())).unwrap();
        assert_eq!(side.common_dir().canonicalize().unwrap(), main.common_dir().canonicalize().unwrap());
        assert_eq!(by_variable.root(), side.root());
        assert_eq!(side.worktree_roots(), [side.root().unwrap(), main.root().unwrap()]);
        assert_eq!(main.worktree_roots(), [main.root().unwrap(), side.root().unwrap()]);
        assert_eq!(
            (side.branch().as_deref(), side.config_string("backstory.enabled").as_deref()),
            (Some("side"), Some("false"))
        );
        assert_eq!(side.blob_at(&id, "a").as_deref(), Some(b"1\n".as_slice()));
        assert_eq!(side.blob_at(&id, "b"), None);
        assert_eq!(side.message(&id).unwrap(), b"a\n");
    }

    #[test]
    fn a_merge_draws_no_border_and_neither_does_another_person() {
        let fixture = Fixture::new();
        let commit = |name: &str| {
            fixture.write(name, "x\n");
            fixture.git(&["add", "-A"]);
            fixture.git(&["commit", "-q", "--date", "2026-03-01T10:00:00Z", "-m", name]);
        };
        commit("a");
        fixture.git(&["checkout", "-q", "-b", "side"]);
        commit("b");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        commit("c");
        let read = || {
            let repository = fixture.open();
            let head = repository.head().unwrap();
            repository.authored_before(&super::super::changes::read_commit(&repository, &head).unwrap())
        };
        assert_eq!(read().map(|time| time.to_string()).as_deref(), Some("2026-03-01T10:00:00Z"));
        fixture.git(&["config", "user.email", "bob@example.org"]);
        commit("d");
        assert_eq!(read(), None);
    }

    #[test]
    fn a_commit_that_was_authored_later_and_stands_before_draws_no_border() {
        let fixture = Fixture::new();
        for (name, hour) in [("a", 10), ("b", 14), ("c", 15), ("d", 12)] {
            fixture.write(name, "x\n");
            fixture.git(&["add", "-A"]);
            fixture.git(&["commit", "-q", "--date", &format!("2026-03-01T{hour}:00:00Z"), "-m", name]);
        }
        let repository = fixture.open();
        let head = super::super::changes::read_commit(&repository, &repository.head().unwrap()).unwrap();
        let before = repository.authored_before(&head).map(|time| time.to_string());
        assert_eq!(before.as_deref(), Some("2026-03-01T10:00:00Z"));
    }

    #[test]
    fn a_folder_without_a_repository_is_named_with_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let error = Repository::discover(folder.path(), None).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("no git repository at or above ") && error.contains("`git init`"), "{error}");
    }
}

//! The journals in `.backstory/sessions` and which of their entries count for a commit: those that the commit itself
//! adds to a journal, and those that were written between its parent and the commit, and were not committed by then. A
//! committed entry is in everybody's checkout: it speaks for no later commit, and for an earlier one of the same author only.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fs, io};

use git2::Oid;
use jiff::Timestamp;

use super::workplace::Workplace;
use crate::capture::{self, Journal, JournalEntry};
use crate::files;
use crate::git::newest_first::newest_first;
use crate::git::repository::Repository;
use crate::link::library::Library;
use crate::link::{self, Hints, Linked};
use crate::record::commit::Commit;
use crate::record::contribution::Confidence;
use crate::record::session::Session;

pub(crate) const FOLDER: &str = ".backstory/sessions";
/// The evidence of a journal's contribution, as the key of [`crate::record::contribution::Evidence::Trailer`].
const EVIDENCE: &str = "journal";
/// A journal is written by hand; a longer file is none.
const MAX_BYTES: u64 = 1024 * 1024;

/// Which of a commit's two times is near its making: an amend keeps the author's, a rebase makes all committer times new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitTime {
    Committed,
    Authored,
}

/// The journals of the work tree.
#[derive(Default)]
pub(crate) struct Journals {
    /// By path, relative to the root, with `/`.
    read: Vec<(String, Journal)>,
    /// The journals of `HEAD`; read where one is asked for.
    committed: OnceCell<Committed>,
    /// Files that are no journals, a line each.
    pub(crate) problems: Vec<String>,
}

/// What is committed of journals, whatever the names of their files were.
struct Committed {
    entries: Vec<JournalEntry>,
    /// For each entry the commit that added it, `None` where that was not found: the history is looked through only for an entry
    /// that is committed and may count.
    added: OnceCell<Vec<Option<Added>>>,
}

/// When and by whom an entry was committed.
struct Added {
    at: Timestamp,
    email: String,
}

/// So many commits are looked through for the one that added an entry.
const MOST_COMMITS: usize = 20_000;

/// Whether there are journals here.
pub(crate) fn any(repository: &Repository) -> bool {
    // A symlink above is told of when they are read.
    repository.root().is_some_and(|root| fs::symlink_metadata(root.join(FOLDER)).is_ok_and(|data| data.is_dir()))
}

/// Where the journals of the work tree `root` are.
///
/// # Errors
/// When a part of the way there is a symlink: it comes with a clone, and may lead to another checkout's journals.
pub(crate) fn folder(root: &Path) -> io::Result<PathBuf> {
    files::folder_below(root, FOLDER)
}

impl Journals {
    pub(crate) fn open(repository: &Repository) -> Self {
        let mut journals = Self::default();
        let Some(root) = repository.root() else { return journals };
        let folder = match folder(root) {
            Ok(folder) => folder,
            Err(error) => {
                journals.problems.push(format!("journals are not read: {error}"));
                return journals;
            }
        };
        let Ok(folder) = fs::read_dir(folder) else { return journals };
        let mut names: Vec<String> = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        for path in names.iter().map(|name| format!("{FOLDER}/{name}")).filter(|path| is_journal(path)) {
            let read = files::read_text(&root.join(&path), MAX_BYTES)
                .map_err(|error| anyhow::anyhow!("{path} cannot be read: {error}"))
                .and_then(|text| text.map(|text| capture::read_journal(Path::new(&path), &text)).transpose());
            match read {
                Ok(journal) => journals.read.extend(journal.map(|journal| (path, journal))),
                Err(error) => journals.problems.push(format!("{error:#}")),
            }
        }
        journals
    }

    /// Whether there are journals at all, here or in the commit.
    pub(crate) fn may_tell_of(&self, commit: &Commit) -> bool {
        !self.read.is_empty() || commit.files.iter().any(|file| is_journal(&file.path))
    }

    /// Journals that could be read.
    pub(crate) fn count(&self) -> usize {
        self.read.len()
    }

    /// The sessions that count for `commit`, each with those of its entries that do.
    pub(crate) fn for_commit(&self, workplace: &Workplace, commit: &Commit, clock: CommitTime) -> Vec<Session> {
        let repository = &workplace.repository;
        let parent = || commit.parents.iter().filter_map(|id| repository.times(id).ok());
        let (after, until) = match clock {
            CommitTime::Committed => (parent().map(|times| times.committed).max(), commit.committed_at),
            CommitTime::Authored => (parent().map(|times| times.authored).max(), commit.authored_at),
        };
        let is_between = |at: Timestamp| after.is_none_or(|after| at > after) && at <= until;
        let mut paths: Vec<&str> = self.read.iter().map(|(path, _)| path.as_str()).collect();
        paths.extend(commit.files.iter().map(|file| file.path.as_str()).filter(|path| is_journal(path)));
        paths.sort_unstable();
        paths.dedup();
        let of_path = |path: &str| {
            let now = self.read.iter().find(|(known, _)| known == path).map(|(_, journal)| journal);
            let before = OnceCell::new();
            let added = added(repository, commit, path, now);
            let mut journal = now.cloned().or_else(|| at(repository, commit.id.as_deref()?, path))?;
            let mut entries = journal.entries;
            entries.extend(added.iter().filter(|entry| !entries.contains(entry)).cloned().collect::<Vec<_>>());
            let all = entries.clone();
            let before = || before.get_or_init(|| entries_before(repository, commit, path, &all));
            // What was committed before this commit told of what was made until then.
            let by_time = |entry: &JournalEntry| {
                entry.at.is_some_and(is_between)
                    && !before().contains(entry)
                    && self.may_speak_of(repository, commit, entry)
            };
            let counts = |entry: &JournalEntry| added.contains(entry) || by_time(entry);
            if !entries.iter().any(counts) {
                return None;
            }
            // What holds for the whole work holds for each part of it.
            entries.retain(|entry| counts(entry) || entry.context.is_some());
            journal.entries = entries;
            Some(journal.into_session(Path::new(path)))
        };
        workplace.ignored.without(paths.into_iter().filter_map(of_path).collect())
    }

    /// Whether an entry that the commit neither adds nor has from before may speak for it by its time: it is not committed; or it
    /// was later, by the commit's own author, and was written by then.
    fn may_speak_of(&self, repository: &Repository, commit: &Commit, entry: &JournalEntry) -> bool {
        let committed = self.committed.get_or_init(|| Committed::read(repository));
        let Some(place) = committed.entries.iter().position(|one| one == entry) else { return true };
        let added = committed.added.get_or_init(|| find_added(repository, &committed.entries));
        added.get(place).and_then(Option::as_ref).is_some_and(|added| {
            let is_own = added.email.eq_ignore_ascii_case(&commit.author.email);
            is_own && entry.at.is_some_and(|at| at <= added.at)
        })
    }
}

impl Committed {
    /// The journals at `HEAD`.
    fn read(repository: &Repository) -> Self {
        let journals = repository.head().map(|head| all_at(repository, &head)).unwrap_or_default();
        Self {
            entries: journals.into_iter().flat_map(|(_, journal)| journal.entries).collect(),
            added: OnceCell::new(),
        }
    }
}

/// The commit that added each entry to any journal.
fn find_added(repository: &Repository, entries: &[JournalEntry]) -> Vec<Option<Added>> {
    let mut found: Vec<Option<Added>> = entries.iter().map(|_| None).collect();
    // Without the history nobody knows when: then an entry speaks for no commit but the one that adds it.
    let _ = walk_for(repository.handle(), entries, &mut found);
    found
}

fn walk_for(
    repository: &git2::Repository,
    wanted: &[JournalEntry],
    found: &mut [Option<Added>],
) -> Result<(), git2::Error> {
    // By folder, and by file: most commits change none of them, and the others one.
    let mut folders: HashMap<Oid, Rc<Vec<JournalEntry>>> = HashMap::new();
    let mut files: HashMap<Oid, Vec<JournalEntry>> = HashMap::new();
    let mut entries = |commit: &git2::Commit| -> Rc<Vec<JournalEntry>> {
        let folder = commit.tree().ok().and_then(|tree| Some(tree.get_path(Path::new(FOLDER)).ok()?.id()));
        let Some(id) = folder else { return Rc::default() };
        let mut read = || {
            let mut all = Vec::new();
            for file in repository.find_tree(id).iter().flat_map(|folder| folder.iter()).take(MOST_JOURNALS) {
                let path = format!("{FOLDER}/{}", file.name().unwrap_or_default());
                if is_journal(&path) {
                    all.extend_from_slice(
                        files.entry(file.id()).or_insert_with(|| entries_of(repository, file.id(), &path)),
                    );
                }
            }
            Rc::new(all)
        };
        Rc::clone(folders.entry(id).or_insert_with(&mut read))
    };
    let head = repository.head()?.peel_to_commit()?.id();
    for commit in newest_first(repository, [head]).take(MOST_COMMITS) {
        if found.iter().all(Option::is_some) {
            break;
        }
        let own = entries(&commit);
        if own.is_empty() {
            continue;
        }
        let before: Vec<Rc<Vec<JournalEntry>>> = commit.parents().map(|parent| entries(&parent)).collect();
        for (entry, added) in wanted.iter().zip(found.iter_mut()).filter(|(_, added)| added.is_none()) {
            if own.contains(entry) && !before.iter().any(|before| before.contains(entry)) {
                let seconds = commit.time().seconds().max(commit.author().when().seconds());
                let email = commit.author().email().unwrap_or_default().to_owned();
                *added = Timestamp::from_second(seconds).ok().map(|at| Added { at, email });
            }
        }
    }
    Ok(())
}

fn entries_of(repository: &git2::Repository, id: Oid, path: &str) -> Vec<JournalEntry> {
    let blob = repository.find_blob(id).ok().filter(|blob| blob.size() as u64 <= MAX_BYTES);
    let journal =
        blob.and_then(|blob| capture::read_journal(Path::new(path), &String::from_utf8_lossy(blob.content())).ok());
    journal.map(|journal| journal.entries).unwrap_or_default()
}

/// Adds what journals say to what was linked. What a journal says about a session that is there goes to that one.
pub(crate) fn add(linked: &mut Linked, commit: &Commit, journals: Vec<Session>) {
    if journals.is_empty() {
        return;
    }
    // Which entries count is settled; an amend keeps the author's time, and what was written before it came later.
    let commit = &Commit { authored_at: commit.authored_at.max(commit.committed_at), ..commit.clone() };
    for journal in journals {
        let hints = Hints { named: vec![(EVIDENCE.to_owned(), journal.id.clone())], ..Hints::default() };
        for told in link::link(commit, &Library::new(vec![journal]), &hints).contributions {
            // What is written down is surer than that; no line refers to it.
            linked.contributions.retain(|one| one.confidence != Confidence::Overlap);
            match linked.contributions.iter_mut().find(|one| one.session == told.session) {
                Some(one) => {
                    one.evidence.extend(told.evidence);
                    one.attempts.extend(told.attempts);
                    one.corrections.extend(told.corrections);
                    one.checks.extend(told.checks);
                    one.context.extend(told.context);
                }
                None => linked.contributions.push(told),
            }
        }
    }
}

/// The entries that the commit adds to the journal at `path`; none where it does not touch it.
fn added(repository: &Repository, commit: &Commit, path: &str, now: Option<&Journal>) -> Vec<JournalEntry> {
    if !commit.files.iter().any(|file| file.path == path) {
        return Vec::new();
    }
    let committed = match &commit.id {
        Some(id) => at(repository, id, path),
        None => now.cloned(),
    };
    let entries = committed.map(|journal| journal.entries).unwrap_or_default();
    let before = entries_before(repository, commit, path, &entries);
    entries.into_iter().filter(|entry| !before.contains(entry)).collect()
}

/// The entries of the journal `now` that the commit's parents have in it, or in another: a file that is only renamed or copied
/// says nothing again.
fn entries_before(repository: &Repository, commit: &Commit, path: &str, now: &[JournalEntry]) -> Vec<JournalEntry> {
    let mut before = Vec::new();
    for (name, journal) in commit.parents.iter().flat_map(|parent| all_at(repository, parent)) {
        // Two people may write the same words; they do not do it in the same second, or all of a file.
        let is_moved = || journal.entries.iter().all(|entry| now.contains(entry));
        let is_known = |entry: &JournalEntry| entry.at.is_some() && now.contains(entry);
        match name == path || is_moved() {
            true => before.extend(journal.entries),
            false => before.extend(journal.entries.into_iter().filter(is_known)),
        }
    }
    before
}

/// More journals of one commit are not read.
const MOST_JOURNALS: usize = 2000;

/// The journals in a commit, by path; those that cannot be read are left out.
fn all_at(repository: &Repository, commit: &str) -> Vec<(String, Journal)> {
    let Ok(paths) = paths_at(repository.handle(), commit) else { return Vec::new() };
    paths.into_iter().filter_map(|path| at(repository, commit, &path).map(|journal| (path, journal))).collect()
}

fn paths_at(repository: &git2::Repository, commit: &str) -> Result<Vec<String>, git2::Error> {
    let tree = repository.find_commit(Oid::from_str(commit)?)?.tree()?;
    let folder = tree.get_path(Path::new(FOLDER))?.to_object(repository)?.peel_to_tree()?;
    let names = folder.iter().filter_map(|entry| Some(format!("{FOLDER}/{}", entry.name().ok()?)));
    Ok(names.filter(|path| is_journal(path)).take(MOST_JOURNALS).collect())
}

/// The journal in a commit; `None` where there is none that can be read.
fn at(repository: &Repository, commit: &str, path: &str) -> Option<Journal> {
    let bytes = repository.blob_at(commit, path).filter(|bytes| bytes.len() as u64 <= MAX_BYTES)?;
    capture::read_journal(Path::new(path), &String::from_utf8_lossy(&bytes)).ok()
}

fn is_journal(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/') && [".yaml", ".yml"].iter().any(|end| name.ends_with(end)))
}

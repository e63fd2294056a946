//! What a commit changed, file by file and line by line. Reads trees and blobs itself: git's and libgit2's diffs also
//! match path patterns, attributes and filters that nobody asks for here, and cost ten times as much.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow};
use git2::Oid;
use jiff::Timestamp;

use super::hunks;
use super::parents::parents_in_header;
use super::repository::Repository;
use super::shallow;
use super::tree_changes::{ChangeSide, TreeChange, compare};
use crate::record::commit::{Commit, FileChange, FileChangeKind, Person, Trees};
use crate::record::text::Raw;

/// A file larger than this, in bytes, is told without its lines: a generated file, an export, a lock file.
pub const LARGEST_FILE: usize = 2 << 20;
/// Bytes of text whose lines are told for one commit; further files are told without them. Keeps the first commit of a
/// large project from filling the memory.
pub const LARGEST_COMMIT: usize = 64 << 20;

/// The commit with the given id, with all that it changed. A merge has only the files whose content is that of none of
/// its parents, with the lines that no parent had. A commit at the edge of a shallow clone has no files: its parent is
/// not there, so what it changed is not known. One that was made from it has what it changed of that one.
pub fn read_commit(repository: &Repository, id: &str) -> Result<Commit> {
    let oid = repository.oid(id)?;
    let commit = repository.find_commit(oid)?;
    let parents = parents_in_header(&commit);
    let files = changed_files(repository, &commit, &parents).with_context(|| format!("commit {oid}"))?;
    Ok(Commit {
        id: Some(oid.to_string()),
        parents,
        author: person(&commit.author()),
        authored_at: time(commit.author().when()),
        committed_at: time(commit.time()),
        message: message(&commit),
        files,
        trees: Some(trees(repository, &commit)),
    })
}

fn trees(repository: &Repository, commit: &git2::Commit<'_>) -> Trees {
    let base = match commit.parent(0) {
        Ok(parent) => Some(parent.tree_id().to_string()),
        Err(_) if parents_in_header(commit).is_empty() => {
            shallow::made_from(repository, commit).is_none().then(String::new)
        }
        Err(_) => None,
    };
    Trees { own: commit.tree_id().to_string(), base }
}

/// Commits that one thread reads in a row: neighbours share most of their trees.
const RUN: usize = 32;

/// The commits with the given ids, in that order, read by as many threads as there are processors.
pub fn read_commits(repository: &Repository, ids: &[String]) -> Result<Vec<Commit>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(ids.len() / 16 + 1);
    if threads == 1 {
        return ids.iter().map(|id| read_commit(repository, id)).collect();
    }
    let next = AtomicUsize::new(0);
    let git_dir = repository.git_dir();
    let work = || -> Result<Vec<(usize, Commit)>> {
        let repository = Repository::reopen(git_dir)?;
        let mut read = Vec::new();
        loop {
            let start = next.fetch_add(RUN, Ordering::Relaxed);
            let Some(rest) = ids.get(start..).filter(|rest| !rest.is_empty()) else { return Ok(read) };
            for (index, id) in (start..).zip(&rest[..rest.len().min(RUN)]) {
                read.push((index, read_commit(&repository, id)?));
            }
        }
    };
    let mut read = Vec::with_capacity(ids.len());
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            read.extend(worker.join().map_err(|_| anyhow!("a thread that reads commits stopped"))??);
        }
        Ok(())
    })?;
    read.sort_by_key(|(index, _)| *index);
    Ok(read.into_iter().map(|(_, commit)| commit).collect())
}

fn changed_files(repository: &Repository, commit: &git2::Commit<'_>, parents: &[String]) -> Result<Vec<FileChange>> {
    let mut trees = Vec::new();
    for parent in parents {
        match repository.git.find_commit(repository.oid(parent)?) {
            Ok(parent) => trees.push(parent.tree_id()),
            Err(_) => return Ok(Vec::new()),
        }
    }
    match trees.as_slice() {
        [] => {
            let edge = shallow::made_from(repository, commit).map(|edge| edge.tree_id());
            files_between(repository, edge, commit.tree_id())
        }
        [parent] => files_between(repository, Some(*parent), commit.tree_id()),
        parents => files_of_merge(repository, parents, commit.tree_id()),
    }
}

/// The change from the tree `old` (`None`: from nothing) to the tree `new`, renames found.
pub(super) fn files_between(repository: &Repository, old: Option<Oid>, new: Oid) -> Result<Vec<FileChange>> {
    let changes = compare(&repository.git, old, Some(new))?;
    let mut reader = BlobReader { repository, left: LARGEST_COMMIT };
    let renames = reader.renames(&changes);
    let sources: BTreeSet<usize> = renames.values().copied().collect();
    let mut files = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        if sources.contains(&index) {
            continue;
        }
        files.push(match renames.get(&index) {
            Some(source) => reader.renamed(&changes[*source], change),
            None => reader.changed(change),
        });
    }
    Ok(files)
}

fn files_of_merge(repository: &Repository, parents: &[Oid], new: Oid) -> Result<Vec<FileChange>> {
    let mut differing: Vec<HashMap<Vec<u8>, Option<ChangeSide>>> = Vec::new();
    let mut first = Vec::new();
    for (index, parent) in parents.iter().enumerate() {
        let changes = compare(&repository.git, Some(*parent), Some(new))?;
        if index == 0 {
            first = changes;
        } else {
            differing.push(changes.into_iter().map(|change| (change.path, change.old)).collect());
        }
    }
    let mut reader = BlobReader { repository, left: LARGEST_COMMIT };
    let mut files = Vec::new();
    for change in first.iter().filter(|change| differing.iter().all(|other| other.contains_key(&change.path))) {
        let olds = differing.iter().map(|other| other.get(&change.path).copied().flatten());
        let olds: Vec<Option<ChangeSide>> = std::iter::once(change.old).chain(olds).collect();
        files.extend(reader.merged(change, &olds));
    }
    Ok(files)
}

/// What is left of a blob for a diff.
enum BlobContent {
    Text(Arc<[u8]>),
    Binary,
    /// Too large, in a partial clone, or of a submodule.
    Absent,
}

struct BlobReader<'r> {
    repository: &'r Repository,
    /// Bytes of text that may still be told.
    left: usize,
}

impl BlobReader<'_> {
    fn changed(&mut self, change: &TreeChange) -> FileChange {
        let kind = match (change.old, change.new) {
            (None, _) => FileChangeKind::Added,
            (_, None) => FileChangeKind::Deleted,
            _ => FileChangeKind::Modified,
        };
        self.file(&change.path, None, kind, change.old, change.new)
    }

    fn renamed(&mut self, source: &TreeChange, change: &TreeChange) -> FileChange {
        self.file(&change.path, Some(&source.path), FileChangeKind::Renamed, source.old, change.new)
    }

    fn file(
        &mut self,
        path: &[u8],
        old_path: Option<&[u8]>,
        kind: FileChangeKind,
        old: Option<ChangeSide>,
        new: Option<ChangeSide>,
    ) -> FileChange {
        let (mut kind, mut found) = (kind, Vec::new());
        if old.map(|side| side.id) != new.map(|side| side.id) {
            match (self.content(old), self.content(new)) {
                (BlobContent::Text(old), BlobContent::Text(new)) => found = hunks::between(&old, &new),
                (BlobContent::Binary, _) | (_, BlobContent::Binary) => kind = FileChangeKind::Binary,
                _ => {}
            }
        }
        FileChange { path: lossy(path), old_path: old_path.map(lossy), kind, hunks: found }
    }

    /// `None` when the merge only put together what its parents had.
    fn merged(&mut self, change: &TreeChange, olds: &[Option<ChangeSide>]) -> Option<FileChange> {
        let BlobContent::Text(new) = self.content(Some(change.new?)) else { return None };
        let mut texts = Vec::new();
        for old in olds {
            let BlobContent::Text(old) = self.content(*old) else { return None };
            texts.push(old);
        }
        let hunks = hunks::added_to_all(&texts, &new);
        let kind = if olds.iter().all(Option::is_none) { FileChangeKind::Added } else { FileChangeKind::Modified };
        (!hunks.is_empty()).then(|| FileChange { path: lossy(&change.path), old_path: None, kind, hunks })
    }

    fn content(&mut self, side: Option<ChangeSide>) -> BlobContent {
        let Some(side) = side else { return BlobContent::Text(Arc::default()) };
        if side.is_submodule() {
            return BlobContent::Absent;
        }
        // A blob that is missing (a partial clone) is not an error: the file is told without its lines.
        let Some(content) = self.repository.content(side.id) else { return BlobContent::Absent };
        if hunks::is_binary(&content) {
            BlobContent::Binary
        } else if content.len() > LARGEST_FILE || content.len() > self.left {
            BlobContent::Absent
        } else {
            self.left -= content.len();
            BlobContent::Text(content)
        }
    }

    /// For each added file that is a deleted one under a new name: index of the added, index of the deleted.
    /// By equal ids only, then by shared lines where there are few candidates.
    fn renames(&self, changes: &[TreeChange]) -> HashMap<usize, usize> {
        let of = |wanted: fn(&TreeChange) -> bool| -> Vec<usize> {
            (0..changes.len()).filter(|index| wanted(&changes[*index])).collect()
        };
        let mut deleted = of(|change| change.new.is_none());
        let mut added = of(|change| change.old.is_none());
        let mut renames = HashMap::new();
        let mut by_id: HashMap<Oid, Vec<usize>> = HashMap::new();
        for index in deleted.iter().rev() {
            by_id.entry(changes[*index].old.map_or(Oid::ZERO_SHA1, |side| side.id)).or_default().push(*index);
        }
        for index in &added {
            let id = changes[*index].new.map_or(Oid::ZERO_SHA1, |side| side.id);
            if let Some(source) = by_id.get_mut(&id).and_then(Vec::pop) {
                renames.insert(*index, source);
            }
        }
        let taken: BTreeSet<usize> = renames.values().copied().collect();
        deleted.retain(|index| !taken.contains(index));
        added.retain(|index| !renames.contains_key(index));
        super::renames::by_likeness(self.repository, changes, &deleted, &added, &mut renames);
        renames
    }
}

fn message(commit: &git2::Commit<'_>) -> Raw {
    let bytes = commit.message_raw_bytes();
    let encoding = commit.message_encoding().ok().flatten().unwrap_or_default();
    if encoding.eq_ignore_ascii_case("iso-8859-1") || encoding.eq_ignore_ascii_case("latin1") {
        return Raw::new(bytes.iter().map(|byte| char::from(*byte)).collect::<String>());
    }
    Raw::new(lossy(bytes))
}

fn person(signature: &git2::Signature<'_>) -> Person {
    Person { name: lossy(signature.name_bytes()), email: lossy(signature.email_bytes()) }
}

/// A time outside of what a calendar holds (a damaged commit) is the epoch.
fn time(time: git2::Time) -> Timestamp {
    Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// One line a file: kind, names, then its hunks as `-lines+lines`.
    fn shown(commit: &Commit) -> Vec<String> {
        let join = |lines: &[Raw]| lines.iter().map(Raw::expose).collect::<Vec<_>>().join("|");
        commit
            .files
            .iter()
            .map(|file| {
                let from = file.old_path.as_ref().map(|path| format!("{path} > ")).unwrap_or_default();
                let hunks = file.hunks.iter();
                let hunks: String =
                    hunks.map(|h| format!(" {}-{}+{}", h.new_start, join(&h.removed), join(&h.added))).collect();
                format!("{:?} {from}{}{hunks}", file.kind, file.path)
            })
            .collect()
    }

    fn read(fixture: &Fixture, id: &str) -> Vec<String> {
        shown(&read_commit(&fixture.open(), id).unwrap())
    }

    #[test]
    fn a_commit_is_read_with_its_people_time_and_lines() {
        let fixture = Fixture::new();
        fixture.write("src/a.rs", "one\ntwo\n");
        let first = fixture.commit("first");
        fixture.write("src/a.rs", "one\n2\n");
        fixture.write("src.rs", "new");
        let second = fixture.commit("second\n\nbody");
        let commit = read_commit(&fixture.open(), &second).unwrap();
        assert_eq!(commit.parents, std::slice::from_ref(&first));
        assert_eq!(commit.author, Person { name: "Ada".into(), email: "ada@example.org".into() });
        assert_eq!(commit.committed_at.to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(commit.message.expose(), "second\n\nbody\n");
        assert_eq!(shown(&commit), ["Added src.rs 1-+new", "Modified src/a.rs 2-two+2"]);
        assert_eq!(read(&fixture, &first), ["Added src/a.rs 1-+one|two"]);
    }

    #[test]
    fn renames_are_found_by_id_and_by_shared_lines() {
        let fixture = Fixture::new();
        fixture.write("same.txt", "exactly the same\n");
        fixture.write("much.txt", "line one\nline two\nline three\nline four\n");
        fixture.write("gone.txt", "nothing like the others\n");
        fixture.commit("first");
        fixture.git(&["mv", "same.txt", "z.txt"]);
        fixture.git(&["rm", "-q", "much.txt", "gone.txt"]);
        fixture.write("dir/much.txt", "line one\nline 2\nline three\nline four\n");
        let id = fixture.commit("second");
        assert_eq!(
            read(&fixture, &id),
            [
                "Renamed much.txt > dir/much.txt 2-line two+line 2",
                "Deleted gone.txt 1-nothing like the others+",
                "Renamed same.txt > z.txt"
            ]
        );
    }

    #[test]
    fn binary_and_large_files_have_no_lines() {
        let fixture = Fixture::new();
        fixture.write("b.bin", b"a\0b");
        fixture.write("large.txt", "line\n".repeat(LARGEST_FILE / 5 + 1));
        fixture.write("utf16.txt", b"\xff\xfea\0");
        fixture.write("latin.txt", b"caf\xe9\n");
        let id = fixture.commit("files");
        assert_eq!(
            read(&fixture, &id),
            ["Binary b.bin", "Added large.txt", "Added latin.txt 1-+caf\u{fffd}", "Binary utf16.txt"]
        );
    }

    #[test]
    fn a_file_that_became_a_folder_is_deleted_and_added() {
        let fixture = Fixture::new();
        fixture.write("a", "file\n");
        fixture.commit("file");
        std::fs::remove_file(fixture.root().join("a")).unwrap();
        fixture.write("a/b", "inside\n");
        let id = fixture.commit("folder");
        assert_eq!(read(&fixture, &id), ["Deleted a 1-file+", "Added a/b 1-+inside"]);
    }

    #[test]
    fn a_clean_merge_changed_nothing_and_an_evil_one_its_own_lines() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n2\n3\n4\n5\n6\n7\n");
        fixture.commit("base");
        fixture.git(&["checkout", "-q", "-b", "side"]);
        fixture.write("a", "one\n2\n3\n4\n5\n6\n7\n");
        fixture.commit("side");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.write("a", "1\n2\n3\n4\n5\n6\nseven\n");
        fixture.write("b", "b\n");
        fixture.commit("main");
        fixture.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        assert!(read(&fixture, &fixture.git(&["rev-parse", "HEAD"])).is_empty());
        fixture.write("a", "one\n2\n3\nby hand\n5\n6\nseven\n");
        fixture.git(&["commit", "-q", "-a", "--amend", "-m", "evil"]);
        assert_eq!(read(&fixture, &fixture.git(&["rev-parse", "HEAD"])), ["Modified a 4-+by hand"]);
    }

    #[test]
    fn the_edge_of_a_shallow_clone_has_no_files() {
        let fixture = Fixture::new();
        for name in ["a", "b", "c"] {
            fixture.write(name, "x\n");
            fixture.commit(name);
        }
        let url = format!("file://{}", fixture.root().display());
        fixture.git(&["clone", "-q", "--depth", "2", &url, "../shallow"]);
        let shallow = Repository::discover(&fixture.beside("shallow"), None).unwrap();
        let edge = shallow.resolve("HEAD~1").unwrap();
        let commit = read_commit(&shallow, &edge).unwrap();
        assert_eq!((commit.parents.len(), commit.files.len()), (1, 0));
        assert_eq!(shown(&read_commit(&shallow, &shallow.head().unwrap()).unwrap()), ["Added c 1-+x"]);
    }

    #[test]
    fn many_commits_come_back_in_the_order_asked_for() {
        let fixture = Fixture::new();
        let ids: Vec<String> = (0..40)
            .map(|n| {
                fixture.write("n", format!("{n}\n"));
                fixture.commit(&n.to_string())
            })
            .collect();
        let read = read_commits(&fixture.open(), &ids).unwrap();
        assert_eq!(read.into_iter().filter_map(|commit| commit.id).collect::<Vec<_>>(), ids);
    }
}

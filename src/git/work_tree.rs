//! Which tracked files the work tree holds otherwise than the last commit does, by as few looks as possible.

use std::fs::{self, Metadata};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use git2::{Delta, DiffOptions, IndexEntry};

use super::cache_tree;
use super::repository::Repository;

/// A larger index is not looked through: one look for each file makes a commit wait.
const MOST_BYTES: u64 = 1024 * 1024;
/// More files are not compared.
const MOST_FILES: usize = 200;

/// A file that differs, with the time when it was changed last; `None` where it is gone.
pub(crate) type Changed = (String, Option<SystemTime>);

/// The tracked files among those that `counts` which differ from HEAD, staged or not. Empty where they cannot be told.
pub(crate) fn changed(repository: &Repository, counts: &dyn Fn(&str) -> bool) -> Vec<Changed> {
    let path = repository.git_dir().join("index");
    let (Some(root), Ok(data)) = (repository.root(), fs::metadata(&path)) else { return Vec::new() };
    if data.len() > MOST_BYTES {
        return Vec::new();
    }
    // libgit2 cannot read one that is sparse.
    let Ok(index) = git2::Index::open(&path) else { return Vec::new() };
    let written = data.modified().unwrap_or(UNIX_EPOCH);
    let mut suspects = Vec::new();
    for entry in index.iter() {
        let Ok(name) = std::str::from_utf8(&entry.path) else { continue };
        if is_left_alone(&entry) || !counts(name) {
            continue;
        }
        match fs::symlink_metadata(root.join(name)) {
            Ok(data) if is_as_seen(&entry, &data, written) => {}
            found => suspects.push((name.to_owned(), found.ok().and_then(|data| data.modified().ok()))),
        }
        if suspects.len() > MOST_FILES {
            return Vec::new();
        }
    }
    if !suspects.is_empty() {
        let mut options = DiffOptions::new();
        options.disable_pathspec_match(true).ignore_submodules(true).update_index(false);
        for (name, _) in &suspects {
            options.pathspec(name);
        }
        let Ok(diff) = repository.git.diff_index_to_workdir(Some(&index), Some(&mut options)) else {
            return Vec::new();
        };
        let differ = names(&diff);
        suspects.retain(|(name, _)| differ.contains(name));
    }
    let head = repository.git.head().ok().and_then(|head| head.peel_to_tree().ok());
    if head.as_ref().map(git2::Tree::id) != cache_tree::root(&path)
        && let Ok(staged) = repository.git.diff_tree_to_index(head.as_ref(), Some(&index), None)
    {
        let staged = names(&staged).into_iter().filter(|name| counts(name)).take(MOST_FILES);
        let changed = |name: &String| fs::symlink_metadata(root.join(name)).ok()?.modified().ok();
        suspects.extend(staged.map(|name| (name.clone(), changed(&name))));
    }
    suspects
}

fn names(diff: &git2::Diff<'_>) -> Vec<String> {
    let changed = diff.deltas().filter(|delta| delta.status() != Delta::Unmodified);
    changed.filter_map(|delta| Some(delta.old_file().path()?.to_str()?.to_owned())).collect()
}

/// Whether git does not look at the file either: a submodule, or one that a person or a sparse checkout leaves out.
fn is_left_alone(entry: &IndexEntry) -> bool {
    const GITLINK: u32 = 0o160_000;
    const ASSUME_VALID: u16 = 0x8000;
    const SKIP_WORKTREE: u16 = 0x4000;
    entry.mode == GITLINK || entry.flags & ASSUME_VALID != 0 || entry.flags_extended & SKIP_WORKTREE != 0
}

/// Whether a file looks as it did when git saw it last, before it wrote the index.
fn is_as_seen(entry: &IndexEntry, data: &Metadata, written: SystemTime) -> bool {
    let seen = Duration::new(u64::try_from(entry.mtime.seconds()).unwrap_or_default(), entry.mtime.nanoseconds());
    let Ok(modified) = data.modified() else { return false };
    let is_same_time = modified.duration_since(UNIX_EPOCH).is_ok_and(|at| {
        // Some programs keep whole seconds.
        at == seen || (seen.subsec_nanos() == 0 && at.as_secs() == seen.as_secs())
    });
    is_same_time && data.len() as u32 == entry.file_size && modified < written
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn tracked_files_that_differ_from_the_index_are_told() {
        let fixture = Fixture::new();
        for name in ["same.py", "touched.py", "changed.py", "gone.py", "skipped.py", "notes.md", "staged.py"] {
            fixture.write(name, "one\n");
        }
        fixture.commit("a");
        fixture.git(&["update-index", "--skip-worktree", "skipped.py"]);
        fixture.write("touched.py", "one\n");
        fixture.write("changed.py", "two\n");
        fixture.write("skipped.py", "two\n");
        fixture.write("notes.md", "two\n");
        fixture.write("staged.py", "two\n");
        fixture.git(&["add", "staged.py"]);
        fixture.write("new.py", "x\n");
        std::fs::remove_file(fixture.root().join("gone.py")).unwrap();
        let found = changed(&fixture.open(), &|name| name.ends_with(".py"));
        let told: Vec<(&str, bool)> = found.iter().map(|(name, at)| (name.as_str(), at.is_some())).collect();
        assert_eq!(told, [("changed.py", true), ("gone.py", false), ("staged.py", true)]);
        // In a linked worktree the files of that one count.
        fixture.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
        let side = Repository::discover(&fixture.beside("side"), None).unwrap();
        assert_eq!(changed(&side, &|_| true), []);
    }
}

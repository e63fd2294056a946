//! Files as a commit has them, from its tree: nothing of the work tree is looked at, and no link is followed.

use std::path::Path;

use anyhow::{Context, Result};
use git2::{ErrorClass, ErrorCode, ObjectType, Tree, TreeEntry};

use super::promised::{self, With};
use super::repository::Repository;
use super::small_file;

/// The content of the file `path` in `commit`, at most `most` bytes long; `None` where the commit has nothing of that name.
///
/// # Errors
/// When it is not a file, longer than `most`, or not here (in a shallow or partial clone).
pub(crate) fn read(repository: &Repository, commit: &str, path: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let tree = tree(repository, commit)?;
    let cannot = || format!("{path} of {commit} cannot be read");
    let Some(entry) = entry(&tree, path).with_context(cannot)? else { return Ok(None) };
    small_file::content(repository, entry.filemode(), entry.id(), most).map(Some).with_context(cannot)
}

/// The names of what the folder `path` of `commit` holds, sorted; none where the commit has no folder of that name.
///
/// # Errors
/// When it is not here (in a shallow or partial clone).
pub(crate) fn names(repository: &Repository, commit: &str, path: &str) -> Result<Vec<String>> {
    let tree = tree(repository, commit)?;
    let cannot = || format!("{path} of {commit} cannot be read");
    let Some(entry) = entry(&tree, path).with_context(cannot)? else { return Ok(Vec::new()) };
    if entry.kind() != Some(ObjectType::Tree) {
        return Ok(Vec::new());
    }
    promised::bring(repository, [entry.id()], With::Folders);
    let folder = repository.handle().find_tree(entry.id()).with_context(cannot)?;
    let mut names: Vec<String> = folder.iter().filter_map(|entry| Some(entry.name().ok()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// Whether the file or folder `path` is another in the second of two commits than in the first, or only in one of them.
///
/// # Errors
/// When one of the commits is not here.
pub(crate) fn differs(repository: &Repository, [before, after]: [&str; 2], path: &str) -> Result<bool> {
    let id = |commit: &str| -> Result<_> { Ok(entry(&tree(repository, commit)?, path)?.map(|entry| entry.id())) };
    Ok(id(before)? != id(after)?)
}

/// Those of `paths` that `commit` itself added, changed or removed: in a merge, those that none of its parents has so. Where
/// a parent is not here, nothing is known to have changed.
pub(crate) fn changed<P: AsRef<str>>(repository: &Repository, commit: &str, paths: &[P]) -> Vec<String> {
    let Ok(own) = tree(repository, commit) else { return Vec::new() };
    let Ok(parents) = repository.parents(commit) else { return Vec::new() };
    let parents: Vec<Option<Tree>> = parents.iter().map(|parent| tree(repository, parent).ok()).collect();
    let state = |tree: &Tree, path: &str| match entry(tree, path) {
        Ok(entry) => Some(entry.map(|entry| (entry.id(), entry.filemode()))),
        Err(_) => None,
    };
    let is_changed = |path: &&str| {
        let Some(now) = state(&own, path) else { return false };
        let differs = |parent: &Option<Tree>| {
            parent.as_ref().and_then(|parent| state(parent, path)).is_some_and(|before| before != now)
        };
        if parents.is_empty() { now.is_some() } else { parents.iter().all(differs) }
    };
    paths.iter().map(AsRef::as_ref).filter(is_changed).map(str::to_owned).collect()
}

fn tree<'r>(repository: &'r Repository, commit: &str) -> Result<Tree<'r>> {
    let found = repository.find_commit(repository.oid(commit)?)?;
    promised::bring(repository, [found.tree_id()], With::Folders);
    found.tree().with_context(|| format!("the files of {commit} are not here"))
}

/// `None` where there is nothing of that name; what is not here is an error of the object database.
fn entry(tree: &Tree, path: &str) -> Result<Option<TreeEntry<'static>>, git2::Error> {
    match tree.get_path(Path::new(path)) {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Tree => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_read_from_the_commit_and_no_link_is_followed() {
        let fixture = Fixture::new();
        fixture.write("a", "one\n");
        std::os::unix::fs::symlink("a", fixture.root().join("link")).unwrap();
        let first = fixture.commit("a");
        fixture.write("a", "two\n");
        let repository = fixture.open();
        let read = |path: &str, most| read(&repository, &first, path, most).map_err(|error| format!("{error:#}"));
        assert_eq!(read("a", 4), Ok(Some(b"one\n".to_vec())));
        assert_eq!((read("b", 4), read("a/b", 4)), (Ok(None), Ok(None)));
        let error = read("a", 3).unwrap_err();
        assert!(error.ends_with("cannot be read: it is longer than 0 KB"), "{error}");
        let error = read("link", 100).unwrap_err();
        assert!(error.ends_with("is a symlink, which is not followed"), "{error}");
        assert!(super::read(&repository, &"1".repeat(40), "a", 9).is_err());
    }

    #[test]
    fn a_folder_of_a_commit_lists_its_names() {
        let fixture = Fixture::new();
        for path in ["a/two/x", "a/one/y", "a/file", "b"] {
            fixture.write(path, "1\n");
        }
        let commit = fixture.commit("all");
        let names = |path: &str| names(&fixture.open(), &commit, path).unwrap();
        assert_eq!(names("a"), ["file", "one", "two"]);
        assert!(names("b").is_empty() && names("none/at/all").is_empty());
        fixture.write("a/one/y", "2\n");
        let later = fixture.commit("one");
        let differs = |path: &str| differs(&fixture.open(), [&commit, &later], path).unwrap();
        assert_eq!(["a/one", "a/two", "c"].map(differs), [true, false, false]);
    }

    #[test]
    fn a_commit_changed_what_none_of_its_parents_has_so() {
        let fixture = Fixture::new();
        let paths = ["a", "b"];
        fixture.write("a", "1\n");
        let root = fixture.commit("a");
        fixture.git(&["checkout", "-q", "-b", "side"]);
        fixture.write("b", "1\n");
        let added = fixture.commit("b");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.write("c", "1\n");
        let other = fixture.commit("c");
        fixture.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        let merge = fixture.git(&["rev-parse", "HEAD"]).trim().to_owned();
        fixture.git(&["rm", "-q", "b"]);
        let removed = fixture.commit("no b");
        let repository = fixture.open();
        let of = |id: &str| changed(&repository, id, &paths);
        assert_eq!(
            (of(&root), of(&added), of(&removed)),
            (vec!["a".to_owned()], vec!["b".to_owned()], vec!["b".to_owned()])
        );
        assert!(of(&other).is_empty() && of(&merge).is_empty());
        // In a merge that was made by hand.
        fixture.git(&["checkout", "-q", "-b", "again", &other]);
        fixture.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
        fixture.write("b", "mine\n");
        let evil = fixture.commit("merge");
        assert_eq!(changed(&fixture.open(), &evil, &paths), ["b"]);
    }
}

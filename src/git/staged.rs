//! The change that is about to be committed.

use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;

use super::cache_tree;
use super::changes::files_between;
use super::repository::Repository;
use crate::record::commit::FileChange;

/// What the index holds against HEAD. `index` is the value of `GIT_INDEX_FILE` (git names another file than
/// `.git/index` for `commit -a` and for a commit of single paths); a relative one starts at the root of the working
/// folder, where git runs hooks. `None` stands for the repository's own index.
pub(crate) fn staged(repository: &Repository, index: Option<&Path>) -> Result<Vec<FileChange>> {
    let tree = staged_tree(repository, index)?;
    let head = repository.git.head().ok().and_then(|head| head.peel_to_tree().ok()).map(|tree| tree.id());
    files_between(repository, head, tree)
}

/// The id of the tree that is about to be committed; `index` as for [`staged`].
pub(crate) fn tree(repository: &Repository, index: Option<&Path>) -> Result<String> {
    Ok(staged_tree(repository, index)?.to_string())
}

fn staged_tree(repository: &Repository, index: Option<&Path>) -> Result<Oid> {
    let index = match (index, repository.root()) {
        (Some(index), Some(root)) => root.join(index),
        (Some(index), None) => index.to_path_buf(),
        (None, _) => repository.git_dir().join("index"),
    };
    let index = index.as_path();
    if let Some(tree) = cache_tree::root(index)
        && repository.git.find_tree(tree).is_ok()
    {
        return Ok(tree);
    }
    let explain = || format!("the index {} cannot be read; try `git status`", index.display());
    git2::Index::open(index).with_context(explain)?.write_tree_to(&repository.git).with_context(explain)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn paths(fixture: &Fixture, index: Option<&str>) -> Vec<String> {
        let files = staged(&fixture.open(), index.map(Path::new)).unwrap();
        files.into_iter().map(|file| format!("{:?} {} {}", file.kind, file.path, file.hunks.len())).collect()
    }

    #[test]
    fn what_was_added_to_the_index_is_staged_whether_its_trees_are_written_or_not() {
        let fixture = Fixture::new();
        assert!(paths(&fixture, None).is_empty());
        fixture.write("src/a", "1\n2\n");
        fixture.git(&["add", "-A"]);
        assert_eq!(paths(&fixture, None), ["Added src/a 1"]);
        fixture.git(&["write-tree"]);
        assert_eq!(paths(&fixture, None), ["Added src/a 1"]);
        fixture.commit("first");
        fixture.write("src/a", "one\n2\n");
        fixture.write("not staged", "");
        fixture.git(&["add", "src/a"]);
        assert_eq!(paths(&fixture, None), ["Modified src/a 1"]);
    }

    #[test]
    fn the_index_that_git_names_is_read_and_not_its_own() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        fixture.git(&["add", "-A"]);
        std::fs::rename(fixture.root().join(".git/index"), fixture.root().join(".git/index.lock")).unwrap();
        assert_eq!(paths(&fixture, Some(".git/index.lock")), ["Added a 1"]);
        assert!(paths(&fixture, None).is_empty());
    }
}

//! Where lines that commits added stand in a later commit.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use git2::BlameOptions;

use super::repository::Repository;

/// A line as one commit has it: the commit's id, the file's name there, and its number from 1.
pub type Place = (String, String, u32);

/// The places where the lines of `path` in the commit `head` were last changed, by the commits after `base`, with the
/// number that each has in `head`. Nothing where `head` has no such file.
///
/// # Errors
/// When the history cannot be read.
pub fn lines_since(repository: &Repository, base: &str, head: &str, path: &str) -> anyhow::Result<HashMap<Place, u32>> {
    let mut places = HashMap::new();
    if repository.blob_at(head, path).is_none() {
        return Ok(places);
    }
    let mut options = BlameOptions::new();
    options.newest_commit(repository.oid(head)?).oldest_commit(repository.oid(base)?);
    let blame = repository
        .git
        .blame_file(Path::new(path), Some(&mut options))
        .with_context(|| format!("it cannot be told which commits changed {path}"))?;
    for hunk in blame.iter() {
        let name = hunk.path().and_then(Path::to_str).unwrap_or(path).replace('\\', "/");
        for offset in 0..hunk.lines_in_hunk() {
            let place = (hunk.final_commit_id().to_string(), name.clone(), (hunk.orig_start_line() + offset) as u32);
            places.insert(place, (hunk.final_start_line() + offset) as u32);
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_line_is_found_where_later_commits_moved_it() {
        let fixture = Fixture::new();
        fixture.write("a", "one\ntwo\nthree\n");
        let base = fixture.commit("a");
        fixture.write("a", "one\ntwo\nmine\nthree\n");
        let middle = fixture.commit("b");
        fixture.write("a", "zero\nzero\none\ntwo\nmine\nthree\n");
        let head = fixture.commit("c");
        let places = lines_since(&fixture.open(), &base, &head, "a").unwrap();
        assert_eq!(places.get(&(middle, "a".to_owned(), 3)), Some(&5));
        assert_eq!(places.get(&(head.clone(), "a".to_owned(), 1)), Some(&1));
        assert!(lines_since(&fixture.open(), &base, &head, "gone").unwrap().is_empty());
    }
}

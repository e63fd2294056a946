//! Where lines that commits added stand in a later commit.

use std::collections::HashMap;

use super::blame::blame_since;
use super::repository::Repository;

/// A line as one commit has it: the commit's id, the file's name there, and its number from 1.
pub(crate) type LinePosition = (String, String, u32);

/// The places where the lines of `path` in the commit `head` were last changed, by the commits after `base`, with the
/// number that each has in `head`. Nothing where `head` has no such file.
///
/// # Errors
/// When the history cannot be read.
pub(crate) fn lines_since(
    repository: &Repository,
    base: &str,
    head: &str,
    path: &str,
) -> anyhow::Result<HashMap<LinePosition, u32>> {
    let mut places = HashMap::new();
    if !repository.has_file(head, path) {
        return Ok(places);
    }
    for (origin, now) in blame_since(repository, base, head, path)? {
        if let Some(commit) = origin.commit {
            places.insert((commit, origin.path, origin.line), now);
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

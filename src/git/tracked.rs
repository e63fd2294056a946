//! The files of the work tree that git knows.

use std::collections::BTreeSet;

use super::repository::Repository;

/// Their paths from the root. Empty where the index cannot be read, as where it is sparse.
pub(crate) fn tracked(repository: &Repository) -> BTreeSet<String> {
    let Ok(index) = git2::Index::open(&repository.git_dir().join("index")) else { return BTreeSet::new() };
    index.iter().filter_map(|entry| String::from_utf8(entry.path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn what_was_added_is_known_and_nothing_else() {
        let fixture = Fixture::new();
        fixture.write("src/a.rs", "a\n");
        fixture.write("b.rs", "b\n");
        fixture.git(&["add", "src/a.rs"]);
        assert_eq!(tracked(&fixture.open()), BTreeSet::from(["src/a.rs".to_owned()]));
    }
}

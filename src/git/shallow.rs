//! Commits that were made from one at the edge of a shallow clone (`git commit --amend`, a rebase from the root). Git takes that
//! one for the first of all, and writes its successor without parents, as if it added every file.

use super::parents::parents_in_header;
use super::repository::Repository;

/// So many commits at the edge are compared.
const MOST: usize = 256;

/// The commit at the edge that one without parents was made from; `None` where it begins a history of its own.
pub(super) fn made_from<'r>(repository: &'r Repository, commit: &git2::Commit<'_>) -> Option<git2::Commit<'r>> {
    if !repository.git.is_shallow() || !parents_in_header(commit).is_empty() {
        return None;
    }
    let entries = |commit: &git2::Commit<'_>| -> Vec<(Vec<u8>, git2::Oid)> {
        let tree = commit.tree().ok();
        tree.iter().flat_map(|tree| tree.iter()).map(|entry| (entry.name_bytes().to_vec(), entry.id())).collect()
    };
    let own = entries(commit);
    let author = |commit: &git2::Commit<'_>| (commit.author().email_bytes().to_vec(), commit.author().when().seconds());
    let mut edges: Vec<String> = repository.shallow_boundaries().into_iter().collect();
    edges.sort();
    let found = edges.into_iter().take(MOST).filter_map(|id| repository.find_commit(repository.oid(&id).ok()?).ok());
    found
        .filter(|edge| edge.id() != commit.id() && edge.time().seconds() <= commit.time().seconds())
        .filter(|edge| !parents_in_header(edge).is_empty())
        .map(|edge| {
            let shared = entries(&edge).iter().filter(|entry| own.contains(entry)).count();
            ((author(&edge) == author(commit), shared, edge.time().seconds()), edge)
        })
        .filter(|((is_same, shared, _), _)| *is_same || *shared > 0)
        .max_by_key(|(likeness, _)| *likeness)
        .map(|(_, edge)| edge)
}

#[cfg(test)]
mod tests {
    use super::super::changes::read_commit;
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn what_is_made_from_the_edge_of_a_shallow_clone_adds_what_it_adds_to_that() {
        type Way<'a> = (&'a str, &'a [&'a [&'a str]], &'a [&'a str], bool);
        let ways: [Way; 5] = [
            ("reworded", &[&["commit", "-q", "--amend", "-m", "Words"]], &[], false),
            ("amended", &[&["commit", "-q", "-a", "--amend", "-m", "Words"]], &["a"], false),
            (
                "amended by somebody else, later",
                &[&["commit", "-q", "-a", "--amend", "--reset-author", "-m", "Words"]],
                &["a"],
                false,
            ),
            ("a commit on it", &[&["commit", "-q", "-a", "-m", "More"]], &["a"], true),
            (
                "another history",
                &[
                    &["checkout", "-q", "--orphan", "pages"],
                    &["rm", "-q", "-rf", "."],
                    &["commit", "-q", "--allow-empty", "-m", "Pages"],
                ],
                &[],
                true,
            ),
        ];
        for (name, commands, files, is_whole) in ways {
            let fixture = Fixture::new();
            for file in ["a", "b", "c"] {
                fixture.write(file, "x\n");
                fixture.commit(file);
            }
            let url = format!("file://{}", fixture.root().display());
            fixture.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
            let folder = fixture.beside("shallow");
            std::fs::write(folder.join("a"), "x\nmore\n").unwrap();
            let at = folder.to_string_lossy();
            for command in commands {
                fixture.git(&[&["-C", &at, "-c", "user.name=B", "-c", "user.email=b@example.org"], *command].concat());
            }
            let shallow = Repository::discover(&folder, None).unwrap();
            let commit = read_commit(&shallow, &shallow.head().unwrap()).unwrap();
            let paths: Vec<&str> = commit.files.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths, files, "{name}");
            assert_eq!(commit.trees.unwrap().base.is_some(), is_whole, "{name}");
        }
    }
}

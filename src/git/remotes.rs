//! The remotes of a clone: which one a person works with, what its default branch is, and the lines that bring the records
//! of others with a `git fetch`.

use super::notes::{self, NOTES_REF};
use super::repository::Repository;

/// The remotes by name.
pub fn names(repository: &Repository) -> Vec<String> {
    let Ok(names) = repository.git.remotes() else { return Vec::new() };
    names.iter().filter_map(|name| name.ok().flatten().map(str::to_owned)).collect()
}

/// The remote that a person works with: that of the branch, else the only one, else the one that `checkout.defaultRemote`
/// names, else `origin`.
pub fn main(repository: &Repository) -> Option<String> {
    let names = names(repository);
    let named = |key: &str| repository.config_string(key).filter(|name| names.contains(name));
    repository
        .branch()
        .and_then(|branch| named(&format!("branch.{branch}.remote")))
        .or_else(|| names.first().filter(|_| names.len() == 1).cloned())
        .or_else(|| named("checkout.defaultRemote"))
        .or_else(|| names.iter().find(|name| *name == "origin").cloned())
}

/// The branch that a remote opens with, as it is known here: the reference, and the branch's name at the remote.
pub fn default_branch(repository: &Repository, remote: &str) -> Option<(String, String)> {
    let prefix = format!("refs/remotes/{remote}/");
    let head = repository.git.find_reference(&format!("{prefix}HEAD")).ok();
    let told = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
    let told = told.filter(|name| repository.git.find_reference(name).is_ok()).map(str::to_owned);
    let found = told.or_else(|| {
        let usual = ["main", "master"].map(|name| format!("{prefix}{name}"));
        usual.into_iter().find(|name| repository.git.find_reference(name).is_ok())
    })?;
    let branch = found.strip_prefix(&prefix)?.to_owned();
    Some((found, branch))
}

/// Whether records were pushed to a remote from this clone, or fetched from there to be united with them.
fn has_records(repository: &Repository, remote: &str) -> bool {
    repository.git.find_reference(&notes::known_of(remote)).is_ok()
}

/// The lines, each a name and a value, that bring the records of others with a `git fetch`, where they are not set: for the
/// remote that a person works with, and for those that records were pushed to. A remote without any fetch line stays as
/// it is: with this one alone, `git fetch` would bring nothing else.
pub fn missing_fetch_lines(repository: &Repository) -> Vec<(String, String)> {
    let main = main(repository);
    let missing = |remote: &String| {
        let (key, line) = (format!("remote.{remote}.fetch"), fetch_line(remote));
        let set = repository.config_values(&key);
        (!set.is_empty() && !set.contains(&line)).then_some((key, line))
    };
    let from =
        names(repository).into_iter().filter(|name| Some(name) == main.as_ref() || has_records(repository, name));
    from.collect::<Vec<_>>().iter().filter_map(missing).collect()
}

/// What the fetched records of a remote are kept under. The star matters: git stops a whole fetch when a ref without
/// one is not there, and a remote without records has none. The plus too: it is a copy of what the remote has, as
/// `refs/remotes/origin/*` is; our own records are in another ref, and git's reflog keeps what the copy was before.
fn fetch_line(remote: &str) -> String {
    format!("+{NOTES_REF}*:refs/notes/remotes/{remote}/backstory*")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn the_default_branch_is_what_the_remote_said_else_one_of_the_usual_names() {
        let fixture = Fixture::new();
        fixture.commit("a");
        fixture.git(&["remote", "add", "up/stream", "../hub.git"]);
        let found = || default_branch(&fixture.open(), "up/stream").map(|(_, branch)| branch);
        assert_eq!(found(), None);
        for (name, expected) in [("other", None), ("master", Some("master")), ("main", Some("main"))] {
            fixture.git(&["update-ref", &format!("refs/remotes/up/stream/{name}"), "HEAD"]);
            assert_eq!(found().as_deref(), expected);
        }
        fixture.git(&["symbolic-ref", "refs/remotes/up/stream/HEAD", "refs/remotes/up/stream/gone"]);
        assert_eq!(found().as_deref(), Some("main"));
        fixture.git(&["symbolic-ref", "refs/remotes/up/stream/HEAD", "refs/remotes/up/stream/other"]);
        assert_eq!(found().as_deref(), Some("other"));
    }
}

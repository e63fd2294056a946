//! Which commits of a range touch some paths, as the installed git tells it: it knows its pathspecs, and reads of the commits that
//! do not touch them only what it must.

use std::path::Path;

use anyhow::{Result, bail};

use super::installed::{self, Call, reason};
use super::range::{self, CommitRange};
use super::repository::Repository;

/// The commits of `range` (of `HEAD` without one) that change one of `paths` (pathspecs, as seen from the folder `from`), oldest first; of
/// many the last `most`.
///
/// # Errors
/// When a revision does not name a commit, or git refuses a path.
pub(crate) fn touching(
    repository: &Repository,
    range: Option<CommitRange<'_>>,
    (from, paths): (&Path, &[String]),
    most: usize,
) -> Result<Vec<String>> {
    let most = format!("--max-count={}", most.min(i32::MAX as usize));
    let mut arguments = vec!["rev-list".to_owned(), most];
    arguments.extend(range::revisions(repository, range)?);
    arguments.push("--".to_owned());
    arguments.extend(paths.iter().cloned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let variables = repository.variables();
    let call = Call { folder: from, arguments: &arguments, variables, input: &[], access: None, within: None };
    let ran = installed::run(&call)?;
    if !ran.done {
        bail!(
            "git cannot tell which commits touch {}: {}",
            paths.join(" "),
            reason(&ran.err).trim_start_matches("fatal: ")
        );
    }
    let mut ids: Vec<String> = String::from_utf8_lossy(&ran.out).lines().map(str::to_owned).collect();
    ids.reverse();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn only_commits_that_touch_a_path_are_listed_as_git_lists_them() {
        let fixture = Fixture::new();
        for (number, path) in ["src/a", "b", "src/deep/c", "b", "src/a"].into_iter().enumerate() {
            fixture.write(path, format!("{number}\n"));
            fixture.commit(&format!("{number}"));
        }
        let repository = fixture.open();
        let root = fixture.root().to_owned();
        let subjects = |range: Option<CommitRange<'_>>, from: &Path, paths: &[&str], most: usize| {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            let ids = touching(&repository, range, (from, &paths), most).unwrap();
            ids.iter().map(|id| fixture.git(&["log", "-1", "--format=%s", id])).collect::<Vec<_>>().join(" ")
        };
        let within = root.join("src");
        for (range, from, paths, most, found) in [
            (None, &root, &["src"][..], 9, "0 2 4"),
            (None, &root, &["src"], 2, "2 4"),
            (None, &root, &["src"], 0, ""),
            (None, &root, &["src/deep", "b"], 9, "1 2 3"),
            (None, &within, &["deep"], 9, "2"),
            (None, &within, &[":/b"], 9, "1 3"),
            (None, &root, &["*/c"], 9, "2"),
            (None, &root, &["nowhere"], 9, ""),
            (Some(CommitRange::Given("HEAD~3..HEAD")), &root, &["src"], 9, "2 4"),
            (Some(CommitRange::History("main")), &root, &["b"], 9, "1 3"),
            (Some(CommitRange::Given("HEAD~1")), &root, &["b"], 9, "3"),
            (Some(CommitRange::Given("HEAD~1")), &root, &["src"], 9, ""),
            (Some(CommitRange::Given("HEAD~4")), &root, &["src"], 9, "0"),
        ] {
            assert_eq!(subjects(range, from, paths, most), found, "{range:?} {paths:?}");
        }
        let outside = touching(&repository, None, (&root, &["../x".to_owned()]), 9).unwrap_err().to_string();
        assert!(
            outside.starts_with("git cannot tell which commits touch ../x: ../x: ") && outside.contains("outside"),
            "{outside}"
        );
        let option = touching(&repository, None, (&root, &["--all".to_owned()]), 9).unwrap();
        assert_eq!(option, Vec::<String>::new(), "a path is not an option");
    }
}

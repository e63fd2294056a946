//! Repositories in a format that libgit2 cannot read: other object ids, another store of references, an extension that it
//! does not know. What is said of them is one sentence that names the format.

use std::path::{Path, PathBuf};

use git2::Repository;

/// The repository is fine, and not for us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unsupported(String);

/// Extensions (git's Documentation/gitformat-repository-layout, repository-version) that a person can do without.
const REMEDIES: &[(&str, &str)] = &[
    // Before git 2.24 this named the remote of a partial clone; git reads both (promisor-remote.c).
    (
        "partialclone",
        "git writes `git config remote.NAME.promisor true` today; with that, `git config --unset extensions.partialClone`",
    ),
];

/// What `error` says of the repository at `path`; `None` where its format is not the trouble.
pub(super) fn explain(path: &Path, error: &git2::Error) -> Option<Unsupported> {
    let message = error.message();
    let repository = format!("the repository at {}", path.display());
    let nothing = "backstory cannot read it, and records nothing there";
    let said = if let Some(name) = message.strip_prefix("unsupported extension name extensions.") {
        match (name, REMEDIES.iter().find(|(known, _)| *known == name)) {
            ("refstorage", _) => format!(
                "{repository} keeps its references in another format than files, such as reftable (`extensions.refStorage`): \
                 {nothing}; `git refs migrate --ref-format=files` converts it"
            ),
            (_, Some((_, remedy))) => {
                format!("{repository} uses the git extension `{name}`: {nothing}; {remedy}")
            }
            (_, None) => format!("{repository} uses the git extension `{name}`: {nothing}"),
        }
    } else if let Some(name) = message.strip_prefix("unknown object format ") {
        let name = name.trim_matches('\'');
        format!("{repository} has {name} object ids: {nothing}; it works with sha1 repositories only")
    } else if let Some(version) = message.strip_prefix("unsupported repository version ") {
        let version = version.split(';').next().unwrap_or(version);
        format!("{repository} has the repository format version {version}: {nothing}")
    } else {
        return None;
    };
    Some(Unsupported(said))
}

/// The folder that all worktrees of the repository around `from` share, found without opening it. `git_dir` is the value of
/// the variable `GIT_DIR` where it is set.
pub(crate) fn common_dir(from: &Path, git_dir: Option<&Path>) -> Option<PathBuf> {
    const NO_CEILING: &[&Path] = &[];
    let git_dir = match git_dir {
        Some(git_dir) => from.join(git_dir),
        None => Repository::discover_path(from, NO_CEILING).ok()?,
    };
    let shared = std::fs::read_to_string(git_dir.join("commondir")).ok();
    Some(shared.map_or_else(|| git_dir.clone(), |shared| git_dir.join(shared.trim())))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, git_in};
    use super::super::repository;
    use super::*;

    fn error(path: &Path) -> String {
        let error = repository::Repository::discover(path, None).map(drop).unwrap_err();
        assert!(error.is::<Unsupported>(), "{error:#}");
        error.to_string()
    }

    #[test]
    fn a_format_that_cannot_be_read_is_named_in_one_sentence() {
        let fixture = Fixture::new();
        for (options, name) in [("--ref-format=reftable", "reftable"), ("--object-format=sha256", "sha256 object ids")]
        {
            let folder = fixture.beside(name);
            std::fs::create_dir(&folder).unwrap();
            git_in(&folder, &["init", "-q", options]);
            let said = error(&folder);
            assert!(said.contains(name) && said.contains("cannot read it") && !said.contains('\n'), "{said}");
            assert_eq!(
                common_dir(&folder, None).and_then(|dir| dir.canonicalize().ok()),
                folder.join(".git").canonicalize().ok()
            );
        }
    }

    #[test]
    fn an_extension_of_any_name_is_named() {
        let fixture = Fixture::new();
        // git itself refuses to touch such a repository.
        let set = |version: u32, extensions: &[&str]| {
            let extensions: String = extensions.iter().map(|name| format!("\t{name} = true\n")).collect();
            let text = format!("[core]\n\trepositoryFormatVersion = {version}\n[extensions]\n{extensions}");
            fixture.write(".git/config", text);
        };
        for (key, said) in [("newThing", "the git extension `newthing`"), ("partialClone", "remote.NAME.promisor")] {
            set(1, &[key]);
            let error = error(&fixture.root());
            assert!(error.contains(said), "{error}");
        }
        set(2, &[]);
        assert!(error(&fixture.root()).contains("the repository format version 2: "));
        set(1, &["worktreeConfig", "preciousObjects", "relativeWorktrees"]);
        assert!(repository::Repository::discover(&fixture.root(), None).is_ok());
    }
}

//! The workflow file that runs backstory's action on pull requests: what it says, and whether one that is there may be
//! written over.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::receipt::{MadeFile, Receipt};
use crate::files;

/// Where it is, from the root of the work tree.
pub(crate) const WORKFLOW: &str = ".github/workflows/backstory.yml";
const FOLDER: &str = ".github/workflows";
const NAME: &str = "backstory.yml";

/// What stands in the template for the repository of the action, until the program knows where it is published.
const UNKNOWN: &str = "OWNER/backstory";

/// What is found where the workflow goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WorkflowState {
    Missing,
    /// As this program writes it.
    Same,
    /// As an earlier program wrote it here; nobody changed it since.
    Outdated,
    /// A person's, or changed by one.
    Changed,
}

/// The workflow as it is written now.
pub(crate) fn workflow() -> String {
    let text = include_str!("../../templates/workflow.yml");
    match env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/") {
        Some(repository) => text.replace(UNKNOWN, repository),
        None => text.to_owned(),
    }
}

/// Whether a person has to fill in where the action is.
pub(crate) fn has_gap(text: &str) -> bool {
    text.contains(UNKNOWN)
}

/// # Errors
/// When the file is there and cannot be read, and when it or one of its folders is a symlink: a clone brings it, and it may lead
/// anywhere.
pub(crate) fn state(root: &Path, receipt: &Receipt) -> io::Result<WorkflowState> {
    let path = files::folder_below(root, FOLDER)?.join(NAME);
    let Some(found) = files::read(&path, files::LIMIT)? else { return Ok(WorkflowState::Missing) };
    Ok(if found == workflow().as_bytes() {
        WorkflowState::Same
    } else if receipt.files.contains(&MadeFile::new(path, &found)) {
        WorkflowState::Outdated
    } else {
        WorkflowState::Changed
    })
}

/// The folders that must be made for it, the outermost first.
pub(crate) fn missing_folders(root: &Path) -> Vec<PathBuf> {
    [".github", ".github/workflows"].iter().map(|name| root.join(name)).filter(|folder| !folder.exists()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_symlink_on_the_way_is_not_followed() {
        use std::os::unix::fs::symlink;

        for link in [".github", ".github/workflows", WORKFLOW] {
            let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let path = folder.path().join(link);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(elsewhere.path(), &path).unwrap();
            let error = state(folder.path(), &Receipt::default()).unwrap_err().to_string();
            assert!(error.contains("is a symlink"), "{link}: {error}");
        }
    }

    #[test]
    fn a_file_is_ours_when_it_is_as_we_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let path = root.join(WORKFLOW);
        let mut receipt = Receipt::default();
        assert_eq!(missing_folders(root), [root.join(".github"), root.join(".github/workflows")]);
        assert_eq!(state(root, &receipt).unwrap(), WorkflowState::Missing);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(missing_folders(root).is_empty());
        fs::write(&path, workflow()).unwrap();
        assert_eq!(state(root, &receipt).unwrap(), WorkflowState::Same);
        fs::write(&path, "on: push\n").unwrap();
        assert_eq!(state(root, &receipt).unwrap(), WorkflowState::Changed);
        receipt.files.push(MadeFile::new(path, b"on: push\n"));
        assert_eq!(state(root, &receipt).unwrap(), WorkflowState::Outdated);
    }
}

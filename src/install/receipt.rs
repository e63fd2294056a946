//! The receipt `installed.json` in our folder of the git folder: what `init` did, so that `uninstall` can undo it.
//! Read by this program only; a version that is not known is refused.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::git_lines::{self, GitLine};
use crate::files::{self, NewFileMode};

const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    version: u32,
    /// The program file that the shims name.
    pub program: Option<PathBuf>,
    /// Folders with our shims, the latest last. One, unless `core.hooksPath` was changed between two runs.
    pub hooks: Vec<HooksFolder>,
    /// Blocks added to the git configuration.
    pub blocks: Vec<Block>,
    /// Files made outside the git folder.
    pub files: Vec<MadeFile>,
    /// Folders made for them, the outermost first.
    #[serde(default)]
    pub folders: Vec<PathBuf>,
    /// Our server in settings files of agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<AddedServer>,
    /// Whether it was written by an `init` that leaves it to people to share their records; earlier ones shared them.
    #[serde(default)]
    pub asks_before_sharing: bool,
    /// The commit at HEAD when `init` was run first: hooks saw what was committed after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HooksFolder {
    pub path: PathBuf,
    /// Whether the folder was made for the shims.
    pub made: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub lines: Vec<GitLine>,
    /// As it was written.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MadeFile {
    pub path: PathBuf,
    /// Of the bytes that were written; a file that was changed since stays.
    pub sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddedServer {
    /// The short name of the agent.
    pub agent: String,
    pub path: PathBuf,
    /// As it was inserted.
    pub text: String,
    /// Whether the file was made for it.
    pub made: bool,
}

impl Default for Receipt {
    fn default() -> Self {
        Self {
            version: VERSION,
            program: None,
            hooks: Vec::new(),
            blocks: Vec::new(),
            files: Vec::new(),
            folders: Vec::new(),
            servers: Vec::new(),
            asks_before_sharing: true,
            began_at: None,
        }
    }
}

impl Receipt {
    /// The first of a clone, whose HEAD is at this commit.
    pub(crate) fn begun_at(head: Option<String>) -> Self {
        Self { began_at: head, ..Self::default() }
    }

    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("installed.json")
    }

    /// `None` when `init` was not run.
    ///
    /// # Errors
    /// When the file is damaged or of a later version.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(folder);
        let text = files::read(&path, files::LIMIT).with_context(|| format!("cannot read {}", path.display()))?;
        let Some(text) = text else { return Ok(None) };
        let receipt: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged: delete it, then run `backstory init` again", path.display()))?;
        if receipt.version != VERSION {
            bail!("{} was written by a later version of backstory: update this one", path.display());
        }
        Ok(Some(receipt))
    }

    /// Gives a line of the configuration `file` that `init` added another value. `false` when there is none such, or a person
    /// changed the lines around it.
    ///
    /// # Errors
    /// When the file or the receipt cannot be written.
    pub(crate) fn change_line(
        &mut self,
        folder: &Path,
        file: &Path,
        from: &GitLine,
        to: &GitLine,
    ) -> anyhow::Result<bool> {
        let Some(block) = self.blocks.iter_mut().rev().find(|block| block.lines.contains(from)) else {
            return Ok(false);
        };
        let lines: Vec<GitLine> =
            block.lines.iter().map(|line| if line == from { to.clone() } else { line.clone() }).collect();
        let Some(text) = git_lines::replace(file, &block.text, &lines)? else { return Ok(false) };
        *block = Block { lines, text };
        self.write(folder)?;
        Ok(true)
    }

    /// # Errors
    /// When the folder cannot be written, or a path is no UTF-8.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(self).context("cannot write down what was set up")?;
        text.push(b'\n');
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        files::write(&Self::path(folder), &text, NewFileMode::Shared)
            .with_context(|| format!("cannot write {}", Self::path(folder).display()))
    }
}

impl MadeFile {
    pub(crate) fn new(path: PathBuf, bytes: &[u8]) -> Self {
        Self { path, sha256: fingerprint(bytes) }
    }

    /// Deletes the file if it is as it was made. `false` when it was changed and stays.
    ///
    /// # Errors
    /// When it cannot be read or deleted.
    pub(crate) fn remove(&self) -> anyhow::Result<bool> {
        match fs::read(&self.path) {
            Ok(bytes) if fingerprint(&bytes) == self.sha256 => {
                fs::remove_file(&self.path).with_context(|| format!("cannot delete {}", self.path.display()))?;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.path.display())),
        }
    }
}

fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_of_a_later_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let receipt = Receipt { version: 2, ..Receipt::default() };
        receipt.write(folder.path()).unwrap();
        assert!(Receipt::read(folder.path()).unwrap_err().to_string().contains("later version"));
    }

    #[test]
    fn a_made_file_that_was_changed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let made = MadeFile::new(path.clone(), b"one");
        fs::write(&path, "two").unwrap();
        assert!(!made.remove().unwrap() && path.exists());
        fs::write(&path, "one").unwrap();
        assert!(made.remove().unwrap() && !path.exists());
    }
}

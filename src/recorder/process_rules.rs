//! Reads `.backstory/process.toml` of the work tree: the names that a team gives to activities and processes.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::files;
use crate::process::activities::Activities;
use crate::process::settings::{FILE_NAME, ProcessSettings};

/// More is no list of rules.
pub(crate) const MOST: u64 = 1024 * 1024;

/// A team's rules with ours.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) settings: ProcessSettings,
    pub(crate) activities: Arc<Activities>,
}

impl Rules {
    /// The rules that hold in the work tree at `root`; ours alone where there is none.
    ///
    /// # Errors
    /// Names the file, the line, and what is wrong with it.
    pub(crate) fn read(root: Option<&Path>) -> anyhow::Result<Self> {
        Self::parse(&text(root)?)
    }

    /// The rules of a file with this text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let settings = ProcessSettings::parse(text)?;
        let activities = Activities::shared(text, &settings)?;
        Ok(Self { settings, activities })
    }
}

/// The text of a team's file; empty where there is none.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn text(root: Option<&Path>) -> anyhow::Result<String> {
    let Some(root) = root else { return Ok(String::new()) };
    let (folder, name) = FILE_NAME.rsplit_once('/').unwrap_or(("", FILE_NAME));
    let folder = files::folder_below(root, folder)?;
    let read = files::read_text(&folder.join(name), MOST);
    Ok(read.with_context(|| format!("{FILE_NAME} cannot be read"))?.unwrap_or_default())
}

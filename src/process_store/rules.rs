//! Reads `.backstory/process.toml` of the work tree.

use std::path::Path;

use anyhow::Context as _;

use crate::environment::Environment;
use crate::files;
use crate::git::repository::Repository;
use crate::process::activities::Activities;
use crate::process::settings::{FILE_NAME, ProcessSettings, Thresholds};

/// More is no list of rules.
const MOST: u64 = 1024 * 1024;

/// A team's rules with ours.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) settings: ProcessSettings,
    pub(crate) activities: Activities,
}

/// The rules that hold in the work tree at `root`; ours alone where there is none.
///
/// # Errors
/// Names the file, the line, and what is wrong with it.
pub(crate) fn read(root: Option<&Path>) -> anyhow::Result<Rules> {
    let text = match root {
        Some(root) => text(root)?,
        None => String::new(),
    };
    let settings = ProcessSettings::parse(&text)?;
    let activities = Activities::new(&text, &settings)?;
    Ok(Rules { settings, activities })
}

fn text(root: &Path) -> anyhow::Result<String> {
    let (folder, name) = FILE_NAME.rsplit_once('/').unwrap_or(("", FILE_NAME));
    let folder = files::folder_below(root, folder)?;
    let read = files::read_text(&folder.join(name), MOST);
    Ok(read.with_context(|| format!("{FILE_NAME} cannot be read"))?.unwrap_or_default())
}

/// From where on something counts, where the process works.
///
/// # Errors
/// As [`read`].
pub(crate) fn thresholds(environment: &Environment) -> anyhow::Result<Thresholds> {
    let repository = Repository::find(&environment.cwd, None)?;
    Ok(read(repository.as_ref().and_then(Repository::root))?.settings.thresholds)
}

/// The rules that hold where the process works; ours alone outside a repository.
///
/// # Errors
/// As [`read`].
pub(crate) fn here(environment: &Environment) -> anyhow::Result<Activities> {
    let repository = Repository::find(&environment.cwd, None)?;
    Ok(read(repository.as_ref().and_then(Repository::root))?.activities)
}

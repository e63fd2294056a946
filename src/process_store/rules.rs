//! The rules of `.backstory/process.toml` that hold where a command works.

use std::sync::Arc;

use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::process::activities::Activities;
use crate::process::settings::Thresholds;
use crate::recorder::process_rules::Rules;

/// From where on something counts, where the process works.
///
/// # Errors
/// When the file cannot be read, with its line.
pub(crate) fn thresholds(environment: &Environment) -> anyhow::Result<Thresholds> {
    let repository = Repository::find(&environment.cwd, None)?;
    Ok(Rules::read(repository.as_ref().and_then(Repository::root))?.settings.thresholds)
}

/// The rules that hold where the process works; ours alone outside a repository.
///
/// # Errors
/// As [`thresholds`].
pub(crate) fn here(environment: &Environment) -> anyhow::Result<Arc<Activities>> {
    let repository = Repository::find(&environment.cwd, None)?;
    Ok(Rules::read(repository.as_ref().and_then(Repository::root))?.activities)
}

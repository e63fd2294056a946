//! The redactor for a text that no commit is known of: with the settings of the repository where there is one.

use std::path::PathBuf;

use super::workplace::{Workplace, read_config};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::redact::{RedactionOptions, Redactor};

/// Settings with a mistake are an error: a text must not pass because a rule could not be read.
pub(crate) fn redactor_here(strict: bool, environment: &Environment) -> anyhow::Result<Redactor> {
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    match Repository::find(&environment.cwd, git_dir.as_deref())? {
        Some(repository) => {
            let config = read_config(&repository)?;
            let mut workplace = Workplace::of(repository, config, environment)?;
            workplace.config.redaction.strict |= strict;
            workplace.redactor()
        }
        None => {
            let home = environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
            // Drawn for this run: with a key that everybody knows, a short password could be guessed from its tag.
            let mut key = [0; 32];
            getrandom::fill(&mut key)
                .map_err(|error| anyhow::anyhow!("no random numbers for the tags of placeholders: {error}"))?;
            Ok(Redactor::new(RedactionOptions { strict, home, key, ..RedactionOptions::default() })?)
        }
    }
}

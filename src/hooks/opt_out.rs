//! What hooks do under an opt-out: the commits that git makes are listed, and nothing else.

use super::kinds::HookCall;
use super::post_rewrite;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::recorder::declined::{Declined, remember};

/// What a hook does under an opt-out: the commits that git has just made are listed, and nothing else.
///
/// # Errors
/// When the list cannot be written.
pub(crate) fn instead_of(hook: &HookCall, repository: &Repository) -> anyhow::Result<()> {
    let made: Vec<String> = match hook {
        HookCall::PostCommit => repository.head().into_iter().collect(),
        HookCall::PostRewrite { .. } => {
            let pairs = post_rewrite::told()?;
            post_rewrite::pairs(&pairs).map(|(_, new)| new.to_owned()).collect()
        }
        HookCall::CommitMsg { .. } | HookCall::Refused { .. } | HookCall::PrePush { .. } => return Ok(()),
    };
    remember(repository, &made)
}

/// Lists the new commits of an amend or rebase whose old ones are listed.
///
/// # Errors
/// As [`Declined::read`] and [`remember`].
pub(crate) fn follow(repository: &Repository, pairs: &str) -> anyhow::Result<()> {
    let declined = Declined::read(repository)?;
    if declined.is_empty() {
        return Ok(());
    }
    let is_new = |(old, new): &(&str, &str)| !declined.has(new) && declined.covers(repository, old, &[]);
    let made: Vec<String> = post_rewrite::pairs(pairs).filter(is_new).map(|(_, new)| new.to_owned()).collect();
    remember(repository, &made)
}

/// Whether the caller gave git a setting of ours with `git -c` or by variables: it may be an opt-out, where nothing else asks.
pub(crate) fn may_be_told(environment: &Environment) -> bool {
    let names_us = |value: &str| value.to_ascii_lowercase().contains("backstory.");
    let by_option = environment.told("GIT_CONFIG_PARAMETERS").is_some_and(|value| names_us(&value));
    let keys = || environment.variables.range("GIT_CONFIG_KEY_".to_owned()..);
    by_option
        || environment.told("GIT_CONFIG_COUNT").is_some()
            && keys()
                .take_while(|(name, _)| name.starts_with("GIT_CONFIG_KEY_"))
                .any(|(_, value)| names_us(&value.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_setting_that_comes_with_the_call_is_seen() {
        let told = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let now = jiff::Timestamp::UNIX_EPOCH;
            may_be_told(&Environment { variables, home: None, cwd: PathBuf::new(), now })
        };
        assert!(told(&[("GIT_CONFIG_PARAMETERS", "'core.x'='1' 'Backstory.Enabled'='false'")]));
        assert!(told(&[("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "backstory.enabled")]));
        assert!(!told(&[("GIT_CONFIG_PARAMETERS", "'core.quotepath'='false'"), ("GIT_CONFIG_KEY_0", "backstory.x")]));
        assert!(!told(&[]));
    }
}

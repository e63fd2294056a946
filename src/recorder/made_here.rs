//! Which commits this person made in this clone: what one of them names may be looked for in the whole home. A commit that came from
//! elsewhere may be anybody's, and names what it likes.

use std::collections::HashSet;

use crate::environment::Environment;
use crate::git::repository::Repository;

/// The addresses of the person in whose clone this is, in lower case.
pub(crate) fn own_addresses(repository: &Repository, environment: &Environment) -> HashSet<String> {
    let settings = ["user.email", "author.email", "committer.email"];
    let variables = ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL"];
    let set = settings.iter().filter_map(|key| repository.config_string(key));
    let told = variables.iter().filter_map(|name| environment.told(name).map(|value| value.to_string()));
    // Who moved HEAD here last.
    let log = repository.handle().reflog("HEAD").ok();
    let moved =
        log.as_ref().and_then(|log| log.get(0)).and_then(|last| Some(last.committer().email().ok()?.to_owned()));
    set.chain(told).chain(moved).map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty()).collect()
}

/// The commits that git made in this clone, as far as its logs of HEAD reach back.
pub(crate) fn made_here(repository: &Repository) -> HashSet<String> {
    let Ok(log) = repository.handle().reflog("HEAD") else { return HashSet::new() };
    let made = log.iter().filter(|entry| entry.message_bytes().is_some_and(makes));
    made.map(|entry| entry.id_new().to_string()).collect()
}

/// Whether what git's log of HEAD says is said of a commit that git made then: `commit (amend): …`, `rebase (pick): …`,
/// `pull --rebase (pick): …`, `merge x: Merge made by …`. A fast-forward, a checkout and a clone only go to one.
fn makes(said: &[u8]) -> bool {
    let said = String::from_utf8_lossy(said);
    let (what, about) = said.split_once(':').unwrap_or((&said, ""));
    let command = what.split([' ', '(']).next().unwrap_or_default();
    let goes = ["(start)", "(finish)", "(abort)", "(reset)"].iter().any(|step| what.contains(step));
    match command {
        "commit" | "cherry-pick" | "revert" | "am" => true,
        "rebase" => what.contains('(') && !goes,
        "pull" | "merge" => (what.contains("rebase") && what.contains('(') && !goes) || about.contains("Merge made"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_told_from_where_somebody_went() {
        for (said, is_made) in [
            ("commit: Add", true),
            ("commit (initial): Add", true),
            ("commit (amend): Add", true),
            ("commit (merge): Merge branch 'x'", true),
            ("cherry-pick: Add", true),
            ("revert: Revert", true),
            ("rebase (pick): Add", true),
            ("rebase -i (squash): Add", true),
            ("pull --rebase origin main (pick): Add", true),
            ("pull --rebase (start): checkout 1a2b", false),
            ("pull --rebase (finish): returning to refs/heads/main", false),
            ("rebase (start): checkout main", false),
            ("rebase (finish): returning to refs/heads/main", false),
            ("pull: Fast-forward", false),
            ("pull origin main: Fast-forward", false),
            ("merge x: Fast-forward", false),
            ("merge x: Merge made by the 'ort' strategy.", true),
            ("pull: Merge made by the 'ort' strategy.", true),
            ("clone: from https://example.com/x", false),
            ("checkout: moving from a to commit", false),
            ("reset: moving to HEAD~", false),
            ("", false),
        ] {
            assert_eq!(makes(said.as_bytes()), is_made, "{said}");
        }
    }
}

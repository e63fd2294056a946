//! Records in a workflow: a checkout brings none, so they are fetched, and shared again after a merge.

use jiff::Timestamp;

use crate::commands::hook::Left;
use crate::commands::pre_push;
use crate::commands::workplace::Workplace;
use crate::config::Sharing;
use crate::git::notes::{self, NOTES_REF};
use crate::git::repository::Repository;
use crate::git::transfer::{self, Depth, FETCHED_REF, Remote, Transfer};

/// Where the records of a fork are put: read where the repository itself has none for a commit.
const OF_THE_FORK: &str = "refs/notes/remotes/fork/backstory";

/// Fetches the repository's records, and those of the fork that a pull request comes from. Returns what was not there, a
/// text each: without records the trailers still tell something.
///
/// # Errors
/// When fetched records cannot be united with those that are here.
pub(super) fn bring(
    remote: &Remote<'_>,
    fork: Option<&str>,
    server: &str,
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    match transfer::fetch(remote) {
        Ok(Transfer::NothingThere) => {}
        Ok(_) => {
            notes::merge(&Repository::discover(remote.folder, None)?, FETCHED_REF, pre_push::combine, now)?;
        }
        Err(error) => problems.push(format!("{error:#}")),
    }
    // Only from the same server, by the same means: the address is written by whoever made the event.
    let fork =
        fork.filter(|url| url.strip_prefix(server.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/')));
    if let Some(name) = fork {
        // Anybody may read what a fork shares, or nobody: no token for it.
        let fork = Remote { name, access: None, ..*remote };
        if let Err(error) = transfer::fetch_refs(&fork, &[&format!("+{NOTES_REF}:{OF_THE_FORK}")], Depth::AsItIs) {
            problems.push(format!("the records of the fork were not fetched: {error:#}"));
        }
    }
    Ok(problems)
}

/// Pushes the records, unless the repository keeps them to itself.
///
/// # Errors
/// When the remote does not take them.
pub(super) fn share(workplace: &Workplace, remote: &Remote<'_>, now: Timestamp) -> anyhow::Result<()> {
    if workplace.config.sharing == Sharing::Local {
        return Ok(());
    }
    let Left { .. } = pre_push::share(&workplace.repository, remote, now)?;
    Ok(())
}

//! The pre-push hook: sends the records where the commits go, if the configuration shares them.

use std::io::{IsTerminal as _, Read as _};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::hook::Left;
use super::workplace::Workplace;
use super::{keep, sharing};
use crate::config::Sharing;
use crate::environment::Environment;
use crate::git::outgoing::{self, Leaving};
use crate::git::repository::Repository;
use crate::git::transfer::{self, Remote, Transfer};
use crate::git::{caller, notes};

/// How long one transfer may take.
const WITHIN: Duration = Duration::from_secs(8);
/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 16 * 1024 * 1024;

pub(super) fn work(workplace: &Workplace, environment: &Environment, remote: Option<&str>) -> anyhow::Result<Left> {
    let Some(name) = remote else { return Ok(Left::default()) };
    if sharing::in_force(&workplace.repository, &workplace.config)?.sharing == Sharing::Local {
        return Ok(Left::default());
    }
    if Environment::parent_process().is_some_and(caller::only_tries) {
        return Ok(Left::default());
    }
    let repository = &workplace.repository;
    if notes::list(repository)?.is_empty() {
        return Ok(Left::default());
    }
    let folder = repository.root().unwrap_or(repository.git_dir());
    let remote = Remote { folder, name, access: None, within: WITHIN };
    let Some(mut tips) = pushed(environment)? else { return Ok(Left::default()) };
    tips.extend(outgoing::tips_of(repository, name));
    share(repository, &remote, Leaving::With(&tips), environment.now)
}

/// What the push takes along, as git writes it to the hook: `<local ref> <its commit> <remote ref> <its commit>` a line.
/// A manager of hooks that reads these lines itself names the commit in a variable, or the branch. `None` when the person
/// pushes the notes by hand, perhaps by force.
fn pushed(environment: &Environment) -> anyhow::Result<Option<Vec<String>>> {
    let mut lines = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().take(MOST).read_to_string(&mut lines).context("what git pushes cannot be read")?;
    }
    if lines.lines().any(|line| line.split(' ').nth(2) == Some(notes::NOTES_REF)) {
        return Ok(None);
    }
    let tips: Vec<String> = lines.lines().filter_map(|line| Some(line.split(' ').nth(1)?.to_owned())).collect();
    if !tips.is_empty() {
        return Ok(Some(tips));
    }
    let told = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"].iter().find_map(|name| environment.variable(name));
    Ok(Some(told.map(str::to_owned).into_iter().collect()))
}

/// Pushes the records of commits that leave, united with those that are there already.
pub(super) fn share(
    repository: &Repository,
    remote: &Remote<'_>,
    leaving: Leaving<'_>,
    now: Timestamp,
) -> anyhow::Result<Left> {
    let known = notes::known_of(remote.name);
    let take_over = || match repository.handle().find_reference(&known) {
        Ok(_) => notes::merge(repository, &known, combine, now).map(drop),
        Err(_) => Ok(()),
    };
    // Somebody else may push between the fetch and the push; a fifth time is left to the next push.
    for _ in 0..4 {
        take_over()?;
        let Some(new) = outgoing::prepare(repository, &known, leaving, now)? else { return Ok(Left::default()) };
        if transfer::push(remote, &new)? != Transfer::Rejected {
            outgoing::remember(repository, &known, &new)?;
            take_over()?;
            return Ok(Left::default());
        }
        if transfer::fetch(remote)? == Transfer::NothingThere {
            notes::delete_copy(repository, &known)?;
        }
    }
    anyhow::bail!("the records were not pushed: {} keeps changing; the next push tries again", remote.name)
}

/// Of two records of one commit the one from which text was taken out, so that it stays out; else the one that knows more.
/// A note that is no record of ours gives way.
pub(super) fn combine(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let weight = |bytes: &[u8]| {
        keep::from_note("", bytes)
            .ok()
            .map(|record| (record.forgotten.is_some(), keep::knowledge(&record), bytes.len(), bytes.to_vec()))
    };
    if weight(theirs) > weight(ours) { theirs.to_vec() } else { ours.to_vec() }
}

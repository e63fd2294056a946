//! Records in a workflow: a checkout brings none, so they are fetched, and shared again after a merge.

use jiff::Timestamp;

use crate::config::Sharing;
use crate::git::note_refs::{self, NOTES_REF};
use crate::git::notes;
use crate::git::outgoing::Leaving;
use crate::git::repository::Repository;
use crate::git::transfer::{self, FetchDepth, Remote, Transfer};
use crate::recorder::outcome::HookOutcome;
use crate::recorder::workplace::Workplace;
use crate::recorder::{keep, narrowing, note_codec, share};

/// Where the records of a fork are put: read where the repository itself has none for a commit.
const OF_THE_FORK: &str = "refs/notes/remotes/fork/backstory";

/// Fetches the repository's records, and those of the fork that a pull request comes from. Returns what was not there, a
/// text each: without records the trailers still tell something.
///
/// # Errors
/// When fetched records cannot be united with those that are here.
pub(crate) fn bring(
    remote: &Remote<'_>,
    fork: Option<&str>,
    server: &str,
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let repository = Repository::discover(remote.folder, None)?;
    // The workspace may be that of an earlier run, for another fork or before its records were taken back.
    notes::delete_copy(&repository, OF_THE_FORK)?;
    let known = note_refs::known_of(remote.name);
    match transfer::fetch(remote) {
        Ok(Transfer::NothingThere) => drop(notes::delete_copy(&repository, &known)?),
        Ok(_) => drop(notes::merge(&repository, &known, share::combine, now)?),
        Err(error) => problems.push(format!("{error:#}")),
    }
    // Only from the same server, by the same means: the address is written by whoever made the event.
    let fork =
        fork.filter(|url| url.strip_prefix(server.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/')));
    if let Some(name) = fork {
        // Anybody may read what a fork shares, or nobody: no token for it.
        let fork = Remote { name, access: None, ..*remote };
        if let Err(error) = transfer::fetch_refs(&fork, &[&format!("+{NOTES_REF}:{OF_THE_FORK}")], FetchDepth::AsItIs) {
            problems.push(format!("the records of the fork were not fetched: {error:#}"));
        }
    }
    Ok(problems)
}

/// What is said where no record came along: sharing them is a decision of the people who work here, not of a workflow.
pub(crate) const NOT_SHARED: &str = "No records are shared in this repository, so only what commit messages say is known. Whoever works \
                                     with agents here shares theirs with `backstory init --share`.";

/// Whether there is a place that holds records: here, at the remote, or at the fork.
pub(crate) fn are_shared(repository: &Repository) -> bool {
    let known = note_refs::known_of("origin");
    [NOTES_REF, OF_THE_FORK, &known].iter().any(|name| repository.handle().find_reference(name).is_ok())
}

/// Takes over the records that a fork shares of these commits, where the repository has none: after the merge nobody else may keep
/// them. Returns how many, and what was left out, a text each.
///
/// # Errors
/// When the notes cannot be read or written.
pub(crate) fn adopt(workplace: &Workplace, commits: &[String], now: Timestamp) -> anyhow::Result<(usize, Vec<String>)> {
    let repository = &workplace.repository;
    let (own, theirs) = (notes::read_many(repository, commits)?, notes::read_at(repository, OF_THE_FORK, commits)?);
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    for ((commit, own), theirs) in commits.iter().zip(own).zip(theirs) {
        let Some(bytes) = theirs.filter(|_| own.is_none()) else { continue };
        match note_codec::from_note(commit, &bytes) {
            Ok(record) if record.commit == *commit && narrowing::tells_of_ignored(&record, &workplace.ignored) => {
                problems
                    .push(format!("the fork's record of {commit} tells of what is not recorded here and was left out"));
            }
            Ok(mut record) if record.commit == *commit => {
                narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
                records.push(record);
            }
            Ok(_) => problems.push(format!("the fork's record of {commit} is of another commit and was left out")),
            Err(error) => problems.push(format!("left out: {error:#}")),
        }
    }
    let offered = records.len();
    let refused = keep::write(repository, records, &workplace.redactor()?, now)?;
    let count = offered - refused.len();
    problems.extend(refused);
    Ok((count, problems))
}

/// Pushes the records, unless the repository keeps them to itself.
///
/// # Errors
/// When the remote does not take them.
pub(crate) fn share(workplace: &Workplace, remote: &Remote<'_>, now: Timestamp) -> anyhow::Result<()> {
    // Only what somebody shared comes here; a workflow decides nothing itself.
    if workplace.config.sharing == Some(Sharing::Local) {
        return Ok(());
    }
    let HookOutcome { .. } = share::share(&workplace.repository, remote, Leaving::All, now)?;
    Ok(())
}

//! On merge: gives the commits that landed the records of the pull request's commits, so that nothing is lost when its
//! branch is deleted.

use std::collections::HashSet;

use crate::environment::Environment;
use crate::git::notes;
use crate::git::repository::Repository;
use crate::recorder::rewritten;
use crate::recorder::spool::Due;
use crate::recorder::workplace::Workplace;

/// What became of the records of a pull request.
#[derive(Debug, Default)]
pub(crate) struct Landed {
    /// Commits that were made anew and have a record now.
    pub(crate) records: usize,
    /// What was left out, a text each.
    pub(crate) problems: Vec<String>,
}

/// Writes the records of commits that a merge made anew. `pull` are the commits of the pull request, oldest first; `tip`
/// is the commit that landed.
pub(crate) fn reattach(
    workplace: &Workplace,
    environment: &Environment,
    pull: &[String],
    tip: &str,
) -> anyhow::Result<Landed> {
    let due = due(&workplace.repository, pull, tip)?;
    // Records that are there stay as they are: this may run twice.
    let left = rewritten::work(workplace, environment, None, &due)?;
    let landed: Vec<&str> = due.iter().map(|due| due.commit.as_str()).collect();
    let records = notes::read_many(&workplace.repository, &landed)?.iter().flatten().count();
    Ok(Landed { records, problems: left.problems })
}

/// The commits that landed, each with those that it was made from. Nothing for a merge commit and a fast-forward: there
/// the commits themselves landed, with their notes.
fn due(repository: &Repository, pull: &[String], tip: &str) -> anyhow::Result<Vec<Due>> {
    let known: HashSet<&str> = pull.iter().map(String::as_str).collect();
    if known.contains(tip) || repository.parents(tip)?.len() > 1 {
        return Ok(Vec::new());
    }
    let mut rest: Vec<&String> = Vec::new();
    for id in pull {
        // What was merged into the branch is not rebased and not part of its own work.
        if repository.parents(id)?.len() < 2 {
            rest.push(id);
        }
    }
    let mut pairs = Vec::new();
    let mut landed = tip.to_owned();
    // A rebase leaves author, time and message of each commit; it may drop some that came out empty.
    while let Some(place) = rest.iter().rposition(|id| is_same_work(repository, id, &landed)) {
        pairs.push(Due { commit: landed.clone(), sources: vec![rest[place].clone()] });
        rest.truncate(place);
        match repository.parents(&landed)?.first() {
            Some(parent) if repository.has_commit(parent) => landed = parent.clone(),
            _ => break,
        }
    }
    if pairs.is_empty() {
        pairs.push(Due { commit: tip.to_owned(), sources: rest.into_iter().cloned().collect() });
    }
    pairs.reverse();
    Ok(pairs)
}

fn is_same_work(repository: &Repository, one: &str, other: &str) -> bool {
    let of = |id: &str| {
        let message = repository.message(id).ok()?;
        Some((repository.author(id).ok()?, repository.times(id).ok()?.authored, message.trim_ascii().to_vec()))
    };
    of(one).is_some_and(|work| of(other) == Some(work))
}

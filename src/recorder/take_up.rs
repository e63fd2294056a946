//! Makes the records of commits that are on the spool.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Instant;

use super::compose::How;
use super::declined::Declined;
use super::journals::CommitTime;
use super::spool::{Due, TRIED, list, remove};
use super::workplace::Workplace;
use super::{keep, recorded};
use crate::environment::Environment;
use crate::git::changes;
use crate::recorder::compose;

/// How much of the spool one run takes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) entries: usize,
    /// An entry that was taken up so often is left to `backfill`, so that it cannot delay every commit.
    pub(crate) tries: usize,
    pub(crate) until: Option<Instant>,
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct TakenUp {
    /// Records.
    pub(crate) written: usize,
    /// What was left out of records that were written, one text each.
    pub(crate) problems: Vec<String>,
    /// Why an entry stays, one text each.
    pub(crate) failed: Vec<String>,
}

/// Writes the records that are due, within `bounds`. One that cannot be written stays on the spool.
pub(crate) fn take_up(workplace: &mut Workplace, environment: &Environment, bounds: Bounds) -> TakenUp {
    let mut taken = TakenUp::default();
    let mut entries = list(&workplace.repository);
    entries.retain(|entry| entry.tries < bounds.tries);
    if entries.is_empty() {
        return taken;
    }
    match workplace.confirm(environment) {
        Ok(true) => {}
        Ok(false) => return taken,
        Err(error) => {
            taken.failed.push(format!("{error:#}"));
            return taken;
        }
    }
    for entry in entries.into_iter().take(bounds.entries) {
        if bounds.until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        // Before the work, so that one that crashes or hangs is not tried for ever.
        let marked = OpenOptions::new().append(true).open(&entry.path).and_then(|mut file| writeln!(file, "{TRIED}"));
        let written = marked.map_err(Into::into).and_then(|()| write(workplace, environment, &entry.due));
        match written.and_then(|done| remove(&entry).map(|()| done).map_err(Into::into)) {
            Ok((count, problems)) => {
                taken.written += count;
                taken.problems.extend(problems);
            }
            Err(error) => taken.failed.push(format!("{error:#}")),
        }
    }
    taken
}

/// Makes and writes the records of `due`; how many, and what was left out. A commit that is gone needs none.
pub(crate) fn write(
    workplace: &Workplace,
    environment: &Environment,
    due: &[Due],
) -> anyhow::Result<(usize, Vec<String>)> {
    let repository = &workplace.repository;
    let redactor = workplace.redactor()?;
    let declined = Declined::read(repository)?;
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    for one in due {
        if repository.message(&one.commit).is_err() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(repository, &one.commit)?);
        // It may have been written after all, by a hook that knew the shell it ran in.
        let own = recorded::sources(workplace, &one.commit, recorded::of_new(repository, &one.commit)?)?;
        let sources = recorded::joined(recorded::read_sources(workplace, &one.sources)?, own);
        if declined.covers(repository, &one.commit, &one.sources) {
            records.extend(compose::carried(workplace, &commit, &sources, &redactor));
            continue;
        }
        let how = How::by(CommitTime::Authored);
        let record = compose::make(workplace, environment, &commit, how, &sources, &redactor, &mut problems)?.0;
        records.extend(record);
    }
    let count = records.len();
    let stay = keep::write(repository, records, &redactor, environment.now)?;
    let written = count - stay.len();
    problems.extend(stay);
    Ok((written, problems))
}

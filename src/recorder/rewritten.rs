//! Gives commits that were made anew the records of those they replace.

use super::compose::How;
use super::declined::Declined;
use super::journals::CommitTime;
use super::outcome::HookOutcome;
use super::spool::Due;
use super::workplace::Workplace;
use super::{keep, recorded};
use crate::environment::Environment;
use crate::git::changes;
use crate::recorder::compose;

/// So many records are written at once: what was written stays when the time for a long rebase runs out.
pub(crate) const AT_ONCE: usize = 16;

pub(crate) fn work(
    workplace: &Workplace,
    environment: &Environment,
    kind: Option<&str>,
    due: &[Due],
) -> anyhow::Result<HookOutcome> {
    if due.is_empty() {
        return Ok(HookOutcome::default());
    }
    let clock = if kind == Some("amend") { CommitTime::Committed } else { CommitTime::Authored };
    let redactor = workplace.redactor()?;
    let declined = Declined::read(&workplace.repository)?;
    let mut left = HookOutcome::default();
    let mut records = Vec::new();
    for Due { commit: new, sources: olds } in due {
        let mut sources = recorded::read_sources(workplace, olds)?;
        // What post-commit made of the new commit, where it was taken from yet others.
        sources.extend(recorded::sources(workplace, new, recorded::of_new(&workplace.repository, new)?)?);
        if sources.is_empty() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, new)?);
        if declined.covers(&workplace.repository, new, olds) {
            records.extend(compose::carried(workplace, &commit, &sources, &redactor));
            continue;
        }
        // An amend is made now, and what a rebase makes keeps its order.
        let made_at = (kind == Some("amend")).then_some(environment.now);
        let how = How { made_at, ..How::by(clock) };
        records.extend(compose::make(workplace, environment, &commit, how, &sources, &redactor, &mut left.problems)?.0);
        if records.len() == AT_ONCE {
            let made = std::mem::take(&mut records);
            left.problems.extend(keep::write(&workplace.repository, made, &redactor, environment.now)?);
        }
    }
    left.problems.extend(keep::write(&workplace.repository, records, &redactor, environment.now)?);
    // The same transcript cannot be read for any of them.
    left.problems.sort();
    left.problems.dedup();
    Ok(left)
}

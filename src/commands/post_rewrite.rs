//! The post-rewrite hook: after an amend or rebase, gives the new commits the records of the old ones. Git itself copies
//! notes as well (`notes.rewriteRef`), and joins two into one; what is written here replaces that.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use super::declined::Declined;
use super::hook::Left;
use super::journals::Clock;
use super::post_commit::How;
use super::spool::Due;
use super::workplace::Workplace;
use super::{keep, post_commit, recorded};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{changes, note_copies};

/// So many records are written at once: what was written stays when the time for a long rebase runs out.
const AT_ONCE: usize = 16;

/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 64 * 1024 * 1024;

/// What git writes to the hook; it can be read once.
///
/// # Errors
/// When it cannot be read.
pub(super) fn told() -> io::Result<String> {
    let mut pairs = String::new();
    io::stdin().take(MOST).read_to_string(&mut pairs)?;
    Ok(pairs)
}

/// The pairs of an old and a new commit, without those that stayed as they were.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(move |line| {
        let mut ids = line.split_whitespace();
        Some((ids.next()?, ids.next()?)).filter(|(old, new)| old != new)
    })
}

/// What is to be written, from the pairs of ids that git tells: the new commits with the old ones they were made from.
/// Nothing where none of them has a record.
pub(super) fn due(repository: &Repository, pairs: &str) -> Vec<Due> {
    let mut olds_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (old, new) in self::pairs(pairs) {
        olds_of.entry(new).or_default().push(old.to_owned());
    }
    let ids: Vec<&str> = olds_of.iter().flat_map(|(new, olds)| olds.iter().map(String::as_str).chain([*new])).collect();
    let looked = note_copies::everywhere(repository, &ids);
    if looked.problems.is_empty() && looked.notes.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    olds_of.into_iter().map(|(new, sources)| Due { commit: new.to_owned(), sources }).collect()
}

pub(super) fn work(
    workplace: &Workplace,
    environment: &Environment,
    kind: Option<&str>,
    due: &[Due],
) -> anyhow::Result<Left> {
    if due.is_empty() {
        return Ok(Left::default());
    }
    let clock = if kind == Some("amend") { Clock::Committed } else { Clock::Authored };
    let redactor = workplace.redactor()?;
    let declined = Declined::read(&workplace.repository)?;
    let mut left = Left::default();
    let mut records = Vec::new();
    for Due { commit: new, sources: olds } in due {
        let mut sources = post_commit::read_sources(workplace, olds)?;
        // What post-commit made of the new commit, where it was taken from yet others.
        sources.extend(recorded::sources(workplace, new, recorded::of_new(&workplace.repository, new)?)?);
        if sources.is_empty() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, new)?);
        if declined.covers(&workplace.repository, new, olds) {
            records.extend(post_commit::carried(workplace, &commit, &sources, &redactor));
            continue;
        }
        // An amend is made now, and what a rebase makes keeps its order.
        let made_at = (kind == Some("amend")).then_some(environment.now);
        let how = How { made_at, ..How::by(clock) };
        records.extend(post_commit::make(
            workplace,
            environment,
            &commit,
            how,
            &sources,
            &redactor,
            &mut left.problems,
        )?);
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

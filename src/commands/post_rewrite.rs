//! The post-rewrite hook: after an amend or rebase, gives the new commits the records of the old ones. Git itself copies
//! notes as well (`notes.rewriteRef`), and joins two into one; what is written here replaces that.

use std::collections::BTreeMap;

use super::hook::Left;
use super::journals::Clock;
use super::workplace::Workplace;
use super::{keep, post_commit};
use crate::environment::Environment;
use crate::git::changes;

/// So many records are written at once: what was written stays when the time for a long rebase runs out.
const AT_ONCE: usize = 16;

pub(super) fn work(
    workplace: &Workplace,
    environment: &Environment,
    kind: Option<&str>,
    pairs: &str,
) -> anyhow::Result<Left> {
    let mut olds_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in pairs.lines() {
        let mut ids = line.split_whitespace();
        if let (Some(old), Some(new)) = (ids.next(), ids.next())
            && old != new
        {
            olds_of.entry(new).or_default().push(old.to_owned());
        }
    }
    let clock = if kind == Some("amend") { Clock::Committed } else { Clock::Authored };
    let redactor = workplace.redactor()?;
    let mut left = Left::default();
    let mut records = Vec::new();
    for (new, olds) in olds_of {
        let mut sources = post_commit::read_sources(workplace, &olds)?;
        // What post-commit made of the new commit, where it was taken from yet others.
        sources.extend(post_commit::read_sources(workplace, &[new.to_owned()])?);
        if sources.is_empty() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, new)?);
        let how = (None, clock);
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

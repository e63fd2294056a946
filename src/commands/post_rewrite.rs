//! The post-rewrite hook: after an amend or rebase, gives the new commits the records of the old ones. Git itself copies
//! notes as well (`notes.rewriteRef`), and joins two into one; what is written here replaces that.

use std::collections::BTreeMap;

use super::hook::Left;
use super::workplace::Workplace;
use super::{keep, post_commit};
use crate::environment::Environment;
use crate::git::{changes, notes};

pub(super) fn work(workplace: &Workplace, environment: &Environment, pairs: &str) -> anyhow::Result<Left> {
    let mut olds_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in pairs.lines() {
        let mut ids = line.split_whitespace();
        if let (Some(old), Some(new)) = (ids.next(), ids.next())
            && old != new
        {
            olds_of.entry(new).or_default().push(old.to_owned());
        }
    }
    let redactor = workplace.redactor()?;
    let mut kept = Vec::new();
    for (new, olds) in olds_of {
        let sources = post_commit::read_sources(workplace, &olds)?;
        if sources.is_empty() && notes::read(&workplace.repository, new)?.is_none() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, new)?);
        let record = post_commit::make(workplace, environment, &commit, None, &sources, &redactor)?;
        if let Some(record) = record {
            kept.push((new.to_owned(), keep::to_note(record, &redactor)?));
        }
    }
    notes::write(&workplace.repository, &kept, environment.now)?;
    Ok(Left::Nothing)
}

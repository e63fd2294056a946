//! The post-rewrite hook: after an amend or rebase, gives the new commits the records of the old ones. Git itself copies
//! notes as well (`notes.rewriteRef`), and joins two into one; what is written here replaces that.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use crate::git::note_copies;
use crate::git::repository::Repository;
use crate::recorder::spool::Due;

/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 64 * 1024 * 1024;

/// What git writes to the hook; it can be read once.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn told() -> io::Result<String> {
    let mut pairs = String::new();
    io::stdin().take(MOST).read_to_string(&mut pairs)?;
    Ok(pairs)
}

/// The pairs of an old and a new commit, without those that stayed as they were.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(move |line| {
        let mut ids = line.split_whitespace();
        Some((ids.next()?, ids.next()?)).filter(|(old, new)| old != new)
    })
}

/// What is to be written, from the pairs of ids that git tells: the new commits with the old ones they were made from.
/// Nothing where none of them has a record.
pub(crate) fn due(repository: &Repository, pairs: &str) -> Vec<Due> {
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

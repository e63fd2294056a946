//! The post-commit hook: links the commit that was just made and keeps its record as a note.

use super::{moved_head, pending};
use crate::environment::Environment;
use crate::git::changes;
use crate::git::repository::Repository;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::compose::{How, carried, make, says_something};
use crate::recorder::declined::Declined;
use crate::recorder::journals::CommitTime;
use crate::recorder::outcome::HookOutcome;
use crate::recorder::recorded::{self, joined, read_sources};
use crate::recorder::spool::Due;
use crate::recorder::workplace::Workplace;
use crate::recorder::{agent_shell, gather, keep, made_from, prepared};

/// What is to be written: the commit that was just made, unless it is quiet around it. Where there is no workplace (its
/// settings have a mistake), nobody can tell.
pub(crate) fn due(repository: &Repository, workplace: Option<&Workplace>, environment: &Environment) -> HeadSeen {
    let kept = pending::read(repository, environment.now);
    let Some(commit) = repository.head() else { return HeadSeen::default() };
    let moved_head::HeadMove { sources, rest } = moved_head::left(repository, &commit, &kept).unwrap_or_default();
    let mut sources = [kept.sources, sources].concat();
    sources.extend(made_from::named(&String::from_utf8_lossy(&repository.message(&commit).unwrap_or_default())));
    let mut is_idle = false;
    let mut is_quiet = |workplace: &Workplace| {
        let inside = agent_shell::inside(environment).filter(|inside| !workplace.ignores(inside));
        let has_nothing = inside.is_none() && pending::has_nothing(repository, &commit, environment.now);
        is_idle = !has_nothing && sources.is_empty() && gather::is_quiet(workplace, environment, inside.as_ref());
        sources.is_empty() && (has_nothing || is_idle) && !says_something(workplace, &commit).unwrap_or(true)
    };
    let due = if workplace.is_some_and(&mut is_quiet) { Vec::new() } else { vec![Due { commit, sources }] };
    HeadSeen { due, was: kept.was, rest, is_idle }
}

/// What a hook finds before it does anything.
#[derive(Debug, Default)]
pub(crate) struct HeadSeen {
    /// The commits whose records are to be written.
    pub(crate) due: Vec<Due>,
    /// The commit that the last post-commit saw here.
    pub(crate) was: Option<String>,
    /// The commit of which this one took a part.
    pub(crate) rest: Option<String>,
    /// Whether no agent is at work here at all, whatever the commit holds.
    pub(crate) is_idle: bool,
}

pub(crate) fn work(workplace: &Workplace, environment: &Environment, due: Option<&Due>) -> anyhow::Result<HookOutcome> {
    let repository = &workplace.repository;
    let Some(Due { commit: head, mut sources }) = due.cloned() else { return Ok(HookOutcome::default()) };
    let inside = agent_shell::inside(environment).filter(|inside| !workplace.ignores(inside));
    let commit = workplace.without_ignored(changes::read_commit(repository, &head)?);
    // A commit that was made before in the same second, of the same content, has the same id and may have a record.
    let own = recorded::sources(workplace, &head, recorded::of_new(repository, &head)?)?;
    sources.push(head.clone());
    let is_declined = Declined::read(repository)?.covers_head(repository, &head, &sources)?;
    sources.pop();
    let sources = joined(read_sources(workplace, &sources)?, own);
    let prepared = prepared::take(workplace, environment, &commit, inside.as_ref());
    let prepared = prepared.filter(|_| sources.is_empty() && !is_declined && !repository.is_rebasing());
    let redactor = workplace.redactor()?;
    let clock = if repository.is_rebasing() { CommitTime::Authored } else { CommitTime::Committed };
    let mut left = HookOutcome::default();
    let how = How { inside, clock, made_at: Some(environment.now) };
    let record = match (prepared, is_declined) {
        (Some(record), _) => Some(record),
        (None, true) => carried(workplace, &commit, &sources, &redactor),
        (None, false) => {
            let (record, library) =
                make(workplace, environment, &commit, how, &sources, &redactor, &mut left.problems)?;
            // The process ends soon.
            std::mem::forget(library);
            record
        }
    };
    // One that nothing is left of, of which nothing was known before either.
    let tells = |record: &Record<Clean>| {
        !record.contributions.is_empty()
            || !record.stated.is_empty()
            || record.forgotten.is_some()
            || sources.iter().any(|one| one.record.commit == record.commit)
    };
    if let Some(record) = record.filter(tells) {
        left.problems.extend(keep::write(repository, vec![record], &redactor, environment.now)?);
    }
    Ok(left)
}

//! The post-commit hook: links the commit that was just made and keeps its record as a note.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::declined::Declined;
use super::edited_names::file_name;
use super::hook::{self, Left};
use super::journals::{self, Clock, Journals};
use super::spool::Due;
use super::workplace::Workplace;
use super::{gather, keep, moved_head, narrowing, pending, recorded, unseen};
use crate::environment::Environment;
use crate::failpoint;
use crate::git::repository::Repository;
use crate::git::{changes, promised, trailers};
use crate::link::carry::Source;
use crate::link::library::Library;
use crate::link::paths::PathMatch;
use crate::link::{self, Hints, Inside, stated};
use crate::record::commit::{Commit, FileChange};
use crate::record::forgotten::ForgottenWhy;
use crate::record::note::Record;
use crate::record::session::{Action, Session};
use crate::record::text::{Clean, Raw};
use crate::redact::Redactor;

/// What is to be written: the commit that was just made, unless it is quiet around it. Where there is no workplace (its
/// settings have a mistake), nobody can tell.
pub(super) fn due(repository: &Repository, workplace: Option<&Workplace>, environment: &Environment) -> Seen {
    let kept = pending::read(repository, environment.now);
    let Some(commit) = repository.head() else { return Seen::default() };
    let moved_head::Left { sources, rest } = moved_head::left(repository, &commit, &kept).unwrap_or_default();
    let mut sources = [kept.sources, sources].concat();
    sources.extend(pending::named(&String::from_utf8_lossy(&repository.message(&commit).unwrap_or_default())));
    let is_quiet = |workplace: &Workplace| {
        let inside = hook::inside(environment).filter(|inside| !workplace.ignores(inside));
        let has_nothing = || inside.is_none() && pending::has_nothing(repository, &commit, environment.now);
        sources.is_empty()
            && (has_nothing() || gather::is_quiet(workplace, environment, inside.as_ref()))
            && !says_something(workplace, &commit).unwrap_or(true)
    };
    let due = if workplace.is_some_and(is_quiet) { Vec::new() } else { vec![Due { commit, sources }] };
    Seen { due, was: kept.was, rest }
}

/// What a hook finds before it does anything.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The commits whose records are to be written.
    pub(super) due: Vec<Due>,
    /// The commit that the last post-commit saw here.
    pub(super) was: Option<String>,
    /// The commit of which this one took a part.
    pub(super) rest: Option<String>,
}

pub(super) fn work(workplace: &Workplace, environment: &Environment, due: Option<&Due>) -> anyhow::Result<Left> {
    let repository = &workplace.repository;
    let Some(Due { commit: head, mut sources }) = due.cloned() else { return Ok(Left::default()) };
    let inside = hook::inside(environment).filter(|inside| !workplace.ignores(inside));
    let commit = workplace.without_ignored(changes::read_commit(repository, &head)?);
    // A commit that was made before in the same second, of the same content, has the same id and may have a record.
    let own = recorded::sources(workplace, &head, recorded::of_new(repository, &head)?)?;
    sources.push(head.clone());
    let is_declined = Declined::read(repository)?.covers_head(repository, &head, &sources)?;
    sources.pop();
    let sources = joined(read_sources(workplace, &sources)?, own);
    let redactor = workplace.redactor()?;
    let clock = if repository.is_rebasing() { Clock::Authored } else { Clock::Committed };
    let mut left = Left::default();
    let how = How { inside, clock, made_at: Some(environment.now) };
    let record = match is_declined {
        true => carried(workplace, &commit, &sources, &redactor),
        false => make(workplace, environment, &commit, how, &sources, &redactor, &mut left.problems)?,
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

/// Whether the message itself names an agent or documents something, so that a record is worth making without a session.
pub(super) fn says_something(workplace: &Workplace, head: &str) -> anyhow::Result<bool> {
    let message = workplace.repository.message(head)?;
    let author = workplace.repository.author(head)?;
    let trailers = trailers::parse(&message, trailers::COMMENT);
    Ok(!stated::statements(&trailers, &String::from_utf8_lossy(&message), &author, &author, None).is_empty())
}

/// What a hook knows of a commit beside its content.
pub(super) struct How {
    /// The agent in whose shell the commit was made.
    pub(super) inside: Option<Inside>,
    pub(super) clock: Clock,
    /// When it was really made, whatever dates git was given for it; `None` where that is not known.
    pub(super) made_at: Option<Timestamp>,
}

impl How {
    pub(super) fn by(clock: Clock) -> Self {
        Self { inside: None, clock, made_at: None }
    }
}

/// Clocks and slow hooks may disagree by so much.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// The commit with the time at which it was made, where its own date is known to be another: it lies in the future, or before
/// edits of its files, or before work of the session in whose shell it was made. (Git takes the date before the editor opens,
/// and an agent may go on meanwhile.) `None` where the date holds.
fn as_made(
    commit: &Commit,
    made_at: Timestamp,
    (sessions, inside): (&[Session], Option<&Inside>),
    is_new: bool,
) -> Option<Commit> {
    let later = |at: Timestamp| at.duration_since(commit.committed_at) > SLACK;
    let is_inside = |session: &Session| inside.is_some_and(|inside| inside.session.as_deref() == Some(&*session.id));
    let names: Vec<String> = commit.files.iter().map(|file| file_name(&file.path)).collect();
    let edits_it = |session: &Session| {
        let calls = session.turns.iter().flat_map(|turn| &turn.calls).filter(|call| call.at.is_some_and(later));
        calls.into_iter().any(|call| match &call.action {
            Action::Edit(edits) => edits.iter().any(|edit| names.contains(&file_name(&edit.path))),
            _ => false,
        })
    };
    let was_later = |session: &&Session| session.ended_at.is_some_and(later);
    let is_early =
        later(made_at) && sessions.iter().filter(was_later).any(|session| is_inside(session) || edits_it(session));
    let is_future = commit.committed_at.duration_since(made_at) > SLACK;
    if !is_early && !is_future {
        return None;
    }
    // A commit that is made anew keeps the date on which it was authored first.
    let one_date = commit.authored_at.duration_since(commit.committed_at).abs() <= SLACK;
    let authored_at = if is_new && one_date { made_at } else { commit.authored_at.min(made_at) };
    Some(Commit { authored_at, committed_at: made_at, ..commit.clone() })
}

/// The record of one commit from the sessions on this machine and from the records of the commits it was made from.
pub(super) fn make(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    how: How,
    sources: &[Source],
    redactor: &Redactor,
    problems: &mut Vec<String>,
) -> anyhow::Result<Option<Record<Clean>>> {
    let How { inside, clock, made_at } = how;
    let trailers = workplace.trailers(commit);
    let statements = keep::statements(commit, &trailers);
    failpoint::reach("sessions.gather")?;
    let named = keep::named_sessions(&statements, &trailers);
    let mut gathered = gather::for_commit(workplace, environment, commit, inside.as_ref(), &named)?;
    problems.append(&mut gathered.problems);
    let mut journals = Journals::open(&workplace.repository);
    problems.append(&mut journals.problems);
    let library = Library::new(unseen::without(workplace, gathered.sessions));
    let is_new = sources.iter().all(|source| Some(&source.record.commit) == commit.id.as_ref());
    let dated = made_at.and_then(|at| {
        as_made(commit, at, (&library.sessions, inside.as_ref()), is_new && !workplace.repository.is_rebasing())
    });
    let since = workplace.repository.authored_before(commit);
    // A date that the commit before was given says as little.
    let since = since.filter(|since| dated.as_ref().is_none_or(|dated| *since < dated.authored_at));
    let own_dates = commit;
    let commit = dated.as_ref().unwrap_or(commit);
    let texts = texts(workplace, commit, &library);
    let mut linked = link::link(commit, &library, &Hints { inside, named, since, texts });
    journals::add(&mut linked, commit, journals.for_commit(workplace, commit, clock));
    let commit = own_dates;
    let mut record = keep::record(commit, linked, statements, sources, redactor, &workplace.config);
    if let Some(record) = &mut record {
        keep_forgotten(record, sources);
        narrowing::narrow(record, &workplace.ignored, workplace.config.prompts);
    }
    Ok(record)
}

/// The record of a commit for which no session is to be read: what the records of the commits say that it was made from.
pub(super) fn carried(
    workplace: &Workplace,
    commit: &Commit,
    sources: &[Source],
    redactor: &Redactor,
) -> Option<Record<Clean>> {
    if sources.is_empty() {
        return None;
    }
    let statements = keep::statements(commit, &workplace.trailers(commit));
    let linked = link::link(commit, &Library::new(Vec::new()), &Hints::default());
    let mut record = keep::record(commit, linked, statements, sources, redactor, &workplace.config)?;
    keep_forgotten(&mut record, sources);
    Some(record)
}

/// What is known of a commit that was made before.
pub(super) fn hints(workplace: &Workplace, commit: &Commit, library: &Library, named: Vec<(String, String)>) -> Hints {
    let since = workplace.repository.authored_before(commit);
    Hints { inside: None, named, since, texts: texts(workplace, commit, library) }
}

/// The committed texts of the files that sessions edited.
fn texts(workplace: &Workplace, commit: &Commit, library: &Library) -> BTreeMap<String, Raw> {
    let Some(id) = &commit.id else { return BTreeMap::new() };
    let names = |file: &FileChange| std::iter::once(file.path.clone()).chain(file.old_path.clone());
    let is_edited = |file: &&FileChange| {
        names(file).any(|path| library.paths_like(&path).any(|(_, found)| found == PathMatch::Whole))
    };
    let edited = commit.files.iter().filter(|file| !file.hunks.is_empty()).filter(is_edited);
    edited.filter_map(|file| Some((file.path.clone(), workplace.repository.text_at(id, &file.path)?))).collect()
}

/// What was removed from the commits it was made from does not come back with it.
pub(super) fn keep_forgotten(record: &mut Record<Clean>, sources: &[Source]) {
    let Some(mark) = sources.iter().find_map(|source| source.record.forgotten) else { return };
    if mark.why != ForgottenWhy::Session {
        record.forget(mark);
    }
    record.forgotten = Some(mark);
}

/// The commits with these ids that have a record, here or at a remote, as far as it was fetched.
pub(super) fn read_sources(workplace: &Workplace, ids: &[String]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    if ids.is_empty() {
        return Ok(sources);
    }
    for (id, documents) in ids.iter().zip(recorded::of(&workplace.repository, ids)?) {
        sources = joined(sources, recorded::sources(workplace, id, documents)?);
    }
    Ok(sources)
}

/// Both without what says nothing new, as git's copy of a note.
pub(super) fn joined(mut sources: Vec<Source>, more: Vec<Source>) -> Vec<Source> {
    for source in more {
        if !sources.iter().any(|known| known.record == source.record) {
            sources.push(source);
        }
    }
    sources
}

/// The commit `id` as a source, without what must not be recorded any more.
pub(super) fn source(workplace: &Workplace, id: &str, mut record: Record<Clean>) -> anyhow::Result<Source> {
    record.leave_out(|one| workplace.ignored.has_session(&one.agent, &one.session));
    let repository = &workplace.repository;
    // Git copies a note to the commit that replaces another; what it says is of the other one.
    let own = if repository.has_commit(&record.commit) { record.commit.clone() } else { id.to_owned() };
    // In a partial clone, fetched where that may be; without its files nothing can be said of its lines.
    let is_here = repository.has_commit(&own) && !promised::complete(repository, vec![own.clone()])?.is_empty();
    let mut commit = match is_here {
        true => Some(workplace.without_ignored(changes::read_commit(repository, &own)?)),
        false => None,
    };
    if let Some(commit) = commit.as_mut().filter(|_| own != record.commit) {
        commit.trees = None;
    }
    Ok(Source { commit, record })
}

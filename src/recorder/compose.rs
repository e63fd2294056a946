//! Makes the record of one commit: from the sessions on this machine, the journals, the words of the commit, and the records
//! of the commits that it was made from.

use std::collections::BTreeMap;
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::edited_names::file_name;
use super::journals::{self, CommitTime, Journals};
use super::ways::Ways;
use super::workplace::Workplace;
use super::{edge, gather, keep, narrowing, unseen};
use crate::checks::tested::may_be_tested;
use crate::environment::Environment;
use crate::failpoint;
use crate::git::{head_moved, trailers, work_tree};
use crate::link::carry::CommitSource;
use crate::link::library::Library;
use crate::link::paths::PathMatch;
use crate::link::{self, AgentShell, Hints, Linked, stated};
use crate::record::commit::{Commit, FileChange};
use crate::record::forgotten_mark::ForgottenWhy;
use crate::record::note::Record;
use crate::record::session::{Action, Session};
use crate::record::text::{Clean, Raw};
use crate::recorder::statements;
use crate::redact::Redactor;

/// Whether the message itself names an agent or documents something, so that a record is worth making without a session.
pub(crate) fn says_something(workplace: &Workplace, head: &str) -> anyhow::Result<bool> {
    let message = workplace.repository.message(head)?;
    let author = workplace.repository.author(head)?;
    let trailers = trailers::parse(&message, trailers::COMMENT);
    Ok(!stated::statements(&trailers, &String::from_utf8_lossy(&message), &author, &author, None).is_empty())
}

/// What a hook knows of a commit beside its content.
pub(crate) struct How {
    /// The agent in whose shell the commit was made.
    pub(crate) inside: Option<AgentShell>,
    pub(crate) clock: CommitTime,
    /// When it was really made, whatever dates git was given for it; `None` where that is not known.
    pub(crate) made_at: Option<Timestamp>,
}

impl How {
    pub(crate) fn by(clock: CommitTime) -> Self {
        Self { inside: None, clock, made_at: None }
    }
}

/// Clocks and slow hooks may disagree by so much.
pub(crate) const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// The commit with the time at which it was made, where its own date is known to be another: it lies in the future, or before
/// edits of its files, or before work of the session in whose shell it was made. (Git takes the date before the editor opens,
/// and an agent may go on meanwhile.) `None` where the date holds.
pub(crate) fn as_made(
    commit: &Commit,
    made_at: Timestamp,
    (sessions, inside): (&[Session], Option<&AgentShell>),
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

/// The record of one commit from the sessions on this machine and from the records of the commits it was made from, and the
/// sessions that were looked through: to free them takes as long, and a process that ends need not.
///
/// # Errors
/// When the sessions or the commit cannot be read.
pub(crate) fn make(
    workplace: &Workplace,
    environment: &Environment,
    commit: &Commit,
    how: How,
    sources: &[CommitSource],
    redactor: &Redactor,
    problems: &mut Vec<String>,
) -> anyhow::Result<(Option<Record<Clean>>, Library)> {
    let How { inside, clock, made_at } = how;
    let commit = &*edge::with_kept(commit, sources);
    let trailers = workplace.trailers(commit);
    let statements = statements::statements(commit, &trailers);
    failpoint::reach("sessions.gather")?;
    let named = statements::named_sessions(&statements, &trailers);
    let mut gathered = gather::for_commit(workplace, environment, commit, inside.as_ref(), &named)?;
    problems.append(&mut gathered.problems);
    let mut journals = Journals::open(&workplace.repository);
    problems.append(&mut journals.problems);
    let library = Library::new(unseen::without(workplace, environment, gathered.sessions)?);
    let is_new = sources.iter().all(|source| Some(&source.record.commit) == commit.id.as_ref());
    let dated = made_at.and_then(|at| {
        as_made(commit, at, (&library.sessions, inside.as_ref()), is_new && !workplace.repository.is_rebasing())
    });
    let since = workplace.repository.authored_before(commit);
    // A date that the commit before was given says as little.
    let since = since.filter(|since| dated.as_ref().is_none_or(|dated| *since < dated.authored_at));
    let moved = moved(workplace, commit);
    let own_dates = commit;
    let commit = dated.as_ref().unwrap_or(commit);
    let texts = texts(workplace, commit, &library);
    let hints = Hints { inside, named, since, moved, texts };
    let differs = |has_passed| made_at.and_then(|at| differs_since(workplace, own_dates, at, has_passed));
    let mut linked = linked(workplace, commit, &library, &hints, differs, problems);
    journals::add(&mut linked, commit, journals.for_commit(workplace, commit, clock));
    let commit = own_dates;
    let mut record = keep::record(commit, linked, statements, sources, redactor, &workplace.config);
    if let Some(record) = &mut record {
        keep_forgotten(record, sources);
        narrowing::narrow(record, &workplace.ignored, workplace.config.prompts);
    }
    Ok((record, library))
}

/// What the sessions say about the commit. `differs` tells, once it is known whether a check passed, since when the files are
/// otherwise than in the commit.
fn linked(
    workplace: &Workplace,
    commit: &Commit,
    library: &Library,
    hints: &Hints,
    differs: impl FnOnce(bool) -> Option<Timestamp>,
    problems: &mut Vec<String>,
) -> Linked {
    let mut linked = link::link(commit, library, hints);
    if let Some(since) = differs(linked.has_passed()) {
        linked.ran_on_others(since);
    }
    if !linked.contributions.is_empty() {
        match Ways::new(workplace) {
            Ok(ways) => ways.add(&mut linked, commit, &library.sessions),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    linked
}

/// What [`make`] would make of a commit that is about to be made, and whether checks passed for it; `None` where something cannot be
/// read. `commit` has [`NO_ID`], and is made from no other; there are no journals. For a commit that is made now, on the dates
/// that it has, of the files that are in the work tree.
pub(crate) fn foresee(
    workplace: &Workplace,
    commit: &Commit,
    inside: Option<AgentShell>,
    named: Vec<(String, String)>,
    library: &Library,
) -> Option<(Record<Clean>, bool)> {
    let statements = statements::statements(commit, &workplace.trailers(commit));
    let since = workplace.repository.authored_before(commit);
    let moved = last_moved(workplace);
    let texts = texts(workplace, commit, library);
    let hints = Hints { inside, named, since, moved, texts };
    let (mut has_passed, mut problems) = (false, Vec::new());
    let look = |passed| {
        has_passed = passed;
        None
    };
    let linked = linked(workplace, commit, library, &hints, look, &mut problems);
    let redactor = workplace.redactor().ok().filter(|_| problems.is_empty())?;
    let mut record = keep::record(commit, linked, statements, &[], &redactor, &workplace.config)?;
    narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
    Some((record, has_passed))
}

/// The record of a commit that was made before, from these sessions alone; the record of no other commit adds to it.
pub(crate) fn from_library(
    workplace: &Workplace,
    commit: &Commit,
    library: &Library,
    redactor: &Redactor,
    problems: &mut Vec<String>,
) -> Option<Record<Clean>> {
    let trailers = workplace.trailers(commit);
    let statements = statements::statements(commit, &trailers);
    let hints = hints(workplace, commit, library, statements::named_sessions(&statements, &trailers));
    let linked = linked(workplace, commit, library, &hints, |_| None, problems);
    let mut record = keep::record(commit, linked, statements, &[], redactor, &workplace.config)?;
    narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
    Some(record)
}

/// Stands for the id of a commit that is not made yet.
pub(crate) const NO_ID: &str = "0000000000000000000000000000000000000000";

/// Since when tracked files that checks may read are otherwise in the work tree than in the commit at HEAD, which was just made.
/// It is asked for only where something passed.
pub(crate) fn differs_since(
    workplace: &Workplace,
    commit: &Commit,
    made_at: Timestamp,
    has_passed: bool,
) -> Option<Timestamp> {
    let repository = &workplace.repository;
    if !has_passed || repository.is_rebasing() || commit.id != repository.head() {
        return None;
    }
    // Where git was given another date, the times of files say nothing of those in sessions.
    let is_dated = made_at.duration_since(commit.committed_at).abs() > SLACK;
    let time = |at: SystemTime| Timestamp::try_from(at).ok().filter(|_| !is_dated).unwrap_or(Timestamp::MIN);
    let changed = work_tree::changed(repository, &may_be_tested);
    changed.into_iter().map(|(_, at)| at.map_or(Timestamp::MIN, time)).min()
}

/// The record of a commit for which no session is to be read: what the records of the commits say that it was made from.
pub(crate) fn carried(
    workplace: &Workplace,
    commit: &Commit,
    sources: &[CommitSource],
    redactor: &Redactor,
) -> Option<Record<Clean>> {
    if sources.is_empty() {
        return None;
    }
    let commit = &*edge::with_kept(commit, sources);
    let statements = statements::statements(commit, &workplace.trailers(commit));
    let linked = link::link(commit, &Library::new(Vec::new()), &Hints::default());
    let mut record = keep::record(commit, linked, statements, sources, redactor, &workplace.config)?;
    keep_forgotten(&mut record, sources);
    Some(record)
}

/// What is known of a commit that was made before.
pub(crate) fn hints(workplace: &Workplace, commit: &Commit, library: &Library, named: Vec<(String, String)>) -> Hints {
    let since = workplace.repository.authored_before(commit);
    Hints { inside: None, named, since, moved: moved(workplace, commit), texts: texts(workplace, commit, library) }
}

pub(crate) fn moved(workplace: &Workplace, commit: &Commit) -> Option<Timestamp> {
    commit.id.as_deref().and_then(|id| head_moved::before(&workplace.repository, workplace.head_moves(), id))
}

/// As [`moved`], for a commit that is about to be made.
pub(crate) fn last_moved(workplace: &Workplace) -> Option<Timestamp> {
    head_moved::last(&workplace.repository, workplace.head_moves())
}

/// The committed texts of the files that sessions edited.
pub(crate) fn texts(workplace: &Workplace, commit: &Commit, library: &Library) -> BTreeMap<String, Raw> {
    let text = |path: &str| match (&commit.trees, &commit.id) {
        (Some(trees), _) => workplace.repository.text_in(&trees.own, path),
        (None, Some(id)) => workplace.repository.text_at(id, path),
        (None, None) => None,
    };
    let names = |file: &FileChange| std::iter::once(file.path.clone()).chain(file.old_path.clone());
    let is_edited = |file: &&FileChange| {
        names(file).any(|path| library.paths_like(&path).any(|(_, found)| found == PathMatch::Whole))
    };
    let edited = commit.files.iter().filter(|file| !file.hunks.is_empty()).filter(is_edited);
    edited.filter_map(|file| Some((file.path.clone(), text(&file.path)?))).collect()
}

/// What was removed from the commits it was made from does not come back with it.
pub(crate) fn keep_forgotten(record: &mut Record<Clean>, sources: &[CommitSource]) {
    let Some(mark) = sources.iter().find_map(|source| source.record.forgotten) else { return };
    if mark.why != ForgottenWhy::Session {
        record.forget(mark);
    }
    record.forgotten = Some(mark);
}

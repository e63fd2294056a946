//! Loads the commits that a command is about, with their records from `refs/notes/backstory`.

use anyhow::{Context, bail};
use git2::{Oid, Repository, Sort};

use crate::record::entry::{CommitEntry, Training};
use crate::record::note::{RECORD_VERSION, Record};
use crate::record::text::Clean;

pub(crate) const NOTES: &str = "refs/notes/backstory";
/// A note is written with 64 KB at most; what is far larger is not ours.
const NOTE_BYTES: usize = 1024 * 1024;

/// The commits of a range, oldest first.
pub(crate) struct Loaded {
    pub(crate) entries: Vec<CommitEntry>,
    /// Notes that are not records, each with the reason.
    pub(crate) unreadable: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a> {
    /// `A..B`, or one commit.
    Given(&'a str),
    /// The commits of `HEAD` that its main branch does not have.
    SinceMain,
    /// The last commits of `HEAD`, this many at most.
    Last(usize),
}

/// Reads the commits of `span` and their notes. A note that is no record leaves its commit without one.
///
/// # Errors
/// When a revision does not name a commit.
pub(crate) fn load(repository: &Repository, span: Span<'_>) -> anyhow::Result<Loaded> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
    let mut most = usize::MAX;
    match span {
        Span::Given(range) => match range.split_once("..") {
            Some((from, to)) => {
                let to = if to.is_empty() { "HEAD" } else { to.trim_start_matches('.') };
                walk.push(resolve(repository, to)?)?;
                walk.hide(resolve(repository, if from.is_empty() { "HEAD" } else { from })?)?;
            }
            None => {
                walk.push(resolve(repository, range)?)?;
                most = 1;
            }
        },
        Span::SinceMain => {
            walk.push(resolve(repository, "HEAD")?)?;
            walk.hide(main_branch(repository)?)?;
        }
        Span::Last(count) => {
            walk.push(resolve(repository, "HEAD")?)?;
            most = count;
        }
    }
    let mut loaded = Loaded { entries: Vec::new(), unreadable: Vec::new() };
    for id in walk.take(most) {
        let (entry, problem) = entry(repository, id?)?;
        loaded.entries.push(entry);
        loaded.unreadable.extend(problem.map(|problem| format!("{problem:#}")));
    }
    loaded.entries.reverse();
    Ok(loaded)
}

fn resolve(repository: &Repository, revision: &str) -> anyhow::Result<Oid> {
    let object = repository.revparse_single(revision);
    let commit = object.and_then(|object| object.peel_to_commit());
    Ok(commit.with_context(|| format!("`{revision}` does not name a commit of this repository"))?.id())
}

fn main_branch(repository: &Repository) -> anyhow::Result<Oid> {
    let names = ["refs/remotes/origin/HEAD", "origin/main", "origin/master", "main", "master"];
    let found = names.iter().find_map(|name| resolve(repository, name).ok());
    found.context("there is no main branch to compare with; name a range, as in `main..HEAD`")
}

/// A commit, and what is wrong with its note.
fn entry(repository: &Repository, id: Oid) -> anyhow::Result<(CommitEntry, Option<anyhow::Error>)> {
    let commit = repository.find_commit(id)?;
    let message = String::from_utf8_lossy(commit.message_bytes());
    let (record, problem) = match record(repository, id) {
        Ok(record) => (record, None),
        Err(problem) => (None, Some(problem)),
    };
    // Subject and name are in the commit itself, and nothing is shown to anyone who cannot read that.
    let entry = CommitEntry {
        id: id.to_string(),
        subject: Clean::from_redacted(message.lines().next().unwrap_or_default().to_owned()),
        author: Clean::from_redacted(String::from_utf8_lossy(commit.author().name_bytes()).into_owned()),
        record,
        stated: Vec::new(),
        training: training(&message),
    };
    Ok((entry, problem))
}

fn record(repository: &Repository, id: Oid) -> anyhow::Result<Option<Record<Clean>>> {
    let Ok(note) = repository.find_note(Some(NOTES), id) else { return Ok(None) };
    let bytes = repository.find_blob(note.id()).map(|blob| blob.content().to_vec())?;
    let place = || format!("the note of commit {id} in {NOTES} is not a record of backstory");
    if bytes.len() > NOTE_BYTES {
        bail!("{}: it has {} bytes", place(), bytes.len());
    }
    let record: Record<Clean> = serde_json::from_slice(&bytes).with_context(place)?;
    if record.backstory != RECORD_VERSION {
        bail!("{}: it has version {}, this program reads {RECORD_VERSION}", place(), record.backstory);
    }
    Ok(Some(record))
}

/// Any line counts, a trailer or not: in doubt the commit stays out.
fn training(message: &str) -> Training {
    let refused = message.lines().filter_map(|line| line.split_once(':')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case("AI-Training") && !value.trim().eq_ignore_ascii_case("yes")
    });
    if refused { Training::Refused } else { Training::Allowed }
}

/// Opens the repository that `folder` is in.
pub(crate) fn open(folder: &std::path::Path) -> anyhow::Result<Repository> {
    Repository::discover(folder).with_context(|| format!("{} is in no git repository", folder.display()))
}

/// Says on standard error which notes could not be read.
pub(crate) fn warn(output: &mut crate::output::Output, unreadable: &[String]) {
    for problem in unreadable.iter().take(3) {
        output.message(&format!("left out: {problem}"));
    }
    if unreadable.len() > 3 {
        output.message(&format!("left out: {} notes in all that are not records of backstory", unreadable.len()));
    }
}

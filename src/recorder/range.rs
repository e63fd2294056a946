//! Loads the commits that a command is about, with their records: this clone's own, and what was fetched from a remote where
//! that knows more.

use super::workplace::Workplace;
use super::{ignored, keep, narrowing, own_files, recorded};
use crate::config;
use crate::git::range::{self, CommitRange, Ids};
use crate::git::repository::Repository;
use crate::git::{committed, note_copies, trailers};
use crate::install::workflow;
use crate::link::stated;
use crate::record::commit::{Person, Trailer};
use crate::record::entry::{CommitEntry, MessageTrailer, Training};
use crate::record::note::{Record, Statement};
use crate::record::quote::Quote;
use crate::record::text::{Clean, MapText as _, Raw};
use crate::recorder::note_codec;
use crate::redact::Redactor;

/// What decides how commits are recorded and judged: a reviewer is to see that it changes.
const SETTINGS: [&str; 3] = [config::FILE_NAME, ignored::FILE_NAME, workflow::WORKFLOW];

/// The commits of a range, oldest first.
pub(crate) struct Loaded {
    pub(crate) entries: Vec<CommitEntry>,
    /// Notes that are not records, or that are not here, each with the reason.
    pub(crate) unreadable: Vec<String>,
    /// Why there are no commits, where there are none.
    pub(crate) empty: Option<String>,
}

/// Leaves the last `most` of `ids`, which are oldest first, and says how many it takes away.
pub(super) fn keep_last(ids: &mut Vec<String>, most: usize) -> u32 {
    let over = ids.len().saturating_sub(most);
    ids.drain(..over);
    over as u32
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RangeQuery<'a> {
    /// `A..B`, or one commit.
    Given(&'a str),
    /// The commits of `HEAD`, or of the branch that is named, that its base does not have; else as [`RangeQuery::Given`].
    Work(Option<&'a str>),
    /// All commits of `HEAD`, or of the branch that is named; else as [`RangeQuery::Given`].
    History(Option<&'a str>),
    /// The last commits of `HEAD`, or of the branch that is named, this many at most; else as [`RangeQuery::Given`].
    Last(Option<&'a str>, usize),
    /// The commits of all branches that share history with `HEAD`.
    All,
    /// Commits by their full ids, oldest first.
    These(&'a [String]),
}

impl<'a> RangeQuery<'a> {
    /// The same as a range of the git edge; `None` for what is not one.
    fn range(self) -> Option<CommitRange<'a>> {
        match self {
            RangeQuery::Given(text) | RangeQuery::Last(Some(text), _) => Some(CommitRange::Given(text)),
            RangeQuery::All => Some(CommitRange::All),
            RangeQuery::Work(None) => Some(CommitRange::Branch),
            RangeQuery::Work(Some(text)) => Some(CommitRange::Work(text)),
            RangeQuery::History(Some(text)) => Some(CommitRange::History(text)),
            RangeQuery::History(None) | RangeQuery::Last(None, _) | RangeQuery::These(_) => None,
        }
    }

    /// The same commits as [`Self::ids`], in little memory.
    ///
    /// # Errors
    /// When a revision does not name a commit.
    pub(super) fn compact(self, repository: &Repository) -> anyhow::Result<Ids> {
        let branch_in_part =
            matches!(self, RangeQuery::Last(Some(name), most) if range::last_of(repository, name, most)?.is_some());
        match self.range().filter(|_| !branch_in_part) {
            Some(range) => Ids::of(repository, range),
            None => Ids::from_full(repository, &self.ids(repository)?),
        }
    }

    /// Why there is no commit, where there is none.
    pub(crate) fn why_empty(self, repository: &Repository) -> Option<String> {
        self.range().map(|range| range::why_empty(repository, range))
    }

    /// The commits of the range, oldest first.
    ///
    /// # Errors
    /// When a revision does not name a commit.
    pub(crate) fn ids(self, repository: &Repository) -> anyhow::Result<Vec<String>> {
        let last = match self {
            RangeQuery::These(ids) => return Ok(ids.to_vec()),
            RangeQuery::History(None) => Some(range::last(repository, usize::MAX)?),
            RangeQuery::Last(None, most) => Some(range::last(repository, most)?),
            RangeQuery::Last(Some(name), most) => range::last_of(repository, name, most)?,
            _ => None,
        };
        match (last, self.range()) {
            (Some(ids), _) => Ok(ids),
            (None, Some(range)) => Ok(range::list(repository, range)?.into_iter().map(|listed| listed.id).collect()),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// Reads the commits of `span` and their notes, and removes from each record what must not be shown. A note that is not a record,
/// or not here, leaves its commit without one.
///
/// # Errors
/// When a revision does not name a commit.
pub(crate) fn load(workplace: &Workplace, redactor: &Redactor, span: RangeQuery<'_>) -> anyhow::Result<Loaded> {
    let repository = &workplace.repository;
    let ids = span.ids(repository)?;
    let mut loaded = Loaded { entries: Vec::new(), unreadable: Vec::new(), empty: None };
    if ids.is_empty() {
        loaded.empty = span.why_empty(repository);
    }
    let looked = note_copies::everywhere(repository, &ids);
    loaded.unreadable.extend(looked.problems.iter().map(|(_, problem)| format!("{problem:#}")));
    for (id, notes) in ids.iter().zip(looked.notes) {
        let (entry, problem) = with_record(workplace, redactor, (id, notes), LoadDetail::Whole)?;
        loaded.unreadable.extend(problem);
        loaded.entries.push(entry);
    }
    Ok(loaded)
}

/// How much of each commit and its record is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadDetail {
    Whole,
    /// The record whole, and of the commit no trailers and nothing of what it did to the settings.
    Record,
    /// No more than a list of commits tells.
    Brief,
    /// The same, and whose each line is.
    Lines,
}

/// A commit with what its notes say together, and why that cannot be told where they cannot be read.
///
/// # Errors
/// When the commit cannot be read.
pub(super) fn with_record(
    workplace: &Workplace,
    redactor: &Redactor,
    (id, notes): (&str, Vec<anyhow::Result<Vec<u8>>>),
    detail: LoadDetail,
) -> anyhow::Result<(CommitEntry, Option<String>)> {
    let repository = &workplace.repository;
    let mut entry = entry(workplace, redactor, id, detail)?;
    let record = recorded::told(id, notes).and_then(|mut documents| {
        if documents.len() < 2 {
            return Ok(documents.pop());
        }
        let alone = documents.iter().max_by_key(|record| keep::knowledge(record)).cloned();
        // Where the commit is not whole, the one that was made for it tells something.
        recorded::united(workplace, redactor, id, documents).or(Ok::<_, anyhow::Error>(alone))
    });
    // Where something is ignored, what stays may hang on words and files, and lines are counted anew.
    let in_part = |record: Record<Clean>| match detail {
        LoadDetail::Brief if workplace.ignored.is_empty() => record.in_brief(),
        LoadDetail::Lines if workplace.ignored.is_empty() => record.in_brief_with_lines(),
        _ => record,
    };
    // It may have been made with older rules, or by somebody else.
    let settled =
        |record: Option<Record<Clean>>| record.map(|record| note_codec::settle(in_part(record), redactor)).transpose();
    match record.and_then(settled) {
        Ok(record) => {
            let record = record.map(|record| kept_now(workplace, &mut entry, record));
            entry.record = record.map(|record| own_files::without_unknown_lines(repository, id, record));
            // Records of earlier versions do not say it.
            entry.record.iter_mut().for_each(Record::judge_checks);
            Ok((entry, None))
        }
        Err(problem) => Ok((entry, Some(format!("{problem:#}")))),
    }
}

/// Takes out of a record what is not kept now: it may be from a time when it was, or from somebody else.
fn kept_now(workplace: &Workplace, entry: &mut CommitEntry, mut record: Record<Clean>) -> Record<Clean> {
    if narrowing::tells_of_ignored(&record, &workplace.ignored) {
        entry.training = Training::NotRecorded;
        record.leave_out(|one| workplace.ignored.has_session(&one.agent, &one.session));
    }
    narrowing::narrow(&mut record, &workplace.ignored, workplace.config.prompts);
    record
}

/// A commit without its record. But for [`LoadDetail::Whole`], its trailers and what it did to the settings are left out.
fn entry(workplace: &Workplace, redactor: &Redactor, id: &str, detail: LoadDetail) -> anyhow::Result<CommitEntry> {
    let (message, header) = workplace.repository.message_and_header(id)?;
    let author = &header.author;
    let text = String::from_utf8_lossy(&message);
    let clean = |text: &str| redactor.text(Raw::new(text)).0;
    let trailers = trailers::parse(&message, trailers::COMMENT);
    let stated = stated::statements(&trailers, &text, author, author, None);
    let stated: Vec<Statement<Clean>> = stated.map_text(&mut |raw: Raw| redactor.text(raw).0);
    let (trailers, settings) = match detail {
        LoadDetail::Whole => {
            let trailers = trailers.into_iter().map(|trailer| message_trailer(trailer, redactor)).collect();
            (trailers, committed::changed(&workplace.repository, id, &SETTINGS))
        }
        LoadDetail::Record | LoadDetail::Brief | LoadDetail::Lines => (Vec::new(), Vec::new()),
    };
    Ok(CommitEntry {
        id: id.to_owned(),
        subject: redactor.text(Quote::new(&text, text.lines().next(), usize::MAX).into()).0,
        author: clean(&author.name),
        record: None,
        stated,
        trailers,
        training: training(&text),
        settings,
        header: Some(header),
    })
}

fn message_trailer(trailer: Trailer, redactor: &Redactor) -> MessageTrailer {
    let nobody = Person::default();
    let said = stated::statements(std::slice::from_ref(&trailer), "", &nobody, &nobody, None);
    let agent = said.into_iter().find_map(|statement| match statement {
        Statement::Agent { agent, .. } => Some(agent),
        _ => None,
    });
    MessageTrailer { key: trailer.key, value: redactor.text(trailer.value).0, agent }
}

/// Any line counts, a trailer or not: in doubt the commit stays out.
fn training(message: &str) -> Training {
    let refused = message.lines().filter_map(|line| line.split_once(':')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case("AI-Training") && !value.trim().eq_ignore_ascii_case("yes")
    });
    if refused { Training::Refused } else { Training::Allowed }
}

/// Says on standard error why there are no commits, and which notes could not be read.
pub(crate) fn warn(output: &mut crate::output::Output, loaded: &Loaded) {
    let first: Vec<&str> = loaded.unreadable.iter().map(String::as_str).take(WARNED).collect();
    warn_of(output, loaded.empty.as_deref(), &first, loaded.unreadable.len());
}

/// So many notes that could not be read are told one by one.
pub(super) const WARNED: usize = 3;

/// The same where only the first of the problems are known, and how many there are.
pub(super) fn warn_of(output: &mut crate::output::Output, empty: Option<&str>, first: &[&str], all: usize) {
    if let Some(empty) = empty {
        output.message(empty);
    }
    for problem in first.iter().take(WARNED) {
        output.message(&format!("left out: {problem}"));
    }
    if all > WARNED {
        output.message(&format!("left out: {all} records in all; `backstory show COMMIT` says why"));
    }
}

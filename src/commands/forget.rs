//! `backstory forget`: takes the text of a session or of a person out of records, their history, the index and exports. The
//! records keep their figures and say that it was done.

pub(crate) mod exported;
pub(crate) mod forgettable;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::commands::forget::exported::{Cleaned, Owners};
use crate::context::{Context, Ending};
use crate::git::notes;
use crate::git::repository::Repository;
use crate::output::for_terminal;
use crate::record::agent::Agent;
use crate::record::contribution::Contribution;
use crate::record::forgotten_mark::{Forgotten, ForgottenWhy};
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::copies::{advise, copies, delete_copies, take_in_copies};
use crate::recorder::ignored::Ignored;
use crate::recorder::workplace::Workplace;
use crate::recorder::{ignored, note_codec, old_notes, page, silenced};
use crate::state::paths::{self as state_paths, Purpose};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["session", "author"]))]
pub struct ForgetArgs {
    /// The session, as `sessions` and `show` name it: `<id>`, `<agent>/<id>`, or the beginning of an id
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// The author of commits: an e-mail address, its beginning, or a name
    #[arg(long, value_name = "EMAIL")]
    pub author: Option<String>,
    /// Take the rows out of the exports in this folder too
    #[arg(long, value_name = "DIR")]
    pub exports: Option<PathBuf>,
    /// Show what would be erased and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Whose text goes.
enum Whose {
    /// `<agent>/<id>` of each.
    Sessions(BTreeSet<String>),
    /// The address, in lower case.
    Author(String),
}

/// What was found while the notes were rewritten.
#[derive(Default)]
struct AffectedRecords {
    commits: BTreeSet<String>,
    sessions: BTreeSet<String>,
    /// Commits whose note is no record, or that are not here: nobody can say whose they are.
    unknown: BTreeSet<String>,
}

/// # Errors
/// When nothing or more than one thing is meant: then nothing was changed. And when the notes, the index or an export
/// cannot be written. Whatever was done until then stays done; run it again.
pub(crate) fn run(arguments: &ForgetArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let workplace = Workplace::open(context.environment)?;
    let repository = &workplace.repository;
    let exports = arguments.exports.as_ref().map(|folder| context.environment.cwd.join(folder));
    let notes_now = forgettable::all_notes(&workplace, &copies(repository))?;
    let whose = match (&arguments.session, &arguments.author) {
        (Some(session), _) => {
            Whose::Sessions(forgettable::sessions(session, &workplace, &notes_now, exports.as_deref(), context)?)
        }
        (None, author) => {
            Whose::Author(forgettable::author(author.as_deref().unwrap_or_default(), &workplace, &notes_now)?)
        }
    };
    let count = announce(repository, &whose, &notes_now, exports.as_deref(), context)?;
    if arguments.dry_run {
        for fork in forks(&workplace, &sessions(repository, &whose, &notes_now), context)? {
            let fork = for_terminal(&fork);
            context.output.line(&format!(
                "{fork} repeats messages of what would be forgotten, as a fork or a resumed session does. They would not be \
                 recorded again; to erase its own records: backstory forget --session {fork}"
            ))?;
        }
        context.output.message(&format!("nothing was changed; {count} would be without the text"));
        return Ok(Ending::Done);
    }
    let at = context.environment.now;
    let before = old_notes::histories(repository, &copies(repository))?;
    take_in_copies(repository, context)?;
    let mut found = AffectedRecords::default();
    let changed =
        notes::rewrite(repository, |commit, note| Ok(rewritten(repository, &whose, commit, note, at, &mut found)), at)?;
    if let Whose::Sessions(ids) = &whose {
        found.sessions.extend(ids.iter().cloned());
    }
    ignored::never_again(repository, &found.sessions)?;
    let forks = still_said(&workplace, &found.sessions, context)?;
    delete_index(repository)?;
    let named = |owners: &Owners| whose.names(owners, &found.commits);
    let cleaned = exports.map(|folder| exported::remove_rows(&folder, &named, false)).transpose()?;
    let copies = delete_copies(repository, at)?;
    let left = old_notes::still_led_to(repository, &before)?;
    report(context, changed, &found, cleaned)?;
    for fork in forks {
        let fork = for_terminal(&fork);
        context.output.line(&format!(
            "{fork} repeats messages of what was forgotten, as a fork or a resumed session does. They are not recorded again; \
             its own records are as they were. To erase those: backstory forget --session {fork}"
        ))?;
    }
    advise(context, changed, &copies, &left, &whose.command())?;
    Ok(Ending::Done)
}

/// Keeps in mind what the forgotten sessions said, and finds the sessions that repeat it.
fn still_said(workplace: &Workplace, sessions: &BTreeSet<String>, context: &Context) -> anyhow::Result<Vec<String>> {
    let ignored = Ignored::read(&workplace.repository, &workplace.config.ignore)?;
    silenced::look(&workplace.repository, context.environment, &ignored)?;
    forks(workplace, sessions, context)
}

/// The sessions of this home that repeat what these (`<agent>/<id>` each) said.
fn forks(workplace: &Workplace, sessions: &BTreeSet<String>, context: &Context) -> anyhow::Result<Vec<String>> {
    let mut ignored = Ignored::read(&workplace.repository, &workplace.config.ignore)?;
    ignored.forget(sessions);
    let names = |agent: &Agent, path: &Path| {
        ignored.names_transcript(agent, path)
            && sessions.iter().any(|session| {
                let id = session.strip_prefix(agent.as_str()).and_then(|rest| rest.strip_prefix('/'));
                id.is_some_and(|id| path.to_string_lossy().contains(id))
            })
    };
    Ok(silenced::copies(context.environment, &ignored, &names))
}

/// The sessions whose text goes.
fn sessions(repository: &Repository, whose: &Whose, notes: &forgettable::Notes) -> BTreeSet<String> {
    if let Whose::Sessions(ids) = whose {
        return ids.clone();
    }
    let notes = notes.iter().flat_map(|(commit, notes)| notes.iter().map(move |note| (commit, note)));
    let records = notes.flat_map(|(commit, note)| {
        let records = note_codec::documents(commit, note).unwrap_or_default();
        records.into_iter().filter(|record| whose.has(repository, commit, record) == Some(true)).collect::<Vec<_>>()
    });
    let contributions = records.flat_map(|record| record.contributions);
    contributions.map(|one| format!("{}/{}", one.agent, one.session)).collect()
}

/// Says how much is concerned before anything is changed. What would be without the text, in words.
fn announce(
    repository: &Repository,
    whose: &Whose,
    notes: &forgettable::Notes,
    exports: Option<&Path>,
    context: &mut Context,
) -> anyhow::Result<String> {
    let concerned = |(commit, notes): (&String, &Vec<Vec<u8>>)| {
        let is_it = |note: &Vec<u8>| {
            let records = note_codec::documents(commit, note).unwrap_or_default();
            records.iter().any(|record| whose.has(repository, commit, record) == Some(true)).then_some(())
        };
        notes.iter().find_map(is_it).map(|()| commit.clone())
    };
    let commits: BTreeSet<String> = notes.iter().filter_map(concerned).collect();
    let what = match whose {
        Whose::Sessions(ids) => ids.iter().map(|id| for_terminal(id)).collect::<Vec<_>>().join(", "),
        Whose::Author(email) => format!("commits by {}", for_terminal(email)),
    };
    let mut count = page::counted(commits.len(), "record");
    if let Some(folder) = exports {
        let named = |owners: &Owners| whose.names(owners, &commits);
        count += &format!(" and {}", page::counted(exported::remove_rows(folder, &named, true)?.rows, "exported row"));
    }
    context.output.message(&format!("{what}: {count}"));
    Ok(count)
}

impl Whose {
    /// Whether the record is theirs; `None` where nobody can say.
    fn has(&self, repository: &Repository, commit: &str, record: &Record<Clean>) -> Option<bool> {
        match self {
            Self::Sessions(ids) => Some(record.contributions.iter().any(|one| is_session(one, ids))),
            Self::Author(email) => {
                // A record may be of a commit that somebody else took into this one.
                let authors = [commit, &record.commit].map(|id| repository.author(id).ok());
                let mut known = authors.into_iter().flatten().peekable();
                known.peek()?;
                Some(known.any(|author| author.email.to_lowercase() == *email))
            }
        }
    }

    /// What to run in another clone. Only what every shell takes as it is stands in it.
    fn command(&self) -> String {
        let is_plain = |text: &String| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./@+:".contains(&b));
        match self {
            Self::Sessions(ids) if ids.iter().all(is_plain) => {
                let each = ids.iter().map(|id| format!("backstory forget --session {id}"));
                each.collect::<Vec<_>>().join("; ")
            }
            Self::Author(email) if is_plain(email) => format!("backstory forget --author {email}"),
            Self::Sessions(_) | Self::Author(_) => "the same `backstory forget` as here".to_owned(),
        }
    }

    /// Whether an exported row is theirs; `commits` are those whose records are.
    fn names(&self, owners: &Owners, commits: &BTreeSet<String>) -> bool {
        match self {
            Self::Sessions(ids) => owners.sessions.iter().any(|session| ids.contains(session)),
            Self::Author(_) => owners.commits.iter().any(|commit| commits.contains(commit)),
        }
    }
}

/// The note without the text that is to go; `None` for a note that is not concerned.
fn rewritten(
    repository: &Repository,
    whose: &Whose,
    commit: &str,
    note: &[u8],
    at: jiff::Timestamp,
    found: &mut AffectedRecords,
) -> Option<Vec<u8>> {
    let mut is_unknown = false;
    let changed = note_codec::change_each(commit, note, |record| {
        let has = whose.has(repository, commit, record);
        is_unknown |= has.is_none();
        if has != Some(true) {
            return false;
        }
        found.commits.extend([commit.to_owned(), record.commit.clone()]);
        forget(record, whose, at);
        if matches!(whose, Whose::Author(_)) {
            found.sessions.extend(record.contributions.iter().map(|one| format!("{}/{}", one.agent, one.session)));
        }
        true
    });
    if is_unknown || changed.is_err() {
        found.unknown.insert(commit.to_owned());
    }
    changed.ok().flatten()
}

fn forget(record: &mut Record<Clean>, whose: &Whose, at: jiff::Timestamp) {
    match whose {
        Whose::Sessions(ids) => {
            record.forget_sessions(|one| is_session(one, ids), Forgotten { at, why: ForgottenWhy::Session });
        }
        Whose::Author(_) => {
            record.forget(Forgotten { at, why: ForgottenWhy::Author });
        }
    }
}

fn is_session(contribution: &Contribution<Clean>, ids: &BTreeSet<String>) -> bool {
    ids.contains(&format!("{}/{}", contribution.agent, contribution.session))
}

/// The index holds the text of transcripts. The next commit makes it anew, without the sessions that were forgotten in
/// any record.
fn delete_index(repository: &Repository) -> anyhow::Result<()> {
    for name in state_paths::files_of(Purpose::Copy) {
        let path = state_paths::at(repository.common_dir(), name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be deleted", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn report(
    context: &mut Context,
    changed: usize,
    found: &AffectedRecords,
    cleaned: Option<Cleaned>,
) -> anyhow::Result<()> {
    let output = &mut *context.output;
    output.line(&format!(
        "{} without the text; figures stay, and that it was taken out.",
        page::counted(changed, "record")
    ))?;
    output.line("The index of transcripts was deleted. These sessions are not recorded again in this clone.")?;
    if let Some(cleaned) = cleaned {
        let (rows, files) = (page::counted(cleaned.rows, "row"), page::counted(cleaned.files, "exported file"));
        output.line(&format!("{rows} taken out of {files}."))?;
        if cleaned.unreadable > 0 {
            let lines = page::counted(cleaned.unreadable, "other line");
            output.line(&format!("Left as they were there: {lines}, not of backstory."))?;
        }
    }
    if !found.unknown.is_empty() {
        let notes = page::counted(found.unknown.len(), "note");
        output.line(&format!("Left as they were: {notes}, not records, or of commits that are not in this clone."))?;
    }
    Ok(())
}

//! `backstory backfill`: records for commits that already exist, from the sessions of this or another machine.

mod again;
pub(crate) mod backfilled;
pub(crate) mod decided;
pub(crate) mod known;
pub(crate) mod lacking;
pub(crate) mod linked;
use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;

use crate::capture;
use crate::commands::backfill::backfilled::Done;
use crate::commands::backfill::decided::Decider;
use crate::commands::backfill::known::Known;
use crate::commands::backfill::lacking::Lacking;
use crate::commands::backfill::linked::{LinkedCommit, Linker, Unlinked};
use crate::context::{Context, Ending};
use crate::git::base::NoBase;
use crate::git::range::{self, CommitRange};
use crate::git::{contents, lost_notes, notes, trailers};
use crate::link::library::Library;
use crate::link::stated;
use crate::parallel;
use crate::record::commit::Person;
use crate::record::session::Session;
use crate::recorder::belonging::Named;
use crate::recorder::declined::Declined;
use crate::recorder::helpers::Helpers;
use crate::recorder::journals::Journals;
use crate::recorder::made_here::{made_here, own_addresses};
use crate::recorder::orphans::Records;
use crate::recorder::ways::Ways;
use crate::recorder::workplace::Workplace;
use crate::recorder::{belonging, page, statements, unseen};

#[derive(Debug, Args)]
pub struct BackfillArgs {
    /// Commit range `A..B`, a branch (all its commits) or one commit [default: commits not on the main branch; on a branch
    /// without another to compare it with, all of its commits]
    pub range: Option<String>,
    /// All commits of all branches that share history with this one
    #[arg(long, conflicts_with = "range")]
    pub all: bool,
    /// Read transcripts from this folder or archive (.zip, .tgz, .tar.zst) instead of the agents' own
    #[arg(long, value_name = "PATH")]
    pub sessions: Option<PathBuf>,
    /// Make again only the records that are already here, and say what changed in each; one with a session that can no longer be
    /// read stays as it is
    #[arg(long)]
    pub again: bool,
    /// Show what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON line a commit
    #[arg(long)]
    pub json: bool,
}

/// Commits whose notes are read at once.
const CHUNK: usize = 256;
/// Commits that one thread links in a row: neighbours share most of their trees and files.
const RUN: usize = 48;
/// Bytes of files that a thread keeps of the commits before.
const RECENT: usize = 8 << 20;

pub(crate) fn run(args: &BackfillArgs, context: &mut Context) -> anyhow::Result<Ending> {
    contents::trust_names();
    let mut workplace = Workplace::open(context.environment)?;
    if !workplace.confirm(context.environment)? {
        anyhow::bail!("recording is switched off here, by BACKSTORY or by `git config backstory.enabled`");
    }
    let (ids, empty) = commits(args, &workplace, context)?;
    let sessions = unseen::without(&workplace, context.environment, sessions(args, &workplace, &ids, context)?)?;
    let library = Library::new(sessions);
    let journals = Journals::open(&workplace.repository);
    if let Some(problem) = journals.problems.first() {
        anyhow::bail!("{problem}");
    }
    let redactor = if args.dry_run { workplace.redactor_of_a_dry_run()? } else { workplace.redactor()? };
    if !args.dry_run {
        notes::put_in_order(&workplace.repository, context.environment.now)?;
        let count = lost_notes::put_back(&workplace.repository, context.environment.now)?;
        if count > 0 {
            let records = page::counted(count, "record");
            context
                .output
                .message(&format!("{records} put back that `git fetch` had replaced; `backstory doctor` says why"));
        }
    }
    let mut records = Records::read(&workplace)?;
    records.look_for_squashes(&ids);
    let declined = Declined::read(&workplace.repository)?;
    let ways = Ways::new(&workplace);
    if let Err(error) = &ways {
        context.output.message(&format!("{error:#}"));
    }
    let linker = Linker {
        library: &library,
        ways: ways.as_ref().ok(),
        nothing: Library::new(Vec::new()),
        declined: &declined,
        redactor: &redactor,
        is_dry_run: args.dry_run,
    };
    let mut lacking = Lacking::new(&workplace, &library.sessions, &journals);
    let mut not_here = Vec::new();
    let (mut chunks, mut wanted) = (ids.chunks(CHUNK), Vec::new().into_iter());
    // What is known of those that are being linked, in their order.
    let waiting: RefCell<VecDeque<Known>> = RefCell::default();
    let mut next = || -> anyhow::Result<Option<Vec<Unlinked>>> {
        let mut run = Vec::new();
        while run.len() < RUN {
            let Some((id, notes)) = wanted.next() else {
                let Some(chunk) = chunks.next() else { break };
                let chunk = lacking.readable(&workplace, &records, chunk)?;
                let notes = known::notes_of(&workplace.repository, &chunk)?;
                wanted = chunk.into_iter().zip(notes).collect::<Vec<_>>().into_iter();
                continue;
            };
            match Known::of(&workplace, &id, notes)? {
                Err(error) => not_here.push(format!("{error:#}; it stays as it is")),
                Ok(known) if known.is_forgotten() => {}
                Ok(known) if args.again && !known.is_here => {}
                Ok(known) => {
                    let is_alone = records.is_empty() && known.more.is_empty();
                    let (is_bare, replaced) = (known.is_bare(&id), records.replaced_by(&id));
                    waiting.borrow_mut().push_back(known);
                    run.push(Unlinked { id, is_alone, is_bare, replaced });
                }
            }
        }
        Ok(Some(run).filter(|run| !run.is_empty()))
    };
    let mut decider = Decider {
        is_json: args.json,
        is_again: args.again,
        workplace: &workplace,
        records: &records,
        linker: &linker,
        left_over: OnceCell::new(),
        done: Done { empty, ..Done::default() },
    };
    let mut take = |run: Vec<anyhow::Result<LinkedCommit>>| -> anyhow::Result<()> {
        run.into_iter().try_for_each(|linked| {
            let linked = linked?;
            let known = waiting.borrow_mut().pop_front().context("there is something known of each commit")?;
            decider.decide(linked, known, context.output)
        })
    };
    match Helpers::of(&workplace, ids.len().div_ceil(RUN)) {
        None => {
            workplace.repository.keep_recent(RECENT);
            while let Some(run) = next()? {
                take(run.into_iter().map(|wanted| linker.link(&workplace, &journals, wanted)).collect())?;
            }
        }
        Some(helpers) => {
            let start = || {
                let helper = helpers.open().map(|helper| (Journals::open(&helper.repository), helper));
                if let Ok((_, helper)) = &helper {
                    helper.repository.keep_recent(RECENT);
                }
                let linker = &linker;
                move |run: Vec<Unlinked>| match &helper {
                    Ok((journals, helper)) => {
                        run.into_iter().map(|wanted| linker.link(helper, journals, wanted)).collect::<Vec<_>>()
                    }
                    Err(error) => vec![Err(anyhow!("{error:#}"))],
                }
            };
            parallel::in_order(2 * parallel::threads() + 1, start, next, take)?;
        }
    }
    let mut done = decider.done;
    done.not_here = not_here;
    done.left_out = lacking.message(&workplace);
    backfilled::report(args.dry_run, context, &mut workplace, &redactor, (ids.len(), done))
}

/// The commits to look at, and what is said where there are none.
fn commits(
    args: &BackfillArgs,
    workplace: &Workplace,
    context: &mut Context,
) -> anyhow::Result<(Vec<String>, Option<String>)> {
    let repository = &workplace.repository;
    let asked = match (&args.range, args.all) {
        (_, true) => CommitRange::All,
        (Some(range), false) => CommitRange::History(range),
        (None, false) => CommitRange::Branch,
    };
    let ids: Vec<String> = match range::list(repository, asked) {
        Err(error) if error.is::<NoBase>() => {
            let ids = range::last(repository, usize::MAX)?;
            let branch = error.downcast_ref::<NoBase>().map(|none| none.branch.clone()).unwrap_or_default();
            let count = ids.len();
            context
                .output
                .message(&format!("no branch to compare `{branch}` with: looking at all its {count} commits"));
            ids
        }
        listed => listed?.into_iter().map(|listed| listed.id).collect(),
    };
    let empty = ids.is_empty().then(|| {
        let all = if args.range.is_none() { ": `backstory backfill --all` takes the whole history" } else { "" };
        format!("{}{all}", range::why_empty(repository, asked))
    });
    Ok((ids, empty))
}

/// The sessions to link: those of this home that belong to the repository or that a commit names; of a folder that a
/// person names all of them.
fn sessions(
    args: &BackfillArgs,
    workplace: &Workplace,
    commits: &[String],
    context: &mut Context,
) -> anyhow::Result<Vec<Session>> {
    for problem in workplace.mapped.said() {
        context.output.message(&problem);
    }
    let (sessions, problems) = match &args.sessions {
        Some(folder) => {
            let named = capture::find_named_by_person(&context.environment.cwd.join(folder));
            for problem in &named.problems {
                context.output.message(&format!("{} {}", problem.path.display(), problem.message));
            }
            belonging::read_all(&named.found)
        }
        None => belonging::sessions(workplace, context.environment, &named(workplace, commits, context)?),
    };
    for problem in &problems {
        context.output.message(problem);
    }
    Ok(capture::merge(sessions))
}

/// The sessions that this person's commits name, each with those that came from another clone; none where one was made here.
fn named(workplace: &Workplace, commits: &[String], context: &Context) -> anyhow::Result<Named> {
    let own = own_addresses(&workplace.repository, context.environment);
    let made_here = made_here(&workplace.repository);
    let mut named = Named::new();
    for id in commits {
        if !own.contains(&workplace.repository.author(id)?.email.to_lowercase()) {
            continue;
        }
        let message = workplace.repository.message(id)?;
        let trailers = trailers::parse(&message, trailers::COMMENT);
        let nobody = Person::default();
        let statements = stated::statements(&trailers, &String::from_utf8_lossy(&message), &nobody, &nobody, None);
        for (_, session) in statements::named_sessions(&statements, &trailers) {
            let fetched = named.entry(session).or_insert_with(|| Some(Vec::new()));
            match fetched {
                Some(commits) if !made_here.contains(id) => commits.push(id.clone()),
                _ => *fetched = None,
            }
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_dry_run_leaves_nothing_in_the_git_folder() {
        let trial = Trial::new();
        trial.commit("Start", "a", "a\n");
        let ours = trial.repository.path().join("backstory");
        for (dry_run, left) in [(true, false), (false, true)] {
            let sessions = Some(trial.folder.path().to_owned());
            let arguments = BackfillArgs { range: None, all: true, sessions, again: false, dry_run, json: false };
            assert_eq!(trial.run(|context| run(&arguments, context)).ending, Ok(Ending::Done));
            assert_eq!(ours.exists(), left);
        }
    }

    #[test]
    fn commits_are_told_in_their_order_whichever_thread_links_them() {
        let trial = Trial::new();
        let commit = |number: usize| {
            let message = format!("Commit {number}\n\nCo-authored-by: Claude <noreply@anthropic.com>\n");
            trial.commit(&message, "a", &format!("{number}\n")).to_string()
        };
        let ids: Vec<String> = (0..3 * RUN).map(commit).collect();
        // The third one has records to go on from.
        for dry_run in [true, false, true] {
            let sessions = Some(trial.folder.path().to_owned());
            let arguments = BackfillArgs { range: None, all: true, sessions, again: false, dry_run, json: true };
            let answer = trial.run(|context| run(&arguments, context));
            assert_eq!(answer.ending, Ok(Ending::Done));
            let rows = answer.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            let told: Vec<String> = rows.map(|row| row["commit"].as_str().unwrap().to_owned()).collect();
            assert_eq!(told, ids);
        }
        let repository = crate::git::repository::Repository::discover(trial.folder.path(), None).unwrap();
        let notes = notes::read_many(&repository, &ids).unwrap();
        for (id, note) in ids.iter().zip(notes) {
            let record = crate::recorder::note_codec::from_note(id, &note.unwrap()).unwrap();
            assert_eq!((record.commit.as_str(), record.stated.len()), (id.as_str(), 1));
        }
    }
}

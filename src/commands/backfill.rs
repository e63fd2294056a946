//! `backstory backfill`: records for commits that already exist, from the sessions of this or another machine.

pub(crate) mod backfilled;
pub(crate) mod lacking;
use std::cell::LazyCell;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::capture;
use crate::commands::backfill::backfilled::Done;
use crate::commands::backfill::lacking::Lacking;
use crate::context::{Context, Ending};
use crate::git::base::NoBase;
use crate::git::range::{self, CommitRange};
use crate::git::{changes, lost_notes, note_copies, note_refs, notes, trailers};
use crate::link::carry::CommitSource;
use crate::link::library::Library;
use crate::link::pairing::Patch;
use crate::link::{self, stated};
use crate::output::for_terminal;
use crate::record::agent::Agent;
use crate::record::commit::{Commit, Person};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::note::{LineCounts, Record};
use crate::record::session::Session;
use crate::record::text::Clean;
use crate::recorder::belonging::Named;
use crate::recorder::declined::Declined;
use crate::recorder::journals::{self, CommitTime, Journals};
use crate::recorder::made_here::{made_here, own_addresses};
use crate::recorder::orphans::{FormerCommits, Records};
use crate::recorder::ways::Ways;
use crate::recorder::workplace::Workplace;
use crate::recorder::{belonging, compose, keep, made_from, narrowing, note_codec, page, recorded, statements, unseen};

#[derive(Debug, Args)]
pub struct BackfillArgs {
    /// Commit range `A..B`, a branch (all its commits) or one commit [default: commits not on the main branch; on a branch
    /// without another to compare it with, all of its commits]
    pub range: Option<String>,
    /// All commits of all branches that share history with this one
    #[arg(long, conflicts_with = "range")]
    pub all: bool,
    /// Read transcripts from this folder instead of the agents' own
    #[arg(long, value_name = "DIR")]
    pub sessions: Option<PathBuf>,
    /// Show what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON line a commit
    #[arg(long)]
    pub json: bool,
}

/// One line of the answer.
#[derive(Serialize)]
struct BackfillLine<'a> {
    commit: &'a str,
    contributions: Vec<BackfilledSession<'a>>,
    lines: LineCounts,
}

#[derive(Serialize)]
struct BackfilledSession<'a> {
    agent: &'a Agent,
    session: &'a str,
    confidence: Confidence,
    lines: u32,
    prompts: usize,
    attempts: usize,
    corrections: usize,
    checks: usize,
    evidence: &'a [Evidence],
}

pub fn run(args: &BackfillArgs, context: &mut Context) -> anyhow::Result<Ending> {
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
    let left_over = LazyCell::new(|| records.are_left_over());
    let declined = Declined::read(&workplace.repository)?;
    let nothing = Library::new(Vec::new());
    let mut lacking = Lacking::new(&workplace, &library.sessions, &journals);
    let mut ways = match Ways::new(&workplace) {
        Ok(ways) => Some(ways),
        Err(error) => {
            context.output.message(&format!("{error:#}"));
            None
        }
    };
    let mut done = Done { empty, ..Done::default() };
    for chunk in ids.chunks(256) {
        let chunk = lacking.readable(&workplace, &records, chunk)?;
        let commits = changes::read_commits(&workplace.repository, &chunk)?;
        let before = notes::each_at(&workplace.repository, note_refs::NOTES_REF, &chunk)?;
        let fetched = note_copies::fetched(&workplace.repository, &chunk);
        for (commit, (id, (before, fetched))) in
            commits.into_iter().zip(chunk.iter().zip(before.into_iter().zip(fetched)))
        {
            let own = match before.transpose() {
                Ok(own) => own.and_then(|note| note_codec::documents(id, &note).ok()).unwrap_or_default(),
                // It may know more than what would be written over it.
                Err(error) => {
                    done.not_here.push(format!("{error:#}; it stays as it is"));
                    continue;
                }
            };
            let fetched = recorded::told(id, fetched).unwrap_or_default();
            let is_here = !own.is_empty();
            let (is_joined, most) = (own.len() > 1, |all: &[Record<Clean>]| all.iter().map(keep::knowledge).max());
            // What a remote has of it and this clone has not.
            let more = if most(&fetched) > most(&own) { fetched } else { Vec::new() };
            let is_joined = is_joined || (is_here && !more.is_empty());
            let more = recorded::sources(&workplace, id, [own, more].concat())?;
            let known = more.iter().map(|source| &source.record).max_by_key(|record| keep::knowledge(record)).cloned();
            if known.as_ref().is_some_and(|known| known.forgotten.is_some()) {
                continue;
            }
            // All of it: the other commit's lines are not left out either. And git's copy of a note may be one of several.
            let is_bare = known.as_ref().is_none_or(|known| keep::knowledge(known) == (0, 0) || known.commit != *id);
            let patch = is_bare.then(|| Patch::of(&commit));
            let commit = workplace.without_ignored(commit);
            let trailers = workplace.trailers(&commit);
            let statements = statements::statements(&commit, &trailers);
            let named = statements::named_sessions(&statements, &trailers);
            let hints = compose::hints(&workplace, &commit, &library, named);
            let made_from = [made_from::named(commit.message.expose()), records.replaced_by(id)].concat();
            let is_declined = declined.covers(&workplace.repository, id, &made_from);
            let mut linked = link::link(&commit, if is_declined { &nothing } else { &library }, &hints);
            if let Some(ways) = ways.as_mut().filter(|_| !is_declined) {
                ways.add(&mut linked, &commit, &library.sessions);
            }
            if !is_declined {
                journals::add(&mut linked, &commit, journals.for_commit(&workplace, &commit, CommitTime::Authored));
            }
            let mut sources = sources(&workplace, &records, (&commit, patch), known.as_ref(), &mut done)?;
            let is_taken_over = !sources.is_empty();
            if is_joined || !is_here {
                sources.retain(|source| !more.iter().any(|one| one.record == source.record));
                sources.extend(more);
            }
            if is_declined && sources.is_empty() {
                done.declined += usize::from(known.is_none());
                continue;
            }
            done.linked += usize::from(!linked.contributions.is_empty());
            let lines = linked.lines;
            let is_named = !hints.named.is_empty();
            let mut record = keep::record(&commit, linked, statements, &sources, &redactor, &workplace.config);
            if let Some(record) = &mut record {
                if let Some(known) = known.as_ref().filter(|known| known.commit == record.commit) {
                    record.keep_other_states(known);
                }
                compose::keep_forgotten(record, &sources);
                narrowing::narrow(record, &workplace.ignored, workplace.config.prompts);
            }
            // Whose session is named and not known may be told by a record that no commit was found for.
            if !is_here
                && is_named
                && record.as_ref().is_some_and(|record| record.contributions.is_empty())
                && *left_over
            {
                done.waiting += 1;
                record = None;
            }
            if args.json {
                let id = commit.id.as_deref().unwrap_or_default();
                let lines = record.as_ref().map_or(lines, |record| record.lines);
                page::write_json_line(context.output, &line(id, record.as_ref(), lines))?;
            }
            if let Some(record) = record {
                // Another machine, with other transcripts, may have known more.
                let knows = known.as_ref().map(keep::knowledge);
                if knows.is_some_and(|knows| knows > keep::knowledge(&record)) {
                    done.better += 1;
                    continue;
                }
                // What only a remote has says as much.
                if !is_here && knows == Some(keep::knowledge(&record)) {
                    continue;
                }
                if !is_here && record.contributions.is_empty() && record.stated.is_empty() && record.forgotten.is_none()
                {
                    continue;
                }
                if args.dry_run
                    && let Err(error) = note_codec::to_note(record.clone(), &redactor)
                {
                    context.output.message(&format!("{error:#}; it would not be kept"));
                    done.refused += 1;
                    continue;
                }
                if !args.json && !record.contributions.is_empty() {
                    context.output.line(&for_terminal(&summary(&record)))?;
                }
                done.taken_over += usize::from(is_taken_over);
                done.kept.push(record);
            }
        }
    }
    done.left_out = lacking.message(&workplace);
    backfilled::report(args.dry_run, context, &mut workplace, &redactor, (ids.len(), done))
}

/// The records of other commits that belong to this one; with its own, where there are any.
fn sources(
    workplace: &Workplace,
    records: &Records<'_>,
    (commit, patch): (&Commit, Option<Patch>),
    known: Option<&Record<Clean>>,
    done: &mut Done,
) -> anyhow::Result<Vec<CommitSource>> {
    let mut sources = match records.of(commit, patch)? {
        FormerCommits::Nothing => return Ok(Vec::new()),
        FormerCommits::Several => {
            done.unclear.extend(commit.id.clone());
            return Ok(Vec::new());
        }
        FormerCommits::Sources(sources) => sources,
    };
    // A record that has it all already, or had it removed.
    let has = |source: &CommitSource| {
        let is_it =
            |evidence: &Evidence| matches!(evidence, Evidence::Carried { from } if *from == source.record.commit);
        known.is_some_and(|known| known.contributions.iter().flat_map(|one| &one.evidence).any(is_it))
    };
    sources.retain(|source| !has(source));
    if let (Some(known), Some(id), false) = (known, &commit.id, sources.is_empty()) {
        sources.push(recorded::source(workplace, id, known.clone())?);
    }
    Ok(sources)
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
    let (sessions, problems) = match &args.sessions {
        Some(folder) => {
            let (found, problems) = capture::find_in_folder(&context.environment.cwd.join(folder));
            for problem in &problems {
                context.output.message(&format!("{} {}", problem.path.display(), problem.message));
            }
            belonging::read_all(&found)
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

fn line<'a>(commit: &'a str, record: Option<&'a Record<Clean>>, lines: LineCounts) -> BackfillLine<'a> {
    let contributions = record.iter().flat_map(|record| &record.contributions);
    let contributions = contributions
        .map(|one| BackfilledSession {
            agent: &one.agent,
            session: &one.session,
            confidence: one.confidence,
            lines: one.lines,
            prompts: one.prompts.len(),
            attempts: one.attempts.len(),
            corrections: one.corrections.len(),
            checks: one.checks.len(),
            evidence: &one.evidence,
        })
        .collect();
    BackfillLine { commit, contributions, lines }
}

fn summary(record: &Record<Clean>) -> String {
    let sessions: Vec<String> = record
        .contributions
        .iter()
        .map(|one| format!("{}/{} ({})", one.agent, one.session, confidence_word(one.confidence)))
        .collect();
    let short: String = record.commit.chars().take(10).collect();
    format!("{short}  {} of {} lines by agents  {}", record.lines.agent, record.lines.added, sessions.join(", "))
}

fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Stated => "stated",
        Confidence::Content => "content",
        Confidence::Overlap => "overlap",
    }
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
            let arguments = BackfillArgs { range: None, all: true, sessions, dry_run, json: false };
            assert_eq!(trial.run(|context| run(&arguments, context)).ending, Ok(Ending::Done));
            assert_eq!(ours.exists(), left);
        }
    }
}

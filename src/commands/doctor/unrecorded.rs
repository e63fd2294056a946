//! Commits of the person that no hook saw, and that a session of this repository speaks of: it printed their id, or wrote their
//! lines. As much as a look of a few seconds finds.

use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use super::report::Diagnosis;
use crate::capture::Transcript;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{changes, promised, range};
use crate::link::library::Library;
use crate::link::link;
use crate::record::commit::Commit;
use crate::record::contribution::Confidence;
use crate::recorder::unseen_commits::{began_at, without_record};
use crate::recorder::workplace::Workplace;
use crate::recorder::{belonging, compose, ground, page, statements};
use crate::text::ids::short;
use crate::text::typed::typed;

/// Commits of this branch that are looked at, and of those without a record the most that are linked.
const LOOKED_AT: usize = 200;
const LINKED: usize = 50;
/// How long a person waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// Transcripts that are read, the newest first, in bytes together.
const MOST_BYTES: u64 = 48 * 1024 * 1024;
/// A session may have ended so long before its work was committed.
const BEFORE: Duration = Duration::from_secs(7 * 24 * 3600);

/// `here` are the transcripts of sessions that belong to the repository.
pub(crate) fn find(environment: &Environment, here: &[Transcript]) -> Option<Diagnosis> {
    let until = Instant::now() + PATIENCE;
    let mut workplace = Workplace::open(environment).ok()?;
    if here.is_empty() || !workplace.confirm(environment).ok()? {
        return None;
    }
    let mut branch = range::last(&workplace.repository, LOOKED_AT).ok()?;
    branch.reverse();
    let (mut without, oldest_record) = without_record(&workplace, environment, &branch).ok()?;
    without.truncate(LINKED);
    let readable = promised::complete(&workplace.repository, without).ok()?;
    let commits = changes::read_commits(&workplace.repository, &readable).ok()?;
    let oldest = commits.iter().map(|commit| commit.authored_at).min()?;
    let spoken_of = spoken_of(&workplace, environment, (here, oldest), commits, until);
    let place = |id: &String| branch.iter().position(|other| other == id);
    // Hooks were there when a commit before it got its record, or when `init` had been run.
    let began_at = began_at(&workplace.repository);
    let is_lost = |id: &&String| {
        let is_later = oldest_record.zip(place(id)).is_some_and(|(record, place)| place < record);
        let is_older = |began_at: &String| began_at == *id || workplace.repository.is_ancestor(id, began_at);
        is_later || !began_at.as_ref().is_some_and(is_older)
    };
    let lost: Vec<&String> = spoken_of.iter().filter(is_lost).collect();
    match lost.is_empty() {
        true => earlier(&workplace.repository, &spoken_of.iter().collect::<Vec<_>>()),
        false => Some(missing(&workplace.repository, &lost)),
    }
}

fn missing(repository: &Repository, lost: &[&String]) -> Diagnosis {
    let commits = if lost.len() == 1 {
        "1 commit that a session".to_owned()
    } else {
        format!("{} commits that sessions", lost.len())
    };
    let verb = if lost.len() == 1 { "speaks of has" } else { "speak of have" };
    let last = lost.first().map(|id| short(id)).unwrap_or_default();
    let state = format!("{commits} here {verb} no record, the last {last} (of {LOOKED_AT} looked at): no hook saw it");
    Diagnosis::problem("missing records", state, format!("run `{}`", command(repository, lost)))
}

/// What was committed before `init` is no fault.
fn earlier(repository: &Repository, commits: &[&String]) -> Option<Diagnosis> {
    let count = page::counted(commits.len(), "commit");
    let state = format!("{count} from before `backstory init` could have one: `{}`", command(repository, commits));
    (!commits.is_empty()).then(|| Diagnosis::good("earlier records", state))
}

/// What makes the records. The commits are the newest first.
fn command(repository: &Repository, commits: &[&String]) -> String {
    match commits {
        [one] => format!("backstory backfill {}", short(one)),
        [.., oldest] if repository.parents(oldest).is_ok_and(|parents| !parents.is_empty()) => {
            format!("backstory backfill {}~1..HEAD", short(oldest))
        }
        _ => repository
            .branch()
            .map_or("backstory backfill --all".to_owned(), |branch| format!("backstory backfill {}", typed(&branch))),
    }
}

/// The commits that lead `backfill` to a record, as far as there is time to see.
fn spoken_of(
    workplace: &Workplace,
    environment: &Environment,
    (here, oldest): (&[Transcript], Timestamp),
    commits: Vec<Commit>,
    until: Instant,
) -> Vec<String> {
    let since = SystemTime::from(oldest).checked_sub(BEFORE);
    let mut late: Vec<&Transcript> =
        here.iter().filter(|one| since.is_none_or(|since| one.modified.is_none_or(|at| at >= since))).collect();
    late.sort_by_key(|transcript| std::cmp::Reverse(transcript.modified));
    let mut bytes = 0;
    late.retain(|transcript| {
        bytes += transcript.size;
        bytes <= MOST_BYTES
    });
    let borders = ground::borders(&workplace.repository, &workplace.aliases(), environment);
    let sessions = belonging::read_until(&late, borders, until);
    let library = Library::new(workplace.ignored.without(sessions));
    let is_it = |commit: &Commit| {
        let trailers = workplace.trailers(commit);
        let named = statements::named_sessions(&statements::statements(commit, &trailers), &trailers);
        let hints = compose::hints(workplace, commit, &library, named);
        let linked = link(commit, &library, &hints);
        linked.contributions.iter().any(|one| one.confidence != Confidence::Overlap)
    };
    let commits = commits.into_iter().map(|commit| workplace.without_ignored(commit));
    let in_time = commits.take_while(|_| Instant::now() < until);
    in_time.filter(is_it).filter_map(|commit| commit.id).collect()
}

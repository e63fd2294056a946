//! The pre-push hook: sends the records where the commits go, if the configuration shares them.

use std::io::{IsTerminal as _, Read as _};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;

use super::hook::Left;
use super::narrowing::{self, Held};
use super::sharing::{self, By};
use super::team::Team;
use super::undelivered::{self, Refusal};
use super::workplace::Workplace;
use super::{keep, misnamed, recorded};
use crate::config::Sharing;
use crate::environment::Environment;
use crate::git::installed::TookTooLong;
use crate::git::outgoing::{self, Leaving};
use crate::git::repository::Repository;
use crate::git::transfer::{self, Refused, Remote, Transfer};
use crate::git::{caller, notes, remotes};

/// How long the records may hold up a push.
const WITHIN: Duration = Duration::from_secs(8);
/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 16 * 1024 * 1024;

pub(super) fn work(
    workplace: &mut Workplace,
    environment: &Environment,
    remote: Option<&str>,
    address: Option<&str>,
) -> anyhow::Result<Left> {
    let Some(name) = remote else { return Ok(Left::default()) };
    if Environment::parent_process().is_some_and(caller::only_tries) {
        return Ok(Left::default());
    }
    let repository = &workplace.repository;
    if notes::list(repository)?.is_empty() {
        return Ok(Left::default());
    }
    let address = address.unwrap_or(name);
    let before = undelivered::of(repository, name);
    let within = before.as_ref().map_or(WITHIN, |before| before.patience(address, WITHIN, environment.now));
    // What a partial clone lacks of the notes comes from where they go.
    repository.bring_promised(within, None);
    let Some(pushed) = pushed(environment)? else { return Ok(Left::default()) };
    let around = workplace.take_team(environment)?;
    let repository = &workplace.repository;
    let team = team(around, repository, name, &pushed)?;
    let decision = sharing::in_force(repository, &workplace.config, &team)?;
    if decision.sharing == Sharing::Local {
        let problem = Some(repository).filter(|_| decision.by == By::Team).and_then(misnamed::new_problem);
        return Ok(Left { problems: problem.into_iter().collect(), ..Left::default() });
    }
    let folder = repository.root().unwrap_or(repository.git_dir()).to_path_buf();
    let remote = Remote { folder: &folder, name, access: None, within };
    let mut tips: Vec<String> = pushed.into_iter().map(|one| one.commit).collect();
    tips.extend(outgoing::tips_of(repository, name));
    workplace.narrow(&team)?;
    let repository = &workplace.repository;
    let leaving = outgoing::leaving(repository, &notes::known_of(name), Leaving::With(&tips))?;
    // Whoever fetches them has not the commits whose records git joined.
    recorded::unite_joined(workplace, &leaving, environment.now)?;
    let Held { commits: held, problems } = narrowing::before_leaving(workplace, &leaving, environment.now)?;
    let error = match share(repository, &remote, Leaving::But { tips: &tips, held: &held }, environment.now) {
        Ok(left) => {
            undelivered::remember(repository, name, None);
            return Ok(Left { problems, ..left });
        }
        Err(error) => error,
    };
    let reason = match (error.downcast_ref::<Refused>(), error.is::<TookTooLong>()) {
        (Some(refused), _) => Some(refused.reason.clone()),
        (None, true) => None,
        // The network, or something here: the next push may fare better.
        (None, false) => return Err(error),
    };
    let mut now = Refusal::new(address, reason, environment.now);
    let is_known = before.as_ref().is_some_and(|before| now.is_as(before));
    if let Some(before) = before.filter(|before| now.is_as(before)) {
        now.times = before.times.saturating_add(1);
        if within < WITHIN || now.reason.is_some() {
            now.since = before.since;
        }
    }
    let is_slow = now.reason.is_none();
    undelivered::remember(repository, name, Some(now));
    if is_known && !workplace.config.strict {
        return Ok(Left::default());
    }
    let later = if is_slow { "later pushes wait less for it" } else { "it is not said again until that changes" };
    let error = if is_slow {
        anyhow::anyhow!("{} took longer than {} s for the records", remotes::shown(name), within.as_secs())
    } else {
        error
    };
    Err(anyhow::anyhow!("{error:#}; {later}, `backstory doctor` shows it"))
}

/// A commit that a push takes along, and the reference at the remote that it is for, where git told it.
struct Pushed {
    commit: String,
    to: Option<String>,
}

/// The files of the team that a push has to heed: those around the work tree, those of the commits that leave, and those of the
/// default branch, at the remote and here.
fn team(around: Team, repository: &Repository, remote: &str, pushed: &[Pushed]) -> anyhow::Result<Team> {
    let mut team = around;
    team.add_default_branch(repository, remote)?;
    let default = remotes::default_branch(repository, remote);
    for one in pushed {
        // A branch that is deleted has the id of no commit; a manager of hooks may name a branch.
        let Ok(commit) = repository.resolve(&one.commit) else { continue };
        let said = team.add_commit(repository, &commit, "the commits that are pushed")?;
        let branch = one.to.as_deref().and_then(|to| to.strip_prefix("refs/heads/"));
        if default.as_ref().is_some_and(|(_, default)| branch == Some(default)) {
            team.lands(said);
        }
    }
    // What the default branch here says and was not pushed yet; where none is known, each that may be it. An older state of it
    // says nothing new.
    let (reference, branches) = match default {
        Some((reference, branch)) => (Some(reference), vec![branch]),
        None => (None, remotes::usual_branches(repository)),
    };
    let there = reference.and_then(|name| repository.resolve(&name).ok());
    for branch in branches {
        let Ok(here) = repository.resolve(&format!("refs/heads/{branch}")) else { continue };
        let is_older = there.as_ref().is_some_and(|there| *there == here || repository.is_ancestor(&here, there));
        if !is_older {
            team.add_commit(repository, &here, &branch)?;
        }
    }
    Ok(team)
}

/// What the push takes along, as git writes it to the hook: `<local ref> <its commit> <remote ref> <its commit>` a line.
/// A manager of hooks that reads these lines itself names the commit in a variable, or the branch. `None` when the person
/// pushes the notes by hand, perhaps by force.
fn pushed(environment: &Environment) -> anyhow::Result<Option<Vec<Pushed>>> {
    let mut lines = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().take(MOST).read_to_string(&mut lines).context("what git pushes cannot be read")?;
    }
    if lines.lines().any(|line| line.split(' ').nth(2) == Some(notes::NOTES_REF)) {
        return Ok(None);
    }
    let fields = |line: &str| {
        let mut fields = line.split(' ').skip(1).map(str::to_owned);
        Some(Pushed { commit: fields.next()?, to: fields.next() })
    };
    let all: Vec<Pushed> = lines.lines().filter_map(fields).collect();
    if !all.is_empty() {
        return Ok(Some(all));
    }
    let told = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"].iter().find_map(|name| environment.variable(name));
    Ok(Some(told.map(|commit| Pushed { commit: commit.to_owned(), to: None }).into_iter().collect()))
}

/// Pushes the records of commits that leave, united with those that are there already.
pub(super) fn share(
    repository: &Repository,
    remote: &Remote<'_>,
    leaving: Leaving<'_>,
    now: Timestamp,
) -> anyhow::Result<Left> {
    let known = notes::known_of(remote.name);
    // One time limit for all of it.
    let until = Instant::now() + remote.within;
    let left = || Remote { within: until.saturating_duration_since(Instant::now()), ..*remote };
    let take_over = || match repository.handle().find_reference(&known) {
        Ok(_) => notes::merge(repository, &known, combine, now).map(drop),
        Err(_) => Ok(()),
    };
    // Somebody else may push between the fetch and the push; a fifth time is left to the next push.
    for _ in 0..4 {
        take_over()?;
        let Some(new) = outgoing::prepare(repository, &known, leaving, now)? else { return Ok(Left::default()) };
        if transfer::push(&left(), &new)? != Transfer::Rejected {
            outgoing::remember(repository, &known, &new)?;
            take_over()?;
            return Ok(Left::default());
        }
        if transfer::fetch(&left())? == Transfer::NothingThere {
            notes::delete_copy(repository, &known)?;
        }
    }
    anyhow::bail!(
        "the records were not pushed: {} keeps changing; the next push tries again",
        remotes::shown(remote.name)
    )
}

/// Of two records of one commit the one from which text was taken out, so that it stays out; else the one that knows more.
/// A note that is no record of ours gives way.
pub(super) fn combine(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let weight = |bytes: &[u8]| {
        keep::from_note("", bytes)
            .ok()
            .map(|record| (record.forgotten.is_some(), keep::knowledge(&record), bytes.len(), bytes.to_vec()))
    };
    if weight(theirs) > weight(ours) { theirs.to_vec() } else { ours.to_vec() }
}

//! The pre-push hook: sends the records where the commits go, if the configuration shares them.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Read as _};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;

use super::hook::Left;
use super::team::Team;
use super::undelivered::{self, Refusal};
use super::workplace::Workplace;
use super::{keep, sharing};
use crate::config::Sharing;
use crate::environment::Environment;
use crate::git::installed::TookTooLong;
use crate::git::outgoing::{self, Leaving};
use crate::git::repository::Repository;
use crate::git::transfer::{self, Refused, Remote, Transfer};
use crate::git::{caller, notes, remotes};
use crate::record::prompts::{self, Prompts};

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
    let team = team(repository, name, &pushed)?;
    if sharing::in_force(repository, &workplace.config, &team)?.sharing == Sharing::Local {
        return Ok(Left::default());
    }
    let folder = repository.root().unwrap_or(repository.git_dir()).to_path_buf();
    let remote = Remote { folder: &folder, name, access: None, within };
    let mut tips: Vec<String> = pushed.into_iter().map(|one| one.commit).collect();
    tips.extend(outgoing::tips_of(repository, name));
    workplace.narrow(&team)?;
    let held = narrowed(workplace, &notes::known_of(name), environment.now)?;
    let repository = &workplace.repository;
    let error = match share(repository, &remote, Leaving::But { tips: &tips, held: &held }, environment.now) {
        Ok(left) => {
            undelivered::remember(repository, name, None);
            return Ok(left);
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
    let error =
        if is_slow { anyhow::anyhow!("{name} took longer than {} s for the records", within.as_secs()) } else { error };
    Err(anyhow::anyhow!("{error:#}; {later}, `backstory doctor` shows it"))
}

/// A commit that a push takes along, and the reference at the remote that it is for, where git told it.
struct Pushed {
    commit: String,
    to: Option<String>,
}

/// The files of the team that a push has to heed: those around the work tree, those of the commits that leave, and those of the
/// default branch, at the remote and here.
fn team(repository: &Repository, remote: &str, pushed: &[Pushed]) -> anyhow::Result<Team> {
    let mut team = Team::around(repository, None)?;
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
    let (reference, branch) = match default {
        Some((reference, branch)) => (Some(reference), branch),
        None => (None, "main".to_owned()),
    };
    // What the default branch here says and was not pushed yet. An older state of it says nothing new.
    if let Ok(here) = repository.resolve(&format!("refs/heads/{branch}")) {
        let is_older = reference
            .and_then(|name| repository.resolve(&name).ok())
            .is_some_and(|there| there == here || repository.is_ancestor(&here, &there));
        if !is_older {
            team.add_commit(repository, &here, &branch)?;
        }
    }
    Ok(team)
}

/// Makes the records that have not left yet keep what the team keeps now; they may be from a checkout without its files.
/// Returns the commits whose records stay: they tell of a session or an agent that is not to be recorded.
fn narrowed(workplace: &Workplace, known: &str, now: Timestamp) -> anyhow::Result<BTreeSet<String>> {
    let mut held = BTreeSet::new();
    let prompts = workplace.config.prompts;
    if prompts == Prompts::Full && workplace.ignored.is_empty() {
        return Ok(held);
    }
    let repository = &workplace.repository;
    let ids = outgoing::not_known(repository, known)?;
    let mut changed = Vec::new();
    for (id, note) in ids.iter().zip(notes::read_many(repository, &ids)?) {
        let Some(mut record) = note.and_then(|note| keep::from_note(id, &note).ok()) else { continue };
        let before = record.clone();
        // One from which the text was removed is to reach those who have it with the text.
        let is_ignored = record.contributions.iter().any(|one| workplace.ignored.has_session(&one.agent, &one.session));
        if is_ignored && record.forgotten.is_none() {
            held.insert(id.clone());
        }
        record.files.retain(|file| !workplace.ignored.has_path(&file.path));
        for one in &mut record.contributions {
            prompts::keep(one, prompts);
            let is_kept = |path: &String| !workplace.ignored.has_path(path);
            one.corrections.retain(|correction| correction.path.as_ref().is_none_or(is_kept));
            one.attempts.retain(|attempt| attempt.files.iter().all(is_kept));
            one.changed_after_check.retain(is_kept);
        }
        if record != before {
            changed.push(record);
        }
    }
    let redactor = workplace.redactor()?;
    // What cannot be written as it is to be does not leave either.
    let wanted: Vec<String> = changed.iter().map(|record| record.commit.clone()).collect();
    if !keep::write(repository, changed, &redactor, now)?.is_empty() {
        held.extend(wanted);
    }
    Ok(held)
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
    anyhow::bail!("the records were not pushed: {} keeps changing; the next push tries again", remote.name)
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

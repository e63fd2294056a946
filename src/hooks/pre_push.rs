//! The pre-push hook: sends the records where the commits go, if the configuration shares them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::pending;
use super::pushed::{Pushed, accepted, pushed};
use crate::config::{self, Sharing};
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::git::installed::TookTooLong;
use crate::git::outgoing::{self, Leaving};
use crate::git::repository::Repository;
use crate::git::transfer::{Refused, Remote};
use crate::git::{caller, committed, note_refs, notes, remotes};
use crate::record::contribution::Evidence;
use crate::recorder::narrowing::{self, Held};
use crate::recorder::outcome::HookOutcome;
use crate::recorder::share::share;
use crate::recorder::sharing::{self, DecidedBy};
use crate::recorder::team::Team;
use crate::recorder::undelivered::{self, Refusal};
use crate::recorder::unseen_commits::{self, CommitWindow, TakenIn};
use crate::recorder::workplace::Workplace;
use crate::recorder::{misnamed, note_codec, page, recorded};
use crate::state::paths as state_paths;

/// How long the records may hold up a push.
const WITHIN: Duration = Duration::from_secs(8);
/// How long may be looked for what no hook saw.
const UNSEEN_WITHIN: Duration = Duration::from_secs(2);
/// Bytes that are read of what git writes to the hook.
const MOST: u64 = 16 * 1024 * 1024;

pub(crate) fn work(
    workplace: &mut Workplace,
    environment: &Environment,
    remote: Option<&str>,
    address: Option<&str>,
) -> anyhow::Result<HookOutcome> {
    let Some(name) = remote else { return Ok(HookOutcome::default()) };
    if Environment::parent_process().is_some_and(caller::only_tries) {
        return Ok(HookOutcome::default());
    }
    let unseen = unseen(workplace, environment);
    let repository = &workplace.repository;
    if !notes::has_any(repository)? {
        return Ok(HookOutcome { problems: unseen.problems, ..HookOutcome::default() });
    }
    let address = address.unwrap_or(name);
    let before = undelivered::of(repository, name);
    let within = before.as_ref().map_or(WITHIN, |before| before.patience(address, WITHIN, environment.now));
    // What a partial clone lacks of the notes comes from where they go.
    repository.bring_promised(within, None);
    let Some(pushed) = pushed(environment)? else { return Ok(HookOutcome::default()) };
    let around = workplace.take_team(environment)?;
    let repository = &workplace.repository;
    let team = team(around, repository, name, &pushed)?;
    let decision = sharing::in_force(repository, &workplace.config, &team)?;
    if decision.sharing == Sharing::Local {
        let problem = repository.root().filter(|_| decision.by == DecidedBy::Team).and_then(misnamed::problem);
        let problem = problem.filter(|said| !is_said(repository, said));
        return Ok(HookOutcome { problems: problem.into_iter().collect(), ..HookOutcome::default() });
    }
    if let Some(problem) = lacking(repository, name) {
        let problems = if is_said(repository, &problem) { Vec::new() } else { vec![problem] };
        return Ok(HookOutcome { problems, ..HookOutcome::default() });
    }
    let folder = repository.root().unwrap_or(repository.git_dir()).to_path_buf();
    let remote = Remote { folder: &folder, name, access: None, within };
    // Records of what git will not push stay, too; those of a push by force that cannot be seen leave with the next one.
    let mut tips: Vec<String> = accepted(repository, name, &pushed).into_iter().map(|one| one.commit.clone()).collect();
    tips.extend(outgoing::tips_of(repository, name));
    workplace.narrow(&team)?;
    let repository = &workplace.repository;
    let leaving = outgoing::leaving(repository, &note_refs::known_of(name), Leaving::With(&tips))?;
    // Whoever fetches them has not the commits whose records git joined.
    recorded::unite_joined(workplace, &leaving, environment.now)?;
    let Held { commits: mut held, mut problems } = narrowing::before_leaving(workplace, &leaving, environment.now)?;
    problems.extend(unseen.problems);
    // Nobody could look at them yet: they leave with the next push.
    held.extend(unseen.commits);
    if decision.by == DecidedBy::Team {
        let earlier = earlier(repository, name, &leaving)?;
        problems.extend(said_of_earlier(&earlier).filter(|said| !is_said(repository, said)));
        held.extend(earlier);
    }
    let error = match share(repository, &remote, Leaving::But { tips: &tips, held: &held }, environment.now) {
        Ok(left) => {
            undelivered::remember(repository, name, None);
            return Ok(HookOutcome { problems, ..left });
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
        return Ok(HookOutcome::default());
    }
    let later = if is_slow { "later pushes wait less for it" } else { "it is not said again until that changes" };
    let error = if is_slow {
        anyhow::anyhow!("{} took longer than {} s for the records", remotes::shown(name), within.as_secs())
    } else {
        error
    };
    Err(anyhow::anyhow!("{error:#}; {later}, `backstory doctor` shows it"))
}

/// Makes the records of own commits that no hook saw.
fn unseen(workplace: &Workplace, environment: &Environment) -> TakenIn {
    let seen = pending::read(&workplace.repository, environment.now).was;
    let Some(tip) = workplace.repository.head() else { return TakenIn::default() };
    let until = Instant::now() + UNSEEN_WITHIN;
    let window = CommitWindow { tip: &tip, seen: seen.as_deref() };
    let Some(found) = unseen_commits::find(workplace, environment, &window) else { return TakenIn::default() };
    let taken = unseen_commits::take_in(workplace, environment, &found, until);
    taken.unwrap_or_else(|error| TakenIn { problems: vec![format!("{error:#}")], ..TakenIn::default() })
}

/// Whether the log of the hooks says this already: a person needs to read it once.
fn is_said(repository: &Repository, text: &str) -> bool {
    let log = files::read(&state_paths::at(repository.common_dir(), state_paths::LOG), files::LIMIT).ok().flatten();
    log.is_some_and(|log| String::from_utf8_lossy(&log).contains(text))
}

/// Why the records stay where the default branch is not known here: its settings may keep them in.
fn lacking(repository: &Repository, remote: &str) -> Option<String> {
    let main = remotes::main(repository);
    let lacks = |remote: &&str| remotes::lacks_default_branch(repository, remote);
    let remote = [Some(remote), main.as_deref()].into_iter().flatten().find(lacks)?;
    Some(format!(
        "the default branch of {} is not known in this clone, and its settings may keep the records in, so they stay here: run \
         `{}`",
        remotes::shown(remote),
        remotes::bring_default_branch(remote)
    ))
}

/// Those of the records that are about to leave that were made before this clone knew that its team shares.
fn earlier(repository: &Repository, remote: &str, leaving: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let path = state_paths::at(repository.common_dir(), state_paths::EARLIER);
    let cannot = || format!("{} cannot be used", path.display());
    let listed: BTreeSet<String> = match files::read_text(&path, MOST).with_context(cannot)? {
        Some(text) => text.lines().map(str::to_owned).collect(),
        None => {
            let all = outgoing::leaving(repository, &note_refs::known_of(remote), Leaving::All)?;
            let found = before_decision(repository, &all);
            fs::create_dir_all(path.parent().unwrap_or(&path)).with_context(cannot)?;
            let lines: String = found.iter().map(|id| format!("{id}\n")).collect();
            files::write(&path, lines.as_bytes(), NewFileMode::Shared).with_context(cannot)?;
            found
        }
    };
    Ok(leaving.iter().filter(|id| listed.contains(*id)).cloned().collect())
}

/// Those of `commits` that were made before their team shared: the settings in them, or in the commits that they were made
/// from, do not say so. Whoever made them did not know that they would leave.
fn before_decision(repository: &Repository, commits: &[String]) -> BTreeSet<String> {
    let mut known: HashMap<Vec<u8>, bool> = HashMap::new();
    let mut shares = |id: &str| {
        let text = committed::read(repository, id, config::FILE_NAME, config::MAX_BYTES).ok().flatten();
        text.is_some_and(|text| {
            let says = |text: &[u8]| {
                let text = std::str::from_utf8(text).ok();
                let parsed = text.and_then(|text| config::parse(text, Path::new(config::FILE_NAME)).ok());
                parsed.is_some_and(|config| config.sharing == Some(Sharing::Notes))
            };
            *known.entry(text).or_insert_with_key(|text| says(text))
        })
    };
    let mut earlier = BTreeSet::new();
    let notes = notes::read_many(repository, commits).unwrap_or_default();
    for (id, note) in commits.iter().zip(notes.into_iter().chain(std::iter::repeat(None))) {
        let record = note.and_then(|note| note_codec::from_note(id, &note).ok());
        // One from which the text was removed is to reach those who have it with the text.
        if record.as_ref().is_some_and(|record| record.forgotten.is_some()) {
            continue;
        }
        let evidence = record.iter().flat_map(|record| &record.contributions).flat_map(|one| &one.evidence);
        let sources = evidence.filter_map(|one| if let Evidence::Carried { from } = one { Some(from) } else { None });
        let mut all = std::iter::once(id).chain(sources.filter(|from| repository.has_commit(from)));
        if all.any(|id| !shares(id)) {
            earlier.insert(id.clone());
        }
    }
    earlier
}

fn said_of_earlier(earlier: &BTreeSet<String>) -> Option<String> {
    let count = earlier.len();
    let (records, stay) = (page::counted(count, "record"), if count == 1 { "stays" } else { "stay" });
    (count > 0).then(|| {
        format!(
            "{records} from before `sharing: notes` {stay} here; `backstory init --share` shares all, `backstory init --local` none"
        )
    })
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

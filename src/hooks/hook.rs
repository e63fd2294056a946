//! `backstory hook NAME`: what the installed hooks call. A hook never stops a commit and never makes one wait longer than
//! the configured time: whatever goes wrong becomes one line on standard error and in the log.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::deadline::Deadline;
use super::post_commit::{self, HeadSeen};
use super::{commit_msg, idle_stamp, moved_head, pending, post_rewrite, pre_push, refused_trailers};
use crate::config::{self, Config, ConfigError};
use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::failpoint;
use crate::files::{self, NewFileMode};
use crate::git::format::Unsupported;
use crate::git::repository::Repository;
use crate::hooks::kinds::{HookArgs, HookCall};
use crate::hooks::opt_out;
use crate::hooks::report::{HookReport, is_first, log_path};
use crate::output::Output;
use crate::recorder::outcome::HookOutcome;
use crate::recorder::spool::{self, Due};
use crate::recorder::unseen_commits::{self, CommitWindow};
use crate::recorder::workplace::{self, Workplace};
use crate::recorder::{rewritten, take_up};

/// How long a push of the records may take; the person waits for the network anyway.
const PUSH_LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn run(args: HookArgs, context: &mut Context) -> anyhow::Result<Ending> {
    if let HookCall::Refused { step, file } = &args.hook {
        return Ok(refused_trailers::run(*step, file, context).unwrap_or(Ending::Found));
    }
    let environment = context.environment;
    let opened = workplace::discover(environment).and_then(|repository| {
        // The rest of git's settings is asked for before anything is recorded; most commits need it not.
        let opted_out = workplace::opt_out(environment, &repository.settings_at_hand()?).is_some();
        Ok((opted_out, workplace::read_config(&repository), log_path(&repository), repository))
    });
    let (opted_out, config, log, repository) = match opened {
        Ok(found) => found,
        Err(error) => {
            let what = format!("{} did nothing: {error:#}", args.hook.name());
            if !error.is::<Unsupported>() || is_first(environment, &error) {
                context.output.message(&what);
            }
            return Ok(Ending::Done);
        }
    };
    if opted_out {
        let listed = opt_out::instead_of(&args.hook, &repository);
        listed.unwrap_or_else(|error| context.output.message(&format!("{error:#}")));
        return Ok(Ending::Done);
    }
    // Where the configuration cannot be read, the defaults hold here, and the hook's work says why.
    let (limit, strict) = config.as_ref().map_or((Config::default().limit(), false), |it| (it.limit(), it.strict));
    let limit = if matches!(args.hook, HookCall::PrePush { .. }) { PUSH_LIMIT } else { limit };
    let report = HookReport { hook: args.hook.clone(), now: environment.now, log, strict };
    let late = {
        let report = report.clone();
        move || {
            let took =
                anyhow::anyhow!("it took longer than {} ms (`timeout_ms` in {})", limit.as_millis(), config::FILE_NAME);
            let result = Err(took);
            // The limit alone stops nothing: the repository sets it, and a slow machine is nobody's fault.
            let report = HookReport { strict: false, ..report };
            report.tell(&result, &mut Output::standard(true));
            report.ending(&result)
        }
    };
    let started = Instant::now();
    let (deadline, result) = match Deadline::start(limit, late) {
        Ok(deadline) => {
            let place = config.map(|config| (repository, config));
            (Some(deadline), finish(&args.hook, environment, place, started + limit / 4))
        }
        // Without a clock nothing is begun that might not end.
        Err(error) => (None, Err(error)),
    };
    let (result, workplace) = match result {
        Ok((problems, workplace)) => (Ok(problems), Some(workplace)),
        Err(error) => (Err(error), None),
    };
    let ending = report.ending(&result);
    if let Some(deadline) = &deadline {
        deadline.met(ending);
    }
    report.tell(&result, context.output);
    if let Some(mut workplace) = workplace.filter(|_| matches!(args.hook, HookCall::PostCommit)) {
        // What is taken up from others may use the rest of the time, and ends with it.
        let until = Some(started + limit / 2);
        take_up::take_up(&mut workplace, environment, take_up::Bounds { entries: 8, tries: 3, until });
    }
    Ok(ending)
}

/// An open repository with its settings, or the mistake in them.
type OpenedRepository = Result<(Repository, Config), ConfigError>;

/// Does the hook's work, also what it writes last; what only saves the next hook its time until `early`. A mistake in the program
/// becomes an error.
fn finish(
    hook: &HookCall,
    environment: &Environment,
    place: OpenedRepository,
    early: Instant,
) -> anyhow::Result<(Vec<String>, Workplace)> {
    let worked = panic::catch_unwind(AssertUnwindSafe(|| {
        let (left, workplace) = work(hook, environment, place)?;
        // A disk that hangs must not hang the commit; git reads the message from before or this one, each whole.
        if let Some((file, bytes)) = &left.message {
            replace(file, bytes)?;
        }
        match left.foreseen {
            Some(foreseen) if Instant::now() < early => foreseen.leave(&workplace, environment),
            foreseen => std::mem::forget(foreseen),
        }
        Ok((left.problems, workplace))
    }));
    worked.unwrap_or_else(|_| Err(anyhow::anyhow!("stopped by a mistake in the program; please report it")))
}

pub(crate) fn work(
    hook: &HookCall,
    environment: &Environment,
    place: OpenedRepository,
) -> anyhow::Result<(HookOutcome, Workplace)> {
    let opened = place
        .map_err(anyhow::Error::from)
        .and_then(|(repository, config)| Workplace::of(repository, config, environment));
    let mut workplace = match opened {
        Ok(workplace) => workplace,
        Err(error) => {
            leave(hook, environment);
            return Err(error);
        }
    };
    let HeadSeen { due, was, rest, is_idle } = due(hook, &workplace.repository, Some(&workplace), environment)?;
    let is_for_later = match hook {
        HookCall::PostCommit => !due.is_empty() || opt_out::may_be_told(environment),
        HookCall::PostRewrite { .. } => !due.is_empty(),
        // It asks itself, where there is something to look at.
        HookCall::CommitMsg { .. } => false,
        HookCall::Refused { .. } => false,
        HookCall::PrePush { .. } => true,
    };
    if is_for_later && !confirmed(hook, &mut workplace, environment, &due)? {
        opt_out::instead_of(hook, &workplace.repository)?;
        return Ok((HookOutcome::default(), workplace));
    }
    let repository = &workplace.repository;
    // Before anything that can go wrong. Without a spool the work is done all the same.
    let spooled = spool::put(repository, &due);
    if matches!(hook, HookCall::PostCommit) && spooled.is_ok() {
        // Taken up after this hook's own work; where it cannot be written down, `doctor` counts it.
        let _ = spool::put_for_anyone(repository, pending::overtaken(repository).as_slice());
        pending::seen(repository, due.is_empty(), rest.as_deref());
    }
    let left = match hook {
        HookCall::CommitMsg { file } => commit_msg::work(&mut workplace, environment, file)?,
        HookCall::Refused { .. } => HookOutcome::default(),
        HookCall::PostCommit => {
            let mut left = post_commit::work(&workplace, environment, due.first())?;
            let taken = moved_head::take_over_since(&mut workplace, environment, was.as_deref());
            left.problems.extend(taken.err().map(|error| format!("{error:#}")));
            left.problems.extend(unseen_before(&mut workplace, environment, was.as_deref()));
            left
        }
        HookCall::PostRewrite { kind } => rewritten::work(&workplace, environment, kind.as_deref(), &due)?,
        HookCall::PrePush { remote, url } => {
            pre_push::work(&mut workplace, environment, remote.as_deref(), url.as_deref())?
        }
    };
    if let Ok(Some(entry)) = spooled {
        spool::remove(&entry)?;
    }
    if matches!(hook, HookCall::PostCommit) {
        // Without a stamp the next hooks look for themselves.
        match is_idle && due.is_empty() {
            true => drop(idle_stamp::leave(&workplace, environment)),
            false => idle_stamp::take_away(&workplace),
        }
    }
    Ok((left, workplace))
}

/// Makes the records of the commits between the one that was made and the one that the last hook saw.
fn unseen_before(workplace: &mut Workplace, environment: &Environment, seen: Option<&str>) -> Vec<String> {
    let parents = workplace.repository.head().and_then(|head| workplace.repository.parents(&head).ok());
    let Some(tip) = parents.and_then(|parents| parents.into_iter().next()).filter(|tip| Some(&**tip) != seen) else {
        return Vec::new();
    };
    let Some(found) = unseen_commits::find(workplace, environment, &CommitWindow { tip: &tip, seen }) else {
        return Vec::new();
    };
    // Whether it is wanted at all is asked for what is made of it, as for the commit itself.
    if !workplace.confirm(environment).is_ok_and(|is_wanted| is_wanted) {
        return Vec::new();
    }
    let until = Instant::now() + workplace.config.limit() / 4;
    let taken = unseen_commits::take_in(workplace, environment, &found, until);
    taken.map_or_else(|error| vec![format!("{error:#}")], |taken| taken.problems)
}

/// Whether this person wants records, as far as that has to be asked for. Where a file of the team has a mistake, the work is
/// left to a later hook; where git does not say what it knows, nobody knows whether it is wanted at all.
fn confirmed(
    hook: &HookCall,
    workplace: &mut Workplace,
    environment: &Environment,
    due: &[Due],
) -> anyhow::Result<bool> {
    if let Err(error) = workplace.repository.settings() {
        if matches!(hook, HookCall::PostCommit) {
            // It was seen, and nobody can say later that it was wanted.
            pending::seen(&workplace.repository, false, None);
        }
        return Err(error);
    }
    let confirmed = workplace.confirm(environment);
    let is_left = confirmed.is_err() && !due.is_empty() && spool::put_for_anyone(&workplace.repository, due).is_ok();
    if is_left && matches!(hook, HookCall::PostCommit) {
        pending::seen(&workplace.repository, false, None);
    }
    confirmed
}

/// The commits whose records this hook is to write.
fn due(
    hook: &HookCall,
    repository: &Repository,
    workplace: Option<&Workplace>,
    environment: &Environment,
) -> anyhow::Result<HeadSeen> {
    Ok(match hook {
        HookCall::PostCommit => post_commit::due(repository, workplace, environment),
        HookCall::PostRewrite { .. } => {
            let pairs = post_rewrite::told()?;
            opt_out::follow(repository, &pairs)?;
            HeadSeen { due: post_rewrite::due(repository, &pairs), ..HeadSeen::default() }
        }
        HookCall::CommitMsg { .. } | HookCall::Refused { .. } | HookCall::PrePush { .. } => HeadSeen::default(),
    })
}

/// Leaves the hook's work to a later one, when the settings have no mistake any more. That there is a mistake is said
/// elsewhere, and this may fail as well.
fn leave(hook: &HookCall, environment: &Environment) {
    let Ok(repository) = workplace::discover(environment) else { return };
    let Ok(HeadSeen { due, .. }) = due(hook, &repository, None, environment) else { return };
    if spool::put_for_anyone(&repository, &due).is_ok() && !due.is_empty() {
        pending::seen(&repository, false, None);
    }
}

/// Replaces the message as a whole, so that nobody ever sees half of it.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let cannot = || format!("{} could not be replaced", file.display());
    let new = files::prepare(file, bytes, NewFileMode::Shared).with_context(cannot)?;
    failpoint::reach("message.written")?;
    new.put(file).with_context(cannot)?;
    failpoint::reach("message.replaced")?;
    Ok(())
}

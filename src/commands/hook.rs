//! `backstory hook NAME`: what the installed hooks call. A hook never stops a commit and never makes one wait longer than
//! the configured time: whatever goes wrong becomes one line on standard error and in the log.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use jiff::{SignedDuration, Timestamp};

use super::deadline::Deadline;
use super::post_commit::Seen;
use super::spool::Due;
use super::workplace::{self, Workplace};
use super::{
    Context, Ending, commit_msg, declined, moved_head, pending, post_commit, post_rewrite, pre_push, refused_trailers,
    spool,
};
use crate::config::{self, Config, ConfigError};
use crate::environment::Environment;
use crate::failpoint;
use crate::files;
use crate::git::format::{self, Unsupported};
use crate::git::repository::Repository;
use crate::link::Inside;
use crate::output::Output;
use crate::record::agent::{AGENTS, NAME_VARIABLE, is_session_id, named_in_environment};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    pub hook: Hook,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Hook {
    /// Adds the trailers to the message in FILE
    CommitMsg { file: PathBuf },
    /// Takes the trailers out of the message in FILE, which another commit-msg hook refused, for it to be asked again
    Refused { step: refused_trailers::Step, file: PathBuf },
    /// Keeps the record of the commit that was just made
    PostCommit,
    /// Carries records over an amend or rebase; reads pairs of ids from standard input
    PostRewrite { kind: Option<String> },
    /// Shares the records with the remote
    PrePush { remote: Option<String>, url: Option<String> },
}

impl Hook {
    /// The hooks that every commit waits for, read from the arguments as the shims write them.
    pub(crate) fn in_every_commit(arguments: &[OsString]) -> Option<Self> {
        match arguments {
            [hook, name, file] if hook == "hook" && name == "commit-msg" && !is_option(file) => {
                Some(Self::CommitMsg { file: file.into() })
            }
            [hook, name] if hook == "hook" && name == "post-commit" => Some(Self::PostCommit),
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::CommitMsg { .. } => "commit-msg",
            Self::Refused { .. } => "commit-msg",
            Self::PostCommit => "post-commit",
            Self::PostRewrite { .. } => "post-rewrite",
            Self::PrePush { .. } => "pre-push",
        }
    }
}

fn is_option(argument: &OsStr) -> bool {
    argument.as_encoded_bytes().starts_with(b"-")
}

/// How long a push of the records may take; the person waits for the network anyway.
const PUSH_LIMIT: Duration = Duration::from_secs(20);

/// What a hook has found and not written yet.
#[derive(Default)]
pub(super) struct Left {
    /// The message file and its whole new content.
    pub(super) message: Option<(PathBuf, Vec<u8>)>,
    /// What was left out because it could not be read; all the rest was done.
    pub(super) problems: Vec<String>,
}

/// A second hook of the same commit has nothing new to say within this time.
const SAID_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// A longer log begins anew.
const LOG_LIMIT: u64 = 256 * 1024;

pub fn run(args: Args, context: &mut Context) -> anyhow::Result<Ending> {
    if let Hook::Refused { step, file } = &args.hook {
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
        let listed = declined::instead_of(&args.hook, &repository);
        listed.unwrap_or_else(|error| context.output.message(&format!("{error:#}")));
        return Ok(Ending::Done);
    }
    // Where the configuration cannot be read, the defaults hold here, and the hook's work says why.
    let (limit, strict) = config.as_ref().map_or((Config::default().limit(), false), |it| (it.limit(), it.strict));
    let limit = if matches!(args.hook, Hook::PrePush { .. }) { PUSH_LIMIT } else { limit };
    let report = Report { hook: args.hook.clone(), now: environment.now, log, strict };
    let late = {
        let report = report.clone();
        move || {
            let took =
                anyhow::anyhow!("it took longer than {} ms (`timeout_ms` in {})", limit.as_millis(), config::FILE_NAME);
            let result = Err(took);
            // The limit alone stops nothing: the repository sets it, and a slow machine is nobody's fault.
            let report = Report { strict: false, ..report };
            report.tell(&result, &mut Output::standard(true));
            report.ending(&result)
        }
    };
    let started = Instant::now();
    let (deadline, result) = match Deadline::start(limit, late) {
        Ok(deadline) => {
            let place = config.map(|config| (repository, config));
            (Some(deadline), finish(&args.hook, environment, place))
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
    if let Some(mut workplace) = workplace.filter(|_| matches!(args.hook, Hook::PostCommit)) {
        // What is taken up from others may use the rest of the time, and ends with it.
        let until = Some(started + limit / 2);
        spool::take_up(&mut workplace, environment, spool::Bounds { entries: 8, tries: 3, until });
    }
    Ok(ending)
}

/// What a hook says of its work, and to whom.
#[derive(Clone)]
struct Report {
    hook: Hook,
    now: Timestamp,
    log: PathBuf,
    strict: bool,
}

/// What was left out, each as a sentence, or why nothing was done.
type Outcome = anyhow::Result<Vec<String>>;

impl Report {
    fn stops(&self, outcome: &Outcome) -> bool {
        self.strict && outcome.is_err()
    }

    fn ending(&self, outcome: &Outcome) -> Ending {
        if self.stops(outcome) { Ending::Found } else { Ending::Done }
    }

    /// One line on standard error and in the log, when there is something to say.
    fn tell(&self, outcome: &Outcome, output: &mut Output) {
        let (did, why) = match outcome {
            Ok(problems) => match problems.as_slice() {
                [] => return,
                [one] => ("left something out", one.clone()),
                [one, rest @ ..] => ("left something out", format!("{one} (and {} more)", rest.len())),
            },
            Err(error) => ("did nothing", format!("{error:#}")),
        };
        let goes_on = if self.stops(outcome) { "stops (`strict`)" } else { "goes on" };
        // Texts of other programs may have several lines.
        let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.stops(outcome) && was_just_said(&self.log, self.now, &self.hook, &why) {
            return;
        }
        let later = matches!(self.hook, Hook::PostCommit) && outcome.is_err();
        let advice = if later { "; `backstory backfill HEAD` makes the record later" } else { "" };
        let what = format!("{} {did}, the {} {goes_on}: {why}{advice}", self.hook.name(), noun(&self.hook));
        output.message(&what);
        note_down(&self.log, self.now, &what);
    }
}

/// Whether the hook that ran before this one for the same commit said the same: a person needs to read it once.
fn was_just_said(log: &Path, now: Timestamp, hook: &Hook, why: &str) -> bool {
    let Ok(Some(text)) = files::read(log, 2 * LOG_LIMIT) else { return false };
    let text = String::from_utf8_lossy(&text);
    let Some((at, said)) = text.lines().last().and_then(|line| line.split_once(' ')) else { return false };
    let recently = at.parse::<Timestamp>().is_ok_and(|at| now.duration_since(at).abs() < SAID_WITHIN);
    recently && !said.starts_with(hook.name()) && said.ends_with(&format!(": {}", crate::output::for_terminal(why)))
}

/// A format that cannot be read stays so: it is said once a clone, which its log remembers, and to nobody who opted out.
fn is_first(environment: &Environment, error: &anyhow::Error) -> bool {
    if config::opt_out(environment.told("BACKSTORY").as_deref(), None).is_some() {
        return false;
    }
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    let Some(common) = format::common_dir(&environment.cwd, git_dir.as_deref()) else { return true };
    let log = common.join("backstory").join("log");
    let why = crate::output::for_terminal(&error.to_string());
    let said = files::read(&log, 2 * LOG_LIMIT).ok().flatten();
    if said.is_some_and(|text| String::from_utf8_lossy(&text).contains(&why)) {
        return false;
    }
    note_down(&log, environment.now, &why);
    true
}

fn noun(hook: &Hook) -> &'static str {
    if matches!(hook, Hook::PrePush { .. }) { "push" } else { "commit" }
}

/// An open repository with its settings, or the mistake in them.
type Place = Result<(Repository, Config), ConfigError>;

/// Does the hook's work, also what it writes last. A mistake in the program becomes an error.
fn finish(hook: &Hook, environment: &Environment, place: Place) -> anyhow::Result<(Vec<String>, Workplace)> {
    let worked = panic::catch_unwind(AssertUnwindSafe(|| {
        let (left, workplace) = work(hook, environment, place)?;
        // A disk that hangs must not hang the commit; git reads the message from before or this one, each whole.
        if let Some((file, bytes)) = &left.message {
            replace(file, bytes)?;
        }
        Ok((left.problems, workplace))
    }));
    worked.unwrap_or_else(|_| Err(anyhow::anyhow!("stopped by a mistake in the program; please report it")))
}

fn work(hook: &Hook, environment: &Environment, place: Place) -> anyhow::Result<(Left, Workplace)> {
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
    let Seen { due, was, rest } = due(hook, &workplace.repository, Some(&workplace), environment)?;
    let is_for_later = match hook {
        Hook::PostCommit => !due.is_empty() || declined::may_be_told(environment),
        Hook::PostRewrite { .. } => !due.is_empty(),
        // It asks itself, where there is something to look at.
        Hook::CommitMsg { .. } => false,
        Hook::Refused { .. } => false,
        Hook::PrePush { .. } => true,
    };
    if is_for_later && !confirmed(hook, &mut workplace, environment, &due)? {
        declined::instead_of(hook, &workplace.repository)?;
        return Ok((Left::default(), workplace));
    }
    let repository = &workplace.repository;
    // Before anything that can go wrong. Without a spool the work is done all the same.
    let spooled = spool::put(repository, &due);
    if matches!(hook, Hook::PostCommit) && spooled.is_ok() {
        // Taken up after this hook's own work; where it cannot be written down, `doctor` counts it.
        let _ = spool::put_for_anyone(repository, pending::overtaken(repository).as_slice());
        pending::seen(repository, due.is_empty(), rest.as_deref());
    }
    let left = match hook {
        Hook::CommitMsg { file } => commit_msg::work(&mut workplace, environment, file)?,
        Hook::Refused { .. } => Left::default(),
        Hook::PostCommit => {
            let mut left = post_commit::work(&workplace, environment, due.first())?;
            let taken = moved_head::take_over_since(&mut workplace, environment, was.as_deref());
            left.problems.extend(taken.err().map(|error| format!("{error:#}")));
            left
        }
        Hook::PostRewrite { kind } => post_rewrite::work(&workplace, environment, kind.as_deref(), &due)?,
        Hook::PrePush { remote, url } => {
            pre_push::work(&mut workplace, environment, remote.as_deref(), url.as_deref())?
        }
    };
    if let Ok(Some(entry)) = spooled {
        spool::remove(&entry)?;
    }
    Ok((left, workplace))
}

/// Whether this person wants records, as far as that has to be asked for. Where a file of the team has a mistake, the work is
/// left to a later hook; where git does not say what it knows, nobody knows whether it is wanted at all.
fn confirmed(hook: &Hook, workplace: &mut Workplace, environment: &Environment, due: &[Due]) -> anyhow::Result<bool> {
    workplace.repository.settings()?;
    let confirmed = workplace.confirm(environment);
    let is_left = confirmed.is_err() && !due.is_empty() && spool::put_for_anyone(&workplace.repository, due).is_ok();
    if is_left && matches!(hook, Hook::PostCommit) {
        pending::seen(&workplace.repository, false, None);
    }
    confirmed
}

/// The commits whose records this hook is to write.
fn due(
    hook: &Hook,
    repository: &Repository,
    workplace: Option<&Workplace>,
    environment: &Environment,
) -> anyhow::Result<Seen> {
    Ok(match hook {
        Hook::PostCommit => post_commit::due(repository, workplace, environment),
        Hook::PostRewrite { .. } => {
            let pairs = post_rewrite::told()?;
            declined::follow(repository, &pairs)?;
            Seen { due: post_rewrite::due(repository, &pairs), ..Seen::default() }
        }
        Hook::CommitMsg { .. } | Hook::Refused { .. } | Hook::PrePush { .. } => Seen::default(),
    })
}

/// Leaves the hook's work to a later one, when the settings have no mistake any more. That there is a mistake is said
/// elsewhere, and this may fail as well.
fn leave(hook: &Hook, environment: &Environment) {
    let Ok(repository) = workplace::discover(environment) else { return };
    let Ok(Seen { due, .. }) = due(hook, &repository, None, environment) else { return };
    if spool::put_for_anyone(&repository, &due).is_ok() && !due.is_empty() {
        pending::seen(&repository, false, None);
    }
}

/// Replaces a file as a whole, so that nobody ever sees half of it; its permissions stay.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("no file can be made in {}", folder.display()))?;
    new.write_all(bytes)?;
    new.as_file().set_permissions(fs::metadata(file)?.permissions())?;
    failpoint::reach("message.written")?;
    new.persist(file).with_context(|| format!("{} could not be replaced", file.display()))?;
    failpoint::reach("message.replaced")?;
    Ok(())
}

fn log_path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("backstory").join("log")
}

fn note_down(log: &Path, now: Timestamp, what: &str) {
    let Some(folder) = log.parent() else { return };
    let is_other =
        |path: &Path, wanted: fn(&fs::Metadata) -> bool| fs::symlink_metadata(path).is_ok_and(|data| !wanted(&data));
    // A link leads elsewhere, and a pipe would make the commit wait for a reader.
    if is_other(folder, fs::Metadata::is_dir) || is_other(log, fs::Metadata::is_file) {
        return;
    }
    // The log is a help, and the commit goes on without it.
    let _ = fs::create_dir_all(folder);
    if fs::metadata(log).is_ok_and(|data| data.len() > LOG_LIMIT) {
        let _ = fs::remove_file(log);
    }
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(log) {
        let _ = writeln!(file, "{now} {}", crate::output::for_terminal(what));
    }
}

/// The agent in whose shell this process runs, as its environment says.
pub(super) fn inside(environment: &Environment) -> Option<Inside> {
    let signs = AGENTS.iter().flat_map(|row| row.environment.iter().map(move |sign| (row, sign)));
    let mut present: Vec<Inside> = signs
        .filter_map(|(row, sign)| {
            let value = environment.variable(sign.variable).filter(|value| sign.is_given(value))?;
            let session = (sign.names_session && is_session_id(value)).then(|| value.to_owned());
            Some(Inside { agent: row.agent.clone(), variable: sign.variable.to_owned(), session })
        })
        .collect();
    present.sort_by_key(|inside| inside.session.is_none());
    let named = || {
        let row = environment.variable(NAME_VARIABLE).and_then(named_in_environment)?;
        Some(Inside { agent: row.agent.clone(), variable: NAME_VARIABLE.to_owned(), session: None })
    };
    present.into_iter().next().or_else(named)
}

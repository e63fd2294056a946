//! `backstory hook NAME`: what the installed hooks call. A hook never stops a commit and never makes one wait longer than
//! the configured time: whatever goes wrong becomes one line on standard error and in the log.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use jiff::{SignedDuration, Timestamp};

use super::workplace::Workplace;
use super::{Context, Ending, commit_msg, post_commit, post_rewrite, pre_push};
use crate::config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::link::Inside;
use crate::record::agent::AGENTS;

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    pub hook: Hook,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Hook {
    /// Adds the trailers to the message in FILE
    CommitMsg { file: PathBuf },
    /// Keeps the record of the commit that was just made
    PostCommit,
    /// Carries records over an amend or rebase; reads pairs of ids from standard input
    PostRewrite { kind: Option<String> },
    /// Shares the records with the remote
    PrePush { remote: Option<String>, url: Option<String> },
}

impl Hook {
    fn name(&self) -> &'static str {
        match self {
            Self::CommitMsg { .. } => "commit-msg",
            Self::PostCommit => "post-commit",
            Self::PostRewrite { .. } => "post-rewrite",
            Self::PrePush { .. } => "pre-push",
        }
    }
}

/// How long a push of the records may take; the person waits for the network anyway.
const PUSH_LIMIT: Duration = Duration::from_secs(20);

/// What a hook leaves for the thread that is sure to be in time.
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
    let environment = context.environment;
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    let log = Repository::discover(&environment.cwd, git_dir.as_deref()).and_then(|repository| {
        let git = repository.settings()?;
        let opted_out = config::opt_out(environment.variable("BACKSTORY"), &git).is_some();
        Ok((opted_out, limits(&repository), log_path(&repository)))
    });
    let (opted_out, (limit, strict), log) = match log {
        Ok(found) => found,
        Err(error) => {
            context.output.message(&format!("{} did nothing: {error:#}", args.hook.name()));
            return Ok(Ending::Done);
        }
    };
    if opted_out {
        return Ok(Ending::Done);
    }
    let limit = if matches!(args.hook, Hook::PrePush { .. }) { PUSH_LIMIT } else { limit };
    let result = within(limit, args.hook.clone(), environment.clone()).and_then(|left| {
        if let Some((file, bytes)) = &left.message {
            replace(file, bytes)?;
        }
        Ok(left.problems)
    });
    let later = matches!(args.hook, Hook::PostCommit) && result.is_err();
    let (did, why) = match &result {
        Ok(problems) => match problems.as_slice() {
            [] => return Ok(Ending::Done),
            [one] => ("left something out", one.clone()),
            [one, rest @ ..] => ("left something out", format!("{one} (and {} more)", rest.len())),
        },
        Err(error) => ("did nothing", format!("{error:#}")),
    };
    let stops = strict && result.is_err();
    let goes_on = if stops { "stops (`strict`)" } else { "goes on" };
    // Texts of other programs may have several lines.
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    if stops || !was_just_said(&log, environment.now, &args.hook, &why) {
        let advice = if later { "; `backstory backfill HEAD` makes the record later" } else { "" };
        let what = format!("{} {did}, the {} {goes_on}: {why}{advice}", args.hook.name(), noun(&args.hook));
        context.output.message(&what);
        note_down(&log, environment.now, &what);
    }
    Ok(if stops { Ending::Found } else { Ending::Done })
}

/// Whether the hook that ran before this one for the same commit said the same: a person needs to read it once.
fn was_just_said(log: &Path, now: Timestamp, hook: &Hook, why: &str) -> bool {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let Some((at, said)) = text.lines().last().and_then(|line| line.split_once(' ')) else { return false };
    let recently = at.parse::<Timestamp>().is_ok_and(|at| now.duration_since(at).abs() < SAID_WITHIN);
    recently && !said.starts_with(hook.name()) && said.ends_with(&format!(": {}", crate::output::for_terminal(why)))
}

fn noun(hook: &Hook) -> &'static str {
    if matches!(hook, Hook::PrePush { .. }) { "push" } else { "commit" }
}

/// The time limit and strictness; a configuration that cannot be read has the defaults (the hook's work will say why).
fn limits(repository: &Repository) -> (Duration, bool) {
    let config = repository.root().and_then(|root| config::read_file(root).ok()).unwrap_or_default();
    (Duration::from_millis(config.timeout_ms), config.strict)
}

/// Does the hook's work on a thread of its own and waits for it at most `limit`.
fn within(limit: Duration, hook: Hook, environment: Environment) -> anyhow::Result<Left> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("hook".to_owned())
        .spawn(move || {
            let _ = sender.send(work(&hook, &environment));
        })
        .context("no thread could be started")?;
    match receiver.recv_timeout(limit) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            anyhow::bail!("it took longer than {} ms (`timeout_ms` in {})", limit.as_millis(), config::FILE_NAME)
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            anyhow::bail!("stopped by a mistake in the program; please report it")
        }
    }
}

fn work(hook: &Hook, environment: &Environment) -> anyhow::Result<Left> {
    let workplace = Workplace::open(environment)?;
    match hook {
        Hook::CommitMsg { file } => commit_msg::work(&workplace, environment, file),
        Hook::PostCommit => post_commit::work(&workplace, environment),
        Hook::PostRewrite { kind } => {
            let mut pairs = String::new();
            std::io::stdin().take(64 * 1024 * 1024).read_to_string(&mut pairs)?;
            post_rewrite::work(&workplace, environment, kind.as_deref(), &pairs)
        }
        Hook::PrePush { remote, .. } => pre_push::work(&workplace, environment, remote.as_deref()),
    }
}

/// Replaces a file as a whole, so that nobody ever sees half of it; its permissions stay.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("no file can be made in {}", folder.display()))?;
    new.write_all(bytes)?;
    new.as_file().set_permissions(fs::metadata(file)?.permissions())?;
    new.persist(file).with_context(|| format!("{} could not be replaced", file.display()))?;
    Ok(())
}

fn log_path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("backstory").join("log")
}

fn note_down(log: &Path, now: Timestamp, what: &str) {
    let Some(folder) = log.parent() else { return };
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
            let value = environment.variable(sign.variable)?;
            let is_id = value.len() <= 100 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
            let session = (sign.names_session && is_id).then(|| value.to_owned());
            Some(Inside { agent: row.agent.clone(), variable: sign.variable.to_owned(), session })
        })
        .collect();
    present.sort_by_key(|inside| inside.session.is_none());
    present.into_iter().next()
}

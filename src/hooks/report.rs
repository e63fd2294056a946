//! What a hook says of its work: one line on standard error and in the log, once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::config;
use crate::context::Ending;
use crate::environment::Environment;
use crate::files;
use crate::git::format;
use crate::git::repository::Repository;
use crate::hooks::kinds::{HookCall, noun};
use crate::output::Output;
use crate::state::paths as state_paths;

/// A second hook of the same commit has nothing new to say within this time.
pub(crate) const SAID_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// A longer log begins anew.
pub(crate) const LOG_LIMIT: u64 = 256 * 1024;

/// What a hook says of its work, and to whom.
#[derive(Clone)]
pub(crate) struct HookReport {
    pub(super) hook: HookCall,
    pub(super) now: Timestamp,
    pub(super) log: PathBuf,
    pub(super) strict: bool,
}

/// What was left out, each as a sentence, or why nothing was done.
pub(crate) type HookResult = anyhow::Result<Vec<String>>;

impl HookReport {
    fn stops(&self, outcome: &HookResult) -> bool {
        self.strict && outcome.is_err()
    }

    pub(super) fn ending(&self, outcome: &HookResult) -> Ending {
        if self.stops(outcome) { Ending::Found } else { Ending::Done }
    }

    /// One line on standard error and in the log, when there is something to say.
    pub(super) fn tell(&self, outcome: &HookResult, output: &mut Output) {
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
        let later = matches!(self.hook, HookCall::PostCommit) && outcome.is_err();
        let advice = if later { "; `backstory backfill HEAD` makes the record later" } else { "" };
        let what = format!("{} {did}, the {} {goes_on}: {why}{advice}", self.hook.name(), noun(&self.hook));
        output.message(&what);
        note_down(&self.log, self.now, &what);
    }
}

/// Whether the hook that ran before this one for the same commit said the same: a person needs to read it once.
pub(crate) fn was_just_said(log: &Path, now: Timestamp, hook: &HookCall, why: &str) -> bool {
    let Ok(Some(text)) = files::read(log, 2 * LOG_LIMIT) else { return false };
    let text = String::from_utf8_lossy(&text);
    let Some((at, said)) = text.lines().last().and_then(|line| line.split_once(' ')) else { return false };
    let recently = at.parse::<Timestamp>().is_ok_and(|at| now.duration_since(at).abs() < SAID_WITHIN);
    recently && !said.starts_with(hook.name()) && said.ends_with(&format!(": {}", crate::output::for_terminal(why)))
}

/// A format that cannot be read stays so: it is said once a clone, which its log remembers, and to nobody who opted out.
pub(crate) fn is_first(environment: &Environment, error: &anyhow::Error) -> bool {
    if config::opt_out(environment.told("BACKSTORY").as_deref(), None).is_some() {
        return false;
    }
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    let Some(common) = format::common_dir(&environment.cwd, git_dir.as_deref()) else { return true };
    let log = state_paths::at(&common, state_paths::LOG);
    let why = crate::output::for_terminal(&error.to_string());
    let said = files::read(&log, 2 * LOG_LIMIT).ok().flatten();
    if said.is_some_and(|text| String::from_utf8_lossy(&text).contains(&why)) {
        return false;
    }
    note_down(&log, environment.now, &why);
    true
}

pub(crate) fn log_path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::LOG)
}

pub(crate) fn note_down(log: &Path, now: Timestamp, what: &str) {
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

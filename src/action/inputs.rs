//! What a workflow tells the action: inputs (`INPUT_*`) and the variables that the runner sets.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::environment::Environment;
use crate::forge::access::Access;
use crate::forge::event::{self, WorkflowEvent};
use crate::forge::hosts::{self, Host, Start};
use crate::forge::runner::Runner;
use crate::forge::token::Token;
use crate::git::installed::GitCredentials;
use crate::record::prompts::Prompts;
use crate::recorder::judge::FailOn;

/// A payload longer than this is none: GitHub sends at most 25 MB, and the runner cuts what it writes far below.
const MAX_PAYLOAD: u64 = 32 * 1024 * 1024;

/// All requests of one run together; a workflow that hangs costs its owner money.
const TIME: Duration = Duration::from_secs(120);

/// Where the description goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PublishMode {
    /// Into the pull request's own description.
    Description,
    /// Into one comment that is kept up to date.
    Comment,
    /// Into a check run, with remarks on the lines that people corrected.
    Check,
    /// Only into the summary of the workflow.
    Summary,
}

pub(crate) struct Inputs {
    pub(crate) mode: PublishMode,
    /// The commits to tell of (`A..B`), in place of those that the event names.
    pub(crate) range: Option<String>,
    /// The revision that the range begins after, in place of the one that the event names.
    pub(crate) base: Option<String>,
    /// From which finding of `backstory check` on the step fails.
    pub(crate) fail_on: FailOn,
    /// Relative to the working folder.
    pub(crate) template: Option<PathBuf>,
    /// A folder or archive of transcripts that the workflow kept.
    pub(crate) sessions: Option<PathBuf>,
    /// How much of each prompt may be shown, where that is less than what the records hold.
    pub(crate) prompts: Option<Prompts>,
    pub(crate) event: WorkflowEvent,
    /// Whose workflow it is.
    pub(crate) forge: &'static Host,
    pub(crate) runner: Runner,
    /// Where the Markdown and JSON files are put; `None` for the repository's own folder.
    pub(crate) folder: Option<PathBuf>,
    /// Where a person reads this run.
    pub(crate) run: Option<String>,
    /// `owner/name`
    repository: String,
    api: String,
    /// `https://github.com`
    pub(crate) server: String,
    token: Option<String>,
}

impl Inputs {
    /// # Errors
    /// When an input has a value that it does not know, and when the event cannot be read.
    pub(crate) fn read(environment: &Environment) -> anyhow::Result<Self> {
        let variable = |name: &str| environment.variable(name).map(str::to_owned);
        let forge = hosts::running(&variable);
        let mode = choice(
            environment,
            "mode",
            PublishMode::Description,
            &[
                ("description", PublishMode::Description),
                ("comment", PublishMode::Comment),
                ("check", PublishMode::Check),
                ("summary", PublishMode::Summary),
            ],
        )?;
        let fail_on = choice(
            environment,
            "fail-on",
            FailOn::Never,
            &[("never", FailOn::Never), ("fail", FailOn::Fail), ("warn", FailOn::Warn)],
        )?;
        let prompts = choice(
            environment,
            "prompts",
            None,
            &[("full", Some(Prompts::Full)), ("first-line", Some(Prompts::FirstLine)), ("none", Some(Prompts::None))],
        )?;
        let server = variable(forge.server).unwrap_or_else(|| forge.usual_site.to_owned());
        let repository = variable(forge.repository).unwrap_or_default();
        let run = (forge.run)(&variable, &server, &repository);
        let api = variable(forge.api).unwrap_or_else(|| (forge.api_of)(&server));
        let token = input(environment, "token").or_else(|| forge.tokens.iter().find_map(|name| variable(name)));
        Ok(Self {
            mode,
            range: input(environment, "range"),
            base: input(environment, "base"),
            fail_on,
            template: input(environment, "template").map(PathBuf::from),
            sessions: input(environment, "sessions").map(PathBuf::from),
            prompts,
            event: read_event(environment, forge)?,
            forge,
            runner: Runner {
                outputs: variable("GITHUB_OUTPUT").map(PathBuf::from),
                summary: variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            },
            folder: variable("RUNNER_TEMP").map(|temporary| PathBuf::from(temporary).join("backstory")),
            run,
            repository,
            api,
            server,
            token,
        })
    }

    /// How to reach the place where the pull request lives.
    ///
    /// # Errors
    /// Outside of a workflow, where nothing names the repository.
    pub(crate) fn access(&self) -> anyhow::Result<Access> {
        if self.repository.is_empty() {
            bail!(
                "{} is not set; `backstory action` runs in a workflow, at your desk use `backstory describe`",
                self.forge.repository
            );
        }
        Ok(Access {
            kind: self.forge.kind,
            api: self.api.clone(),
            repository: self.repository.clone(),
            token: self.token.as_deref().and_then(Token::new),
            time: TIME,
        })
    }

    /// The same token for git, for a checkout that kept none.
    pub(crate) fn git_access(&self) -> Option<GitCredentials> {
        let (user, token) = (self.forge.git_user, self.token.as_ref()?);
        let header = format!("AUTHORIZATION: basic {}", STANDARD.encode(format!("{user}:{token}")));
        self.server.starts_with("https://").then(|| GitCredentials { server: self.server.clone(), header })
    }
}

/// An input of the action. A composite action hands it on as `INPUT_FAIL_ON`; an own runner of actions may keep the hyphen.
fn input(environment: &Environment, name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let value = environment
        .variable(&format!("INPUT_{}", upper.replace('-', "_")))
        .or_else(|| environment.variable(&format!("INPUT_{upper}")))?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn choice<T: Copy>(environment: &Environment, name: &str, default: T, known: &[(&str, T)]) -> anyhow::Result<T> {
    let Some(value) = input(environment, name) else { return Ok(default) };
    let found = known.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
    found.with_context(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        format!("the input `{name}` is `{value}`; it may be {}", words.join(", "))
    })
}

fn read_event(environment: &Environment, forge: &Host) -> anyhow::Result<WorkflowEvent> {
    if let Start::Variables(read, hint) = forge.start {
        return read(&|name| environment.variable(name).map(str::to_owned)).context(hint);
    }
    let Some(name) = environment.variable("GITHUB_EVENT_NAME") else {
        bail!(
            "GITHUB_EVENT_NAME is not set; `backstory action` runs in a workflow, at your desk use `backstory describe`"
        );
    };
    let path = environment.variable("GITHUB_EVENT_PATH").context("GITHUB_EVENT_PATH is not set")?;
    let size = std::fs::metadata(path).with_context(|| format!("cannot read the event {path}"))?.len();
    anyhow::ensure!(size <= MAX_PAYLOAD, "the event {path} is longer than {} MB", MAX_PAYLOAD >> 20);
    let text = std::fs::read(path).with_context(|| format!("cannot read the event {path}"))?;
    let payload: Value = serde_json::from_slice(&text).with_context(|| format!("the event {path} is no JSON"))?;
    let read = event::read(name, &payload)?;
    Ok(match read {
        // An input of the action wins over one of the workflow.
        WorkflowEvent::ByHand { pull } => {
            let asked = input(environment, "pull-request");
            let number =
                asked.map(|text| text.parse().with_context(|| format!("`{text}` is no number of a pull request")));
            WorkflowEvent::ByHand { pull: number.transpose()?.or(pull) }
        }
        other => other,
    })
}

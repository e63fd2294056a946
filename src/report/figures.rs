//! The figures of a report. Other programs read them: version 1, JSON Schema in `docs/schema/report.v1.json`. Every figure
//! names the commits that it is of; no clock and no person's name is in it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::agent::Agent;
use crate::record::note::LineCounts;
use crate::record::text::Clean;

/// How many, and of which commits: full ids, oldest first. One commit may count more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FigureOf {
    pub n: u32,
    pub commits: Vec<String>,
}

/// Everything that a report says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TeamReport {
    /// Version of this format: 1.
    pub backstory: u32,
    pub span: ReportSpan,
    /// Weeks, months or years, oldest first, without those in which nothing was committed.
    pub periods: Vec<PeriodFigures>,
    pub agents: Vec<AgentFigures>,
    /// In the order of their first commit.
    pub versions: Vec<VersionFigures>,
    pub models: Vec<VersionFigures>,
    pub asked: AskedFigures,
    pub failures: FailureFigures,
    pub corrections: CorrectionFigures,
    pub checked: CheckedFigures,
    pub documented: DocumentedFigures,
    /// Files with the most failures, corrections and lines of unknown origin first.
    pub files: Vec<FileFigures>,
    pub effort: Vec<EffortFigures>,
    pub processes: Vec<ProcessFigures>,
}

/// What the report is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportSpan {
    /// The name of the repository, where its remote says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The range as it was asked for.
    pub range: String,
    pub commits: u32,
    /// Commits that have a record.
    pub recorded: u32,
    /// Commits on which an agent worked, or that one signed.
    pub by_agents: u32,
    /// Notes that are not records, or that are not here.
    pub unreadable: u32,
    /// The newest commit, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// The day (UTC) of the first and of the last commit: `2026-02-24`. Absent without a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What a period is: `week`, `month`, `year`.
    pub period: &'static str,
}

/// One week, month or year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PeriodFigures {
    /// `2026-W09`, `2026-02`, `2026`.
    pub period: String,
    /// Its first day: `2026-02-23`.
    pub from: String,
    pub commits: u32,
    pub recorded: u32,
    pub by_agents: FigureOf,
    /// Agents' commits by the agent that wrote most of their lines, else by the one that is named first.
    pub agents: BTreeMap<Agent, FigureOf>,
    /// Agents' commits of which a check that passed on what was committed is known.
    pub verified: FigureOf,
    /// Agents' commits of which no session was read: nobody knows what was checked.
    pub not_seen: u32,
    /// How complete the documentation is: the mean of its commits, 0 to 100; absent where no agent worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    pub failures: FigureOf,
    pub corrections: FigureOf,
    pub lines: LineCounts,
}

/// What is known of one agent's work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AgentFigures {
    pub agent: Agent,
    /// As people call it.
    pub name: String,
    /// Commits on which it worked or that it signed.
    pub commits: FigureOf,
    /// Sessions whose transcript was read.
    pub sessions: u32,
    /// Added lines that it wrote, those that people changed among them.
    pub lines: u32,
    /// Commits with a failure that is told, of those whose session was read.
    pub with_failures: FigureOf,
    pub with_corrections: FigureOf,
    pub verified: FigureOf,
    /// Commits whose session was read: what the three above are of.
    pub seen: u32,
}

/// A version of an agent, or a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VersionFigures {
    pub agent: Agent,
    /// As people call the agent.
    pub name: String,
    /// The version or the model as reported.
    pub named: String,
    pub commits: FigureOf,
    /// Days (UTC) of the first and the last commit.
    pub first: String,
    pub last: String,
    /// Days from its last commit to the last commit of the report.
    pub unused_days: u32,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AskedFigures {
    /// Commits of which the request is known.
    pub known: FigureOf,
    /// Words of requests, by the commits that they led to: those of three commits or more.
    pub topics: Vec<TopicFigures>,
    /// Kinds of work by the subjects of commits (`feat`, `fix`, ...), where they say so.
    pub kinds: Vec<NamedFigure>,
    /// Folders that agents' commits changed.
    pub areas: Vec<NamedFigure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NamedFigure {
    pub name: String,
    #[serde(flatten)]
    pub of: FigureOf,
}

/// A word and what was asked with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TopicFigures {
    pub word: String,
    #[serde(flatten)]
    pub of: FigureOf,
    /// The headline of the newest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// What failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FailureFigures {
    /// Each event once, also where several commits tell of it.
    pub all: FigureOf,
    /// `tests`, `build`, `lint`, `command`, `taken back`, ...
    pub kinds: Vec<NamedFigure>,
    /// By what was run, the most frequent first.
    pub checks: Vec<CheckFigures>,
    /// Errors that several sessions had.
    pub again: Vec<RepeatedError>,
}

/// One check or command, by the program and its subcommand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckFigures {
    /// `go test`, `npm run lint`, `git push`.
    pub check: String,
    #[serde(flatten)]
    pub of: FigureOf,
    /// Of them, how many passed after a change, passed without one, failed to the end, and were not run again.
    pub passed_after_change: u32,
    pub passed_unchanged: u32,
    pub still_failed: u32,
    pub not_run_again: u32,
    /// How it ended is not known.
    pub not_known: u32,
    /// What was changed about it: the errors that came most often first, of each the newest.
    pub cures: Vec<Cure>,
}

/// A failure and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Cure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
    /// The words of a person, an agent or a check on why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Clean>,
    pub change: Clean,
    pub commit: String,
    /// How often this error passed after a change that is known.
    pub times: u32,
}

/// An error that came in more than one session: the same line but for paths, numbers and ids. The newest of them is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RepeatedError {
    pub error: Clean,
    /// The commit that the newest one led to.
    pub commit: String,
    pub sessions: u32,
    #[serde(flatten)]
    pub of: FigureOf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<Cure>,
}

/// What people corrected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CorrectionFigures {
    pub all: FigureOf,
    /// In words, by hand, written down; calls that a person refused; work that a person stopped.
    pub forms: Vec<NamedFigure>,
    /// Corrections without a reason.
    pub without_reason: FigureOf,
    /// Each, newest first.
    pub each: Vec<CorrectionTold>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CorrectionTold {
    pub commit: String,
    pub day: String,
    /// `in words`, `by hand`, `written down`, `refused`, `stopped`.
    pub form: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The person's words: what was wrong, or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckedFigures {
    /// Agents' commits of which a check that passed on what was committed is known, or that a person says to have checked.
    pub verified: FigureOf,
    /// Agents' commits.
    pub of: u32,
    /// Those of which a session was read.
    pub seen: u32,
    /// Why the others are not: how many each.
    pub reasons: Vec<NamedFigure>,
    /// All others, newest first.
    pub unverified: Vec<UnverifiedCommit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UnverifiedCommit {
    pub commit: String,
    pub day: String,
    pub subject: Clean,
    /// Why that is so, in a few words.
    pub why: &'static str,
}

/// How complete the documentation is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DocumentedFigures {
    /// The mean of its commits, 0 to 100; absent where no agent worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
    /// What the score is for, each the mean of all commits, rounded down.
    pub parts: Vec<DocumentedPart>,
    /// Added lines by who wrote them.
    pub lines: LineCounts,
    /// Commits with lines of unknown origin.
    pub unknown: FigureOf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DocumentedPart {
    /// The rule of the policy: `prompt-kept`, `verified`, ...
    pub rule: &'static str,
    pub points: u32,
    pub of: u32,
}

/// What is known of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FileFigures {
    pub path: String,
    /// Commits with a record that added lines to it.
    pub commits: FigureOf,
    pub failures: FigureOf,
    pub corrections: FigureOf,
    /// The words of people about it, newest first, a few.
    pub reasons: Vec<Clean>,
    pub lines: LineCounts,
}

/// What work cost, of the commits that it is known of. Nothing is known of people here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EffortFigures {
    pub agent: Agent,
    pub name: String,
    /// Parts of commits that one session made, with the tokens of the turns that led to the commit.
    pub with_tokens: u32,
    /// Lower quartile, median and upper quartile of the tokens that the model wrote.
    pub output: Option<Quartiles>,
    /// The same of those that it read, cached ones among them.
    pub input: Option<Quartiles>,
    pub with_times: u32,
    /// Minutes from the first prompt that led to a commit to its last edit.
    pub minutes: Option<Quartiles>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Quartiles {
    pub lower: u64,
    pub median: u64,
    pub upper: u64,
}

/// How a process is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProcessFigures {
    pub process: String,
    pub runs: u32,
    pub ways: u32,
    pub variants: Vec<WayFigures>,
    /// What changed between the earlier and the later half of the runs: `needed`, `suggested`, `none`, `not-enough-runs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftFigures>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WayFigures {
    pub steps: Vec<String>,
    pub runs: u32,
    /// Runs that went through a step again; absent where there are too few to say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reworked: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DriftFigures {
    pub says: String,
    pub findings: Vec<String>,
}

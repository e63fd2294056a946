//! What a policy says about a range of commits: findings, how complete the documentation is, and what to type to
//! improve it. The words for people are in `document`.

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::policy::{Allowance, Rule};
use super::text::Clean;

#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub commits: u32,
    /// Commits on which an agent worked, or that one signed.
    pub agent_commits: u32,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// `None` where no agent is known to have worked on the range.
    pub score: Option<Score>,
    /// Least effort first.
    pub steps: Vec<Step>,
}

impl Verdict {
    /// `None` when there is nothing to complain of.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).min()
    }
}

/// Worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Fail,
    Warn,
}

/// One thing that a rule found, for all commits that it is true of.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub severity: Severity,
    pub rule: Rule,
    /// Ids, oldest first.
    pub commits: Vec<String>,
    pub what: What,
}

/// What was found; each belongs to one rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    ForbiddenAgent {
        agent: Agent,
    },
    /// `sure` where a session wrote the lines; else an agent only signed the commit and nobody knows who wrote them.
    ProtectedPaths {
        agent: Agent,
        sure: bool,
        lines: u32,
        files: Vec<String>,
    },
    /// `values` are absent for a line that git does not read as a trailer.
    ForbiddenTrailer {
        key: String,
        /// The agent that it names.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<Agent>,
        /// Each once.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        values: Vec<Clean>,
    },
    /// `found` is a value of that key which does not fit.
    MissingTrailer {
        key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<Clean>,
    },
    /// `unread` where the shell named a session whose transcript was not read.
    NoSession {
        agent: Agent,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unread: bool,
    },
    /// `mentioned` where the message names the agent in a line that git does not read as a trailer.
    NotDeclared {
        agent: Agent,
        mentioned: bool,
    },
    NoVersion {
        agent: Agent,
    },
    /// `files`: changed after the last check that passed. `untested`: with lines that a person changed or of unknown origin, which
    /// are not known to have been there when it ran.
    NotVerified {
        files: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        untested: Vec<String>,
    },
    UnknownLines {
        lines: u32,
        of: u32,
        most: Allowance,
        /// Those with the most lines first.
        files: Vec<String>,
    },
    NoReason {
        corrections: u32,
        files: Vec<String>,
    },
    NoExplanation {
        attempts: u32,
        /// What was tried, the first of them.
        tried: Clean,
    },
    NoPrompt,
}

/// How complete the documentation of a range is, 0 to 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Score {
    /// The sum of the parts.
    pub points: u32,
    pub parts: Vec<ScorePart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScorePart {
    pub rule: Rule,
    pub points: u32,
    pub of: u32,
}

/// Something to type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// What it is for: one rule, or several where one rebase gives them all.
    pub rules: Vec<Rule>,
    /// Points of the score that it is worth.
    pub gain: u32,
    /// Ids of the commits that it is for.
    pub commits: Vec<String>,
    /// For a shell, in order. What stands in `<` and `>` is to be replaced.
    pub commands: Vec<String>,
    pub hint: Option<Hint>,
}

/// What else must be known to take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// Only the machine that has the sessions can do it.
    WhereTheSessionsAre,
    /// In the list that `git rebase -i` opens, the commits are to be marked `edit`.
    MarkEdit,
    /// In the editor that opens for the message, the line is to be deleted. A rebase asks for the commits to be marked
    /// `reword`.
    DeleteTheLine,
    /// The same, to write a trailer of the required form.
    WriteTheTrailer,
}

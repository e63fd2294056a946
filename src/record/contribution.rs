//! Who did what for a commit: contributions of sessions, with evidence and confidence, failed attempts, corrections and
//! verification. `T` is [`Raw`](super::text::Raw) when it leaves `link` and [`Clean`](super::text::Clean) after `redact`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::checked_state::CheckedState;
use super::recorded_step::{RecordedStep, as_far_as_known};
use super::replaced_lines::ReplacedLines;
use super::session::{FailureKind, PromptSource, Tokens};

/// What one session gave to one commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contribution<T> {
    pub agent: Agent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    pub session: String,
    /// Models as reported, in the order seen in the turns that led to the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    pub confidence: Confidence,
    pub evidence: Vec<Evidence>,
    /// It was only named, by the shell that the hook ran in, and its transcript was not read; `lines` is 0 then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When the session last edited a file of the commit before it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_edit_at: Option<Timestamp>,
    /// Prompts that led to the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<RecordedPrompt<T>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<FailedAttempt<T>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction<T>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check<T>>,
    /// Files of the commit that the session changed after the last check that passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_after_check: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<T>,
    /// The way to the commit, in order: changes, checks, commits, what was taken back. Empty where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "as_far_as_known")]
    pub steps: Vec<RecordedStep<T>>,
    /// Added lines of the commit that this session wrote.
    pub lines: u32,
    #[serde(default, skip_serializing_if = "Tokens::is_zero")]
    pub tokens: Tokens,
}

/// How surely a session belongs to a commit, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A trailer or the session itself names the commit, or the hook ran inside the agent's shell.
    Stated,
    /// Added lines stand verbatim in the session's edits.
    Content,
    /// Same files at the same time. Never alone a claim of authorship.
    Overlap,
}

/// One reason why a session was linked to a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Evidence {
    /// The hook ran in a shell of this agent; `variable` named the session.
    Environment { variable: String },
    /// The session ran `git commit`, and the id or subject of this commit was printed or stands in the command.
    CommitOutput { printed: String },
    /// A trailer of the commit names the session.
    Trailer { key: String },
    /// Added lines found in the session's edits, verbatim or as a formatter changes them, of all added lines that count.
    Lines { found: u32, of: u32 },
    /// Lines that the commit takes away and adds none for, found among those that the session took out.
    Removed { found: u32, of: u32 },
    /// Files of the commit that the session edited.
    Files { found: u32, of: u32 },
    /// Added lines found in the output or text of the session's shell commands.
    Shell { found: u32 },
    /// Added lines found in plans, comments and tasks for subagents that the session wrote.
    Text { found: u32 },
    /// A subagent of the session reported the id of this commit; its own transcript was not found.
    Report { named: String },
    /// The session made the plan that the named session carried out.
    Plan { carried_out_by: String },
    /// Another recorder noted it beside the commit: `git-ai`.
    Noted { by: String },
    /// The record was carried over from this commit (amend, rebase, cherry-pick, squash).
    Carried { from: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedPrompt<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    pub role: PromptRole,
    pub source: PromptSource,
    pub text: T,
    /// What the agent had asked, where this answers it: the agent's words, not a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<T>,
    /// Whether this one says what the commit is about, and not the first request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub main: bool,
    /// Whether an earlier commit of the session came of it, and the later words need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
    /// Characters that were cut from the end, by the size limit of a note or by the setting `prompts: first-line`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PromptRole {
    /// The first thing asked for.
    Request,
    /// More of the same, narrower or wider.
    Refinement,
    /// A change of course: what the agent did was not wanted.
    Redirection,
    /// "yes", "go on", "commit".
    Approval,
}

/// In [`FailedAttempt::change`], the line before one that was replaced.
pub(crate) const INSTEAD_OF: &str = "instead of:";

/// Something that was tried and is not in the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailedAttempt<T> {
    pub kind: AttemptKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The edits or the command, short.
    pub tried: T,
    /// The error in its own words, short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<T>,
    /// Why it was inadequate, in the words of a person, of the agent or of the check (`why_from`). Absent when nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<T>,
    /// Whose words `why` are. Absent in records that were made before this was noted; there they are a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_from: Option<WhySource>,
    /// What was done differently next: the agent's sentence, a command, or files with lines; behind [`INSTEAD_OF`] what a line was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<T>,
    /// The lines that failed and those that came in their place, where nothing else changed until the check passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<ReplacedLines<T>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<AttemptEnd>,
    /// How often the same thing failed in a row.
    pub tries: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Whether the failure was seen only in the output, not in an error flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Whether it happened, and nothing is known to have been changed about it for this commit, nor did a person speak of it:
    /// it is kept, and not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}

impl<T> FailedAttempt<T> {
    pub(crate) fn is_told(&self) -> bool {
        !self.aside && !self.kind.is_slip()
    }

    /// One try of a kind of which no more is known.
    pub(crate) fn new(kind: AttemptKind, at: Option<Timestamp>, tried: T) -> Self {
        Self {
            kind,
            at,
            tried,
            error: None,
            why: None,
            why_from: None,
            change: None,
            edit: None,
            ended: None,
            tries: 1,
            files: Vec::new(),
            hidden: false,
            aside: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WhySource {
    Person,
    /// The agent's own explanation, which nobody has confirmed.
    Agent,
    Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "type", content = "failure")]
pub enum AttemptKind {
    /// A person refused the call.
    Rejected,
    /// A person stopped the agent.
    Interrupted,
    /// A call or a check failed.
    Failed(FailureKind),
    /// Edits that are not in the commit: taken back, replaced, or of a branch of the conversation that was left.
    Reverted,
    /// Written down by a person.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AttemptEnd {
    /// The same check passed later, after edits.
    PassedAfterChange,
    /// The same check passed later without an edit between.
    PassedUnchanged,
    StillFailed,
    NotRunAgain,
}

/// A person's change of what the agent made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Correction<T> {
    pub form: CorrectionForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The person's words, for a directed correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First line in the committed file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The agent's lines before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<T>,
    /// The lines that were committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<T>,
    /// The change of which `before` and `after` are lines, whole, where it is short enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<ReplacedLines<T>>,
    /// The person's own words, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_from: Option<ReasonSource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CorrectionForm {
    /// In words: a prompt, the reason of a rejection, an answer.
    Directed,
    /// By hand: a person's own edit of agent-written code.
    Manual,
    /// Written down by a person, in a trailer or the journal.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReasonSource {
    Prompt,
    Rejection,
    Answer,
    Trailer,
    Journal,
    CommitMessage,
}

/// A test, build or linter that ran, as far as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check<T> {
    pub kind: CheckKind,
    pub command: T,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    pub result: CheckResult,
    /// A line of the output that says how it went: `4 passed in 0.1s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<T>,
    /// Whether it ran after the session's last edit of a file of the commit. Others may have changed it since, see `state`.
    pub after_last_edit: bool,
    /// Whether the state that it ran on is the one that was committed. Absent for what a person reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CheckedState>,
    /// It was given single files or tests by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// It failed, and all that it names is in files that the commit does not touch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// What the agent said of it where it failed, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<T>,
    /// The agent said that what failed is not of its work: it was there before, or the machine lacks something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excused: bool,
    pub by: CheckedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    Test,
    Build,
    Lint,
    TypeCheck,
    Format,
    /// A script of somebody's own, whatever it looks at.
    Script,
    /// Told by a person, in words.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckResult {
    Passed,
    Failed,
    /// It ran, and how it ended was not seen.
    NotSeen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckedBy {
    Agent,
    Person,
    CommitHook,
}

pub(crate) fn is_zero(count: &u32) -> bool {
    *count == 0
}

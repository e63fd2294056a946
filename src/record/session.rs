//! What an agent left behind: a session, its turns, the calls in them and how they ended.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::text::Raw;

/// One conversation with an agent, as read from one transcript (or from several that hold parts of it).
#[derive(Clone, Debug)]
pub struct Session {
    pub agent: Agent,
    /// Versions of the agent in the order seen.
    pub agent_versions: Vec<String>,
    /// The id inside the transcript; the file's name where there is none.
    pub id: String,
    /// Other ids that mean this session (the parent of a subagent's file, the name of the file after a resume).
    pub other_ids: Vec<String>,
    pub path: PathBuf,
    /// Folders the session worked in, most frequent first, as the transcript writes them.
    pub cwds: Vec<String>,
    pub branch: Option<String>,
    /// The commit that was checked out when the session began, where the agent says so.
    pub head: Option<String>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Models as reported, in the order seen.
    pub models: Vec<String>,
    /// In the order of the file. The first may have no prompt (what came before the first one).
    pub turns: Vec<Turn>,
    pub tokens: Tokens,
    /// Lines or records that could not be read.
    pub skipped: Vec<Skip>,
    /// Text, in journals and a few formats, that explains the whole session: constraints, requirements, plan.
    pub context: Vec<Raw>,
    /// Attempts and corrections that a person wrote down (the journal), and what they say was checked.
    pub told: Told,
}

/// One prompt and everything until the next.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    pub prompt: Option<Prompt>,
    pub calls: Vec<ToolCall>,
    /// Times at which a person stopped the agent.
    pub interrupts: Vec<Option<Timestamp>>,
    /// What the agent said last in this turn.
    pub reply: Option<Raw>,
    /// Index of the turn that this one replaced (the person went back and asked again). The replaced turn led to nothing.
    pub abandoned: bool,
    /// The prompt was said while the session was in another repository than the one it is looked at from.
    pub away: bool,
    /// What had changed on the disk when the turn began, by nothing that the agent did.
    pub changed_outside: Vec<OutsideChange>,
    pub tokens: Tokens,
}

/// A file that changed beside the agent, as it noticed before its next call.
#[derive(Clone, Debug)]
pub struct OutsideChange {
    pub path: String,
    /// The lines around what changed.
    pub text: Raw,
    /// When it was noticed.
    pub at: Option<Timestamp>,
}

impl Turn {
    /// The prompt, if it is a person's: neither a subagent's task nor a message of another agent.
    pub fn said(&self) -> Option<&Prompt> {
        self.prompt.as_ref().filter(|prompt| prompt.source != PromptSource::Delegated)
    }
}

#[derive(Clone, Debug)]
pub struct Prompt {
    pub at: Option<Timestamp>,
    pub text: Raw,
    pub source: PromptSource,
    /// The id of the record, the same in every file that copies it.
    pub id: Option<String>,
}

/// How a prompt reached the agent. Text that a program injected is no prompt and never gets here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PromptSource {
    Typed,
    /// Typed while the agent was working.
    Queued,
    /// A command of the agent with its arguments: `/review 12`.
    Slash,
    /// A plan that the agent wrote and the person handed on.
    Plan,
    /// A person's answer to the agent's question.
    Answer,
    /// A person's words beside an accepted tool result.
    Remark,
    /// Written by another agent or by a program: the task of a subagent, a message between agents, what a hook types. No person's words.
    Delegated,
}

#[derive(Clone, Debug)]
pub struct ToolCall {
    /// The agent's id of the call; empty where there is none.
    pub id: String,
    pub at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The tool's name as the agent writes it.
    pub tool: String,
    pub action: Action,
    pub outcome: Outcome,
    /// Whether a subagent made the call.
    pub subagent: bool,
    /// What the agent said right before the call, since the one before it in the turn.
    pub said_before: Option<Raw>,
    /// Of a command: the files that it wrote out of its own text.
    pub written: Vec<Edit>,
}

impl ToolCall {
    /// What it printed, where it ended by itself.
    pub(crate) fn printed(&self) -> &str {
        match &self.outcome {
            Outcome::Succeeded { output, .. } | Outcome::Failed { output, .. } => output.expose(),
            _ => "",
        }
    }

    /// What it did to files as far as that is told: its edits, made or not, or what a command that ended well wrote out of its own
    /// text.
    pub fn edits(&self) -> &[Edit] {
        match (&self.action, &self.outcome) {
            (Action::Edit(edits), _) => edits,
            (Action::Shell { .. }, Outcome::Succeeded { .. }) => &self.written,
            _ => &[],
        }
    }
}

#[derive(Clone, Debug)]
pub enum Action {
    Shell {
        command: Raw,
        cwd: Option<String>,
    },
    Edit(Vec<Edit>),
    /// A question to the person, with the answer where it is known.
    Ask {
        question: Raw,
        answer: Option<Raw>,
    },
    Delegate {
        prompt: Raw,
    },
    /// Several lines that were written to be read: a plan for the person, a comment on an issue.
    Text {
        text: Raw,
    },
    /// Everything that changes nothing that is committed: reading, searching, planning.
    Other,
    /// Something that was done in another repository, of which nothing is kept: an edit, or a command.
    Elsewhere {
        edits: bool,
    },
}

/// One change of one file by a tool of the agent.
#[derive(Clone, Debug)]
pub struct Edit {
    /// As the agent writes it: mostly absolute, of any operating system.
    pub path: String,
    pub change: Change,
}

#[derive(Clone, Debug)]
pub enum Change {
    /// The whole file was written.
    Write {
        text: Raw,
    },
    /// The text was added at the end.
    Append {
        text: Raw,
    },
    /// `before` was replaced by `after`, once or everywhere.
    Replace {
        before: Raw,
        after: Raw,
        everywhere: bool,
    },
    /// Hunks of a patch: removed and added lines with their context.
    Patch {
        hunks: Vec<PatchHunk>,
    },
    Delete,
    /// The file now has the name `to`; further edits may follow in the same call.
    Move {
        to: String,
    },
}

#[derive(Clone, Debug, Default)]
pub struct PatchHunk {
    /// First line in the file after the change, from 1; 0 where the patch has no numbers.
    pub new_start: u32,
    /// Lines of the hunk, each with its mark (` `, `-`, `+`), joined by `\n`.
    pub lines: Raw,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No result was recorded.
    Pending,
    Succeeded {
        /// What the command printed; kept for shell calls only, the first and last 16 KiB of it.
        output: Raw,
        /// Where the agent says it outright: the commit that the call made.
        commit: Option<String>,
    },
    /// It went on in the background: a later call may tell how it ended.
    Running {
        /// What it had printed by then.
        output: Raw,
    },
    Failed {
        kind: FailureKind,
        exit_code: Option<i32>,
        output: Raw,
    },
    /// A person refused the call.
    Rejected {
        reason: Option<Raw>,
    },
    /// A person stopped it while it ran.
    Interrupted,
    /// It was never run because of what happened to another call.
    Collateral,
}

/// Why a call failed, by what the agent recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A command ended with another code than 0.
    Command,
    Tests,
    Lint,
    Build,
    /// The text to replace was not found.
    EditNoMatch,
    /// The text to replace was found several times.
    EditAmbiguous,
    /// The file was not read, or changed since.
    EditStale,
    FileMissing,
    Timeout,
    CommandNotFound,
    Permission,
    BadInput,
    Other,
}

/// Tokens as the agent's service counted them, each message once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

impl Tokens {
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    pub fn add(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
    }
}

/// A part of a transcript that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// From 1; 0 where the format has no lines.
    pub line: u64,
    pub why: String,
}

/// What a person wrote down about a session.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub attempts: Vec<ToldAttempt>,
    pub corrections: Vec<ToldCorrection>,
    pub verification: Vec<Raw>,
}

#[derive(Clone, Debug)]
pub struct ToldAttempt {
    pub at: Option<Timestamp>,
    pub tried: Raw,
    pub error: Option<Raw>,
    pub why: Option<Raw>,
    pub change: Option<Raw>,
}

#[derive(Clone, Debug)]
pub struct ToldCorrection {
    pub at: Option<Timestamp>,
    pub what: Raw,
    pub why: Option<Raw>,
    pub path: Option<String>,
}

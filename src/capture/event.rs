//! What one line of a transcript says, before lines are put together. Events stand in the order of the file and are
//! made without other lines, so that the new end of a transcript can be read alone. They hold text that was not redacted:
//! outside this folder they can only be kept as opaque bytes (`stored`).

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::session::{FailureKind, PromptSource, Skip, Tokens};

/// Raised with the form of the events. A reader has a version of its own.
pub(super) const VERSION: u32 = 19;

/// One thing that a transcript says.
#[derive(Clone, Debug, PartialEq)]
pub struct Event(pub(super) EventKind);

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum EventKind {
    // The large ones are boxed: a session has thousands of events, most of them small.
    About(Box<SessionFacts>),
    /// The times of the first and the last line that was read in one go, as far as lines have one.
    Span {
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
        from: Timestamp,
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
        to: Timestamp,
    },
    /// A line of a conversation that is a tree: its own id and the id of the line before, both shortened.
    Line {
        id: u64,
        parent: u64,
    },
    Prompt(Box<PromptEvent>),
    /// A prompt put into the queue while the agent worked.
    Queued {
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
        at: Option<Timestamp>,
        text: String,
        away: bool,
    },
    /// The queue gave a prompt to the agent, the oldest one or the one with this text.
    Unqueued {
        text: Option<String>,
    },
    /// The person took the whole queue back.
    QueueTakenBack,
    Reply {
        text: String,
    },
    Call(Box<CallEvent>),
    Result(Box<ResultEvent>),
    /// The agent's own account of what a call changed, better than the call's text.
    Edits {
        call: String,
        edits: Vec<EditEvent>,
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
        at: Option<Timestamp>,
        made: bool,
    },
    Interrupt {
        id: Option<String>,
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
        at: Option<Timestamp>,
    },
    Model {
        name: String,
    },
    Usage(UsageEvent),
    Compaction {
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
        at: Option<Timestamp>,
    },
    /// The person took back this many turns.
    Rollback {
        turns: u32,
    },
    Skipped(Skip),
    /// The agent's own account of a command that it ran, which may be one of several of a call.
    Ran(RanEvent),
    /// What stands before this ordinal was copied from another session when this one began.
    History {
        until: u64,
    },
    /// The number that the agent gave to the line whose events follow; of the first line of each read, and of some others.
    Ordinal(u64),
    /// As `Line`, of a tree in which each record has an id, prompts among them: it belongs to the turn of the record before it.
    Node {
        id: u64,
        parent: u64,
    },
    /// Tokens of the session so far, of which it is not known in which turn they were spent.
    Total(Tokens),
    ChangedOutside(Box<ChangedOutsideEvent>),
}

/// The agent noticed that a file which it knew had changed on the disk, by no call of its own.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ChangedOutsideEvent {
    pub(super) path: String,
    /// The lines around what changed, without their numbers.
    pub(super) text: String,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) at: Option<Timestamp>,
}

/// Facts about the session; written again when one of them changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SessionFacts {
    pub(super) session: Option<String>,
    /// Another id for the same session, or the session that this one belongs to.
    pub(super) other: Option<String>,
    pub(super) version: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) head: Option<String>,
    /// The agent whose session it is, where another program tells of it.
    pub(super) agent: Option<String>,
    /// The whole transcript is a subagent's.
    pub(super) subagent: bool,
    pub(super) fork: Option<ForkFacts>,
}

/// From where a session has what it began with. It belongs to that one where it is a subagent's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ForkFacts {
    pub(super) from: String,
    /// When the session began: what is older was copied.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PromptEvent {
    pub(super) id: Option<String>,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) at: Option<Timestamp>,
    pub(super) text: String,
    pub(super) source: PromptSource,
    /// The line before it in the tree, shortened; 0 where there is none.
    pub(super) parent: u64,
    pub(super) standing: Standing,
    /// Said while the session was in another repository.
    pub(super) away: bool,
}

/// How sure it is that a prompt is one, and that no other record tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Standing {
    Sure,
    /// From a message that says whose words it holds. The agent may keep a record of prompts that has them once more.
    Stated,
    /// From a record that also carries injected text; used only where the transcript has no better one of prompts.
    Doubtful,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CallEvent {
    pub(super) id: String,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) at: Option<Timestamp>,
    pub(super) tool: String,
    pub(super) action: ActionEvent,
    pub(super) subagent: bool,
    /// A subagent's call inside the transcript of its parent.
    pub(super) nested: bool,
    /// The background process whose further output this call asks for.
    pub(super) process: Option<String>,
    /// It stops that process, whose end then is not its own.
    pub(super) stops: bool,
    /// The commands, shortened, of a script that runs them and does not say how they end.
    pub(super) runs: Vec<u64>,
    /// The agent asks the person before it does this.
    pub(super) asks: bool,
}

/// Without words: a command may have run in another repository.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RanEvent {
    /// Of the call, where the command was a call of its own.
    pub(super) id: String,
    /// Shortened.
    pub(super) command: u64,
    pub(super) end: CallEnd,
    /// `None` where it was killed.
    pub(super) exit_code: Option<i32>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum ActionEvent {
    Shell {
        command: String,
        cwd: Option<String>,
        extent: Extent,
    },
    Edit(Vec<EditEvent>),
    Ask {
        question: String,
    },
    Delegate {
        prompt: String,
    },
    Text {
        text: String,
    },
    #[default]
    Other,
    /// Done in another repository, and not kept.
    Elsewhere {
        edits: bool,
    },
}

/// How much of a command is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Extent {
    #[default]
    Whole,
    /// What it did in other repositories was taken out, its checks, and what it printed.
    Part,
    /// As `Part`, and all that it committed is of this repository: the lines that git prints of it stay.
    Committing,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EditEvent {
    pub(super) path: String,
    pub(super) change: ChangeEvent,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum ChangeEvent {
    Write { text: String },
    Replace { before: String, after: String, everywhere: bool },
    Patch { hunks: Vec<HunkEvent> },
    Delete,
    Move { to: String },
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HunkEvent {
    pub(super) new_start: u32,
    pub(super) lines: String,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResultEvent {
    pub(super) call: String,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub(super) at: Option<Timestamp>,
    pub(super) end: CallEnd,
    pub(super) exit_code: Option<i32>,
    pub(super) output: String,
    pub(super) commit: Option<String>,
    pub(super) answer: Option<String>,
    /// The background process that the call started and that still runs.
    pub(super) process: Option<String>,
    /// Why a command failed, where it was read together with its call: to see it takes longer than to read it here.
    pub(super) failure: Option<FailureKind>,
}

impl ResultEvent {
    /// A result of which no more is known yet.
    pub(super) fn new(call: String, at: Option<Timestamp>, end: CallEnd) -> Self {
        let output = String::new();
        Self { call, at, end, exit_code: None, output, commit: None, answer: None, process: None, failure: None }
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum CallEnd {
    Succeeded,
    Failed,
    Rejected {
        reason: Option<String>,
    },
    Interrupted,
    Collateral,
    /// The person stopped the turn: at the question whether this may be done, or while it was done.
    Aborted,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct UsageEvent {
    /// The message that was counted: several lines repeat it. `None` where the count is the sum so far.
    pub(super) message: Option<String>,
    pub(super) tokens: Tokens,
}

impl PromptEvent {
    /// What a person typed, of which no more is known yet.
    pub(super) fn typed(text: String, at: Option<Timestamp>) -> Self {
        let (source, standing) = (PromptSource::Typed, Standing::Sure);
        Self { id: None, at, text, source, parent: 0, standing, away: false }
    }
}

impl std::fmt::Debug for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::About(_) => "About",
            Self::Span { .. } => "Span",
            Self::Line { .. } => "Line",
            Self::Prompt(_) => "Prompt",
            Self::Queued { .. } => "Queued",
            Self::Unqueued { .. } => "Unqueued",
            Self::QueueTakenBack => "QueueTakenBack",
            Self::Reply { .. } => "Reply",
            Self::Call(_) => "Call",
            Self::Result(_) => "Result",
            Self::Edits { .. } => "Edits",
            Self::Interrupt { .. } => "Interrupt",
            Self::Model { .. } => "Model",
            Self::Usage(_) => "Usage",
            Self::Compaction { .. } => "Compaction",
            Self::Rollback { .. } => "Rollback",
            Self::Skipped(_) => "Skipped",
            Self::Ran(_) => "Ran",
            Self::History { .. } => "History",
            Self::Ordinal(_) => "Ordinal",
            Self::Node { .. } => "Node",
            Self::Total(_) => "Total",
            Self::ChangedOutside(_) => "ChangedOutside",
        })
    }
}

/// Whether something was there and none of it could be read.
pub fn is_unreadable(events: &[Event]) -> bool {
    !events.is_empty() && events.iter().all(|event| matches!(event.0, EventKind::Skipped(_)))
}

/// An id of any length as a number, eight bytes at a time. Equal ids are equal numbers; 0 is kept for "none".
pub(super) fn shorten(id: &[u8]) -> u64 {
    // Each step can be undone, so that ids that differ in one word only have different numbers.
    let step = |hash: u64, word: u64| {
        let product = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        product ^ (product >> 32)
    };
    let (words, rest) = id.as_chunks::<8>();
    let hash = words.iter().fold(id.len() as u64, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(0, |last, byte| last << 8 | u64::from(*byte));
    step(hash, last).max(1)
}

/// The lines in the first and in the last `KEEP` bytes of what a command printed, with a line between that says how much is
/// missing. Only whole lines: what is left of a secret that was cut looks like none.
pub(super) fn ends_of(text: Cow<'_, str>) -> String {
    const KEEP: usize = 16 * 1024;
    if text.len() <= 2 * KEEP {
        return text.into_owned();
    }
    let bytes = text.as_bytes();
    let head = memchr::memrchr(b'\n', &bytes[..KEEP]).unwrap_or(0);
    let rest = bytes.len() - KEEP;
    let tail = memchr::memchr(b'\n', &bytes[rest..]).map_or(bytes.len(), |found| rest + found + 1);
    let (head, tail) = (&text[..head], &text[tail..]);
    format!("{head}\n[... {} bytes ...]\n{tail}", text.len() - head.len() - tail.len())
}

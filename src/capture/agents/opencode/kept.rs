//! A session as it is kept, wherever it is kept: what is told of it, read from the JSON in one walk. What nobody asks for is not decoded:
//! most of it is what tools printed, snapshots, and what the agent thought.

use jiff::Timestamp;

use super::calls::{CallSetting, KeptCall, call};
use crate::capture::json::{Read, Value};
use crate::capture::values::{count, is, items, member, members, milliseconds, owned};
use crate::record::session::Tokens;

pub(super) struct KeptSession {
    pub(super) info: KeptInfo,
    /// In order.
    pub(super) messages: Vec<KeptMessage>,
}

/// What a session says of itself.
#[derive(Default)]
pub(super) struct KeptInfo {
    pub(super) id: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) directory: Option<String>,
    pub(super) version: Option<String>,
    /// The message from which on all was taken back.
    pub(super) taken_back: Option<String>,
    /// Nobody was there to answer: what was to be asked was refused by the program, in the words of a person's refusal.
    pub(super) is_alone: bool,
}

#[derive(Default)]
pub(super) struct KeptMessage {
    pub(super) id: Option<String>,
    pub(super) is_users: bool,
    pub(super) created: Option<Timestamp>,
    pub(super) completed: Option<Timestamp>,
    pub(super) model: Option<String>,
    pub(super) tokens: Tokens,
    pub(super) is_summary: bool,
    pub(super) cwd: Option<String>,
    pub(super) is_aborted: bool,
    /// In order.
    pub(super) parts: Vec<KeptPart>,
}

/// A part of a message that something is told of.
pub(super) enum KeptPart {
    Text { text: String, is_synthetic: bool, is_ignored: bool },
    Call(KeptCall),
    Compaction,
    Subtask { command: Option<String> },
}

impl KeptInfo {
    pub(super) fn of(info: Option<Value<'_>>) -> Read<Self> {
        let [id, parent, directory, version, permission, revert] =
            members(info, ["id", "parentID", "directory", "version", "permission", "revert"])?;
        let [id, parent, directory, version] = [id, parent, directory, version].map(owned);
        let own = Self { id, parent, directory, version, ..Self::default() };
        Ok(own.permitted(permission).reverted(revert))
    }

    /// A run without a terminal may not ask: its session says so for questions.
    pub(super) fn permitted(mut self, rules: Option<Value<'_>>) -> Self {
        let denies = |rule: Value<'_>| is(rule.member("permission"), "question") && is(rule.member("action"), "deny");
        self.is_alone = items(rules).into_iter().any(denies);
        self
    }

    pub(super) fn reverted(mut self, revert: Option<Value<'_>>) -> Self {
        self.taken_back = owned(member(revert, "messageID"));
        self
    }

    pub(super) fn is_subagent(&self) -> bool {
        self.parent.is_some()
    }
}

impl KeptMessage {
    /// `id` is the name of its row or file, where it has one; else it says its own.
    pub(super) fn of(message: Option<Value<'_>>, id: Option<String>) -> Read<Self> {
        let [own, role, time, model_id, model, tokens, summary, path, error] =
            members(message, ["id", "role", "time", "modelID", "model", "tokens", "summary", "path", "error"])?;
        let [created, completed] = members(time, ["created", "completed"])?;
        // The newest form has the model in an object, as a user's message does.
        let model = model_id.filter(|id| id.is_string()).or_else(|| member(model, "modelID"));
        Ok(Self {
            id: id.or_else(|| own.and_then(Value::owned)),
            is_users: is(role, "user"),
            created: milliseconds(created),
            completed: milliseconds(completed),
            model: owned(model),
            tokens: counted(tokens)?,
            is_summary: summary.is_some_and(Value::is_true),
            cwd: owned(member(path, "cwd")),
            is_aborted: is(member(error, "name"), "MessageAbortedError"),
            parts: Vec::new(),
        })
    }

    fn place(&self, info: &KeptInfo) -> CallSetting<'_> {
        let (in_subagent, is_alone) = (info.is_subagent(), info.is_alone);
        CallSetting { at: self.created, cwd: self.cwd.as_deref(), in_subagent, is_alone }
    }

    /// Takes in a part of it, if something is told of that.
    pub(super) fn add(&mut self, part: Value<'_>, info: &KeptInfo) -> Read<()> {
        let [kind, text, synthetic, ignored, command, tool, id, state] =
            members(Some(part), ["type", "text", "synthetic", "ignored", "command", "tool", "callID", "state"])?;
        let is_true = |value: Option<Value<'_>>| value.is_some_and(Value::is_true);
        let part = match kind.map_or(&b""[..], Value::bare) {
            b"text" => owned(text).map(|text| KeptPart::Text {
                text,
                is_synthetic: is_true(synthetic),
                is_ignored: is_true(ignored),
            }),
            b"tool" => match (owned(id), owned(tool)) {
                (Some(id), Some(tool)) => Some(KeptPart::Call(call(id, tool, state, &self.place(info))?)),
                _ => None,
            },
            b"compaction" => Some(KeptPart::Compaction),
            b"subtask" => Some(KeptPart::Subtask { command: owned(command) }),
            _ => None,
        };
        self.parts.extend(part);
        Ok(())
    }
}

/// `input` is without what came from the cache, `output` without what was thought.
fn counted(tokens: Option<Value<'_>>) -> Read<Tokens> {
    let [input, output, reasoning, cache] = members(tokens, ["input", "output", "reasoning", "cache"])?;
    let [read, write] = members(cache, ["read", "write"])?;
    Ok(Tokens {
        input: count(input),
        output: count(output) + count(reasoning),
        cache_read: count(read),
        cache_write: count(write),
    })
}

//! One thing that a record tells, by itself: what is looked for, ranked and told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::agent::Agent;
use crate::record::constraints::constraints;
use crate::record::contribution::{
    AttemptEnd, AttemptKind, CheckKind, CheckResult, Confidence, Contribution, Correction, CorrectionForm,
    FailedAttempt, PromptRole, RecordedPrompt, WhySource,
};
use crate::record::entry::CommitEntry;
use crate::record::fold::fold;
use crate::record::note::Statement;
use crate::record::replaced_lines::ReplacedLines;
use crate::record::session::PromptSource;
use crate::record::text::Clean;

/// Characters of a text that are kept here; the record has all of it.
const LONGEST: usize = 2_000;
/// Files of one memory.
pub(crate) const MOST_FILES: usize = 40;
/// What failed without a file of its own is taken to be about those of the commit, where these are few.
const FEW_FILES: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MemoryKind {
    /// A call or a check failed, or a person wrote down that something did.
    Failure,
    /// Edits that did not stay.
    TakenBack,
    /// A person refused it.
    Refused,
    /// A person stopped it.
    Stopped,
    /// A person's change of course, in words or with a reason.
    Correction,
    /// A commit that takes back another one.
    Revert,
    Prompt,
    Check,
    /// What a person said that the work has to keep to.
    Constraint,
    /// The subject of a commit.
    Commit,
}

impl MemoryKind {
    pub(crate) const ALL: [Self; 10] = [
        Self::Failure,
        Self::TakenBack,
        Self::Refused,
        Self::Stopped,
        Self::Correction,
        Self::Revert,
        Self::Prompt,
        Self::Check,
        Self::Constraint,
        Self::Commit,
    ];
    /// What `tried` tells.
    pub(crate) const TRIED: [Self; 6] =
        [Self::Failure, Self::TakenBack, Self::Refused, Self::Stopped, Self::Correction, Self::Revert];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::TakenBack => "taken-back",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::Correction => "correction",
            Self::Revert => "revert",
            Self::Prompt => "prompt",
            Self::Check => "check",
            Self::Constraint => "constraint",
            Self::Commit => "commit",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is known of what came of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sequel {
    Nothing,
    /// Why it was so.
    Reason,
    /// What was done differently.
    Change,
}

impl Sequel {
    pub(crate) const ALL: [Self; 3] = [Self::Nothing, Self::Reason, Self::Change];
}

/// One thing that was done, said or seen on the way to a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub kind: MemoryKind,
    /// The commit whose record tells it, in full.
    pub commit: String,
    pub subject: Clean,
    /// When it happened; when the commit was made, where that is not known.
    pub at: Timestamp,
    /// Whether the time is its own.
    pub own_time: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What was tried, said, run or committed.
    pub text: Clean,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Clean>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_from: Option<WhySource>,
    /// What was done differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cure: Option<Clean>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<ReplacedLines<Clean>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<AttemptEnd>,
    /// Of a check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<CheckResult>,
    /// Of a revert: the commit that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<String>,
    pub tries: u32,
}

impl Memory {
    /// What is known of each: the commit that tells it, its subject and time, and the text.
    pub(crate) fn of(kind: MemoryKind, (commit, subject, at): (&str, Clean, Timestamp), text: Clean) -> Self {
        Self {
            kind,
            commit: commit.to_owned(),
            subject,
            at,
            own_time: false,
            agent: None,
            session: None,
            files: Vec::new(),
            text,
            error: None,
            why: None,
            why_from: None,
            cure: None,
            edit: None,
            ended: None,
            result: None,
            reverts: None,
            tries: 1,
        }
    }

    /// The same for the same event, also where the records of several commits tell it: a commit and its rebased copy.
    pub(crate) fn event(&self) -> String {
        let kind = self.kind.name();
        let what = fold(self.text.as_str());
        match &self.session {
            Some(session) if self.own_time => format!("{kind} {session} {} {what}", self.at.as_millisecond()),
            Some(session) => format!("{kind} {session} {what}"),
            None => format!("{kind} {} {what}", self.commit),
        }
    }

    /// The same for what is alike, whoever it happened to: what failed by its error, the rest by its text.
    pub(crate) fn likeness(&self) -> String {
        let lines = if self.kind == MemoryKind::Check { Vec::new() } else { self.error_lines() };
        match lines.is_empty() {
            true => fold(self.text.as_str()),
            false => lines.join("\n"),
        }
    }

    /// How much is known of what came of it.
    pub(crate) fn sequel(&self) -> Sequel {
        match (&self.cure, &self.why) {
            (Some(_), _) => Sequel::Change,
            (None, Some(_)) => Sequel::Reason,
            (None, None) => Sequel::Nothing,
        }
    }

    /// What is looked for in it.
    pub(crate) fn words(&self) -> String {
        let texts = [Some(&self.text), self.error.as_ref(), self.why.as_ref(), self.cure.as_ref()];
        let mut all: Vec<&str> = texts.into_iter().flatten().map(Clean::as_str).collect();
        all.extend(self.files.iter().map(String::as_str));
        super::tokens::tokens(&all.join("\n")).join(" ")
    }

    /// The lines of its error, folded, by which it is known again.
    pub(crate) fn error_lines(&self) -> Vec<String> {
        self.error.as_ref().map(|error| crate::record::fold::telling_lines(error.as_str())).unwrap_or_default()
    }
}

/// The beginning of a text, as much as is kept here.
pub(crate) fn near(text: &Clean) -> Clean {
    text.shortened(LONGEST).0
}

/// What one commit's record and message tell, in their order. What is kept and not told elsewhere is not told here either.
pub(crate) fn memories(entry: &CommitEntry) -> Vec<Memory> {
    let Some(record) = &entry.record else { return Vec::new() };
    let files: Vec<String> = record.files.iter().map(|file| file.path.clone()).take(MOST_FILES).collect();
    let base = |kind: MemoryKind, text: Clean| {
        Memory::of(kind, (&entry.id, near(&entry.subject), record.committed_at), near(&text))
    };
    let mut found = vec![Memory { files: files.clone(), ..base(MemoryKind::Commit, entry.subject.clone()) }];
    let stated: Vec<Memory> = record.stated.iter().filter_map(|statement| stated(statement, &files, &base)).collect();
    let before = found.len();
    for one in &record.contributions {
        let mut own = of_contribution(one, &files, &base);
        for memory in &mut own {
            memory.agent = Some(one.agent.clone());
            memory.session = Some(one.session.clone());
        }
        found.extend(own);
    }
    // What the message says of a session is told with the session.
    let is_known = |memory: &Memory| {
        let words = fold(memory.text.as_str());
        found[before..].iter().any(|known| fold(known.text.as_str()) == words)
    };
    let stated: Vec<Memory> = stated.into_iter().filter(|memory| !is_known(memory)).collect();
    found.extend(stated);
    found
}

type MemoryBase<'a> = &'a dyn Fn(MemoryKind, Clean) -> Memory;

fn stated(statement: &Statement<Clean>, files: &[String], base: MemoryBase<'_>) -> Option<Memory> {
    let (kind, text) = match statement {
        Statement::FailedAttempt { text } => (MemoryKind::Failure, text),
        Statement::Correction { text } => (MemoryKind::Correction, text),
        Statement::Prompt { text } => (MemoryKind::Prompt, text),
        Statement::Agent { .. } | Statement::Context { .. } | Statement::Verified { .. } => return None,
    };
    Some(Memory { files: files.to_vec(), ..base(kind, text.clone()) })
}

fn of_contribution(one: &Contribution<Clean>, files: &[String], base: MemoryBase<'_>) -> Vec<Memory> {
    // Nearness in time does not show that it was for this commit.
    if one.confidence == Confidence::Overlap {
        return Vec::new();
    }
    let timed = |memory: Memory, at: Option<Timestamp>| match at {
        Some(at) => Memory { at, own_time: true, ..memory },
        None => memory,
    };
    let mut found = Vec::new();
    // What an agent wrote is not told as a request.
    let is_asked = |prompt: &&RecordedPrompt<Clean>| {
        prompt.role != PromptRole::Approval && !matches!(prompt.source, PromptSource::Delegated | PromptSource::Plan)
    };
    for prompt in one.prompts.iter().filter(is_asked) {
        let memory = Memory { files: files.to_vec(), ..base(MemoryKind::Prompt, prompt.text.clone()) };
        found.push(timed(memory, prompt.at));
    }
    for constraint in constraints(one) {
        // Shown as it is, a sentence of a prompt is a part of its text; another one is not told.
        let parts = one.prompts.iter().filter_map(|prompt| Some((prompt.text.part(&constraint.text)?, prompt.at)));
        let Some((sentence, at)) = parts.into_iter().next() else { continue };
        let memory = Memory { files: files.to_vec(), ..base(MemoryKind::Constraint, sentence) };
        found.push(timed(memory, at));
    }
    found.extend(
        one.attempts
            .iter()
            .filter(|attempt| attempt.is_told())
            .map(|attempt| timed(of_attempt(attempt, files, base), attempt.at)),
    );
    // The reason of a refusal is told with what was refused.
    let is_refusal = |correction: &&Correction<Clean>| {
        let told = one.attempts.iter().filter(|attempt| attempt.is_told());
        told.filter_map(|attempt| attempt.why.as_ref()).any(|why| correction.words.as_ref() == Some(why))
    };
    for correction in one.corrections.iter().filter(|correction| !is_refusal(correction)) {
        let memory = of_correction(correction, files, base);
        found.extend(memory.map(|memory| timed(memory, correction.at)));
    }
    for check in one.checks.iter().filter(|check| check.kind != CheckKind::Told) {
        let memory = Memory {
            files: files.to_vec(),
            error: check.summary.as_ref().filter(|_| check.result == CheckResult::Failed).map(near),
            why: check.summary.as_ref().filter(|_| check.result != CheckResult::Failed).map(near),
            why_from: check.summary.as_ref().filter(|_| check.result != CheckResult::Failed).map(|_| WhySource::Check),
            result: Some(check.result),
            ..base(MemoryKind::Check, check.command.clone())
        };
        found.push(timed(memory, check.at));
    }
    found
}

fn of_attempt(attempt: &FailedAttempt<Clean>, files: &[String], base: MemoryBase<'_>) -> Memory {
    let kind = match attempt.kind {
        AttemptKind::Failed(_) | AttemptKind::Told => MemoryKind::Failure,
        AttemptKind::Reverted => MemoryKind::TakenBack,
        AttemptKind::Rejected => MemoryKind::Refused,
        AttemptKind::Interrupted => MemoryKind::Stopped,
    };
    let own: &[String] = match attempt.files.is_empty() && files.len() <= FEW_FILES {
        true => files,
        false => &attempt.files,
    };
    let why_from = attempt.why.as_ref().map(|_| attempt.why_from.unwrap_or(WhySource::Person));
    Memory {
        files: own.iter().take(MOST_FILES).cloned().collect(),
        error: attempt.error.as_ref().map(near),
        why: attempt.why.as_ref().map(near),
        why_from,
        cure: attempt.change.as_ref().map(near),
        edit: attempt.edit.clone(),
        ended: attempt.ended,
        tries: attempt.tries.max(1),
        ..base(kind, attempt.tried.clone())
    }
}

/// A change by hand without a word says what, and not why: it is not told.
fn of_correction(correction: &Correction<Clean>, files: &[String], base: MemoryBase<'_>) -> Option<Memory> {
    let words = match correction.form {
        CorrectionForm::Directed | CorrectionForm::Told => correction.words.as_ref().or(correction.reason.as_ref()),
        CorrectionForm::Manual => correction.reason.as_ref(),
    }?;
    let own = correction.path.as_ref().map_or_else(|| files.to_vec(), |path| vec![path.clone()]);
    let reason = correction.reason.as_ref().filter(|reason| *reason != words);
    Some(Memory {
        files: own,
        why: reason.map(near),
        why_from: reason.map(|_| WhySource::Person),
        edit: correction.edit.clone(),
        ..base(MemoryKind::Correction, words.clone())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::samples;

    fn told(contribution: &serde_json::Value) -> Vec<(MemoryKind, String)> {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        let mut one = serde_json::to_value(&record.contributions[0]).unwrap();
        for part in ["prompts", "attempts", "corrections", "checks"] {
            one[part] = contribution.get(part).cloned().unwrap_or_else(|| json!([]));
        }
        if let Some(confidence) = contribution.get("confidence") {
            one["confidence"] = confidence.clone();
        }
        record.contributions = vec![serde_json::from_value(one).unwrap()];
        record.stated = Vec::new();
        let found = memories(&entry).into_iter().filter(|memory| memory.kind != MemoryKind::Commit);
        found.map(|memory| (memory.kind, memory.text.as_str().to_owned())).collect()
    }

    fn attempt(more: &serde_json::Value) -> serde_json::Value {
        let mut one = json!({"kind": {"type": "failed", "failure": "tests"}, "tried": "pytest", "tries": 1});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "attempts": [one] })
    }

    #[test]
    fn what_is_kept_and_not_told_is_no_memory() {
        for (name, contribution, count) in [
            ("a failure", attempt(&json!({})), 1),
            ("aside", attempt(&json!({"aside": true})), 0),
            ("seen in the output alone", attempt(&json!({"hidden": true})), 1),
            ("a slip", attempt(&json!({"kind": {"type": "failed", "failure": "edit-no-match"}})), 0),
            (
                "near in time only",
                {
                    let mut one = attempt(&json!({}));
                    one["confidence"] = json!("overlap");
                    one
                },
                0,
            ),
            ("a consent", json!({"prompts": [{"role": "approval", "source": "typed", "text": "yes"}]}), 0),
            ("a task", json!({"prompts": [{"role": "request", "source": "delegated", "text": "Look around"}]}), 0),
            ("a plan", json!({"prompts": [{"role": "request", "source": "plan", "text": "First look around"}]}), 0),
            ("a change by hand", json!({"corrections": [{"form": "manual", "before": "a", "after": "b"}]}), 0),
            ("with its reason", json!({"corrections": [{"form": "manual", "reason": "prices are in cents"}]}), 1),
            ("in words", json!({"corrections": [{"form": "directed", "words": "no cache"}]}), 1),
        ] {
            assert_eq!(told(&contribution).len(), count, "{name}");
        }
    }

    #[test]
    fn what_a_person_stopped_was_not_refused() {
        for (kind, expected) in [("rejected", MemoryKind::Refused), ("interrupted", MemoryKind::Stopped)] {
            let one = attempt(&json!({"kind": {"type": kind}}));
            assert_eq!(told(&one), [(expected, "pytest".to_owned())]);
        }
    }

    #[test]
    fn a_constraint_is_a_sentence_of_the_prompt() {
        let prompt = json!({"role": "request", "source": "typed", "text": "Add a total. It must work offline."});
        let expected = [
            (MemoryKind::Prompt, "Add a total. It must work offline.".to_owned()),
            (MemoryKind::Constraint, "It must work offline".to_owned()),
        ];
        assert_eq!(told(&json!({ "prompts": [prompt] })), expected);
    }

    #[test]
    fn a_rebased_copy_tells_the_same_event() {
        let mut entry = samples::discounts();
        let before: Vec<String> =
            memories(&entry).iter().filter(|one| one.session.is_some()).map(Memory::event).collect();
        entry.id = "f".repeat(40);
        let after: Vec<String> =
            memories(&entry).iter().filter(|one| one.session.is_some()).map(Memory::event).collect();
        assert!(!before.is_empty());
        assert_eq!(before, after);
    }

    #[test]
    fn every_kind_has_its_word() {
        for kind in MemoryKind::ALL {
            assert_eq!(MemoryKind::named(kind.name()), Some(kind));
            assert_eq!(json!(kind), json!(kind.name()));
        }
    }
}

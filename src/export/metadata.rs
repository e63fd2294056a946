//! What every row says about itself: where it comes from, who wrote it, how it ended, what was removed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::conversation::{Conversation, key};
use super::source::{Consent, Source};
use crate::record::checked_state::CheckedState;
use crate::record::contribution::{CheckKind, Confidence, Contribution, Correction, Evidence};
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::note::{LineCounts, Record};
use crate::record::providers::provider_of;
use crate::record::text::Clean;
use crate::text::digest::sha256;

pub(crate) const SCHEMA_VERSION: &str = "3.0.0";

/// The same keys with the same types in every row of every format, no list that may be empty and nothing that may be null: loaders take
/// the types of a column from the first rows that they see. What is not known is `""` or 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Metadata {
    pub schema_version: &'static str,
    /// The same for the same commits, session and format, on every machine: `row-` and 24 hex digits.
    pub row_id: String,
    /// Of the row without this object, as it stands in the file.
    pub content_sha256: String,
    /// The id of the repository's first commit.
    pub repo: String,
    /// The last commit of the row.
    pub commit_sha: String,
    /// That commit's id when its record was made, where an amend or a rebase changed it since; else empty.
    pub recorded_commit_sha: String,
    /// The commit that the first one of the row was made on. Empty where that is the first of the repository.
    pub base_commit: String,
    /// All commits of the row, in order.
    pub commits: Vec<String>,
    /// `<agent>/<id>`; `no-session/<commit>` where no session had a part, so that each row is of something that splits go by.
    pub session_id: String,
    /// Other sessions of which something is in the row, the same way, with blanks between.
    pub other_sessions: String,
    /// When the prompts of the row were said: `turn-<milliseconds since 1970>`, with blanks between.
    pub turn_ids: String,
    pub agent: String,
    pub agent_version: String,
    /// Who offers the model: `anthropic`, `openai`; empty where that is not known.
    pub provider: String,
    /// The model seen last.
    pub model: String,
    /// All models, with blanks between.
    pub models: String,
    /// `agent`, `agent-corrected` where a person changed some of the lines, `person` for text of a person; empty where nobody's.
    pub author_kind: &'static str,
    /// `stated`, `content` or `overlap`: how surely the session belongs to the commit.
    pub confidence: &'static str,
    /// What the row rests on: see `docs/training.md`.
    pub evidence_tier: &'static str,
    /// Of the added lines of the commits, how many the session wrote, in percent.
    pub share: u32,
    pub license_spdx: String,
    pub consent: Consent,
    pub redaction: Redaction,
    pub outcome: LastCheck,
    pub correction: CorrectionNote,
    /// Failed attempts and corrections on the way to the commits.
    pub attempts: u32,
    pub corrections: u32,
    /// Prompts whose end was cut off.
    pub prompts_cut: u32,
    /// Words of the form `<|...|>`, which a trainer's template may take for its own marks.
    pub special_tokens: u32,
    /// Whether the patches of the row are all of their commits; `false` where they are the session's part, and in rows without one.
    pub whole_commit: bool,
    /// `train`, `validation` or `test`.
    pub split: &'static str,
    /// When the last commit was made, with a fraction of a second, so that no loader takes it for a time without a zone.
    pub committed_at: String,
}

/// What was removed from the records of the row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Redaction {
    /// A digest of the rules.
    pub policy: String,
    pub total: u32,
    /// How often by kind, as JSON text: `{"home-path":3}`. As an object each kind would be a column.
    pub counts: String,
}

/// The last check that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LastCheck {
    /// `test`, `build`, `lint`, `type-check`, `format`; empty when none was seen.
    pub kind: &'static str,
    pub command: String,
    /// `passed`, `failed`, `not-seen`; empty when none was seen.
    pub result: &'static str,
    /// `agent`, `person`, `commit-hook`; empty when none was seen.
    pub by: &'static str,
    /// Whether it ran after the last change that is known: of the agents, and by hand. The answer of a row was checked only
    /// where this is true.
    pub after_last_edit: bool,
    /// `committed`, `before-edit`, `before-change` (lines that a person changed or of unknown origin, not known to have been there);
    /// empty when none was seen.
    pub state: &'static str,
}

/// The correction that a row is made of; empty in other rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CorrectionNote {
    /// `directed`, `manual`, `failed-check`.
    pub kind: &'static str,
    pub path: String,
    pub reason: String,
    /// `prompt`, `rejection`, `answer`, `trailer`, `journal`, `commit-message`, `agent`, `check`.
    pub reason_from: &'static str,
    pub lines_added: u32,
    pub lines_removed: u32,
}

impl Metadata {
    /// The same of a row whose text needs some of it.
    pub(super) fn with_content(self, content: &str) -> Self {
        Self { content_sha256: sha256(content.as_bytes()), special_tokens: special_tokens(content), ..self }
    }
}

/// What a row of a conversation says of itself. `name` tells it from other rows of the same conversation: the format, and a number.
pub(crate) fn of_conversation(conversation: &Conversation<'_>, name: &str, content: &str) -> Metadata {
    let (first, last) = (conversation.first(), conversation.last());
    let one = last.contribution;
    let all = || conversation.commits.iter();
    let commits: Vec<String> = all().map(|commit| commit.entry.id.clone()).collect();
    let session = key(one);
    let prompts = || all().flat_map(|commit| &commit.asked);
    let turns: Vec<String> =
        prompts().filter_map(|prompt| prompt.at).map(|at| format!("turn-{}", at.as_millisecond())).collect();
    let corrected = all().any(|commit| commit.record.lines.corrected > 0);
    Metadata {
        row_id: row_id(&[name, &session, &commits.join(" ")]),
        base_commit: conversation.source.base(&first.entry.id),
        commits,
        turn_ids: turns.join(" "),
        author_kind: if corrected { "agent-corrected" } else { "agent" },
        evidence_tier: tier(one),
        share: share(all().map(|commit| (commit.contribution.lines, commit.record.lines))),
        redaction: redaction(all().map(|commit| commit.record), conversation.source),
        attempts: sum(all().map(|commit| commit.attempts.iter().filter(|attempt| attempt.is_told()).count())),
        corrections: sum(all().map(|commit| commit.contribution.corrections.len())),
        prompts_cut: sum(prompts().map(|prompt| usize::from(prompt.cut > 0))),
        whole_commit: all().all(|commit| commit.patch.is_whole),
        ..of_part(last.entry, last.record, Some(one), conversation.source, content)
    }
}

/// What the row of one commit says of itself; `sessions` are those of which something is in it, the first one's first.
pub(crate) fn of_commit(
    (entry, record): (&CommitEntry, &Record<Clean>),
    name: &str,
    sessions: &[&Contribution<Clean>],
    content: &str,
    source: &dyn Source,
) -> Metadata {
    // One that only was at work at the time is no author.
    let author = sessions.iter().find(|one| one.confidence != Confidence::Overlap).copied();
    let others = sessions.iter().filter(|one| author.is_none_or(|author| !std::ptr::eq(**one, author)));
    let others: Vec<String> = others.map(|one| key(one)).collect();
    Metadata {
        row_id: row_id(&[name, "", &entry.id]),
        base_commit: source.base(&entry.id),
        commits: vec![entry.id.clone()],
        other_sessions: others.join(" "),
        author_kind: match author {
            None if record.lines.person > 0 => "person",
            None => "",
            _ if record.lines.corrected > 0 => "agent-corrected",
            _ => "agent",
        },
        share: share([(record.lines.agent.saturating_add(record.lines.corrected), record.lines)].into_iter()),
        redaction: redaction(std::iter::once(record), source),
        attempts: sum(sessions.iter().map(|one| one.attempts.iter().filter(|one| one.is_told()).count())),
        corrections: sum(sessions.iter().map(|one| one.corrections.len())),
        prompts_cut: sum(sessions.iter().flat_map(|one| &one.prompts).map(|prompt| usize::from(prompt.cut > 0))),
        ..of_part(entry, record, author, source, content)
    }
}

/// What is the same for both, of a commit and the session that gave most.
fn of_part(
    entry: &CommitEntry,
    record: &Record<Clean>,
    contribution: Option<&Contribution<Clean>>,
    source: &dyn Source,
    content: &str,
) -> Metadata {
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let models = contribution.map(|one| one.models.as_slice()).unwrap_or_default();
    let session = contribution.map_or_else(|| format!("no-session/{}", entry.id), key);
    Metadata {
        schema_version: SCHEMA_VERSION,
        row_id: String::new(),
        content_sha256: sha256(content.as_bytes()),
        repo: source.repository().to_owned(),
        commit_sha: entry.id.clone(),
        recorded_commit_sha: if record.commit == entry.id { String::new() } else { record.commit.clone() },
        base_commit: String::new(),
        commits: Vec::new(),
        split: split(source.repository(), &session),
        session_id: session,
        other_sessions: String::new(),
        turn_ids: String::new(),
        agent: contribution.map(|one| one.agent.to_string()).unwrap_or_default(),
        agent_version: text(contribution.and_then(|one| one.agent_version.as_ref())),
        provider: models.last().and_then(|model| provider_of(model)).unwrap_or_default().to_owned(),
        model: text(models.last()),
        models: models.join(" "),
        author_kind: "",
        confidence: contribution.map_or("", |one| one.confidence.name()),
        evidence_tier: contribution.map_or("none", tier),
        share: 0,
        license_spdx: source.license(&entry.id),
        consent: source.consent().clone(),
        redaction: Redaction::default(),
        outcome: contribution.map(outcome).unwrap_or_default(),
        correction: CorrectionNote::default(),
        attempts: 0,
        corrections: 0,
        prompts_cut: 0,
        special_tokens: special_tokens(content),
        whole_commit: false,
        committed_at: with_fraction(record.committed_at),
    }
}

/// The same for the same parts.
pub(crate) fn row_id(parts: &[&str]) -> String {
    format!("row-{}", &sha256(parts.join("\n").as_bytes())[..24])
}

/// How a session's lines were found.
fn tier(one: &Contribution<Clean>) -> &'static str {
    let lines = one.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Lines { found, of } => Some((*found, *of)),
        _ => None,
    });
    match (lines, one.confidence) {
        (Some((found, of)), _) if of > 0 && found == of => "all-lines-verbatim",
        (Some((found, _)), _) if found > 0 => "some-lines-verbatim",
        (_, Confidence::Stated) => "stated",
        (_, Confidence::Content) => "content",
        (_, Confidence::Overlap) => "files-and-time",
    }
}

fn share(parts: impl Iterator<Item = (u32, LineCounts)>) -> u32 {
    let (own, all) = parts.fold((0_u64, 0_u64), |(own, all), (lines, counts)| {
        (own + u64::from(lines.min(counts.added)), all + u64::from(counts.added))
    });
    u32::try_from((own * 100).checked_div(all).unwrap_or(0)).unwrap_or(100)
}

fn redaction<'a>(records: impl Iterator<Item = &'a Record<Clean>>, source: &dyn Source) -> Redaction {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (kind, count) in records.flat_map(|record| &record.redactions) {
        let sum = counts.entry(kind).or_default();
        *sum = sum.saturating_add(*count);
    }
    Redaction {
        policy: source.redaction_policy().to_owned(),
        total: counts.values().fold(0, |sum, count| sum.saturating_add(*count)),
        counts: json::line(&counts).unwrap_or_default(),
    }
}

fn sum(counts: impl Iterator<Item = usize>) -> u32 {
    counts.fold(0, |sum: u32, count| sum.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn outcome(contribution: &Contribution<Clean>) -> LastCheck {
    let seen = contribution.checks.iter().filter(|check| check.kind != CheckKind::Told);
    // Tests say more than a formatter; of one kind the last counts.
    let Some(check) = seen.min_by_key(|check| (check.kind, std::cmp::Reverse(check.at))) else {
        return LastCheck::default();
    };
    LastCheck {
        kind: check.kind.name(),
        command: check.command.as_str().to_owned(),
        result: check.result.name(),
        by: check.by.name(),
        after_last_edit: check.after_last_edit && check.state.is_none_or(|state| state == CheckedState::Committed),
        state: check.state.map_or("", CheckedState::name),
    }
}

/// What a row made of a correction says of it.
pub(crate) fn correction_note(correction: &Correction<Clean>) -> CorrectionNote {
    let lines = |side: &Option<Clean>| {
        side.as_ref().map_or(0, |side| u32::try_from(side.as_str().lines().count()).unwrap_or(u32::MAX))
    };
    CorrectionNote {
        kind: correction.form.name(),
        path: correction.path.clone().unwrap_or_default(),
        reason: correction.reason.as_ref().map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        reason_from: correction.reason_from.map_or("", |from| from.name()),
        lines_added: lines(&correction.after),
        lines_removed: lines(&correction.before),
    }
}

/// Of a hundred sessions of a repository 90 go to `train`, 5 to `validation` and 5 to `test`, the same on every machine. All rows of
/// a session are in one.
pub(crate) fn split(repository: &str, group: &str) -> &'static str {
    let digest = sha256(format!("{repository}\n{group}").as_bytes());
    let number = u64::from_str_radix(&digest[..15], 16).unwrap_or(0) % 100;
    match number {
        0..90 => "train",
        90..95 => "validation",
        _ => "test",
    }
}

fn special_tokens(content: &str) -> u32 {
    let opened = content.split("<|").skip(1);
    let marks = opened.filter(|rest| rest.find("|>").is_some_and(|end| end <= 40));
    u32::try_from(marks.count()).unwrap_or(u32::MAX)
}

/// A time as text that stays text.
pub(crate) fn with_fraction(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

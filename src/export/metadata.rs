//! What every row says about itself: where it comes from, who wrote it, how it ended, what was removed.

use serde::Serialize;

use super::format::ExportSource;
use crate::record::checked_state::CheckedState;
use crate::record::contribution::{CheckKind, Contribution};
use crate::record::entry::CommitEntry;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::text::digest::sha256;

pub(crate) const SCHEMA_VERSION: &str = "2.1.0";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Metadata {
    pub schema_version: &'static str,
    /// The same for the same commit and session.
    pub record_id: String,
    /// Of the row's content without this object, as it stands in the row.
    pub content_sha256: String,
    pub repo: String,
    pub commit_sha: String,
    /// The commit's id when the record was made, where an amend or a rebase changed it since; else empty.
    pub recorded_commit_sha: String,
    pub session_id: String,
    pub agent: String,
    pub agent_version: String,
    pub models: Vec<String>,
    /// Whether the patch of the row is the whole commit; `false` where it is the session's part, and in rows without a patch.
    pub whole_commit: bool,
    /// `agent`, or `agent-corrected` when a person changed some of the lines.
    pub author_kind: &'static str,
    /// `stated`, `content` or `overlap`.
    pub confidence: &'static str,
    pub license_spdx: String,
    pub redactions: Vec<RedactionCount>,
    pub outcome: LastCheck,
    pub corrections: Vec<CorrectionNote>,
    /// Prompts whose end was cut off.
    pub prompts_cut: u32,
    /// Words of the form `<|...|>`, which a trainer's template may take for its own marks.
    pub special_tokens: u32,
    pub split: &'static str,
    /// When the commit was made.
    pub committed_at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RedactionCount {
    pub kind: String,
    pub count: u32,
}

/// The last check that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LastCheck {
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CorrectionNote {
    /// `directed`, `manual`, `told`.
    pub form: &'static str,
    pub path: String,
    pub reason: String,
    pub lines_added: u32,
    pub lines_removed: u32,
}

/// Describes a row whose `content` is given as it stands in the row.
pub(crate) fn metadata(
    entry: &CommitEntry,
    record: &Record<Clean>,
    contribution: Option<&Contribution<Clean>>,
    content: &str,
    source: &ExportSource<'_>,
) -> Metadata {
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let session = text(contribution.map(|contribution| &contribution.session));
    Metadata {
        schema_version: SCHEMA_VERSION,
        record_id: sha256(format!("{}\n{session}", entry.id).as_bytes())[..32].to_owned(),
        content_sha256: sha256(content.as_bytes()),
        repo: source.repo.clone(),
        commit_sha: entry.id.clone(),
        recorded_commit_sha: if record.commit == entry.id { String::new() } else { record.commit.clone() },
        session_id: session,
        agent: contribution.map(|contribution| contribution.agent.to_string()).unwrap_or_default(),
        agent_version: text(contribution.and_then(|contribution| contribution.agent_version.as_ref())),
        models: contribution.map(|contribution| contribution.models.clone()).unwrap_or_default(),
        whole_commit: false,
        author_kind: match contribution {
            None => "",
            Some(_) if record.lines.corrected > 0 => "agent-corrected",
            Some(_) => "agent",
        },
        confidence: contribution.map_or("", |contribution| contribution.confidence.name()),
        license_spdx: source.license.clone(),
        redactions: record
            .redactions
            .iter()
            .map(|(kind, count)| RedactionCount { kind: kind.clone(), count: *count })
            .collect(),
        outcome: contribution.map(outcome).unwrap_or_default(),
        corrections: contribution.map(corrections).unwrap_or_default(),
        prompts_cut: contribution.map_or(0, |contribution| {
            contribution.prompts.iter().fold(0, |cut, prompt| cut + u32::from(prompt.cut > 0))
        }),
        special_tokens: special_tokens(content),
        split: "train",
        committed_at: record.committed_at.to_string(),
    }
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

fn corrections(contribution: &Contribution<Clean>) -> Vec<CorrectionNote> {
    let lines = |side: &Option<Clean>| side.as_ref().map_or(0, |side| side.as_str().lines().count());
    contribution
        .corrections
        .iter()
        .map(|correction| CorrectionNote {
            form: correction.form.name(),
            path: correction.path.clone().unwrap_or_default(),
            reason: correction.reason.as_ref().map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
            lines_added: u32::try_from(lines(&correction.after)).unwrap_or(u32::MAX),
            lines_removed: u32::try_from(lines(&correction.before)).unwrap_or(u32::MAX),
        })
        .collect()
}

fn special_tokens(content: &str) -> u32 {
    let opened = content.split("<|").skip(1);
    let marks = opened.filter(|rest| rest.find("|>").is_some_and(|end| end <= 40));
    u32::try_from(marks.count()).unwrap_or(u32::MAX)
}

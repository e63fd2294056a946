//! What a person answered to the question whether drift calls for an update, in the ledger of the SOP.

use anyhow::bail;
use jiff::Timestamp;
use serde::Serialize;

use super::desk::Desk;
use crate::process::drift::answer::{Answer, EvidenceState, is_open};
use crate::process::drift::verdict::{Drift, Verdict};
use crate::sop::ledger::{Entry, Ledger};
use crate::sop::life::Event;

/// The last answer about the version that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What was known then.
    pub(crate) evidence: EvidenceState,
    /// After a "no": so many runs since the version, or another finding, open the question again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) again_from: Option<u32>,
    /// Whether nothing is asked because of it.
    pub(crate) stands: bool,
}

/// What was answered about the drift, if anything was since the version that it is about.
pub(crate) fn last(ledger: &Ledger, drift: &Drift) -> Option<Answered> {
    let of_version = |entry: &&Entry| entry.event == Event::DriftAnswer && entry.version == ledger.life.version;
    let entry = ledger.entries.iter().rfind(of_version)?;
    // A document that was published since is another one.
    let is_before = |later: &Entry| later.seq > entry.seq && later.event == Event::Drafted;
    if ledger.entries.iter().any(is_before) {
        return None;
    }
    read(entry, drift)
}

/// `None` for an entry that a later version wrote in another way.
fn read(entry: &Entry, drift: &Drift) -> Option<Answered> {
    let text = |key: &str| entry.refs.get(key);
    let answer: Answer = serde_json::from_value(text("answer")?.as_str().into()).ok()?;
    let evidence =
        EvidenceState { recent: text("runs")?.parse().ok()?, findings: serde_json::from_str(text("findings")?).ok()? };
    let found = matches!(drift.verdict, Verdict::Suggested | Verdict::Needed);
    Some(Answered {
        answer,
        by: entry.actor.to_string(),
        at: entry.at,
        reason: entry.reason.clone(),
        again_from: (answer == Answer::No).then(|| evidence.again_from()),
        stands: found && !is_open(drift, Some((answer, &evidence))),
        evidence,
    })
}

/// Records an answer.
///
/// # Errors
/// When nothing was found that could be answered, when an agent or a job answers, and when the SOP has no ledger.
pub(crate) fn answer(
    desk: &Desk,
    slug: &str,
    drift: &Drift,
    (answer, reason): (Answer, &str),
) -> anyhow::Result<Answered> {
    let folder = desk.to_change(slug)?;
    if !matches!(drift.verdict, Verdict::Suggested | Verdict::Needed) {
        bail!("there is nothing to answer: {}", drift.says);
    }
    let now = EvidenceState::of(drift);
    let ledger = folder.ledger()?;
    let mut happening = desk.happening(Event::DriftAnswer, ledger.life.version, None);
    happening.reason = Some(desk.told(reason)?).filter(|reason| !reason.is_empty());
    let word = serde_json::to_value(answer)?;
    let findings = now.findings.iter().map(|key| desk.clean(key)).collect::<anyhow::Result<Vec<_>>>()?;
    for (key, value) in [
        ("answer", word.as_str().unwrap_or_default().to_owned()),
        ("runs", now.recent.to_string()),
        ("findings", serde_json::to_string(&findings)?),
    ] {
        happening.refs.insert(key.to_owned(), value);
    }
    let entry = folder.record(&happening)?;
    read(&entry, drift).ok_or_else(|| anyhow::anyhow!("the answer was recorded and cannot be read"))
}

//! Whether an SOP is what its ledger says: the chain, the front matter, the approved digest, the evidence, and the day of its review.

use jiff::Timestamp;
use serde::Serialize;

use super::desk::{self, Desk};
use super::folder::{DOCUMENT, Document, Folder, LEDGER};
use crate::git::repository::Repository;
use crate::process::settings;
use crate::sop::front_fields;
use crate::sop::ledger::Ledger;
use crate::sop::life::{Life, State};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    pub(crate) kind: FindingKind,
    pub(crate) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FindingKind {
    Ledger,
    FrontMatter,
    /// The document is not the one that was approved.
    Edited,
    Evidence,
    /// `review_by` has passed, or a review was asked for.
    Due,
    Approval,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Verified {
    pub(crate) slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    pub(crate) version: u32,
    pub(crate) entries: usize,
    pub(crate) findings: Vec<Finding>,
}

/// An SOP as it is somewhere, and what it is judged by.
pub(crate) struct Inspected<'a> {
    /// Names its files; they are not read from it.
    pub(crate) folder: &'a Folder,
    pub(crate) ledger: anyhow::Result<Ledger>,
    pub(crate) document: Option<Document>,
    pub(crate) repository: &'a Repository,
    pub(crate) approval: &'a settings::Approval,
    pub(crate) now: Timestamp,
}

/// # Errors
/// When there is no such SOP, or a file of it cannot be read at all.
pub(crate) fn verify(desk: &Desk, slug: &str) -> anyhow::Result<Verified> {
    let folder = desk.existing(slug)?;
    let (ledger, document) = (folder.ledger(), folder.document()?);
    let (repository, approval) = (&desk.workplace.repository, &desk.approval()?);
    let inspected = Inspected { folder: &folder, ledger, document, repository, approval, now: desk.now };
    Ok(judged(inspected))
}

/// What is not as it should be.
pub(crate) fn judged(inspected: Inspected<'_>) -> Verified {
    let Inspected { folder, ledger, document, repository, approval, now } = inspected;
    let slug = folder.slug.clone();
    let mut findings = Vec::new();
    let ledger = match ledger {
        Ok(ledger) => ledger,
        Err(error) => {
            let text = format!("{error:#}");
            let (what, hint) =
                text.split_once("\nhint: ").map_or((text.as_str(), None), |(what, hint)| (what, Some(hint)));
            let hint = hint.unwrap_or("restore the file from git: what was recorded is never edited");
            findings.push(finding(FindingKind::Ledger, what, Some(hint)));
            return Verified { slug, state: None, version: 0, entries: 0, findings };
        }
    };
    if let Some(line) = ledger.torn {
        let what = format!("{}:{line}: not written to its end", folder.place(LEDGER));
        findings.push(finding(
            FindingKind::Ledger,
            &what,
            Some("the next step replaces it; what it recorded did not happen"),
        ));
    }
    let digest = document.as_ref().map(|document| &document.digest);
    let standing = ledger.life.standing(digest);
    if let Some(document) = &document {
        findings.extend(of_content(folder, &ledger, document));
        findings.extend(of_front_matter(folder, &ledger.life, document));
        findings.extend(of_evidence(repository, folder, document));
    } else if ledger.life.version > 0 {
        findings.push(finding(FindingKind::Edited, &format!("{} is missing", folder.place(DOCUMENT)), None));
    }
    findings.extend(of_approval(approval, &ledger.life));
    findings.extend(of_time(now, &ledger.life));
    let (state, version) = (standing.state, ledger.life.version);
    Verified { slug, state, version, entries: ledger.entries.len(), findings }
}

fn finding(kind: FindingKind, what: &str, hint: Option<&str>) -> Finding {
    Finding { kind, what: what.to_owned(), hint: hint.map(str::to_owned) }
}

fn of_content(folder: &Folder, ledger: &Ledger, document: &Document) -> Option<Finding> {
    let life = &ledger.life;
    if !life.standing(Some(&document.digest)).edited {
        return None;
    }
    let then = match life.state {
        Some(State::Walkthrough) => "its walkthrough began",
        Some(State::Published) => "it was approved and published",
        _ => "it was approved",
    };
    let bound = life.approval.as_ref().map(|approval| &approval.digest).or(life.digest.as_ref());
    let bound = bound.map_or("", |digest| digest.short());
    let what = format!(
        "{} was edited after {then}: its digest is {}, not {bound}",
        folder.place(DOCUMENT),
        document.digest.short()
    );
    Some(finding(
        FindingKind::Edited,
        &what,
        Some(&format!("backstory sop walk {} begins its approval again", folder.slug)),
    ))
}

fn of_front_matter(folder: &Folder, life: &Life, document: &Document) -> Vec<Finding> {
    let standing = life.standing(Some(&document.digest));
    if standing.edited {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let mut compare = |name: &str, should: Option<String>| {
        let says = front_fields::value(&document.text, name);
        if says != should {
            let text = |value: Option<String>| value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"));
            wrong.push(format!("`{name}` is {}, and the ledger says {}", text(says), text(should)));
        }
    };
    compare("status", standing.state.map(|state| state.to_string()));
    compare("version", Some(life.version.to_string()));
    let settled = matches!(standing.state, Some(State::Approved | State::Published));
    compare("digest", life.approval.as_ref().filter(|_| settled).map(|approval| approval.digest.to_string()));
    let hint = format!("backstory sop status {} --fix writes what the ledger says", folder.slug);
    wrong
        .into_iter()
        .map(|what| finding(FindingKind::FrontMatter, &format!("{}: {what}", folder.place(DOCUMENT)), Some(&hint)))
        .collect()
}

fn of_evidence(repository: &Repository, folder: &Folder, document: &Document) -> Vec<Finding> {
    let model = match folder.model(document) {
        Ok(model) => model,
        Err(error) => {
            return vec![finding(FindingKind::Evidence, &format!("{error:#}").replace('\n', " "), None)];
        }
    };
    let missing: Vec<&String> = model.evidence.commits.iter().filter(|commit| !repository.has_commit(commit)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let (of, first) = (model.evidence.commits.len(), missing[0].chars().take(12).collect::<String>());
    let what = format!("{} of {of} commits of its evidence are not here, such as {first}", missing.len());
    let hint = (!repository.shallow_boundaries().is_empty()).then_some("this clone is shallow: git fetch --unshallow");
    vec![finding(FindingKind::Evidence, &what, hint)]
}

/// Whether the approval is of a kind that the project asks for.
fn of_approval(settings: &settings::Approval, life: &Life) -> Option<Finding> {
    let kind = life.approval.as_ref()?.refs.get("kind").map_or("", String::as_str);
    let what = desk::wrong_kind(settings, kind)?;
    Some(finding(FindingKind::Approval, &what, Some("approve it by a review of the pull request")))
}

fn of_time(now: Timestamp, life: &Life) -> Vec<Finding> {
    let mut findings = Vec::new();
    if life.live.is_none() {
        return findings;
    }
    if let Some(day) = life.review_by.as_ref().filter(|day| desk::is_past(now, day)) {
        findings.push(finding(
            FindingKind::Due,
            &format!("it was due for a review by {day}"),
            Some("backstory sop review"),
        ));
    }
    if let Some(reason) = &life.review_needed {
        findings.push(finding(FindingKind::Due, &format!("it needs a review: {reason}"), Some("backstory sop review")));
    }
    findings
}

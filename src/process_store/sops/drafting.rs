//! The draft: from what the log shows and what people told to `SOP.md` and `process.yaml`. Drafting again takes in what is new; what
//! people wrote between the `keep` markers of the document stays.

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::desk::Desk;
use super::folder::{DOCUMENT, Folder, MODEL};
use super::settling::write_front;
use super::status::{self, Status};
use crate::context::Context;
use crate::failpoint;
use crate::process::model::{ModelEvidence, ProcessModel};
use crate::process::model_from::{self, NotEnoughRuns};
use crate::process::model_yaml;
use crate::process_store::collect::{self, Options};
use crate::process_store::{corrections, guides, templates};
use crate::record::execution::ExecutionLog;
use crate::sop::capture::Capture;
use crate::sop::digest::digest;
use crate::sop::document::branch_first::with_branch_first;
use crate::sop::document::render;
use crate::sop::document::repository_guide::RepositoryGuide;
use crate::sop::document::sources::{Sources, Version};
use crate::sop::document::told::with_told_steps;
use crate::sop::front_matter::{self, FrontMatter, Generator};
use crate::sop::ledger::Ledger;
use crate::sop::life::{Event, Life};
use crate::sop::questions::{QuestionSources, questions};

/// What the entry of a draft calls the digest of what was told until then.
pub(crate) const TOLD: &str = "told";

/// The team's own template, if there is one.
const TEMPLATE: &str = "sop.md";

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Drafted {
    pub(crate) status: Status,
    pub(crate) steps: usize,
    /// Runs of the log that it was made from.
    pub(crate) runs: u32,
    /// Why there are no figures, if so: `not enough runs (2 of 5)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) without_figures: Option<String>,
}

/// What a draft is made of, beside the capture.
#[derive(Clone, Debug, Default)]
pub(crate) struct DraftOptions {
    pub(crate) collect: Options,
    /// Fewer runs make no claim; the project's setting where it is absent.
    pub(crate) min_runs: Option<u32>,
}

/// Writes the draft.
///
/// # Errors
/// When nothing is known about the process, and when the SOP is no longer in use.
pub(crate) fn draft(
    context: &mut Context<'_>,
    desk: &Desk,
    slug: &str,
    options: &DraftOptions,
) -> anyhow::Result<Drafted> {
    desk.ensure_named()?;
    // What is not possible is said before transcripts are read, which may take long: nobody waits for that.
    possible(desk, &desk.existing(slug)?)?;
    let log = collect::collect(context, &options.collect)?;
    let folder = desk.to_change(slug)?;
    let (ledger, version) = possible(desk, &folder)?;
    let mut capture = folder.capture()?;
    if capture.process.is_empty() {
        slug.clone_into(&mut capture.process);
    }
    let (model, without_figures, minimum) = model(desk, &log, &capture, options)?;
    let repository = guides::guide(&desk.workplace, &desk.root, &model)?;
    capture.ask(questions(
        &QuestionSources { model: &model, log: &log, capture: &capture, repository: &repository },
        minimum,
    ));
    folder.write_capture(&capture)?;
    let text = document(
        desk,
        &folder,
        &Parts {
            log: &log,
            model: &model,
            capture: &capture,
            repository: &repository,
            ledger: &ledger,
            version,
            minimum,
        },
    )?;
    let model_text = model_yaml::write(&model);
    folder.write(MODEL, &model_text)?;
    failpoint::reach("sop.model")?;
    folder.write(DOCUMENT, &text)?;
    failpoint::reach("sop.document")?;
    let mut drafted = desk.happening(Event::Drafted, version, Some(digest(&text, &model_text)));
    drafted.refs.insert(TOLD.to_owned(), folder.told_digest()?);
    folder.record(&drafted)?;
    write_front(&folder)?;
    let (steps, runs) = (model.steps.len(), model.evidence.runs);
    Ok(Drafted { status: status::of_folder(desk, &folder)?, steps, runs, without_figures })
}

/// The version that a draft is of, where one is possible now.
fn possible(desk: &Desk, folder: &Folder) -> anyhow::Result<(Ledger, u32)> {
    let ledger = folder.ledger()?;
    let version = ledger.life.next_version();
    ledger.life.check(&desk.happening(Event::Drafted, version, Some(digest("", ""))))?;
    Ok((ledger, version))
}

/// The steps of the log with those that were told. Below the minimum of runs the log says nothing about steps.
fn model(
    desk: &Desk,
    log: &ExecutionLog,
    capture: &Capture,
    options: &DraftOptions,
) -> anyhow::Result<(ProcessModel, Option<String>, u32)> {
    let thresholds = desk.thresholds(options.min_runs)?;
    let minimum = thresholds.min_runs;
    let (mined, few) = match model_from::model(log, &capture.process, &thresholds) {
        Ok(model) => (model, None),
        Err(few @ NotEnoughRuns { runs, .. }) => {
            let evidence = ModelEvidence { runs, ..ModelEvidence::default() };
            let empty = ProcessModel {
                schema: model_yaml::SCHEMA,
                process: capture.process.clone(),
                evidence,
                ..ProcessModel::default()
            };
            (empty, Some(few.to_string()))
        }
    };
    let model = with_told_steps(with_branch_first(mined), capture);
    if model.steps.is_empty() {
        let few = few.unwrap_or_default();
        bail!(
            "nothing is known of the steps of `{0}`: {few} in the log, and none was told\nhint: backstory sop capture SLUG --step \"...\", or --process with a name of `backstory process list`",
            capture.process
        );
    }
    Ok((model, few, minimum))
}

/// What a document is made from.
struct Parts<'a> {
    log: &'a ExecutionLog,
    model: &'a ProcessModel,
    capture: &'a Capture,
    repository: &'a RepositoryGuide,
    ledger: &'a Ledger,
    version: u32,
    minimum: u32,
}

fn document(desk: &Desk, folder: &Folder, parts: &Parts<'_>) -> anyhow::Result<String> {
    let earlier = folder.document()?.map(|document| document.text);
    let template = templates::own(&desk.root, TEMPLATE)?;
    let corrections = corrections::corrections(&desk.workplace, parts.model)?;
    let front = front(folder, earlier.as_deref(), template.is_some(), parts);
    let sources = Sources {
        model: parts.model,
        log: parts.log,
        capture: parts.capture,
        corrections: &corrections,
        history: &history(desk, parts),
        front: &front,
        repository: parts.repository,
        minimum: parts.minimum,
        earlier: earlier.as_deref(),
        template: template.as_deref(),
    };
    render::sop(&sources).with_context(|| folder.place(DOCUMENT))
}

/// The owner is a person's word: it stays from the document as it was.
fn front(folder: &Folder, earlier: Option<&str>, own_template: bool, parts: &Parts<'_>) -> FrontMatter {
    let before = earlier.and_then(|text| front_matter::read(text).ok()).unwrap_or_default();
    let capture = parts.capture;
    let title = if capture.name.is_empty() { before.title } else { capture.name.clone() };
    let live = parts.ledger.life.live.as_ref();
    FrontMatter {
        id: format!("sop/{}", folder.slug),
        title: if title.is_empty() { folder.slug.clone() } else { title },
        version: parts.version,
        status: "draft".to_owned(),
        owner: before.owner,
        trigger: capture.trigger.clone(),
        supersedes: live.map(|live| live.version).filter(|version| *version < parts.version),
        model: MODEL.to_owned(),
        generator: Some(Generator {
            tool: concat!("backstory ", env!("CARGO_PKG_VERSION")).to_owned(),
            mode: if own_template { "template of the team" } else { "template" }.to_owned(),
            llm: None,
        }),
        ..FrontMatter::default()
    }
}

/// Published versions by the ledger, then the one that is drafted. The day of a draft is that of its first, so that drafting it
/// again on another day changes nothing.
fn history(desk: &Desk, parts: &Parts<'_>) -> Vec<Version> {
    let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
    let mut life = Life::default();
    let mut versions: Vec<Version> = Vec::new();
    let mut first_draft = None;
    for entry in &parts.ledger.entries {
        let _ = life.apply(&entry.happening());
        if entry.event.makes_version() && entry.version == parts.version {
            first_draft = first_draft.or(Some((entry.at, entry.actor.to_string())));
        }
        let is_known = versions.iter().any(|version| version.number == entry.version);
        if entry.event == Event::Published && !is_known {
            let by = life.approval.as_ref().map(|approval| approval.by.to_string()).unwrap_or_default();
            versions.push(Version { number: entry.version, date: day(entry.at), by, what: "published".to_owned() });
        }
    }
    let (at, by) = first_draft.unwrap_or_else(|| (desk.now, desk.party.to_string()));
    versions.push(Version { number: parts.version, date: day(at), by, what: "drafted".to_owned() });
    versions
}

//! Running an SOP: the published text hands out one step at a time, and each is logged as an execution when it is done. How far a
//! run is, is what the log says: another session goes on with it.

use anyhow::bail;
use serde::Serialize;

use super::desk::Desk;
use super::folder::{DOCUMENT, Document, Folder, MODEL};
use crate::process::model::ProcessModel;
use crate::process_store::log_file::{self, LogEntry};
use crate::record::execution::{Actor, ExecutionStatus};
use crate::sop::digest::digest;
use crate::sop::life::Live;
use crate::sop::party::PartyKind;
use crate::sop::progress::{done, logged_as, next};
use crate::sop::walkthrough::step_lines;

/// Where a run is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Progress {
    pub(crate) slug: String,
    pub(crate) version: u32,
    pub(crate) run: String,
    pub(crate) done: usize,
    pub(crate) of: usize,
    /// What to do now; absent when the run is at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step: Option<Step>,
    /// Required steps that later ones passed by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) id: String,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) required: bool,
    /// What the document says about it, Markdown.
    pub(crate) text: String,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The step; the one that is next where it is not named.
    pub(crate) step: Option<String>,
    pub(crate) output: String,
    pub(crate) note: String,
    pub(crate) minutes: Option<f64>,
    pub(crate) failed: bool,
}

/// Which run is meant: the last one that is not at its end, a new one, or that of a name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which {
    pub(crate) run: Option<String>,
    pub(crate) new: bool,
}

/// The step that is next.
///
/// # Errors
/// When nothing is published.
pub(crate) fn next_step(desk: &Desk, slug: &str, which: &Which) -> anyhow::Result<Progress> {
    let folder = desk.existing(slug)?;
    let (live, document, model) = published(&folder)?;
    let (run, logged) = run_of(desk, &model, slug, live.version, which)?;
    Ok(progress(&folder, &live, &document, &model, &run, &logged))
}

/// Logs a step, and says which is next.
///
/// # Errors
/// When nothing is published, the step is not one of it, or the run is at its end.
pub(crate) fn finish_step(desk: &Desk, slug: &str, which: &Which, outcome: &Outcome) -> anyhow::Result<Progress> {
    let folder = desk.existing(slug)?;
    let (live, document, model) = published(&folder)?;
    let (run, mut logged) = run_of(desk, &model, slug, live.version, which)?;
    let now = progress(&folder, &live, &document, &model, &run, &logged);
    let id = match (&outcome.step, &now.step) {
        (Some(id), _) => id.clone(),
        (None, Some(step)) => step.id.clone(),
        (None, None) => bail!("run `{run}` is at its end\nhint: backstory sop run {slug} --new"),
    };
    let Some(step) = model.steps.iter().find(|step| step.id == id) else {
        let ids: Vec<&str> = model.steps.iter().map(|step| step.id.as_str()).collect();
        bail!("no step `{id}`\nhint: the steps are: {}", ids.join(", "));
    };
    if outcome.minutes.is_some_and(|minutes| !minutes.is_finite() || minutes < 0.0) {
        bail!("--minutes takes a number that is not negative");
    }
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let entry = LogEntry {
        process: model.process.clone(),
        run: run.clone(),
        step: logged_as(step).to_owned(),
        at: Some(desk.now),
        actor: text(&desk.party.name),
        actor_kind: Some(actor(desk.party.kind)),
        command: step.commands.first().map(|command| command.command.clone()),
        input: Some(format!("SOP {slug} version {}, step {id}", live.version)),
        output: text(&outcome.output),
        minutes: outcome.minutes,
        note: text(&outcome.note),
        status: if outcome.failed { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
        ..LogEntry::default()
    };
    log_file::append(&desk.root, desk.redactor()?, vec![entry])?;
    if !outcome.failed {
        logged.push(logged_as(step).to_owned());
    }
    Ok(progress(&folder, &live, &document, &model, &run, &logged))
}

fn actor(kind: PartyKind) -> Actor {
    match kind {
        PartyKind::Person => Actor::Person,
        PartyKind::Agent | PartyKind::Relayed => Actor::Agent,
        PartyKind::Ci => Actor::Ci,
    }
}

/// The version that holds, from the files of that version: a new one may be under way.
fn published(folder: &Folder) -> anyhow::Result<(Live, Document, ProcessModel)> {
    let slug = &folder.slug;
    let Some(live) = folder.ledger()?.life.live else {
        bail!("`{slug}` is not published\nhint: backstory sop status {slug}");
    };
    let file = |name: &str| folder.read(&format!("versions/{}/{name}", live.version));
    let (Some(text), Some(model)) = (file(DOCUMENT)?, file(MODEL)?) else {
        bail!(
            "the files of version {} of `{slug}` are missing\nhint: restore {} from git",
            live.version,
            folder.place("versions")
        );
    };
    let digest = digest(&text, &model);
    if digest != live.digest {
        bail!(
            "version {} of `{slug}` is not what was published\nhint: restore {} from git",
            live.version,
            folder.place("versions")
        );
    }
    let document = Document { digest, text, model };
    let model = folder.model(&document)?;
    Ok((live, document, model))
}

/// The name of the run that is meant, and the steps that were logged of it and did not fail.
fn run_of(
    desk: &Desk,
    model: &ProcessModel,
    slug: &str,
    version: u32,
    which: &Which,
) -> anyhow::Result<(String, Vec<String>)> {
    let entries = log_file::read(&desk.root, desk.redactor()?)?.entries;
    let of_process = || entries.iter().map(|(_, entry)| entry).filter(|entry| entry.process == model.process);
    let steps = |run: &str| -> Vec<String> {
        let good = of_process().filter(|entry| entry.run == run && entry.status != ExecutionStatus::Failed);
        good.map(|entry| entry.step.clone()).collect()
    };
    if let Some(run) = &which.run {
        return Ok((desk.clean(run)?, steps(run)));
    }
    let prefix = format!("{slug}-v{version}-");
    let numbers = of_process().filter_map(|entry| entry.run.strip_prefix(&prefix)?.parse::<u32>().ok());
    let last = numbers.max().unwrap_or(0);
    if last > 0 && !which.new {
        let (run, logged) = (format!("{prefix}{last}"), steps(&format!("{prefix}{last}")));
        let names: Vec<&str> = logged.iter().map(String::as_str).collect();
        if next(model, &done(model, &names)).is_some() {
            return Ok((run, logged));
        }
    }
    Ok((format!("{prefix}{}", last + 1), Vec::new()))
}

fn progress(
    folder: &Folder,
    live: &Live,
    document: &Document,
    model: &ProcessModel,
    run: &str,
    logged: &[String],
) -> Progress {
    let names: Vec<&str> = logged.iter().map(String::as_str).collect();
    let done = done(model, &names);
    let next = next(model, &done);
    let step = next.map(|at| {
        let step = &model.steps[at];
        Step {
            id: step.id.clone(),
            number: at + 1,
            title: step.title.clone(),
            required: step.required,
            text: step_lines(&document.text, &step.id).join("\n").trim().to_owned(),
        }
    });
    let before = next.unwrap_or(model.steps.len());
    let passed = (0..before).filter(|at| !done[*at] && model.steps[*at].required);
    Progress {
        slug: folder.slug.clone(),
        version: live.version,
        run: run.to_owned(),
        done: done.iter().filter(|done| **done).count(),
        of: model.steps.len(),
        step,
        left_out: passed.map(|at| model.steps[at].id.clone()).collect(),
    }
}

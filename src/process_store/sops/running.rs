//! Running an SOP: the published text hands out one step at a time, and each is logged as an execution when it is done. How far a
//! run is, is what the log says: another session goes on with it.

use anyhow::{anyhow, bail};
use serde::Serialize;

use super::desk::{Desk, ensure_short};
use super::folder::{DOCUMENT, Document, Folder, MODEL};
use crate::process::model::ProcessModel;
use crate::process_store::log_file::{self, LogEntry};
use crate::record::execution::{Actor, ExecutionStatus};
use crate::sop::digest::digest;
use crate::sop::life::Live;
use crate::sop::party::PartyKind;
use crate::sop::progress::{done, logged_as, missing_before, next};
use crate::sop::walkthrough::step_lines;

/// A step that takes longer is a mistake: minutes in a year.
pub(crate) const LONGEST_MINUTES: f64 = 525_600.0;
/// Random bytes in the name of a run: two that begin at once, here or in two clones, are two.
const DRAWN: usize = 4;

/// Where a run is.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Required steps before it that are not done are left out on purpose.
    pub(crate) skip: bool,
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
/// When nothing is published, and when there is no run of that name.
pub(crate) fn next_step(desk: &Desk, slug: &str, which: &Which) -> anyhow::Result<Progress> {
    let folder = desk.existing(slug)?;
    let (live, document, model) = published(&folder)?;
    let (run, logged) = run_of(desk, &model, slug, live.version, which)?;
    Ok(progress(&folder, &live, &document, &model, &run, &logged))
}

/// Logs a step, and says which is next.
///
/// # Errors
/// When nothing is published, there is no run of that name, the step is not one of it, a required one before it is not done, or
/// the run is at its end.
pub(crate) fn finish_step(desk: &Desk, slug: &str, which: &Which, outcome: &Outcome) -> anyhow::Result<Progress> {
    desk.ensure_named()?;
    ensure_short(outcome.output.len() + outcome.note.len())?;
    if outcome.minutes.is_some_and(|minutes| !(0.0..=LONGEST_MINUTES).contains(&minutes)) {
        bail!("minutes are a number from 0 to {LONGEST_MINUTES}, which is a year");
    }
    let folder = desk.existing(slug)?;
    let (live, document, model) = published(&folder)?;
    let (run, mut logged) = run_of(desk, &model, slug, live.version, which)?;
    let now = progress(&folder, &live, &document, &model, &run, &logged);
    let id = match (&outcome.step, &now.step) {
        (Some(id), _) => id.clone(),
        (None, Some(step)) => step.id.clone(),
        (None, None) => bail!("run `{run}` is at its end\nhint: backstory sop run {slug} --new"),
    };
    let Some(at) = model.steps.iter().position(|step| step.id == id) else {
        let ids: Vec<&str> = model.steps.iter().map(|step| step.id.as_str()).collect();
        bail!("no step `{id}`\nhint: the steps are: {}", ids.join(", "));
    };
    let step = &model.steps[at];
    let names: Vec<&str> = logged.iter().map(String::as_str).collect();
    let missing = missing_before(&model, &done(&model, &names), at);
    let missing: Vec<&str> = missing.into_iter().map(|at| model.steps[at].id.as_str()).collect();
    if !missing.is_empty() && !outcome.skip {
        bail!(
            "`{id}` comes after required steps that are not done: {}\nhint: report them first, or say that they are left out on purpose (skip)",
            missing.join(", ")
        );
    }
    let left_out =
        if missing.is_empty() { String::new() } else { format!("left out before it: {}", missing.join(", ")) };
    let note =
        [outcome.note.trim(), &left_out].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
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
        note: text(&note),
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
    let is_open = |run: &str| {
        let logged = steps(run);
        let names: Vec<&str> = logged.iter().map(String::as_str).collect();
        next(model, &done(model, &names)).is_some()
    };
    // In the order in which they began.
    let mut runs: Vec<&str> = Vec::new();
    for entry in of_process() {
        if !runs.contains(&entry.run.as_str()) {
            runs.push(&entry.run);
        }
    }
    let prefix = format!("{slug}-v{version}-");
    if let Some(run) = &which.run {
        let run = desk.clean(run)?;
        if !runs.contains(&run.as_str()) && !is_handed_out(&run, &prefix) {
            let open: Vec<&str> = runs.into_iter().rev().filter(|run| is_open(run)).take(5).collect();
            return Err(no_run(&run, &open));
        }
        let steps = steps(&run);
        return Ok((run, steps));
    }
    let numbered = runs.iter().filter_map(|run| Some((number(run, &prefix)?, *run)));
    let last = numbered.max_by_key(|(number, _)| *number);
    if let Some((_, run)) = last.filter(|(_, run)| !which.new && is_open(run)) {
        return Ok((run.to_owned(), steps(run)));
    }
    Ok((new_name(&prefix, last.map_or(0, |(number, _)| number) + 1)?, Vec::new()))
}

/// The number in the name of a run: `release-v1-3-0a1b2c3d`, or `release-v1-3` as earlier versions named it.
fn number(run: &str, prefix: &str) -> Option<u32> {
    run.strip_prefix(prefix)?.split('-').next()?.parse().ok()
}

fn new_name(prefix: &str, number: u32) -> anyhow::Result<String> {
    let mut bytes = [0; DRAWN];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(format!("{prefix}{number}-{:08x}", u32::from_be_bytes(bytes)))
}

/// Whether a name is one that [`new_name`] makes: of a run that began and has no step in the log yet.
fn is_handed_out(run: &str, prefix: &str) -> bool {
    let drawn = run.strip_prefix(prefix).and_then(|rest| rest.split_once('-'));
    drawn.is_some_and(|(number, drawn)| {
        number.parse::<u32>().is_ok_and(|number| number > 0)
            && drawn.len() == 2 * DRAWN
            && drawn.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

fn no_run(run: &str, open: &[&str]) -> anyhow::Error {
    match open {
        [] => anyhow!("no run `{run}`\nhint: no run is open; leave the run out to start one"),
        open => anyhow!("no run `{run}`\nhint: the open runs are: {}", open.join(", ")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_run_is_told_from_others() {
        let name = new_name("release-v1-", 3).unwrap();
        assert!(is_handed_out(&name, "release-v1-"), "{name}");
        assert_ne!(new_name("release-v1-", 3).unwrap(), name, "two that begin at once");
        assert_eq!(number(&name, "release-v1-"), Some(3));
        assert_eq!(number("release-v1-12", "release-v1-"), Some(12));
        for other in
            ["release-v1-3", "release-v2-3-0a1b2c3d", "release-v1-0-0a1b2c3d", "release-v1-3-0A1B2C3D", "x", ""]
        {
            assert!(!is_handed_out(other, "release-v1-"), "{other}");
        }
    }
}

//! What the model would say if it were to say what recent runs do. Only what a finding is about changes; the figures are those of
//! the recent runs, for they stand beside the evidence.

use super::super::conformance::conform;
use super::super::model::{ModelCommand, ModelStep, ProcessModel};
use super::super::model_from::{Thresholds, model_of};
use super::super::sequence::Name;
use super::finding::{Change, Family, Finding};
use crate::record::execution::ExecutionLog;

/// What `model` would be after `findings`, with the evidence of `recent` runs (indexes into `log.runs`); `None` where nothing in
/// it would change.
pub(crate) fn propose(
    log: &ExecutionLog,
    model: &ProcessModel,
    recent: &[u32],
    findings: &[Finding],
) -> Option<ProcessModel> {
    let thresholds = Thresholds { level: model.level, min_runs: 1, ..Thresholds::default() };
    let now = model_of(log, recent, &model.process, &thresholds).ok();
    // Without a recent run only what is gone can be taken out.
    let mut new = updated(model, now.as_ref().unwrap_or(model), findings);
    if new == *model {
        return None;
    }
    if now.is_some() {
        new.evidence.fitting = conform(log, &new, recent).fitness.fitting;
    }
    Some(new)
}

/// `model` with the findings taken in. `recent` is the model of the recent runs alone.
fn updated(model: &ProcessModel, recent: &ProcessModel, findings: &[Finding]) -> ProcessModel {
    let mut new = model.clone();
    for finding in findings {
        match finding.family {
            Family::Step => presence(&mut new, recent, &finding.step),
            Family::Command => {
                take(&mut new, recent, &finding.step, |step, now| step.commands.clone_from(&now.commands))
            }
            Family::Rework | Family::Failure => rework(&mut new, recent, finding),
            Family::Gone => gone(&mut new, finding),
            Family::Order | Family::Duration | Family::Actor | Family::Variant => {}
        }
    }
    if findings.iter().any(|finding| finding.family == Family::Order) {
        reorder(&mut new, recent);
    }
    if new != *model {
        figures(&mut new, recent);
        repair(&mut new);
    }
    new
}

/// The step of `model` that `activity` means.
fn step_of<'a>(model: &'a ProcessModel, activity: &str) -> Option<&'a ModelStep> {
    model.steps.iter().find(|step| step.activities.iter().any(|known| known == activity))
}

fn place_of(model: &ProcessModel, step: &ModelStep) -> Option<usize> {
    model.steps.iter().position(|other| step.activities.iter().any(|activity| other.activities.contains(activity)))
}

fn take(new: &mut ProcessModel, recent: &ProcessModel, activity: &str, change: impl Fn(&mut ModelStep, &ModelStep)) {
    let Some(now) = step_of(recent, activity) else { return };
    if let Some(step) = place_of(new, now).and_then(|place| new.steps.get_mut(place)) {
        change(step, now);
    }
}

/// A step is added, made required or optional, or taken out, as recent runs have it.
fn presence(new: &mut ProcessModel, recent: &ProcessModel, activity: &str) {
    let known = new.steps.iter().position(|step| step.activities.iter().any(|known| known == activity));
    match (step_of(recent, activity), known) {
        (Some(now), Some(place)) => new.steps[place].required = now.required,
        (Some(now), None) => insert(new, recent, now),
        // Other activities that mean the step may still be there.
        (None, Some(place)) if new.steps[place].activities.len() > 1 => new.steps[place].required = false,
        (None, Some(place)) => {
            new.steps.remove(place);
        }
        // It goes under the name of what it is for: the commands there are what tells of it.
        (None, None) => {
            for step in new.steps.iter_mut().filter(|step| step.activities.len() == 1) {
                let is_phase = Name::of(&step.activities[0]).is_of_several();
                if let Some(now) = step_of(recent, &step.activities[0]).filter(|_| is_phase) {
                    step.commands.clone_from(&now.commands);
                }
            }
        }
    }
}

/// Behind the nearest step that comes before it in recent runs.
fn insert(new: &mut ProcessModel, recent: &ProcessModel, now: &ModelStep) {
    let at = recent.steps.iter().position(|step| step.id == now.id).unwrap_or(0);
    let before = recent.steps[..at].iter().rev().find_map(|step| place_of(new, step));
    let mut step = now.clone();
    step.id = free_id(new, &now.id);
    step.on_failure = None;
    step.unordered_with = None;
    let mut place = before.map_or(0, |place| place + 1);
    // Not into the middle of a set.
    while place > 0 && place < new.steps.len() && is_one_set(&new.steps[place - 1], &new.steps[place]) {
        place += 1;
    }
    new.steps.insert(place, step);
}

fn is_one_set(a: &ModelStep, b: &ModelStep) -> bool {
    a.unordered_with.is_some() && a.unordered_with == b.unordered_with
}

fn free_id(model: &ProcessModel, id: &str) -> String {
    let is_taken = |id: &str| model.steps.iter().any(|step| step.id == id);
    let mut free = id.to_owned();
    for number in 2.. {
        if !is_taken(&free) {
            break;
        }
        free = format!("{id}-{number}");
    }
    free
}

/// Going back becomes part of the process, or no longer is.
fn rework(new: &mut ProcessModel, recent: &ProcessModel, finding: &Finding) {
    let Some(now) = step_of(recent, &finding.step) else { return };
    let target = now.on_failure.as_deref().and_then(|id| recent.steps.iter().find(|step| step.id == id));
    let target = target.and_then(|step| place_of(new, step)).map(|place| new.steps[place].id.clone());
    let more = matches!(finding.change, Change::New | Change::MoreOften);
    if let Some(step) = place_of(new, now).and_then(|place| new.steps.get_mut(place))
        && target.is_some() == more
    {
        step.on_failure = target;
    }
}

/// A command that is no longer there is not told to anybody.
fn gone(new: &mut ProcessModel, finding: &Finding) {
    let Some(command) = &finding.detail else { return };
    for step in new.steps.iter_mut().filter(|step| step.id == finding.step) {
        step.commands.retain(|known| known.command != *command);
    }
}

/// The steps that recent runs have change places among themselves; the others stay where they are.
fn reorder(new: &mut ProcessModel, recent: &ProcessModel) {
    let rank = |step: &ModelStep| place_of(recent, step);
    let places: Vec<usize> = (0..new.steps.len()).filter(|place| rank(&new.steps[*place]).is_some()).collect();
    let mut moved: Vec<ModelStep> = places.iter().map(|place| new.steps[*place].clone()).collect();
    moved.sort_by_key(rank);
    for (place, mut step) in places.into_iter().zip(moved) {
        if let Some(now) = rank(&step).map(|rank| &recent.steps[rank]) {
            step.unordered_with.clone_from(&now.unordered_with);
        }
        new.steps[place] = step;
    }
}

fn figures(new: &mut ProcessModel, recent: &ProcessModel) {
    new.evidence = recent.evidence.clone();
    for step in new.steps.iter_mut().filter(|step| !step.activities.is_empty()) {
        let now =
            recent.steps.iter().find(|now| now.activities.iter().any(|activity| step.activities.contains(activity)));
        step.runs = now.map_or(0, |now| now.runs);
        for command in &mut step.commands {
            let same = |known: &&ModelCommand| known.command == command.command;
            command.runs = now.and_then(|now| now.commands.iter().find(same)).map_or(0, |known| known.runs);
        }
        step.commands.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.command.cmp(&b.command)));
    }
}

/// What a model may not say: a set of one, a set that is torn, a way back to what is gone or comes later.
fn repair(new: &mut ProcessModel) {
    let sets: Vec<Option<String>> = new.steps.iter().map(|step| step.unordered_with.clone()).collect();
    let mut earlier: Vec<String> = Vec::new();
    for (place, step) in new.steps.iter_mut().enumerate() {
        earlier.push(step.id.clone());
        let beside =
            |other: Option<usize>| other.and_then(|other| sets.get(other)).is_some_and(|set| *set == sets[place]);
        if sets[place].is_some() && !beside(place.checked_sub(1)) && !beside(Some(place + 1)) {
            step.unordered_with = None;
        }
        if step.on_failure.as_ref().is_some_and(|target| !earlier.contains(target)) {
            step.on_failure = None;
        }
    }
}

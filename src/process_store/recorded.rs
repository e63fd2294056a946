//! Runs that records tell of: of commits whose sessions are not here. A record says nothing of what was published, for it is made
//! before that; so such runs stand beside no others of their process.

use std::collections::HashSet;

use super::lookup::look_up;
use crate::git::{note_copies, range};
use crate::process::activities::{Activities, SKILL};
use crate::process::level::Level;
use crate::process::model::ProcessModel;
use crate::process::units::kept::{self, told};
use crate::process::units::steps::SessionStep;
use crate::process::units::{Looked, Unit};
use crate::record::contribution::{Contribution, Evidence};
use crate::record::execution::{Actor, ExecutionLog, ExecutionStatus, Phase, Run};
use crate::record::note::Record;
use crate::record::session::PromptSource;
use crate::record::text::{Clean, Raw};
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::recorder::{narrowing, recorded};
use crate::redact::Redactor;

/// So many commits are looked through, the last ones.
const MOST_COMMITS: usize = 5_000;
/// The names of runs that records tell of begin so; the id of the commit follows.
const PREFIX: &str = "commit/";

/// Whether a run is told by a record, and nothing is known of what was published.
pub(crate) fn is_recorded(log: &ExecutionLog, run: &Run) -> bool {
    log.text(run.id).starts_with(PREFIX)
}

/// What can be compared of `runs` (indexes into `log.runs`) with a model: where records tell of them, not what was published, and
/// with a model of every single step nothing.
pub(crate) fn comparable(
    log: &ExecutionLog,
    runs: &[u32],
    model: &ProcessModel,
    rules: &Activities,
) -> (Vec<u32>, ProcessModel) {
    let is_told = |index: &u32| is_recorded(log, &log.runs[*index as usize]);
    if !runs.iter().any(is_told) {
        return (runs.to_vec(), model.clone());
    }
    if matches!(model.level, Level::Raw | Level::Activity) {
        return (runs.iter().copied().filter(|index| !is_told(index)).collect(), model.clone());
    }
    let is_published = |name: &str| rules.phase(name) == Some(Phase::Publish) || name == Phase::Publish.to_string();
    (runs.to_vec(), model.without(is_published))
}

/// What the sessions on this machine tell already.
#[derive(Debug, Default)]
pub(super) struct ToldHere {
    /// `<agent>/<session>`, under all their names.
    pub(super) sessions: HashSet<String>,
    /// Full ids.
    pub(super) commits: HashSet<String>,
}

/// A run, by the units of its sessions.
pub(crate) type RecordedRun = Vec<(Unit, Looked)>;

/// The runs of the last commits of HEAD whose sessions are not here, oldest first, and what could not be read, a line each.
///
/// # Errors
/// When a commit cannot be read.
pub(super) fn runs(
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
    here: &ToldHere,
) -> anyhow::Result<(Vec<RecordedRun>, Vec<String>)> {
    let repository = &workplace.repository;
    if repository.head().is_none() {
        return Ok(Default::default());
    }
    let ids = range::last(repository, MOST_COMMITS)?;
    let looked = note_copies::everywhere(repository, &ids);
    let mut problems: Vec<String> = looked.problems.iter().map(|(_, problem)| format!("{problem:#}")).collect();
    let (mut runs, mut origins) = (Vec::new(), HashSet::new());
    for (id, notes) in ids.iter().zip(looked.notes) {
        let documents = recorded::told(id, notes).unwrap_or_else(|problem| {
            problems.push(format!("{problem:#}"));
            Vec::new()
        });
        if here.commits.contains(id) || documents.iter().all(|record| !has_steps(record)) {
            continue;
        }
        let Some(record) = recorded::united(workplace, redactor, id, documents)? else { continue };
        let is_told = |one: &Contribution<Clean>| here.sessions.contains(&format!("{}/{}", one.agent, one.session));
        // A part of a way would be told as if it were all.
        if record.contributions.iter().any(is_told) || narrowing::tells_of_ignored(&record, &workplace.ignored) {
            continue;
        }
        // A copy of a commit is not done twice.
        let evidence = record.contributions.iter().flat_map(|one| &one.evidence);
        let from =
            evidence.filter_map(|one| if let Evidence::Carried { from } = one { Some(from.clone()) } else { None });
        let from: Vec<String> = from.collect();
        if from.iter().any(|origin| origins.contains(origin)) {
            continue;
        }
        origins.extend(from);
        origins.insert(id.clone());
        runs.extend(run_of(workplace, (rules, redactor), id, &record)?);
    }
    Ok((runs, problems))
}

fn has_steps(record: &Record<Clean>) -> bool {
    record.contributions.iter().any(|one| !one.steps.is_empty())
}

/// The run of a commit as its record tells it, a unit of each session; `None` where it tells nothing, or nobody can say which
/// process it is of.
///
/// # Errors
/// When the commit cannot be read.
pub(crate) fn run_of(
    workplace: &Workplace,
    (rules, redactor): (&Rules, &Redactor),
    id: &str,
    record: &Record<Clean>,
) -> anyhow::Result<Option<RecordedRun>> {
    let mut units: Vec<Unit> = record
        .contributions
        .iter()
        .filter(|one| !one.steps.is_empty())
        .map(|one| unit(one, id, (&rules.activities, redactor)))
        .collect();
    let Some(last) = units.last_mut() else { return Ok(None) };
    let looked = look_up(workplace, redactor, &[id])?;
    let begun = |unit: &Unit| unit.steps.iter().any(|step| step.activity == SKILL && step.tool.is_empty());
    let at = Some(record.committed_at.as_millisecond());
    let commit = Some((id.to_owned(), String::new()));
    match last.steps.iter_mut().rfind(|step| step.phase == Some(Phase::Commit)) {
        Some(step) => (step.at, step.commit) = (at, commit),
        // That there is a commit is known, and not who typed it.
        None => last.steps.push(SessionStep {
            activity: "commit".to_owned(),
            phase: rules.activities.phase("commit"),
            actor: Actor::NotKnown,
            status: ExecutionStatus::Succeeded,
            at,
            commit,
            ..SessionStep::default()
        }),
    }
    // A command that somebody began with may name the process, and the branch may: neither is kept.
    let may_be_another =
        units.first().is_some_and(begun) || rules.settings.process.iter().any(|rule| !rule.branch.is_empty());
    if looked.trailer.is_none() && may_be_another {
        return Ok(None);
    }
    Ok(Some(units.into_iter().map(|unit| (unit, looked.clone())).collect()))
}

fn unit(one: &Contribution<Clean>, id: &str, (rules, redactor): (&Activities, &Redactor)) -> Unit {
    let clean = |text: &str| redactor.text(Raw::new(text)).0.to_string();
    let slash = one.prompts.iter().find(|prompt| prompt.source == PromptSource::Slash);
    let skill = slash.and_then(|prompt| prompt.text.as_str().split_whitespace().next());
    let mut steps = told(&one.steps, rules, skill.filter(|name| name.starts_with('/') && name.len() <= 64));
    // Records come from anybody, and names that no rule of ours knows too.
    for name in steps.iter_mut().flat_map(|step| std::iter::once(&mut step.activity).chain(&mut step.also)) {
        if rules.id(name).is_none() {
            *name = clean(name).chars().take(kept::LONGEST_NAME).collect();
        }
    }
    Unit {
        id: format!("{PREFIX}{id}"),
        session: clean(&format!("{}/{}", one.agent, one.session)),
        agent: one.agent.to_string(),
        agent_version: one.agent_version.as_deref().map(clean).unwrap_or_default(),
        model: one.models.last().map(|model| clean(model)).unwrap_or_default(),
        branch: String::new(),
        steps,
        is_whole: true,
    }
}

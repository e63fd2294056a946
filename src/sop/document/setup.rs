//! What comes before the first step of a newcomer: setting up, and the branch and the pull request that frame the work. Words of
//! the repository are quoted with their place, and what runs did is counted; nothing else is said.

use std::collections::BTreeMap;

use super::citations::Citations;
use super::facts::{Facts, RunSet, by_runs};
use super::page::{CommandRow, InstallRow, OnceABranch, PlaceRow, SetupPart, VersionsRow};
use super::repository_guide::{Place, QuotedLine};
use super::sources::Sources;
use crate::record::execution::Symbol;
use crate::text::markdown::{code, exact_code, exact_fence};

/// Activities that set up, and change nothing of the project.
const ACTIVITIES: &[&str] = &["set up environment", "install dependencies"];
/// Commands that are named, at most.
const COMMANDS: usize = 3;

pub(super) fn set_up(sources: &Sources, facts: &Facts, citations: &mut Citations) -> SetupPart {
    let repository = sources.repository;
    let versions = repository.versions.iter().map(|asked| VersionsRow {
        path: code(&asked.path),
        tools: asked.tools.iter().map(|(tool, version)| code(&format!("{tool} {version}"))).collect(),
    });
    let (runs, commands) = seen(facts);
    let claim = (!runs.is_empty()).then(|| citations.cite("Setting up", &runs));
    let is_enough = runs.len() >= sources.minimum as usize;
    let rows = by_runs(&commands, |command| sources.log.text(command).to_owned());
    let rows = rows.into_iter().filter(|(_, runs)| is_enough && runs.len() > 1).take(COMMANDS);
    let commands_seen = rows
        .map(|(command, those)| {
            let text = sources.log.text(command);
            let claim = citations.cite_of(&format!("Setting up with: {text}"), those, runs.len());
            CommandRow { command: exact_code(text), claim }
        })
        .collect();
    let commands = repository.setup.as_ref().map(|setup| &setup.commands).filter(|commands| !commands.is_empty());
    SetupPart {
        place: repository.setup.as_ref().map(|setup| place(&setup.place)),
        commands: commands.map(|commands| exact_fence(&commands.join("\n"), "sh")),
        more: repository.setup.as_ref().map_or(0, |setup| setup.more),
        others: repository.more_setup.iter().map(place).collect(),
        versions: versions.collect(),
        installs: repository
            .installs
            .iter()
            .map(|(program, said)| InstallRow {
                program: exact_code(program),
                place: place(&said.place),
                line: exact_code(&said.line),
            })
            .collect(),
        claim,
        commands_seen,
    }
}

/// The runs that set something up, and those of each command.
fn seen(facts: &Facts) -> (RunSet, BTreeMap<Symbol, RunSet>) {
    let (mut all, mut commands) = (RunSet::new(), BTreeMap::new());
    for run in &facts.runs {
        let done = facts.events(*run).flat_map(|(_, event)| event.done());
        for (_, command) in done.filter(|(activity, _)| ACTIVITIES.contains(&facts.log.text(*activity))) {
            all.insert(*run);
            if !command.is_none() {
                commands.entry(command).or_insert_with(RunSet::new).insert(*run);
            }
        }
    }
    (all, commands)
}

/// How a branch is made.
pub(super) fn branch(sources: &Sources, facts: &Facts, citations: &mut Citations) -> OnceABranch {
    once(sources, "create branch", sources.repository.branch.as_ref(), (facts, citations))
}

/// How a branch is pushed: files seldom say it, and runs mostly do.
pub(super) fn push(sources: &Sources, facts: &Facts, citations: &mut Citations) -> OnceABranch {
    once(sources, "push", None, (facts, citations))
}

/// How a pull request is opened.
pub(super) fn pull_request(sources: &Sources, facts: &Facts, citations: &mut Citations) -> OnceABranch {
    once(sources, "open PR", sources.repository.pull_request.as_ref(), (facts, citations))
}

fn once(
    sources: &Sources,
    activity: &str,
    said: Option<&QuotedLine>,
    (facts, citations): (&Facts, &mut Citations),
) -> OnceABranch {
    let numbered = (1..).zip(&sources.model.steps);
    let steps = numbered.filter(|(_, step)| step.activities.iter().any(|one| one == activity));
    let steps: Vec<usize> = steps.map(|(number, _)| number).collect();
    let does = |run: &&u32| {
        let mut done = facts.events(**run).flat_map(|(_, event)| event.done());
        done.any(|(one, _)| facts.log.text(one) == activity)
    };
    let runs: RunSet = facts.runs.iter().filter(does).copied().collect();
    let claim = (steps.is_empty() && !runs.is_empty()).then(|| citations.cite(&format!("Too few: {activity}"), &runs));
    OnceABranch {
        steps,
        claim,
        place: said.map(|said| place(&said.place)),
        line: said.map(|said| exact_code(&said.line)),
    }
}

pub(super) fn place(place: &Place) -> PlaceRow {
    PlaceRow {
        path: code(&place.path),
        section: Some(&place.section).filter(|name| !name.is_empty()).map(|name| code(name)),
    }
}

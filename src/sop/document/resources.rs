//! Who carries a process out, and with what: roles, programs and agents with the versions that were seen.

use std::collections::{BTreeMap, BTreeSet};

use super::citations::Citations;
use super::facts::{Facts, RunSet, by_runs};
use super::page::{RoleRow, ToolRow};
use super::sources::Sources;
use super::told::told_step;
use super::words::{actor, agent as agent_name};
use crate::record::execution::{Actor, Symbol};
use crate::text::markdown::{code, inline};

/// Programs that every shell comes with: nobody has to install them.
const EVERYWHERE: &[&str] = &[
    "awk", "cat", "cd", "chmod", "cp", "cut", "date", "diff", "echo", "export", "find", "grep", "head", "kill", "ln",
    "ls", "mkdir", "mv", "printf", "pwd", "rm", "sed", "sleep", "sort", "source", "tail", "tee", "test", "touch", "tr",
    "uniq", "wc", "which", "xargs",
];

/// A program is told from this share of the runs on, in percent.
const TOLD_SHARE: usize = 5;

/// Those of the log with the most runs first, then those that were only told.
pub(crate) fn roles(sources: &Sources, facts: &Facts, citations: &mut Citations) -> Vec<RoleRow> {
    let mut runs: BTreeMap<(Actor, Symbol), RunSet> = BTreeMap::new();
    let mut steps: BTreeMap<(Actor, Symbol), Vec<usize>> = BTreeMap::new();
    for (index, step) in facts.steps.iter().enumerate() {
        for (who, those) in &step.actors {
            runs.entry(*who).or_default().extend(those);
            steps.entry(*who).or_default().push(index + 1);
        }
    }
    let name = |(kind, name): (Actor, Symbol)| actor(kind, sources.log.text(name));
    let mut roles: Vec<RoleRow> = Vec::new();
    for (who, those) in by_runs(&runs, name) {
        let name = name(who);
        if !name.is_empty() {
            let claim = Some(citations.cite(&format!("Role: {name}"), those));
            roles.push(RoleRow { name, steps: steps.remove(&who).unwrap_or_default(), claim });
        }
    }
    for (name, steps) in told_roles(sources) {
        if roles.iter().all(|role| role.name != name) {
            roles.push(RoleRow { name: name.to_owned(), steps, claim: None });
        }
    }
    roles
}

/// Everyone who was named, in the order in which they were, with the numbers of their steps.
fn told_roles<'a>(sources: &Sources<'a>) -> Vec<(&'a str, Vec<usize>)> {
    let mut roles: Vec<(&str, Vec<usize>)> =
        sources.capture.who.iter().map(|name| (name.as_str(), Vec::new())).collect();
    for (index, step) in sources.model.steps.iter().enumerate() {
        let Some(told) = told_step(sources.capture, step).filter(|told| !told.actor.is_empty()) else { continue };
        match roles.iter_mut().find(|(name, _)| *name == told.actor) {
            Some((_, steps)) => steps.push(index + 1),
            None => roles.push((&told.actor, vec![index + 1])),
        }
    }
    roles
}

/// Programs of the commands, what was told, and the agents.
pub(crate) fn tools(sources: &Sources, facts: &Facts, citations: &mut Citations) -> Vec<ToolRow> {
    let mut seen: BTreeMap<&str, (RunSet, BTreeSet<usize>)> = BTreeMap::new();
    for (index, step) in facts.steps.iter().enumerate() {
        let programs =
            step.commands.iter().filter_map(|(command, runs)| Some((program(sources.log.text(*command))?, runs)));
        let logged = step.tools.iter().map(|(tool, runs)| (sources.log.text(*tool), runs));
        for (name, runs) in programs.chain(logged) {
            let entry = seen.entry(name).or_default();
            entry.0.extend(runs);
            entry.1.insert(index + 1);
        }
    }
    let mut rows: Vec<(&str, (RunSet, BTreeSet<usize>))> = seen.into_iter().collect();
    // What one run in twenty used is no prerequisite.
    rows.retain(|(name, (runs, _))| 100 * runs.len() >= TOLD_SHARE * facts.runs.len() && !EVERYWHERE.contains(name));
    rows.sort_by(|a, b| b.1.0.len().cmp(&a.1.0.len()).then_with(|| a.0.cmp(b.0)));
    let mut tools: Vec<ToolRow> = Vec::new();
    for (name, (runs, steps)) in &rows {
        let claim = Some(citations.cite(&format!("Tool: {name}"), runs));
        let steps = steps.iter().copied().collect();
        tools.push(ToolRow { name: code(name), versions: Vec::new(), steps, claim });
    }
    for (name, steps) in told_tools(sources) {
        if rows.iter().all(|(known, _)| *known != name) {
            tools.push(ToolRow { name: code(name), versions: Vec::new(), steps: steps.clone(), claim: None });
        }
    }
    tools.extend(agents(sources, facts, citations));
    tools
}

/// The program of a command; none of a part of one that is no name.
fn program(command: &str) -> Option<&str> {
    let first = command.split_whitespace().next()?;
    first.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '_')).then_some(first)
}

fn told_tools<'a>(sources: &Sources<'a>) -> BTreeMap<&'a str, Vec<usize>> {
    let mut tools: BTreeMap<&str, Vec<usize>> =
        sources.capture.tools.iter().map(|name| (name.as_str(), Vec::new())).collect();
    for (index, step) in sources.model.steps.iter().enumerate() {
        for tool in told_step(sources.capture, step).iter().flat_map(|told| &told.tools) {
            tools.entry(tool).or_default().push(index + 1);
        }
    }
    tools
}

/// 2.1.9 before 2.1.10.
fn by_number(version: &str) -> Vec<(u64, String)> {
    let part = |part: &str| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        (part[..digits].parse().unwrap_or(u64::MAX), part[digits..].to_owned())
    };
    version.split('.').map(part).collect()
}

fn agents(sources: &Sources, facts: &Facts, citations: &mut Citations) -> Vec<ToolRow> {
    let mut agents: BTreeMap<Symbol, RunSet> = BTreeMap::new();
    let mut versions: BTreeMap<Symbol, BTreeSet<&str>> = BTreeMap::new();
    for run in &facts.runs {
        let seen = facts.run(*run);
        if !seen.agent.is_none() {
            agents.entry(seen.agent).or_default().insert(*run);
            versions
                .entry(seen.agent)
                .or_default()
                .extend(Some(facts.log.text(seen.agent_version)).filter(|v| !v.is_empty()));
        }
    }
    let rows = by_runs(&agents, |agent| sources.log.text(agent).to_owned());
    let row = |(agent, runs): (Symbol, &RunSet)| {
        let name = agent_name(sources.log.text(agent));
        let mut versions: Vec<String> =
            versions.remove(&agent).unwrap_or_default().into_iter().map(str::to_owned).collect();
        versions.sort_by_cached_key(|version| by_number(version));
        let claim = Some(citations.cite(&format!("Agent: {name}"), runs));
        ToolRow { name: inline(&name), versions, steps: Vec::new(), claim }
    };
    rows.into_iter().map(row).collect()
}

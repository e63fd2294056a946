//! Which agents worked, in which versions and with which models.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{CorrectionEvent, DatedCommit, FailureEvent, agents, is_read, is_session};
use super::figures::{AgentFigures, FigureOf, VersionFigures};
use super::periods::date;
use crate::record::agent::Agent;
use crate::record::entry::CommitEntry;
use crate::record::note::{LineAuthor, Span, Statement};

/// What is known of each agent, those with most commits first. `unverified` are the ids of agents' commits of which nothing that
/// passed is known.
pub(super) fn of_agents(
    commits: &[DatedCommit<'_>],
    failures: &[FailureEvent<'_>],
    corrections: &[CorrectionEvent<'_>],
    unverified: &BTreeSet<String>,
) -> Vec<AgentFigures> {
    let with_failures: BTreeSet<(&Agent, &str)> =
        failures.iter().map(|event| (&event.session.agent, event.commit.entry.id.as_str())).collect();
    let with_corrections: BTreeSet<&str> = corrections.iter().map(|event| event.commit.entry.id.as_str()).collect();
    let mut figures: BTreeMap<&Agent, AgentFigures> = BTreeMap::new();
    let mut sessions: BTreeSet<(&Agent, &str)> = BTreeSet::new();
    for commit in commits {
        let id = commit.entry.id.as_str();
        for agent in agents(commit.entry) {
            let one = figures.entry(agent).or_insert_with(|| AgentFigures {
                agent: agent.clone(),
                name: agent.title().to_owned(),
                commits: FigureOf::default(),
                sessions: 0,
                lines: 0,
                with_failures: FigureOf::default(),
                with_corrections: FigureOf::default(),
                verified: FigureOf::default(),
                seen: 0,
            });
            one.commits.add(id);
            let read: Vec<_> = commit.entry.sure().filter(|part| part.agent == *agent && is_read(part)).collect();
            one.lines = one.lines.saturating_add(written(commit.entry, agent));
            for part in &read {
                one.sessions += u32::from(sessions.insert((agent, part.session.as_str())));
            }
            if read.is_empty() {
                continue;
            }
            one.seen += 1;
            for (has, figure) in [
                (with_failures.contains(&(agent, id)), &mut one.with_failures),
                (with_corrections.contains(id), &mut one.with_corrections),
                (!unverified.contains(id), &mut one.verified),
            ] {
                if has {
                    figure.add(id);
                }
            }
        }
    }
    let mut all: Vec<AgentFigures> = figures.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.commits.n));
    all
}

/// Added lines that sessions of the agent wrote.
fn written(entry: &CommitEntry, agent: &Agent) -> u32 {
    let Some(record) = &entry.record else { return 0 };
    let is_its = |span: &&Span| {
        let part = span.contribution.and_then(|place| record.contributions.get(place as usize));
        matches!(span.author, LineAuthor::Agent | LineAuthor::Corrected)
            && part.is_some_and(|part| part.agent == *agent)
    };
    let spans = record.files.iter().flat_map(|file| &file.spans).filter(is_its);
    spans.fold(0, |sum, span| sum.saturating_add(span.lines))
}

/// Versions of agents, and models, each in the order of their first commit.
pub(super) fn versions_and_models(commits: &[DatedCommit<'_>]) -> (Vec<VersionFigures>, Vec<VersionFigures>) {
    let (mut versions, mut models) = (Uses::default(), Uses::default());
    for commit in commits {
        for part in commit.entry.sure().filter(|part| is_session(part)) {
            if let Some(version) = &part.agent_version {
                versions.add(&part.agent, version, commit);
            }
            part.models.iter().for_each(|model| models.add(&part.agent, model, commit));
        }
        let named: Vec<&Agent> = commit.entry.sure().map(|part| &part.agent).collect();
        for statement in &commit.entry.stated {
            if let Statement::Agent { agent, model: Some(model), .. } = statement
                && !named.contains(&agent)
            {
                models.add(agent, model, commit);
            }
        }
    }
    let last = commits.last();
    (versions.figures(last), models.figures(last))
}

#[derive(Default)]
struct Uses<'a>(Vec<(VersionFigures, &'a DatedCommit<'a>)>);

impl<'a> Uses<'a> {
    fn add(&mut self, agent: &Agent, named: &str, commit: &'a DatedCommit<'a>) {
        let id = &commit.entry.id;
        let day = || date(commit.at).to_string();
        match self.0.iter_mut().find(|(one, _)| one.agent == *agent && one.named == named) {
            // Two sessions of one commit.
            Some((one, _)) if one.commits.commits.last() == Some(id) => {}
            Some((one, last)) => {
                one.commits.add(id);
                (one.last, *last) = (day(), commit);
            }
            None => {
                let commits = FigureOf::of_commits(std::iter::once(id.as_str()));
                let (name, agent, named) = (agent.title().to_owned(), agent.clone(), named.to_owned());
                let one = VersionFigures { agent, name, named, commits, first: day(), last: day(), unused_days: 0 };
                self.0.push((one, commit));
            }
        }
    }

    fn figures(self, last: Option<&DatedCommit<'_>>) -> Vec<VersionFigures> {
        let days = |used: &DatedCommit<'_>| {
            let between = last.map(|last| (date(last.at) - date(used.at)).get_days());
            between.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
        };
        let with_days =
            |(one, used): (VersionFigures, &DatedCommit<'_>)| VersionFigures { unused_days: days(used), ..one };
        self.0.into_iter().map(with_days).collect()
    }
}

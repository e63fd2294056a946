//! The rules: what each finds in the commits of a range, with the level that the policy gives it.

use std::collections::BTreeMap;

use super::facts::{Declared, Facts};
use super::work::Work;
use crate::record::checked_state::CheckedState;
use crate::record::entry::MessageTrailer;
use crate::record::note::{LineAuthor, Statement};
use crate::record::policy::{By, Level, Policy, Rule, TrailerForm};
use crate::record::verdict::{Finding, Severity, What};

/// Files that are named in a finding of a whole range.
const FILES: usize = 20;

/// Collects findings, those that are the same for several commits as one.
struct Found<'a> {
    policy: &'a Policy,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, rule: Rule, commit: &str, what: What) {
        let severity = match self.policy.level(rule) {
            Level::Off => return,
            Level::Warn => Severity::Warn,
            Level::Fail => Severity::Fail,
        };
        for finding in self.findings.iter_mut().filter(|finding| finding.rule == rule) {
            if joined(&mut finding.what, &what) {
                if finding.commits.last().is_none_or(|last| last != commit) {
                    finding.commits.push(commit.to_owned());
                }
                return;
            }
        }
        self.findings.push(Finding { severity, rule, commits: vec![commit.to_owned()], what });
    }
}

/// Whether `more` says the same of another commit; counts are added up.
fn joined(into: &mut What, more: &What) -> bool {
    match (into, more) {
        (
            What::ProtectedPaths { agent, sure, lines, files },
            What::ProtectedPaths { agent: other, sure: surely, lines: more, files: there },
        ) if agent == other && sure == surely => {
            *lines = lines.saturating_add(*more);
            add_new(files, there);
        }
        (
            What::ForbiddenTrailer { key, agent, values },
            What::ForbiddenTrailer { key: same, agent: other, values: more },
        ) if key.eq_ignore_ascii_case(same) && agent == other && values.is_empty() == more.is_empty() => {
            add_new(values, more)
        }
        (What::NoReason { corrections, files }, What::NoReason { corrections: more, files: other }) => {
            *corrections = corrections.saturating_add(*more);
            add_new(files, other);
        }
        (What::NoExplanation { attempts, .. }, What::NoExplanation { attempts: more, .. }) => {
            *attempts = attempts.saturating_add(*more);
        }
        (What::NotVerified { files, untested }, What::NotVerified { files: more, untested: others }) => {
            add_new(files, more);
            add_new(untested, others);
        }
        (into, more) => return into == more,
    }
    true
}

fn add_new<T: Clone + PartialEq>(known: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
}

/// Worst first, then in the order of the rules, then of the commits.
pub(super) fn findings(works: &[Work], facts: &[Facts], policy: &Policy) -> Vec<Finding> {
    let mut found = Found { policy, findings: Vec::new() };
    for work in works {
        forbidden_agents(work, &mut found);
        forbidden_trailers(work, &mut found);
    }
    for facts in facts {
        protected_paths(facts.work, &mut found);
        required_trailers(facts.work, &mut found);
        documentation(facts, &mut found);
    }
    unknown_lines(facts, &mut found);
    let mut findings = found.findings;
    findings.sort_by_key(|finding| (finding.severity, finding.rule));
    findings
}

fn forbidden_agents(work: &Work, found: &mut Found) {
    for agent in work.agents() {
        if found.policy.forbidden_agents.agents.contains(agent) {
            found.add(Rule::ForbiddenAgents, &work.entry.id, What::ForbiddenAgent { agent: agent.clone() });
        }
    }
}

fn forbidden_trailers(work: &Work, found: &mut Found) {
    let forms = &found.policy.forbidden_trailers.trailers;
    let mut what: Vec<What> = Vec::new();
    for trailer in work.entry.trailers.iter().filter(|trailer| forms.iter().any(|form| fits(form, trailer))) {
        let (key, values) = (trailer.key.clone(), vec![trailer.value.clone()]);
        what.push(What::ForbiddenTrailer { key, agent: trailer.agent.clone(), values });
    }
    // A line that git does not read as a trailer is still read by people and forges.
    for statement in &work.entry.stated {
        let Statement::Agent { agent, place, strict: false, .. } = statement else { continue };
        let is_meant = |form: &TrailerForm| form.pattern.is_none() && form.key.eq_ignore_ascii_case(place);
        if forms.iter().any(is_meant) {
            let (key, agent) = (place.clone(), Some(agent.clone()));
            what.push(What::ForbiddenTrailer { key, agent, values: Vec::new() });
        }
    }
    for what in what {
        found.add(Rule::ForbiddenTrailers, &work.entry.id, what);
    }
}

fn fits(form: &TrailerForm, trailer: &MessageTrailer) -> bool {
    form.key.eq_ignore_ascii_case(&trailer.key)
        && form.pattern.as_ref().is_none_or(|pattern| pattern.fits(trailer.value.as_str()))
        && (form.by == By::Anyone || trailer.agent.is_some())
}

fn required_trailers(work: &Work, found: &mut Found) {
    let missing: Vec<What> = missing_trailers(work, found.policy)
        .map(|form| {
            let wrong = work.entry.trailers.iter().find(|trailer| form.key.eq_ignore_ascii_case(&trailer.key));
            What::MissingTrailer { key: form.key.clone(), found: wrong.map(|trailer| trailer.value.clone()) }
        })
        .collect();
    for what in missing {
        found.add(Rule::RequiredTrailers, &work.entry.id, what);
    }
}

pub(super) fn missing_trailers<'p>(work: &Work, policy: &'p Policy) -> impl Iterator<Item = &'p TrailerForm> {
    let forms = policy.required_trailers.trailers.iter();
    forms.filter(|form| !work.entry.trailers.iter().any(|trailer| fits(form, trailer)))
}

/// Lines that an agent wrote where it may not; and lines of unknown origin there, in a commit that an agent signed
/// without a session that could tell.
fn protected_paths(work: &Work, found: &mut Found) {
    let Some(record) = &work.entry.record else { return };
    let mut named = work.unread.iter().map(|one| &one.agent).chain(work.signed.iter().map(|signed| signed.agent));
    let without_session = named.find(|agent| work.sessions_of(agent).next().is_none());
    let mut what: Vec<What> = Vec::new();
    for file in &record.files {
        if !found.policy.protected_paths.paths.iter().any(|glob| glob.has(&file.path)) {
            continue;
        }
        for span in &file.spans {
            let wrote = span.contribution.and_then(|index| record.contributions.get(index as usize));
            let (agent, sure) = match (span.author, wrote, without_session) {
                (LineAuthor::Agent | LineAuthor::Corrected, Some(one), _) => (&one.agent, true),
                (LineAuthor::Unknown, _, Some(named)) => (named, false),
                _ => continue,
            };
            let (agent, files) = (agent.clone(), vec![file.path.clone()]);
            what.push(What::ProtectedPaths { agent, sure, lines: span.lines, files });
        }
    }
    for what in what {
        found.add(Rule::ProtectedPaths, &work.entry.id, what);
    }
}

fn documentation(facts: &Facts, found: &mut Found) {
    let commit = &facts.work.entry.id;
    for agent in &facts.agents {
        let name = || agent.agent.clone();
        if !agent.has_session {
            found.add(Rule::SessionFound, commit, What::NoSession { agent: name(), unread: agent.is_unread });
        }
        if agent.declared != Declared::Yes {
            let mentioned = agent.declared == Declared::Mentioned;
            found.add(Rule::AgentDeclared, commit, What::NotDeclared { agent: name(), mentioned });
        }
        if !agent.has_version {
            found.add(Rule::VersionNamed, commit, What::NoVersion { agent: name() });
        }
    }
    if !facts.is_verified {
        let mut files: Vec<String> =
            facts.work.sessions.iter().flat_map(|session| &session.changed_after_check).cloned().collect();
        files.sort();
        files.dedup();
        let passed_before = facts.work.contributions().flat_map(|one| &one.checks);
        let passed_before = passed_before.into_iter().any(|check| check.state == Some(CheckedState::BeforeChange));
        let record = facts.work.entry.record.as_ref().filter(|_| passed_before);
        let mut untested: Vec<String> =
            record.iter().flat_map(|record| &record.untested).map(|place| place.path.clone()).collect();
        untested.dedup();
        found.add(Rule::Verified, commit, What::NotVerified { files, untested });
    }
    for correction in facts.without_reason.iter().flatten() {
        let what = What::NoReason { corrections: 1, files: correction.path.iter().cloned().collect() };
        found.add(Rule::CorrectionsExplained, commit, what);
    }
    for attempt in facts.unexplained.iter().flatten() {
        let what = What::NoExplanation { attempts: 1, tried: attempt.tried.clone() };
        found.add(Rule::FailuresExplained, commit, what);
    }
    if !facts.has_prompt {
        found.add(Rule::PromptKept, commit, What::NoPrompt);
    }
}

/// Of the commits in which a session wrote something: elsewhere every line is unknown, and `session-found` says so.
fn unknown_lines(facts: &[Facts], found: &mut Found) {
    let (mut lines, mut of): (u32, u32) = (0, 0);
    let mut by_file: BTreeMap<&str, u32> = BTreeMap::new();
    let mut commits: Vec<&str> = Vec::new();
    for record in
        facts.iter().filter(|facts| facts.work.was_seen()).filter_map(|facts| facts.work.entry.record.as_ref())
    {
        // A note may come from anybody: its numbers need not add up.
        lines = record.lines.unknown.saturating_add(lines);
        of = record.lines.added.saturating_add(of);
        for file in &record.files {
            let count: &mut u32 = by_file.entry(&file.path).or_default();
            for span in file.spans.iter().filter(|span| span.author == LineAuthor::Unknown) {
                *count = count.saturating_add(span.lines);
            }
        }
    }
    let most = found.policy.unknown_lines.most;
    if !most.is_exceeded(lines, of) {
        return;
    }
    for facts in
        facts.iter().filter(|facts| facts.work.was_seen() && facts.lines.is_some_and(|lines| lines.unknown > 0))
    {
        commits.push(&facts.work.entry.id);
    }
    let mut files: Vec<(&str, u32)> = by_file.into_iter().filter(|(_, lines)| *lines > 0).collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let files: Vec<String> = files.into_iter().take(FILES).map(|(path, _)| path.to_owned()).collect();
    let what = What::UnknownLines { lines, of, most, files };
    for commit in commits {
        found.add(Rule::UnknownLines, commit, what.clone());
    }
}

//! What is there and what is missing in each agent's commit. Rules, score and steps are made from these facts alone.

use super::work::{CommitWork, is_filled_in};
use crate::checks::said::says_checked;
use crate::record::agent::Agent;
use crate::record::contribution::{
    AttemptKind, Check, CheckKind, CheckResult, Contribution, Correction, CorrectionForm, FailedAttempt,
};
use crate::record::no_reason::{NoReason, no_reason};
use crate::record::note::{LineCounts, Statement};
use crate::record::session::FailureKind;
use crate::record::text::Clean;
use crate::text::paths;

pub(super) struct Facts<'a> {
    pub(super) work: &'a CommitWork<'a>,
    pub(super) agents: Vec<AgentFacts<'a>>,
    pub(super) has_prompt: bool,
    /// `None` where no transcript was read and nobody wrote of failures.
    pub(super) unexplained: Option<Vec<&'a FailedAttempt<Clean>>>,
    /// `None` where no transcript was read and nobody wrote of corrections.
    pub(super) without_reason: Option<Vec<&'a Correction<Clean>>>,
    pub(super) is_verified: bool,
    /// `None` without a record.
    pub(super) lines: Option<LineCounts>,
}

impl Facts<'_> {
    /// How many of the commit's agents have something, of all.
    pub(super) fn share_of_agents(&self, have: impl Fn(&AgentFacts) -> bool) -> (u64, u64) {
        (self.agents.iter().filter(|agent| have(agent)).count() as u64, self.agents.len() as u64)
    }
}

pub(super) struct AgentFacts<'a> {
    pub(super) agent: &'a Agent,
    pub(super) has_session: bool,
    /// The shell named a session, and it was not read.
    pub(super) is_unread: bool,
    pub(super) declared: Declared,
    pub(super) has_version: bool,
    /// As the session or the message reports it.
    pub(super) model: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// In a trailer or as the author.
    Yes,
    /// In a line that git does not read as a trailer.
    Mentioned,
    No,
}

/// The facts of the commits on which an agent worked or that one signed, oldest first.
pub(super) fn facts<'a>(works: &'a [CommitWork<'a>]) -> Vec<Facts<'a>> {
    works.iter().enumerate().filter(|(_, work)| work.is_agents()).map(|(place, _)| of(&works[place..])).collect()
}

/// Of the first commit; the ones after it may tell of it as well.
fn of<'a>(from: &'a [CommitWork<'a>]) -> Facts<'a> {
    let work = &from[0];
    Facts {
        work,
        agents: work.agents().into_iter().map(|agent| agent_facts(work, agent)).collect(),
        has_prompt: has_prompt(work),
        unexplained: unexplained(work),
        without_reason: without_reason(from),
        is_verified: is_verified(from),
        lines: work.entry.record.as_ref().map(|record| record.lines),
    }
}

fn agent_facts<'a>(work: &CommitWork<'a>, agent: &'a Agent) -> AgentFacts<'a> {
    let named = work.named(agent);
    let of_session = work.sessions_of(agent).flat_map(|session| &session.models).map(String::as_str).last();
    let model = of_session.or(named.filter(|named| named.agent == agent).and_then(|named| named.model));
    AgentFacts {
        agent,
        has_session: work.sessions_of(agent).next().is_some(),
        is_unread: work.unread.iter().any(|session| session.agent == *agent),
        declared: match named {
            Some(named) if named.strict => Declared::Yes,
            Some(_) => Declared::Mentioned,
            None => Declared::No,
        },
        has_version: model.is_some() || work.sessions_of(agent).any(|session| session.agent_version.is_some()),
        model,
    }
}

/// A prompt whose text was left out on purpose (`prompts: none`, `forget`) is still kept: its time, role and length are.
fn has_prompt(work: &CommitWork) -> bool {
    let is_kept = |text: &Clean, cut: u32| cut > 0 || !text.as_str().trim().is_empty();
    work.contributions().flat_map(|one| &one.prompts).any(|prompt| is_kept(&prompt.text, prompt.cut))
        || work.told(|s| if let Statement::Prompt { text } = s { Some(text) } else { None }).count() > 0
}

fn unexplained<'a>(work: &CommitWork<'a>) -> Option<Vec<&'a FailedAttempt<Clean>>> {
    let told = work.told(|s| if let Statement::FailedAttempt { text } = s { Some(text) } else { None }).count() > 0;
    let attempts = || work.contributions().flat_map(|one| &one.attempts);
    if told || attempts().any(|attempt| attempt.kind == AttemptKind::Told && is_explained(attempt)) {
        return Some(Vec::new());
    }
    let matters = |attempt: &&FailedAttempt<Clean>| is_worth_telling(attempt.kind) && !is_explained(attempt);
    work.was_seen().then(|| attempts().filter(matters).collect())
}

/// A reason in words; or an error, and how it ended or what was done about it.
fn is_explained(attempt: &FailedAttempt<Clean>) -> bool {
    attempt.why.is_some() || attempt.change.is_some() || (attempt.error.is_some() && attempt.ended.is_some())
}

/// Slips of an agent with its own tools explain themselves, and what it takes back by itself is no failure yet.
fn is_worth_telling(kind: AttemptKind) -> bool {
    match kind {
        AttemptKind::Rejected | AttemptKind::Interrupted | AttemptKind::Told => true,
        AttemptKind::Failed(kind) => matches!(kind, FailureKind::Tests | FailureKind::Build | FailureKind::Lint),
        AttemptKind::Reverted => false,
    }
}

/// Corrections by hand; one in words is its own reason. A later commit of the range may give the reason, by the name of
/// the file.
fn without_reason<'a>(from: &[CommitWork<'a>]) -> Option<Vec<&'a Correction<Clean>>> {
    fn of_correction(statement: &Statement<Clean>) -> Option<&Clean> {
        if let Statement::Correction { text } = statement { Some(text) } else { None }
    }
    let work = &from[0];
    let own: Vec<&str> = work.told(of_correction).collect();
    if !work.was_seen() {
        let mut corrections = work.contributions().flat_map(|one| &one.corrections);
        let told = corrections.any(|correction| correction.form == CorrectionForm::Told);
        return (told || !own.is_empty()).then(Vec::new);
    }
    let by_hand = work.contributions().flat_map(|one| &one.corrections);
    let mut open: Vec<&Correction<Clean>> = by_hand
        .filter(|correction| correction.form == CorrectionForm::Manual)
        .filter(|correction| !correction.reason.as_ref().is_some_and(|reason| is_filled_in(reason.as_str())))
        .collect();
    let none = own.iter().any(|text| no_reason(text) == Some(NoReason::OfTheCommit));
    if none || (open.len() == 1 && own.len() == 1) {
        return Some(Vec::new());
    }
    let told: Vec<&str> = from.iter().flat_map(|work| work.told(of_correction)).collect();
    let journals: Vec<&str> = from
        .iter()
        .flat_map(CommitWork::contributions)
        .flat_map(|one| &one.corrections)
        .filter(|correction| correction.form == CorrectionForm::Told && correction.reason.is_some())
        .filter_map(|correction| correction.path.as_deref())
        .collect();
    open.retain(|correction| {
        let file = correction.path.as_deref().map(name).unwrap_or_default();
        let about_it = |text: &&str| text.split([':', ' ']).next().is_some_and(|first| name(first) == file);
        file.is_empty() || !(told.iter().any(about_it) || journals.iter().any(|path| name(path) == file))
    });
    Some(open)
}

/// The last part of a path: people name a file without its folders.
pub(super) fn name(path: &str) -> &str {
    paths::name(path)
}

/// Something was run and passed on the committed state, after the last edit of each session, or a person says what was checked and not
/// that it failed; then or later.
fn is_verified(from: &[CommitWork]) -> bool {
    let of_person = |work: &CommitWork| {
        work.contributions()
            .flat_map(|one| &one.checks)
            .any(|check| check.kind == CheckKind::Told && says_checked(check.command.as_str()))
            || work.told(|s| if let Statement::Verified { text } = s { Some(text) } else { None }).any(says_checked)
    };
    if from.iter().any(of_person) {
        return true;
    }
    let (work, later) = (&from[0], &from[1..]);
    let made = work.entry.record.as_ref().map(|record| record.committed_at);
    let after_it =
        |check: &Check<Clean>| passed(check) && check.at.is_some_and(|at| made.is_some_and(|made| at > made));
    if later.iter().flat_map(CommitWork::contributions).flat_map(|one| &one.checks).any(after_it) {
        return true;
    }
    let wrote = |one: &&&Contribution<Clean>| one.lines > 0;
    let mut writers: Vec<&Contribution<Clean>> = work.sessions.iter().filter(wrote).copied().collect();
    if writers.is_empty() {
        writers.clone_from(&work.sessions);
    }
    let covers = work.contributions().flat_map(|one| &one.checks).any(Check::covers_the_commit);
    covers && !writers.is_empty() && writers.iter().all(|writer| is_checked(writer, work))
}

fn is_checked(writer: &Contribution<Clean>, work: &CommitWork) -> bool {
    let by_another = |check: &Check<Clean>| {
        passed(check) && check.at.is_some_and(|at| writer.ended_at.is_some_and(|ended| at > ended))
    };
    writer.checks.iter().any(|check| passed(check) && check.after_last_edit)
        || work.contributions().flat_map(|one| &one.checks).any(by_another)
}

fn passed(check: &Check<Clean>) -> bool {
    check.result == CheckResult::Passed && check.kind != CheckKind::Format
}

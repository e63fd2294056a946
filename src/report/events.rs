//! What happened, each event once, also where the records of several commits tell of it: a commit and its rebased copy.

use jiff::Timestamp;

use super::tallies::Seen;
use crate::record::agent::Agent;
use crate::record::contribution::{AttemptKind, Contribution, Correction, CorrectionForm, FailedAttempt, WhySource};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::text::Clean;

/// A commit, with when it was made. Those of a report are in the order of their times.
pub(crate) struct DatedCommit<'a> {
    pub(crate) entry: &'a CommitEntry,
    pub(crate) at: Timestamp,
}

/// Something that failed or was taken back. What people refused or stopped is told with what they corrected.
pub(super) struct FailureEvent<'a> {
    pub(super) commit: &'a DatedCommit<'a>,
    pub(super) session: &'a Contribution<Clean>,
    pub(super) attempt: &'a FailedAttempt<Clean>,
}

/// Something that a person corrected or refused.
pub(super) struct CorrectionEvent<'a> {
    pub(super) commit: &'a DatedCommit<'a>,
    pub(super) form: &'static str,
    pub(super) files: Vec<&'a str>,
    pub(super) reason: Option<&'a Clean>,
}

/// The agents of a commit: those whose sessions led to it, else those that it is signed by; those with most lines first.
pub(super) fn agents(entry: &CommitEntry) -> Vec<&Agent> {
    let mut sessions: Vec<&Contribution<Clean>> = entry.sure().filter(|one| is_session(one)).collect();
    sessions.sort_by_key(|one| std::cmp::Reverse(one.lines));
    let signed = entry.stated.iter().filter_map(|statement| match statement {
        Statement::Agent { agent, .. } => Some(agent),
        _ => None,
    });
    let mut agents: Vec<&Agent> = Vec::new();
    for agent in sessions.into_iter().map(|one| &one.agent).chain(signed) {
        if !agents.contains(&agent) {
            agents.push(agent);
        }
    }
    agents
}

/// Whether its transcript was read; of one that another recorder noted nobody knows what failed or was checked.
pub(super) fn is_read(one: &Contribution<Clean>) -> bool {
    one.was_read() && one.noted_by().is_none()
}

/// Whether the transcript of a session that led to the commit was read.
pub(super) fn is_seen(entry: &CommitEntry) -> bool {
    entry.sure().any(|one| is_session(one) && is_read(one))
}

/// Whether it is a session of an agent, and not what a person wrote down by themselves.
pub(super) fn is_session(one: &Contribution<Clean>) -> bool {
    one.agent != Agent::JOURNAL
}

/// The same event is known by its session and time, else by its words.
fn event(session: &str, at: Option<Timestamp>, commit: &str, what: &str) -> String {
    match at {
        Some(at) => format!("{session} {} {what}", at.as_millisecond()),
        None => format!("{session} {commit} {what}"),
    }
}

pub(super) fn failures<'a>(commits: &'a [DatedCommit<'a>]) -> Vec<FailureEvent<'a>> {
    let mut seen = Seen::default();
    let mut events = Vec::new();
    for commit in commits {
        for session in commit.entry.sure() {
            let is_persons = |attempt: &&FailedAttempt<Clean>| person_did(attempt.kind).is_some();
            for attempt in session.attempts.iter().filter(|one| one.is_told()).filter(|one| !is_persons(one)) {
                let what = attempt.tried.as_str();
                if seen.is_first(event(&session.session, attempt.at, &commit.entry.id, what)) {
                    events.push(FailureEvent { commit, session, attempt });
                }
            }
        }
    }
    events
}

pub(super) fn corrections<'a>(commits: &'a [DatedCommit<'a>]) -> Vec<CorrectionEvent<'a>> {
    let mut seen = Seen::default();
    let mut events = Vec::new();
    for commit in commits {
        for session in commit.entry.sure() {
            let mut said: Vec<&Clean> = Vec::new();
            for attempt in session.attempts.iter().filter(|attempt| attempt.is_told()) {
                let Some(form) = person_did(attempt.kind) else { continue };
                let is_persons = attempt.why_from.unwrap_or(WhySource::Person) == WhySource::Person;
                let reason = attempt.why.as_ref().filter(|_| is_persons);
                said.extend(reason);
                if seen.is_first(event(&session.session, attempt.at, &commit.entry.id, attempt.tried.as_str())) {
                    let files = attempt.files.iter().map(String::as_str).collect();
                    events.push(CorrectionEvent { commit, form, files, reason });
                }
            }
            for correction in &session.corrections {
                let reason = reason(correction);
                // The reason of a refusal is told with what was refused.
                if reason.is_some_and(|reason| said.contains(&reason)) {
                    continue;
                }
                let path = correction.path.as_deref();
                let lines = correction.after.as_ref().map_or("", Clean::as_str);
                let what = format!("{} {} {lines}", path.unwrap_or_default(), reason.map_or("", Clean::as_str));
                if seen.is_first(event(&session.session, correction.at, &commit.entry.id, &what)) {
                    let form = form_words(correction.form);
                    events.push(CorrectionEvent { commit, form, files: path.into_iter().collect(), reason });
                }
            }
        }
    }
    events
}

/// What a person did to a call of an agent.
fn person_did(kind: AttemptKind) -> Option<&'static str> {
    match kind {
        AttemptKind::Rejected => Some("refused"),
        AttemptKind::Interrupted => Some("stopped"),
        AttemptKind::Failed(_) | AttemptKind::Reverted | AttemptKind::Told => None,
    }
}

fn reason(correction: &Correction<Clean>) -> Option<&Clean> {
    match correction.form {
        CorrectionForm::Directed | CorrectionForm::Told => correction.words.as_ref().or(correction.reason.as_ref()),
        CorrectionForm::Manual => correction.reason.as_ref(),
    }
}

fn form_words(form: CorrectionForm) -> &'static str {
    match form {
        CorrectionForm::Directed => "in words",
        CorrectionForm::Manual => "by hand",
        CorrectionForm::Told => "written down",
    }
}

//! The first line: who made this, with what, and how much of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::asked::distinct_prompts;
use super::cut::cut;
use super::range::{AgentWork, Signature};
use crate::checks::lock_files::is_lock_file;
use crate::record::agent::Agent;
use crate::record::entry::CommitEntry;
use crate::record::note::{LineAuthor, LineCounts};
use crate::text::markdown::{Markdown, code, inline};

/// Versions and models named for one agent.
const NAMES: usize = 6;

#[derive(Clone, Debug, Serialize)]
pub struct Headline {
    /// Those with sessions first, in the order of their first commit.
    pub agents: Vec<HeadlineAgent>,
    pub sessions: usize,
    pub prompts: usize,
    pub duration: Option<Duration>,
    /// Commits of the range with an agent's work or signature, of all.
    pub agent_commits: usize,
    pub commits: usize,
    /// Commits of which nothing is recorded: their lines are not in `lines`.
    pub unrecorded: usize,
    /// Commits of which only the session's name is known: their lines are not in `lines` either.
    pub unread: usize,
    pub lines: Option<LineShare>,
}

#[derive(Clone, Debug, Serialize)]
pub struct HeadlineAgent {
    pub title: Markdown,
    pub versions: Vec<Markdown>,
    pub models: Vec<Markdown>,
    /// `session`, or where it is only said: `environment` (of the shell; the session was not read), `message` (a trailer or the
    /// author), `mention` (elsewhere in the message).
    pub known_from: &'static str,
}

/// Time in which sessions were at work on the range, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Duration {
    pub hours: i64,
    pub minutes: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LineShare {
    /// Without those of lock files that a package manager wrote.
    pub added: u32,
    pub locked: u32,
    /// Written by an agent, with those that a person changed afterwards.
    pub agent: u32,
    pub corrected: u32,
}

pub(crate) fn headline(range: &[CommitEntry], claims: &[AgentWork], signatures: &[Signature]) -> Headline {
    let sessions: BTreeSet<(&Agent, &str)> =
        claims.iter().map(|claim| (&claim.contribution.agent, claim.contribution.session.as_str())).collect();
    let agent_commits: BTreeSet<&str> = claims
        .iter()
        .map(|claim| claim.entry.id.as_str())
        .chain(signatures.iter().map(|signature| signature.entry.id.as_str()))
        .collect();
    let mut lines = LineCounts::default();
    let is_unread = |entry: &&CommitEntry| {
        let of_it = |id: &str| id == entry.id;
        signatures.iter().any(|signature| signature.unread && of_it(&signature.entry.id))
            && !claims.iter().any(|claim| of_it(&claim.entry.id))
    };
    let unread = range.iter().filter(is_unread).count();
    let told = range.iter().filter(|entry| !is_unread(entry));
    let mut locked: u32 = 0;
    for record in told.filter_map(|entry| entry.record.as_ref()) {
        lines.add(record.lines);
        let spans = record.files.iter().filter(|file| is_lock_file(&file.path)).flat_map(|file| &file.spans);
        let written = spans.filter(|span| span.author == LineAuthor::Formatter);
        locked = written.fold(locked, |sum, span| sum.saturating_add(span.lines));
    }
    Headline {
        agents: agents(claims, signatures),
        sessions: sessions.len(),
        prompts: distinct_prompts(claims).len(),
        duration: duration(claims),
        agent_commits: agent_commits.len(),
        commits: range.len(),
        unread,
        unrecorded: range.iter().filter(|entry| entry.record.is_none()).count(),
        lines: (!claims.is_empty()).then_some(LineShare {
            added: lines.added.saturating_sub(locked),
            locked,
            agent: lines.agent.saturating_add(lines.corrected),
            corrected: lines.corrected,
        }),
    }
}

fn agents(claims: &[AgentWork], signatures: &[Signature]) -> Vec<HeadlineAgent> {
    let mut names: Vec<&Agent> = Vec::new();
    for agent in claims.iter().map(|claim| &claim.contribution.agent).chain(signatures.iter().map(|s| s.agent)) {
        if !names.contains(&agent) {
            names.push(agent);
        }
    }
    names.into_iter().map(|agent| agent_row(agent, claims, signatures)).collect()
}

fn agent_row(agent: &Agent, claims: &[AgentWork], signatures: &[Signature]) -> HeadlineAgent {
    let own = || claims.iter().map(|claim| claim.contribution).filter(|contribution| contribution.agent == *agent);
    let signed = || signatures.iter().filter(|signature| signature.agent == agent);
    let mut versions: Vec<&str> = Vec::new();
    let mut models: Vec<&str> = Vec::new();
    for version in own().filter_map(|contribution| contribution.agent_version.as_deref()) {
        push_new(&mut versions, version);
    }
    let said = signed().filter_map(|signature| signature.model);
    for model in own().flat_map(|contribution| contribution.models.iter().map(String::as_str)).chain(said) {
        if !models.iter().any(|known| is_same_model(known, model)) {
            models.push(model);
        }
    }
    let known_from = match (own().next(), signed().next()) {
        (Some(_), _) => "session",
        (None, _) if signed().any(|signature| signature.unread) => "environment",
        (None, _) if signed().any(|signature| signature.strict) => "message",
        (None, _) => "mention",
    };
    HeadlineAgent {
        title: inline(agent.title()),
        versions: versions.into_iter().take(NAMES).map(|version| inline(cut(version, 40).0)).collect(),
        models: models.into_iter().take(NAMES).map(|model| code(cut(model, 80).0)).collect(),
        known_from,
    }
}

/// Whether two names mean one model: `claude-opus-4-8` is called `Claude Opus 4.8` or `Opus 4.8`. The day of an id says nothing of it.
fn is_same_model(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let lower = name.to_lowercase();
        let parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let is_day = |part: &str| part.len() == DAY && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.filter(|part| !is_day(part)).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    let (long, short) = if one.len() >= other.len() { (&one, &other) } else { (&other, &one) };
    let is_named = short.iter().any(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    long == short || (is_named && short.len() > 1 && long.len() == short.len() + 1 && long.ends_with(short))
}

/// `20250514`
const DAY: usize = 8;

fn push_new<'a>(seen: &mut Vec<&'a str>, item: &'a str) {
    if !seen.contains(&item) {
        seen.push(item);
    }
}

/// Sessions that ran at the same time count once.
fn duration(claims: &[AgentWork]) -> Option<Duration> {
    let mut spans: Vec<(Timestamp, Timestamp)> = claims
        .iter()
        .filter_map(|claim| Some((claim.contribution.started_at?, claim.contribution.ended_at?)))
        .filter(|(start, end)| start <= end)
        .collect();
    spans.sort_unstable();
    let mut seconds = 0;
    let mut until: Option<Timestamp> = None;
    for (start, end) in spans {
        let start = until.map_or(start, |until| until.max(start));
        if end > start {
            seconds += end.as_second() - start.as_second();
        }
        until = Some(until.map_or(end, |until| until.max(end)));
    }
    until?;
    let minutes = (seconds + 30) / 60;
    Some(Duration { hours: minutes / 60, minutes: minutes % 60 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_a_name_of_one_model_are_told_from_two_models() {
        for (one, other, expected) in [
            ("claude-opus-4-8", "Claude Opus 4.8", true),
            ("claude-opus-4-8", "Opus 4.8", true),
            ("claude-sonnet-4-20250514", "Claude Sonnet 4", true),
            ("gpt-5.6-sol", "GPT-5.6 Sol", true),
            ("claude-opus-4-8", "Claude Opus 4", false),
            ("claude-opus-4", "Claude Sonnet 4", false),
            ("gpt-5", "gpt-5-codex", false),
        ] {
            assert_eq!(is_same_model(one, other), expected, "{one} / {other}");
            assert_eq!(is_same_model(other, one), expected, "{other} / {one}");
        }
    }
}

//! What is folded away: lines by author and commit, tokens, prompts in full, context, and the footer that says what
//! the description was made from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cut::cut;
use super::range::{AgentWork, Once};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::entry::CommitEntry;
use crate::record::headline::headline;
use crate::record::note::{LineCounts, Statement};
use crate::record::session::Tokens;
use crate::text::markdown::{Markdown, cell, code_cell};

/// Code points of one prompt or context in the details.
pub(super) const BLOCK: usize = 6_000;

#[derive(Clone, Debug, Serialize)]
pub struct CommitRow {
    pub commit: Markdown,
    /// Its headline; the subject alone where nobody knows what was wanted.
    pub subject: Markdown,
    /// `None` for a commit without a record.
    pub lines: Option<AuthorCounts>,
    pub agents: Vec<AgentLink>,
}

/// Added lines by the kind of their author.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AuthorCounts {
    pub agent: u32,
    pub corrected: u32,
    pub person: u32,
    pub formatter: u32,
    pub unknown: u32,
}

/// Why an agent stands beside a commit.
#[derive(Clone, Debug, Serialize)]
pub struct AgentLink {
    pub agent: Markdown,
    /// The confidence of the contribution (`stated`, `content`, `overlap`); or `unread` where the shell named a session that was not
    /// read, `plan`, `changed` for lines that were changed since, `commit-message` where only that names the agent.
    pub linked_by: &'static str,
    /// Added lines found verbatim in the session's edits, of all that count.
    pub found: Option<u32>,
    pub of: Option<u32>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct TokenCounts {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Footer {
    pub commits: usize,
    pub sessions: usize,
    pub version: &'static str,
    pub redactions: Vec<RedactedKind>,
    pub skipped: u32,
    /// Items cut from the records to keep them small.
    pub cut: u32,
    /// Whether there are notes that hold the evidence.
    pub notes: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct RedactedKind {
    /// As the redactor names it; the template escapes it.
    pub kind: String,
    pub count: u32,
}

pub(crate) fn commit_rows(range: &[CommitEntry]) -> Vec<CommitRow> {
    range
        .iter()
        .map(|entry| CommitRow {
            commit: code_cell(entry.short_id()),
            subject: headline(entry).map_or_else(|| cell(cut(entry.subject.as_str(), 72).0), |told| cell(&told)),
            lines: entry.record.as_ref().map(|record| counts(record.lines)),
            agents: links(entry),
        })
        .collect()
}

fn counts(lines: LineCounts) -> AuthorCounts {
    let LineCounts { agent, corrected, person, formatter, unknown, .. } = lines;
    AuthorCounts { agent, corrected, person, formatter, unknown }
}

fn links(entry: &CommitEntry) -> Vec<AgentLink> {
    let mut links = Vec::new();
    let contributions = entry.record.iter().flat_map(|record| &record.contributions);
    for contribution in contributions.clone() {
        let lines = contribution.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Lines { found, of } => Some((*found, *of)),
            _ => None,
        });
        links.push(AgentLink {
            agent: cell(contribution.agent.title()),
            linked_by: match contribution.confidence {
                _ if contribution.only_planned() => "plan",
                _ if !contribution.was_read() => "unread",
                _ if contribution.was_reported() => "reported",
                Confidence::Content if contribution.has_only_changed_lines() => "changed",
                confidence => confidence.name(),
            },
            found: lines.map(|lines| lines.0),
            of: lines.map(|lines| lines.1),
        });
    }
    let mut once = Once::new();
    for statement in entry.stated() {
        if let Statement::Agent { agent, .. } = statement
            && !contributions.clone().any(|contribution| contribution.agent == *agent)
            && once.first(agent)
        {
            links.push(AgentLink { agent: cell(agent.title()), linked_by: "commit-message", found: None, of: None });
        }
    }
    links
}

/// Turns that led to several commits are counted once.
pub(crate) fn tokens(claims: &[AgentWork]) -> Option<TokenCounts> {
    let mut once = Once::new();
    let mut total = Tokens::default();
    for contribution in claims.iter().map(|claim| claim.contribution) {
        if once.first((contribution.session.as_str(), contribution.started_at, contribution.ended_at)) {
            total.add(contribution.tokens);
        }
    }
    let Tokens { input, output, cache_read, cache_write } = total;
    (!total.is_zero()).then_some(TokenCounts { input, output, cache_read, cache_write })
}

pub(crate) fn footer(range: &[CommitEntry], claims: &[AgentWork]) -> Footer {
    let sessions: BTreeSet<_> =
        claims.iter().map(|claim| (&claim.contribution.agent, claim.contribution.session.as_str())).collect();
    let mut redactions: BTreeMap<&str, u32> = BTreeMap::new();
    let records = || range.iter().filter_map(|entry| entry.record.as_ref());
    for (kind, count) in records().flat_map(|record| &record.redactions) {
        let sum: &mut u32 = redactions.entry(kind).or_default();
        *sum = sum.saturating_add(*count);
    }
    Footer {
        commits: range.len(),
        sessions: sessions.len(),
        version: env!("CARGO_PKG_VERSION"),
        redactions: redactions
            .into_iter()
            .map(|(kind, count)| RedactedKind { kind: cut(kind, 40).0.to_owned(), count })
            .collect(),
        skipped: skipped(range),
        cut: records().fold(0, |sum: u32, record| sum.saturating_add(record.cut)),
        notes: records().next().is_some(),
    }
}

/// Commits of the same sessions tell of the same lines.
fn skipped(range: &[CommitEntry]) -> u32 {
    let mut by_sessions: BTreeMap<BTreeSet<&str>, u32> = BTreeMap::new();
    for record in range.iter().filter_map(|entry| entry.record.as_ref()) {
        let sessions = record.contributions.iter().map(|contribution| contribution.session.as_str()).collect();
        let most = by_sessions.entry(sessions).or_default();
        *most = (*most).max(record.skipped);
    }
    by_sessions.values().fold(0, |sum: u32, count| sum.saturating_add(*count))
}

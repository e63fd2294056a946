//! Where a reviewer must look closely, most pressing first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::asked::name;
use super::checked::Checked;
use super::cut::cut;
use super::excerpt::shortened;
use super::range::{AgentWork, Signature, changed_later, overlaps};
use crate::checks::naming::tried_name;
use crate::document::line_ranges::{PLACES, line_ranges};
use crate::record::contribution::{AttemptEnd, CorrectionForm};
use crate::record::entry::CommitEntry;
use crate::record::note::{LineAuthor, Record, Span};
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code, inline};

/// One thing to look at. The template has the words for each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ReviewPoint {
    /// What decides how commits are recorded and judged is changed by the commits that are judged.
    Settings { path: Markdown, commits: Vec<Markdown>, more: usize },
    /// The last run of a check failed.
    FailedCheck {
        command: Markdown,
        summary: Option<Markdown>,
        /// Whether an agent edited a file of the commit after it, and it was not run again.
        edited_since: bool,
    },
    /// Something failed and was never seen to pass.
    StillFailed { tried: Markdown },
    /// A person changed an agent's lines here. `commit` where a later commit may have moved the lines.
    Corrected { path: Markdown, lines: Option<String>, commit: Option<Markdown> },
    /// Changed after the last check that passed.
    ChangedAfterCheck { files: Vec<Markdown>, more: usize },
    /// Added lines in an agent's commit of which nobody knows who wrote them.
    UnknownLines { count: u32, path: Markdown, lines: String, commit: Option<Markdown> },
    /// The same where it is many files: those with the most lines are named.
    UnknownInFiles { count: u32, files: usize, most: Vec<Markdown> },
    /// A commit message names an agent, and no session was found; `unread` where the shell named one that was not read.
    NoSession { commit: Markdown, subject: Markdown, agent: Markdown, strict: bool, unread: bool },
    /// The same of several commits: the first ones are named.
    NoSessions { agent: Markdown, strict: bool, unread: bool, count: usize, commits: Vec<Markdown> },
    /// A session on the same files at the same time, and nothing else that links it.
    OnlyOverlap { agent: Markdown, commits: usize },
}

/// So many commits without a session are told one by one.
const ALONE: usize = 2;

/// The same rows, with commits of one agent that have no session as one row where they are many.
pub(crate) fn joined(rows: Vec<ReviewPoint>) -> Vec<ReviewPoint> {
    let key = |row: &ReviewPoint| match row {
        ReviewPoint::NoSession { agent, strict, unread, .. } => Some((agent.clone(), *strict, *unread)),
        _ => None,
    };
    let keys: Vec<_> = rows.iter().map(key).collect();
    let mut joined: Vec<ReviewPoint> = Vec::new();
    for (row, own) in rows.into_iter().zip(&keys) {
        let ReviewPoint::NoSession { commit, agent, strict, unread, .. } = &row else {
            joined.push(row);
            continue;
        };
        let count = keys.iter().filter(|key| *key == own).count();
        if count <= ALONE {
            joined.push(row);
            continue;
        }
        let same = |known: &&mut ReviewPoint| matches!(known, ReviewPoint::NoSessions { agent: known, strict: sure, unread: named, .. } if known == agent && sure == strict && named == unread);
        match joined.iter_mut().find(same) {
            Some(ReviewPoint::NoSessions { commits, .. }) if commits.len() < PLACES => commits.push(commit.clone()),
            Some(_) => {}
            None => joined.push(ReviewPoint::NoSessions {
                agent: agent.clone(),
                strict: *strict,
                unread: *unread,
                count,
                commits: vec![commit.clone()],
            }),
        }
    }
    joined
}

impl ReviewPoint {
    /// Whether it is told as a part of what was checked.
    pub(crate) fn is_about_checks(&self) -> bool {
        matches!(self, Self::FailedCheck { .. } | Self::ChangedAfterCheck { .. })
    }
}

pub(crate) fn look(
    range: &[CommitEntry],
    claims: &[AgentWork],
    signatures: &[Signature],
    checked: &Checked,
) -> Vec<ReviewPoint> {
    let mut rows = settings(range);
    // What a linter finds in files that the commit does not touch was there before.
    for check in checked.rows.rows.iter().filter(|check| check.result == "failed" && !check.elsewhere) {
        rows.push(ReviewPoint::FailedCheck {
            command: check.command.clone(),
            summary: check.summary.clone(),
            edited_since: check.state == "before-edit" || (check.state.is_empty() && !check.after_last_edit),
        });
    }
    still_failed(claims, &mut rows);
    corrected(range, claims, &mut rows);
    if !checked.changed.rows.is_empty() {
        let changed = checked.changed.clone();
        rows.push(ReviewPoint::ChangedAfterCheck { files: changed.rows, more: changed.more });
    }
    unknown_lines(range, claims, &mut rows);
    for Signature { entry, agent, strict, unread, .. } in signatures {
        rows.push(ReviewPoint::NoSession {
            commit: code(entry.short_id()),
            subject: inline(cut(entry.subject.as_str(), 72).0),
            agent: inline(agent.title()),
            strict: *strict,
            unread: *unread,
        });
    }
    only_overlap(range, claims, &mut rows);
    rows
}

fn settings(range: &[CommitEntry]) -> Vec<ReviewPoint> {
    let mut by_path: BTreeMap<&str, Vec<&CommitEntry>> = BTreeMap::new();
    for entry in range {
        for path in &entry.settings {
            by_path.entry(path).or_default().push(entry);
        }
    }
    let row = |(path, entries): (&str, Vec<&CommitEntry>)| ReviewPoint::Settings {
        path: name(path),
        commits: entries.iter().take(PLACES).map(|entry| code(entry.short_id())).collect(),
        more: entries.len().saturating_sub(PLACES),
    };
    by_path.into_iter().map(row).collect()
}

fn still_failed(claims: &[AgentWork], rows: &mut Vec<ReviewPoint>) {
    let failed = claims.iter().flat_map(|claim| &claim.contribution.attempts);
    for attempt in failed.filter(|attempt| !attempt.aside && attempt.ended == Some(AttemptEnd::StillFailed)) {
        // The failed check that says the same is in the list already.
        let is_check = claims
            .iter()
            .flat_map(|claim| &claim.contribution.checks)
            .any(|c| c.command == attempt.tried || (c.at.is_some() && c.at == attempt.at));
        let row = ReviewPoint::StillFailed { tried: shortened(&tried_name(attempt)) };
        if !is_check && !rows.contains(&row) {
            rows.push(row);
        }
    }
}

/// The commits on which an agent worked, each once.
fn agent_records<'a>(claims: &[AgentWork<'a>]) -> Vec<(usize, &'a CommitEntry, &'a Record<Clean>)> {
    let mut records: Vec<_> =
        claims.iter().filter_map(|claim| Some((claim.position, claim.entry, claim.entry.record.as_ref()?))).collect();
    records.dedup_by_key(|(position, ..)| *position);
    records
}

fn corrected(range: &[CommitEntry], claims: &[AgentWork], rows: &mut Vec<ReviewPoint>) {
    for (position, entry, record) in agent_records(claims) {
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for file in &record.files {
            let spans = by(&file.spans, LineAuthor::Corrected);
            if !spans.is_empty() {
                named.insert(&file.path);
                let commit = changed_later(range, position, &file.path).then(|| code(entry.short_id()));
                rows.push(ReviewPoint::Corrected { path: name(&file.path), lines: Some(line_ranges(&spans)), commit });
            }
        }
        let corrections = record.contributions.iter().flat_map(|contribution| &contribution.corrections);
        for correction in corrections.filter(|correction| correction.form == CorrectionForm::Manual) {
            let Some(path) = &correction.path else { continue };
            if named.insert(path) {
                let commit = changed_later(range, position, path).then(|| code(entry.short_id()));
                let lines = correction.line.map(|line| line.to_string());
                rows.push(ReviewPoint::Corrected { path: name(path), lines, commit });
            }
        }
    }
}

/// More files with lines of unknown origin than this become one row.
const UNKNOWN_ROWS: usize = 3;
/// Lines of unknown origin are pointed at from this part of all added lines on.
const TWENTIETH: u64 = 20;

fn unknown_lines(range: &[CommitEntry], claims: &[AgentWork], rows: &mut Vec<ReviewPoint>) {
    let mut found: Vec<(u32, &str, ReviewPoint)> = Vec::new();
    for (position, entry, record) in agent_records(claims) {
        for file in &record.files {
            let spans = by(&file.spans, LineAuthor::Unknown);
            if !spans.is_empty() {
                let count = spans.iter().fold(0, |sum: u32, span| sum.saturating_add(span.lines));
                let row = ReviewPoint::UnknownLines {
                    count,
                    path: name(&file.path),
                    lines: line_ranges(&spans),
                    commit: changed_later(range, position, &file.path).then(|| code(entry.short_id())),
                };
                found.push((count, &file.path, row));
            }
        }
    }
    let added = agent_records(claims).iter().fold(0_u32, |sum, (_, _, record)| sum.saturating_add(record.lines.added));
    let unknown = found.iter().fold(0_u32, |sum, (count, ..)| sum.saturating_add(*count));
    // A few among many are in the table of lines.
    if u64::from(unknown) * TWENTIETH < u64::from(added) {
        return;
    }
    if found.len() <= UNKNOWN_ROWS {
        rows.extend(found.into_iter().map(|(_, _, row)| row));
        return;
    }
    let mut by_file: BTreeMap<&str, u32> = BTreeMap::new();
    for (count, path, _) in &found {
        let sum: &mut u32 = by_file.entry(path).or_default();
        *sum = sum.saturating_add(*count);
    }
    let mut files: Vec<(&str, u32)> = by_file.into_iter().collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    rows.push(ReviewPoint::UnknownInFiles {
        count: files.iter().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count)),
        files: files.len(),
        most: files.iter().take(UNKNOWN_ROWS).map(|(path, _)| name(path)).collect(),
    });
}

fn only_overlap(range: &[CommitEntry], claims: &[AgentWork], rows: &mut Vec<ReviewPoint>) {
    let overlaps = overlaps(range);
    let mut agents: Vec<_> = overlaps
        .iter()
        .filter(|overlap| {
            !claims.iter().any(|claim| {
                claim.position == overlap.position && claim.contribution.agent == overlap.contribution.agent
            })
        })
        .map(|overlap| (&overlap.contribution.agent, overlap.position))
        .collect();
    agents.sort_unstable();
    agents.dedup();
    for group in agents.chunk_by(|a, b| a.0 == b.0) {
        rows.push(ReviewPoint::OnlyOverlap { agent: inline(group[0].0.title()), commits: group.len() });
    }
}

fn by(spans: &[Span], author: LineAuthor) -> Vec<Span> {
    spans.iter().copied().filter(|span| span.author == author).collect()
}
#[cfg(test)]
mod tests {
    use super::super::checked::checked;
    use super::super::range::signatures;
    use super::*;
    use crate::record::samples;

    #[test]
    fn many_commits_without_a_session_are_one_row() {
        let rows = |ids: &[&str]| {
            let range: Vec<CommitEntry> = ids.iter().map(|id| samples::signed(id, "x", "amp", true)).collect();
            joined(look(&range, &[], &signatures(&range), &checked(&range, &[])))
        };
        assert_eq!(rows(&["a1", "b2"]).len(), 2);
        let [ReviewPoint::NoSessions { count: 7, commits, .. }] =
            &rows(&["a1", "b2", "c3", "d4", "e5", "f6", "17"])[..]
        else {
            panic!("not one row")
        };
        assert_eq!(commits.len(), PLACES);
    }
}

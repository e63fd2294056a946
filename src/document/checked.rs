//! What was checked: the last run of each kind, on which state, and the commits after which nothing was run.

use serde::Serialize;

use super::asked::name;
use super::cut::cut;
use super::excerpt::shortened;
use super::line_ranges::line_ranges;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::document::minute::minute;
use crate::record::checked_state::{CheckedState, Untested};
use crate::record::contribution::{Check, CheckKind};
use crate::record::entry::CommitEntry;
use crate::record::note::{LineAuthor, Span, Statement};
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code};

const COMMAND: usize = 120;

#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The last run of each kind: tests, build, linter, types, formatter.
    pub rows: List<CheckRow>,
    /// What people say they checked.
    pub told: List<Markdown>,
    /// Agents' commits after the last run of anything, in a range of several.
    pub unchecked: Vec<Markdown>,
    /// Whether any session was found that could have shown a run.
    pub sessions_seen: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckRow {
    /// `test`, `build`, `lint`, `type-check`, `format`.
    pub kind: &'static str,
    pub command: Markdown,
    /// `passed`, `failed`, `not-seen`.
    pub result: &'static str,
    pub summary: Option<Markdown>,
    /// What the agent said of a run that failed.
    pub said: Option<Markdown>,
    /// `2026-02-24 14:03 UTC`.
    pub at: Option<String>,
    /// The commit whose work it ran on, in a range of several.
    pub commit: Option<Markdown>,
    /// Whether it ran after the session's last edit for that commit.
    pub after_last_edit: bool,
    /// `committed`, `before-edit` (an agent edited a file later), `before-change` (`untested`), `other-state`; empty where it is
    /// not known.
    pub state: &'static str,
    /// Whether what it found is in files that the commit does not touch.
    pub elsewhere: bool,
    /// Changes of the commit that are not known to have been there when it ran.
    pub untested: List<UntestedRow>,
    /// `agent`, `person`, `commit-hook`.
    pub by: &'static str,
}

/// Changes of one file that were not seen to be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UntestedRow {
    pub path: Markdown,
    /// `4, 12–18`; absent where lines or a file went.
    pub lines: Option<String>,
    /// `person`, `unknown`, `removed`, `layout`.
    pub by: &'static str,
}

/// Files that one check names.
const UNTESTED: usize = 3;

/// The changes of a commit that a check may not have seen, those of one file and kind as one row.
fn untested(claim: &AgentWork, check: &Check<Clean>) -> List<UntestedRow> {
    let mut rows: Vec<(&Untested, Vec<Span>)> = Vec::new();
    let record = claim.entry.record.as_ref().filter(|_| check.state == Some(CheckedState::BeforeChange));
    for place in record.iter().flat_map(|record| &record.untested) {
        let span = place.start.map(|start| Span {
            start,
            lines: place.lines,
            author: LineAuthor::Unknown,
            contribution: None,
        });
        match rows.iter_mut().find(|(known, _)| known.path == place.path && known.by == place.by) {
            Some((_, spans)) => spans.extend(span),
            None => rows.push((place, span.into_iter().collect())),
        }
    }
    let row = |(place, spans): (&Untested, Vec<Span>)| UntestedRow {
        path: name(&place.path),
        lines: (!spans.is_empty()).then(|| line_ranges(&spans)),
        by: place.by.name(),
    };
    let mut list = List::new(rows.into_iter().map(row).collect());
    list.truncate(UNTESTED);
    list
}

pub(crate) fn checked(range: &[CommitEntry], claims: &[AgentWork]) -> Checked {
    let mut last: Vec<(CheckKind, &AgentWork, &Check<Clean>)> = Vec::new();
    let mut told = Vec::new();
    let mut once = Once::new();
    let mut last_position = None;
    for claim in claims {
        for check in &claim.contribution.checks {
            if check.kind == CheckKind::Told {
                if once.first(check.command.as_str()) {
                    told.push(shortened(check.command.as_str()));
                }
                continue;
            }
            last_position = last_position.max(Some(claim.position));
            match last.iter_mut().find(|(kind, ..)| *kind == check.kind) {
                Some(slot) if is_later(claim, check, slot.1, slot.2) => *slot = (check.kind, claim, check),
                Some(_) => {}
                None => last.push((check.kind, claim, check)),
            }
        }
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::Verified { text } = statement
            && once.first(text.as_str())
        {
            told.push(shortened(text.as_str()));
        }
    }
    last.sort_by_key(|(kind, ..)| *kind);
    let several = range.len() > 1;
    let mut unchecked: Vec<&AgentWork> =
        claims.iter().filter(|claim| last_position.is_some_and(|last| claim.position > last)).collect();
    unchecked.dedup_by_key(|claim| claim.position);
    Checked {
        rows: List::new(last.into_iter().map(|(_, claim, check)| row(claim, check, several)).collect()),
        told: List::new(told),
        unchecked: unchecked.into_iter().map(|claim| code(claim.entry.short_id())).collect(),
        sessions_seen: !claims.is_empty(),
    }
}

/// By the clock where both have one, else by the commits; of one commit the one told later.
fn is_later(claim: &AgentWork, check: &Check<Clean>, other: &AgentWork, than: &Check<Clean>) -> bool {
    match (check.at, than.at) {
        (Some(at), Some(before)) if at != before => at > before,
        // The same run, seen again from a later commit, still belongs to the first.
        (Some(_), Some(_)) if check == than => false,
        _ => claim.position >= other.position,
    }
}

fn row(claim: &AgentWork, check: &Check<Clean>, several: bool) -> CheckRow {
    CheckRow {
        kind: check.kind.name(),
        command: command(check),
        result: check.result.name(),
        summary: check.summary.as_ref().map(|summary| shortened(summary.as_str())),
        said: check.said.as_ref().map(|said| shortened(said.as_str())),
        at: check.at.map(minute),
        commit: several.then(|| code(claim.entry.short_id())),
        after_last_edit: check.after_last_edit,
        state: check.state.map_or("", CheckedState::name),
        elsewhere: check.elsewhere,
        untested: untested(claim, check),
        by: check.by.name(),
    }
}

fn command(check: &Check<Clean>) -> Markdown {
    let (short, left) = cut(check.command.as_str(), COMMAND);
    let command = code(short);
    if left > 0 { command.followed_by_dots() } else { command }
}

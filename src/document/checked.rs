//! What was checked, as one story: the last run of each kind with its result and the state it ran on, what was changed after it and by
//! whom, and the commits after which nothing was run.

use std::collections::BTreeSet;

use serde::Serialize;

use super::asked::name;
use super::excerpt::{code_excerpt, shortened};
use super::line_ranges::line_ranges;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::checks::covering::covers;
use crate::checks::naming::{check_name, outcome_words};
use crate::checks::runners::are_alike;
use crate::checks::tested::is_document;
use crate::document::minute::minute;
use crate::record::checked_state::{CheckedState, Untested};
use crate::record::contribution::{Check, CheckKind, CheckResult};
use crate::record::entry::CommitEntry;
use crate::record::note::{LineAuthor, Span, Statement};
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code};

/// Code points of the name of a check.
const NAME: usize = 100;
/// Files that were changed after a check and are named.
const CHANGED: usize = 4;

#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The last run of each kind: tests, build, linter, types, formatter, and a later one of single files or tests. Those that failed first, those whose result was not seen last.
    pub rows: List<CheckRow>,
    /// The same rows, those with one result on one state together.
    pub groups: Vec<CheckGroup>,
    /// Files that an agent changed after the last check that passed.
    pub changed: List<Markdown>,
    /// Changes of the checked commits that are not known to have been there when a check ran.
    pub untested: List<UntestedRow>,
    /// What people say they checked.
    pub told: List<Markdown>,
    /// Agents' commits after the last run of anything, in a range of several, that add something a check may run on.
    pub unchecked: Vec<Markdown>,
    /// Whether any session was found that could have shown a run.
    pub sessions_seen: bool,
}

/// Checks with the same result on the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckGroup {
    pub result: &'static str,
    /// `after-edit` or `before-edit` where no more is known, else as in a row.
    pub state: &'static str,
    pub commit: Option<Markdown>,
    pub by: &'static str,
    pub elsewhere: bool,
    pub rows: Vec<CheckRow>,
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
            // Some tests that pass take nothing back of a run of all, nor does a pass of others of what failed.
            let is_alike = |known: &Check<Clean>| known.kind == check.kind && known.partial == check.partial;
            let is_outdated = |(_, at, known): &(CheckKind, &AgentWork, &Check<Clean>)| {
                is_alike(known) && !is_later(claim, check, at, known) && !stands_beside(check, known)
            };
            if last.iter().any(is_outdated) {
                continue;
            }
            last.retain(|(_, at, known)| {
                !is_alike(known) || !is_later(claim, check, at, known) || stands_beside(known, check)
            });
            last.push((check.kind, claim, check));
        }
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::Verified { text } = statement
            && once.first(text.as_str())
        {
            told.push(shortened(text.as_str()));
        }
    }
    let all: Vec<(CheckKind, &AgentWork, &Check<Clean>)> = last.iter().copied().filter(|it| !it.2.partial).collect();
    last.retain(|(kind, claim, check)| {
        let is_after = |(other, at, whole): &(CheckKind, &AgentWork, &Check<Clean>)| {
            other == kind && is_later(at, whole, claim, check) && !stands_beside(check, whole)
        };
        !check.partial || !all.iter().any(is_after)
    });
    let standing = |result: CheckResult| match result {
        CheckResult::Failed => 0,
        CheckResult::Passed => 1,
        CheckResult::NotSeen => 2,
    };
    last.sort_by_key(|(kind, _, check)| (standing(check.result), *kind));
    let several = range.len() > 1;
    let is_later = |claim: &&AgentWork| last_position.is_some_and(|last| claim.position > last);
    let mut unchecked: Vec<&AgentWork> = claims.iter().filter(is_later).filter(|claim| wants_a_check(claim)).collect();
    unchecked.dedup_by_key(|claim| claim.position);
    let rows: Vec<CheckRow> = last.into_iter().map(|(_, claim, check)| row(claim, check, several)).collect();
    let mut changed = List::new(changed_after_check(claims).into_iter().map(name).collect());
    changed.truncate(CHANGED);
    Checked {
        groups: groups(&rows),
        untested: all_untested(&rows),
        changed,
        rows: List::new(rows),
        told: List::new(told),
        unchecked: unchecked.into_iter().map(|claim| code(claim.entry.short_id())).collect(),
        sessions_seen: !claims.is_empty(),
    }
}

/// Whether a commit adds something that a check may run on, and the session that did it was read.
fn wants_a_check(claim: &AgentWork) -> bool {
    let files = claim.entry.record.iter().flat_map(|record| &record.files);
    !claim.contribution.was_reported() && files.into_iter().any(|file| !is_document(&file.path))
}

/// Whether a check failed on what its commit holds, and one that passed was of something else: what failed is told as well.
fn stands_beside(failed: &Check<Clean>, passed: &Check<Clean>) -> bool {
    let is_of_the_commit = match failed.state {
        Some(CheckedState::BeforeEdit | CheckedState::OtherState) => false,
        Some(_) => true,
        None => failed.after_last_edit,
    };
    let error = failed.summary.as_ref().map_or("", Clean::as_str);
    (failed.result, passed.result) == (CheckResult::Failed, CheckResult::Passed)
        && is_of_the_commit
        && !failed.elsewhere
        && !(are_alike(passed.command.as_str(), failed.command.as_str(), failed.kind)
            && covers(passed.command.as_str(), failed.command.as_str(), error))
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

/// A later check that passed covers what was changed before it.
fn changed_after_check<'a>(claims: &[AgentWork<'a>]) -> Vec<&'a str> {
    let mut files: Vec<&str> = Vec::new();
    for claim in claims {
        let covered = claims.iter().filter(|later| later.position > claim.position).any(|later| {
            later.contribution.checks.iter().any(|check| {
                check.kind == CheckKind::Test
                    && check.result == CheckResult::Passed
                    && check.at.is_some_and(|at| claim.entry.record.as_ref().is_some_and(|r| at > r.committed_at))
            })
        });
        if !covered {
            files.extend(claim.contribution.changed_after_check.iter().map(String::as_str));
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(*file));
    files
}

/// What passed before an edit and says no more than the tests that passed after it is left out.
fn groups(rows: &[CheckRow]) -> Vec<CheckGroup> {
    let mut groups: Vec<CheckGroup> = Vec::new();
    let is_early = |row: &CheckRow| row.state == "before-edit" || (row.state.is_empty() && !row.after_last_edit);
    let has_passed = |row: &CheckRow| row.result == CheckResult::Passed.name();
    let is_test = |row: &CheckRow| row.kind == CheckKind::Test.name();
    let is_tested = rows.iter().any(|row| is_test(row) && has_passed(row) && !is_early(row));
    let is_implied = |row: &&CheckRow| {
        let kinds = [CheckKind::Build, CheckKind::TypeCheck, CheckKind::Format];
        is_tested && is_early(row) && has_passed(row) && kinds.iter().any(|kind| kind.name() == row.kind)
    };
    for row in rows.iter().filter(|row| !is_implied(row)) {
        let state = match row.state {
            "" if row.after_last_edit => "after-edit",
            "" => "before-edit",
            state => state,
        };
        let group = CheckGroup {
            result: row.result,
            state,
            commit: row.commit.clone(),
            by: row.by,
            elsewhere: row.elsewhere,
            rows: vec![row.clone()],
        };
        // What an agent said of a failure is of that one.
        let is_same = |known: &&mut CheckGroup| {
            CheckGroup { rows: Vec::new(), ..(**known).clone() } == CheckGroup { rows: Vec::new(), ..group.clone() }
        };
        match groups.iter_mut().find(is_same).filter(|_| row.result != CheckResult::Failed.name()) {
            Some(known) => known.rows.push(row.clone()),
            None => groups.push(group),
        }
    }
    groups
}

/// Those of all rows, each once.
fn all_untested(rows: &[CheckRow]) -> List<UntestedRow> {
    let mut all: List<UntestedRow> = List::new(Vec::new());
    for list in rows.iter().map(|row| &row.untested) {
        let new = list.rows.iter().filter(|place| !all.rows.contains(place)).cloned().collect::<Vec<_>>();
        // Checks of one commit have the same places, and leave out as many.
        all.more = if new.is_empty() { all.more.max(list.more) } else { all.more + list.more };
        all.rows.extend(new);
    }
    all
}

fn row(claim: &AgentWork, check: &Check<Clean>, several: bool) -> CheckRow {
    CheckRow {
        kind: check.kind.name(),
        command: command(check),
        result: check.result.name(),
        summary: outcome_words(check).map(|summary| shortened(&summary)),
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
    code_excerpt(&check_name(check), NAME)
}

//! What did not work: what was tried, what happened, what changed. Mistakes of an agent with its own tools (a text to
//! replace that was not found) are of no use to a reviewer and are counted.

use serde::Serialize;

use super::asked::excerpt;
use super::cut::cut;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, WhySource};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::session::FailureKind;
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code_cell};

const EXCERPT: usize = 160;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// `rejected`, `interrupted`, `reverted`, `told`, or how a call failed: `tests`, `build`, `edit-no-match`, ...
    pub kind: &'static str,
    pub tried: Markdown,
    /// The error in its own words.
    pub error: Option<Markdown>,
    /// Why it was inadequate, in the words of a person, the agent or a check.
    pub why: Option<Markdown>,
    /// Whose words `why` are: `person`, `agent`, `check`.
    pub why_from: Option<&'static str>,
    pub change: Option<Markdown>,
    /// `passed-after-change`, `passed-unchanged`, `still-failed`, `not-run-again`.
    pub ended: Option<&'static str>,
    pub tries: u32,
    /// Seen in the output only, not in an error flag.
    pub hidden: bool,
}

/// What did not work in a range.
pub(crate) struct ToldAttempts {
    pub shown: List<Attempt>,
    /// All of them, where `shown` leaves some out; else none.
    pub all: List<Attempt>,
    /// How often the agent slipped with its own tools: that is a number, and no rows.
    pub slips: u32,
}

pub(crate) fn attempts(range: &[CommitEntry], claims: &[AgentWork], rows: usize) -> ToldAttempts {
    let mut once = Once::new();
    let mut all: Vec<(u8, Attempt)> = Vec::new();
    let mut slips = 0_u32;
    for attempt in claims.iter().flat_map(|claim| &claim.contribution.attempts) {
        if !once.first((attempt.at, attempt.tried.as_str(), attempt.error.as_ref().map(Clean::as_str))) {
            continue;
        }
        if attempt.kind.is_slip() {
            slips = slips.saturating_add(attempt.tries.max(1));
        } else if !attempt.aside {
            all.push((weight(attempt.kind), row(attempt)));
        }
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::FailedAttempt { text } = statement
            && once.first((None, text.as_str(), None))
        {
            all.push((0, told(text)));
        }
    }
    // The heaviest stay, in the order in which they happened.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|index| all[*index].0);
    order.truncate(rows);
    order.sort_unstable();
    let shown = List { rows: order.iter().map(|index| all[*index].1.clone()).collect(), more: all.len() - order.len() };
    let all = if shown.more > 0 { all.into_iter().map(|(_, attempt)| attempt).collect() } else { Vec::new() };
    ToldAttempts { shown, all: List::new(all), slips }
}

/// What a reviewer wants to know first has the lowest number.
fn weight(kind: AttemptKind) -> u8 {
    match kind {
        AttemptKind::Rejected | AttemptKind::Interrupted | AttemptKind::Told => 0,
        AttemptKind::Failed(FailureKind::Tests | FailureKind::Build | FailureKind::Lint) => 1,
        AttemptKind::Reverted => 1,
        AttemptKind::Failed(_) => 2,
    }
}

/// Whether the reason is the check's own, and stands in the error that is told.
pub(super) fn says_why_in_error(attempt: &FailedAttempt<Clean>) -> bool {
    let (Some(error), Some(why)) = (&attempt.error, &attempt.why) else { return false };
    let holds = |line: &str| error.as_str().contains(line.trim().trim_end_matches('\u{2026}'));
    attempt.why_from == Some(WhySource::Check) && why.as_str().lines().all(holds)
}

fn row(attempt: &FailedAttempt<Clean>) -> Attempt {
    let short = |text: &Clean| excerpt_cell(text);
    let why = attempt.why.as_ref().filter(|_| !says_why_in_error(attempt));
    Attempt {
        kind: kind_word(attempt.kind),
        // What failed is a command, what was refused or taken back may be anything.
        tried: match attempt.kind {
            AttemptKind::Failed(_) => command_cell(&attempt.tried),
            _ => short(&attempt.tried),
        },
        error: attempt.error.as_ref().map(short),
        why: why.map(short),
        why_from: why.and(attempt.why_from).map(WhySource::name),
        change: attempt.change.as_ref().map(short),
        ended: attempt.ended.map(end_word),
        tries: attempt.tries,
        hidden: attempt.hidden,
    }
}

fn told(text: &Clean) -> Attempt {
    Attempt {
        kind: "told",
        tried: excerpt_cell(text),
        error: None,
        why: None,
        why_from: None,
        change: None,
        ended: None,
        tries: 1,
        hidden: false,
    }
}

fn excerpt_cell(text: &Clean) -> Markdown {
    let (text, cut) = excerpt(text.as_str(), EXCERPT);
    if cut { text.followed_by_dots() } else { text }
}

fn command_cell(text: &Clean) -> Markdown {
    let (command, left) = cut(text.as_str(), EXCERPT);
    let command = code_cell(command);
    if left > 0 { command.followed_by_dots() } else { command }
}

fn end_word(end: AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::PassedAfterChange => "passed-after-change",
        AttemptEnd::PassedUnchanged => "passed-unchanged",
        AttemptEnd::StillFailed => "still-failed",
        AttemptEnd::NotRunAgain => "not-run-again",
    }
}

fn kind_word(kind: AttemptKind) -> &'static str {
    match kind {
        AttemptKind::Rejected => "rejected",
        AttemptKind::Interrupted => "interrupted",
        AttemptKind::Reverted => "reverted",
        AttemptKind::Told => "told",
        AttemptKind::Failed(failure) => match failure {
            FailureKind::Command => "command",
            FailureKind::Tests => "tests",
            FailureKind::Lint => "lint",
            FailureKind::Build => "build",
            FailureKind::EditNoMatch => "edit-no-match",
            FailureKind::EditAmbiguous => "edit-ambiguous",
            FailureKind::EditStale => "edit-stale",
            FailureKind::FileMissing => "file-missing",
            FailureKind::Timeout => "timeout",
            FailureKind::CommandNotFound => "command-not-found",
            FailureKind::Permission => "permission",
            FailureKind::BadInput => "bad-input",
            FailureKind::Other => "other",
        },
    }
}

//! What did not work: what was tried, what happened, what changed. Mistakes of an agent with its own tools (a text to
//! replace that was not found) are of no use to a reviewer and stay in the details.

use serde::Serialize;

use super::asked::excerpt;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::session::FailureKind;
use crate::record::text::Clean;
use crate::text::markdown::Markdown;

const EXCERPT: usize = 160;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// `rejected`, `interrupted`, `reverted`, `told`, or how a call failed: `tests`, `build`, `edit-no-match`, ...
    pub kind: &'static str,
    pub tried: Markdown,
    /// The error in its own words.
    pub error: Option<Markdown>,
    /// Why it was inadequate, in the words of a person or a check.
    pub why: Option<Markdown>,
    pub change: Option<Markdown>,
    /// `passed-after-change`, `passed-unchanged`, `still-failed`, `not-run-again`.
    pub ended: Option<&'static str>,
    pub tries: u32,
    /// Seen in the output only, not in an error flag.
    pub hidden: bool,
}

/// The attempts to show, and all of them where that leaves some out.
pub(crate) fn attempts(range: &[CommitEntry], claims: &[AgentWork], rows: usize) -> (List<Attempt>, List<Attempt>) {
    let mut once = Once::new();
    let mut all: Vec<(u8, Attempt)> = Vec::new();
    for attempt in claims.iter().flat_map(|claim| &claim.contribution.attempts) {
        if once.first((attempt.at, attempt.tried.as_str(), attempt.error.as_ref().map(Clean::as_str))) {
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
    let mut order: Vec<usize> = (0..all.len()).filter(|index| all[*index].0 < SLIP).collect();
    order.sort_by_key(|index| all[*index].0);
    order.truncate(rows);
    order.sort_unstable();
    let shown = List { rows: order.iter().map(|index| all[*index].1.clone()).collect(), more: all.len() - order.len() };
    let all = if shown.more > 0 { all.into_iter().map(|(_, attempt)| attempt).collect() } else { Vec::new() };
    (shown, List::new(all))
}

const SLIP: u8 = 3;

/// What a reviewer wants to know first has the lowest number.
fn weight(kind: AttemptKind) -> u8 {
    match kind {
        AttemptKind::Rejected | AttemptKind::Interrupted | AttemptKind::Told => 0,
        AttemptKind::Failed(FailureKind::Tests | FailureKind::Build | FailureKind::Lint) => 1,
        AttemptKind::Reverted
        | AttemptKind::Failed(FailureKind::Command | FailureKind::Timeout | FailureKind::Other) => 2,
        AttemptKind::Failed(_) => SLIP,
    }
}

fn row(attempt: &FailedAttempt<Clean>) -> Attempt {
    let short = |text: &Clean| excerpt_cell(text);
    Attempt {
        kind: kind_word(attempt.kind),
        tried: short(&attempt.tried),
        error: attempt.error.as_ref().map(short),
        why: attempt.why.as_ref().map(short),
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

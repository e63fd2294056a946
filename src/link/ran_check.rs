//! A check that a call ran, and a memory for those of one part of a session: an output may be long, and several ask of it.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::record::contribution::CheckKind;
use crate::record::session::FailureKind;
use crate::record::text::Raw;

/// A check that a call ran.
#[derive(Clone)]
pub struct RanCheck {
    pub kind: CheckKind,
    pub failed: bool,
    /// Failed by its output alone, behind a pipe or a wrapper.
    pub hidden: bool,
    pub seen: bool,
    pub failure: FailureKind,
    pub summary: Option<Raw>,
    /// Of a failed check, the lines that say what is wrong: the name of a test and its assertion, or a place and a rule.
    pub error: Option<Raw>,
}

impl RanCheck {
    /// One whose end nobody saw.
    pub(super) fn unseen(kind: CheckKind) -> Self {
        Self { kind, failed: false, hidden: false, seen: false, failure: failure_of(kind), summary: None, error: None }
    }
}

/// One of the checks that a call ran.
pub(super) struct CallCheck {
    pub(super) check: RanCheck,
    /// Its command where the call ran several, or what the hook of git calls it.
    pub(super) name: Option<String>,
    pub(super) in_hook: bool,
}

/// The failure of a check that was not flagged by its agent.
pub(super) fn failure_of(kind: CheckKind) -> FailureKind {
    match kind {
        CheckKind::Test => FailureKind::Tests,
        CheckKind::Build | CheckKind::TypeCheck => FailureKind::Build,
        CheckKind::Lint | CheckKind::Format | CheckKind::Script => FailureKind::Lint,
        CheckKind::Told => FailureKind::Other,
    }
}

/// What calls ran, by their turn and their place in it.
#[derive(Default)]
pub(crate) struct KnownRuns(RefCell<HashMap<(usize, usize), Option<RanCheck>>>);

impl KnownRuns {
    /// What is known of the call at `place`; where it was not asked for, what `look` finds.
    pub(crate) fn of(&self, place: (usize, usize), look: impl FnOnce() -> Option<RanCheck>) -> Option<RanCheck> {
        self.0.borrow_mut().entry(place).or_insert_with(look).clone()
    }
}

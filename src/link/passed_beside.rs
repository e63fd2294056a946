//! The checks that passed beside one that failed, or in a call that failed for another reason.

use super::check_quotes::quoted;
use super::ran_check::{CallCheck, RanCheck};
use crate::checks::colours::without_colours;
use crate::checks::passed_parts::parts;
use crate::checks::summaries::summary_for;

/// The checks of a call that failed which have passed all the same.
pub(super) fn passed_beside(command: &str, output: &str) -> Vec<CallCheck> {
    let plain = without_colours(output);
    let passed = parts(command, output).into_iter().filter(|part| part.passed).map(|part| {
        let summary = quoted(summary_for(part.kind, command, &plain), &plain);
        let check = RanCheck { seen: true, summary, ..RanCheck::unseen(part.kind) };
        CallCheck { check, name: Some(part.text.to_owned()), in_hook: false }
    });
    passed.collect()
}

/// One that failed, with its own words where checks beside it passed, and it is the only one of its kind that did not.
pub(super) fn under_its_name(command: &str, output: &str, failed: CallCheck) -> CallCheck {
    let parts = parts(command, output);
    let mut others = parts.iter().filter(|part| part.kind == failed.check.kind && !part.passed);
    let own = others.next().filter(|_| others.next().is_none() && parts.iter().any(|part| part.passed));
    CallCheck { name: own.map(|part| part.text.to_owned()).or(failed.name), ..failed }
}

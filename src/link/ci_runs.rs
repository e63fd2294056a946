//! The check that failed in CI, of a call that reads its log.

use super::check_quotes::error_in;
use super::ran_check::RanCheck;
use crate::checks::ci_logs::reads_log_of_ci;
use crate::checks::output::failure_in_log;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, Outcome, ToolCall};

pub(super) fn failed_in_ci(call: &ToolCall) -> Option<RanCheck> {
    let Action::Shell { command, .. } = &call.action else { return None };
    let Outcome::Succeeded { output, .. } = &call.outcome else { return None };
    // A log of all steps may be of a run that passed.
    if !reads_log_of_ci(command.expose())
        || !(command.expose().contains("--log-failed") || ended_badly(output.expose()))
    {
        return None;
    }
    let told = error_in(output.expose());
    let kind = failure_in_log(output.expose()).or_else(|| told.is_some().then_some(CheckKind::Lint))?;
    Some(RanCheck { failed: true, hidden: true, seen: true, error: told, ..RanCheck::unseen(kind) })
}

fn ended_badly(log: &str) -> bool {
    log.contains("##[error]") || log.contains("Process completed with exit code ")
}

//! Failed tests and linters as they are found in all sessions, alarms among checks that passed, and refused calls.

use backstory::checks::classify::exit_code_is_the_checks;
use backstory::link::checks::ran;
use backstory::record::contribution::CheckKind;
use backstory::record::session::{Action, Outcome, Session, ToolCall};

use crate::{Row, part, row};

pub(crate) fn rows(sessions: &[Session]) -> Vec<Row> {
    let calls = || sessions.iter().flat_map(|session| &session.turns).flat_map(|turn| &turn.calls);
    let mut rows = Vec::new();
    for (name, kinds) in [
        ("failed tests", &[CheckKind::Test][..]),
        (
            "failed linters and type checks",
            &[CheckKind::Lint, CheckKind::TypeCheck, CheckKind::Format, CheckKind::Script],
        ),
        ("failed builds", &[CheckKind::Build]),
    ] {
        let failed: Vec<_> = calls()
            .filter_map(|call| Some((call, ran(call)?)))
            .filter(|(_, ran)| ran.failed && kinds.contains(&ran.kind))
            .collect();
        let hidden = failed.iter().filter(|(_, ran)| ran.hidden).count();
        let details = failed.iter().map(|(call, ran)| format!("{} {}", call.id, ran.hidden)).collect();
        let figure = format!("{}: {} flagged, {hidden} hidden", failed.len(), failed.len() - hidden);
        rows.push(Row { details, ..row(name, figure) });
    }
    let passed: Vec<&ToolCall> = calls().filter(|call| ended_well(call)).collect();
    let alarms: Vec<String> = passed
        .iter()
        .filter(|call| ran(call).is_some_and(|ran| ran.failed))
        .map(|call| format!("{} {}", call.id, command(call)))
        .collect();
    let figure = part(alarms.len(), passed.len());
    rows.push(Row { details: alarms, ..row("alarms among checks whose own exit code was 0", figure) });
    let refused: Vec<&Outcome> =
        calls().map(|call| &call.outcome).filter(|outcome| matches!(outcome, Outcome::Rejected { .. })).collect();
    let with_reason = refused.iter().filter(|outcome| matches!(outcome, Outcome::Rejected { reason: Some(_) })).count();
    rows.push(row("refused calls with the person's reason", part(with_reason, refused.len())));
    rows
}

/// A check that ended with exit code 0, with nothing behind it that could have made it so.
fn ended_well(call: &ToolCall) -> bool {
    matches!(&call.outcome, Outcome::Succeeded { .. })
        && matches!(&call.action, Action::Shell { command, .. } if exit_code_is_the_checks(command.expose()))
}

fn command(call: &ToolCall) -> String {
    match &call.action {
        Action::Shell { command, .. } => {
            command.expose().lines().next().unwrap_or_default().chars().take(120).collect()
        }
        _ => String::new(),
    }
}

//! Why a call failed, by what its result says: in the words of its agent, of the system, or of what was run.

use std::collections::HashMap;

use super::event::{ActionEvent, CallEnd, Event, EventKind};
use super::reader::Reader;
use crate::checks::classify::{classify_command, exit_code_is_the_checks};
use crate::checks::output::failure_in;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, FailureKind};

/// Texts of systems and runtimes that say why, strongest first, for calls that run no command.
const TEXTS: &[(&str, FailureKind)] = &[
    ("No such file or directory", FailureKind::FileMissing),
    ("ENOENT", FailureKind::FileMissing),
    ("EACCES", FailureKind::Permission),
    ("Permission denied", FailureKind::Permission),
];

type OfAgent<'a> = Option<&'a dyn Reader>;

/// The kind of a failure that the agent flagged.
pub(super) fn kind(reader: OfAgent<'_>, action: &Action, exit_code: Option<i32>, output: &str) -> FailureKind {
    match action {
        Action::Shell { command, .. } => kind_of_command(reader, command.expose(), exit_code, output),
        _ => by_text(reader, output).unwrap_or(FailureKind::Other),
    }
}

/// Finds out why the commands among these events failed, for those that are kept.
pub(super) fn settle(reader: &dyn Reader, events: &mut [Event]) {
    let mut commands: HashMap<String, String> = HashMap::new();
    for event in events {
        match &mut event.0 {
            EventKind::Call(call) => drop(match &call.action {
                ActionEvent::Shell { command, .. } => commands.insert(call.id.clone(), command.clone()),
                _ => commands.remove(&call.id),
            }),
            EventKind::Result(result) if matches!(result.end, CallEnd::Failed) && result.failure.is_none() => {
                let command = commands.get(&result.call);
                result.failure =
                    command.map(|command| kind_of_command(Some(reader), command, result.exit_code, &result.output));
            }
            _ => {}
        }
    }
}

fn by_text(reader: OfAgent<'_>, output: &str) -> Option<FailureKind> {
    let own = reader.map_or(&[][..], Reader::failures);
    own.iter().chain(TEXTS).find(|(text, _)| output.contains(text)).map(|(_, kind)| *kind)
}

fn kind_of_command(reader: OfAgent<'_>, command: &str, exit_code: Option<i32>, output: &str) -> FailureKind {
    if exit_code == Some(124) || output.starts_with("Command timed out after") {
        return FailureKind::Timeout;
    }
    if exit_code == Some(127) {
        return FailureKind::CommandNotFound;
    }
    // Not run at all: refused by the sandbox or by a rule.
    if exit_code.is_none()
        && let Some(kind @ (FailureKind::Permission | FailureKind::BadInput)) = by_text(reader, output)
    {
        return kind;
    }
    let printed = reader.map_or(output, |reader| reader.printed(output));
    let first = printed.lines().next().unwrap_or("");
    if first.contains("cd:") && first.contains("o such file or directory") {
        return FailureKind::FileMissing;
    }
    // What runs behind a check can be what failed: then only the check's own words count.
    let check =
        failure_in(command, printed).or_else(|| classify_command(command).filter(|_| exit_code_is_the_checks(command)));
    match check {
        Some(CheckKind::Test) => FailureKind::Tests,
        Some(CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format | CheckKind::Script) => FailureKind::Lint,
        Some(CheckKind::Build) => FailureKind::Build,
        Some(CheckKind::Told) | None => FailureKind::Command,
    }
}

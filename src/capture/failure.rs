//! Why a call failed, by what the agents write into its result. The texts are those of Claude Code and Codex.

use std::collections::HashMap;

use super::event::{ActionEvent, CallEvent, End, Event, Kind};
use crate::record::check::{self, CheckKind};
use crate::record::check_output;
use crate::record::session::{Action, FailureKind};

/// Texts that say why, strongest first, for calls that run no command.
const TEXTS: &[(&str, FailureKind)] = &[
    // A rule that forbids the command.
    ("CreateProcess { message: \"Rejected(", FailureKind::Permission),
    ("String to replace not found in file", FailureKind::EditNoMatch),
    ("Failed to find expected lines", FailureKind::EditNoMatch),
    ("Failed to find context", FailureKind::EditNoMatch),
    ("apply_patch verification failed", FailureKind::EditNoMatch),
    ("but replace_all is false", FailureKind::EditAmbiguous),
    ("File has not been read yet", FailureKind::EditStale),
    ("File has been modified since read", FailureKind::EditStale),
    ("File has been unexpectedly modified", FailureKind::EditStale),
    ("InputValidationError", FailureKind::BadInput),
    ("failed to parse function arguments", FailureKind::BadInput),
    ("exceeds maximum allowed tokens", FailureKind::BadInput),
    ("exceeds maximum allowed size", FailureKind::BadInput),
    ("File does not exist", FailureKind::FileMissing),
    ("Path does not exist", FailureKind::FileMissing),
    ("Directory does not exist", FailureKind::FileMissing),
    ("No such file or directory", FailureKind::FileMissing),
    ("ENOENT", FailureKind::FileMissing),
    ("requires approval", FailureKind::Permission),
    ("EACCES", FailureKind::Permission),
    ("Permission denied", FailureKind::Permission),
    ("permissions to use", FailureKind::Permission),
    ("Sandbox(Denied", FailureKind::Permission),
    ("failed in sandbox", FailureKind::Permission),
];

/// The kind of a failure that the agent flagged.
pub(super) fn kind(action: &Action, exit_code: Option<i32>, output: &str) -> FailureKind {
    match action {
        Action::Shell { command, .. } => kind_of_command(command.expose(), exit_code, output),
        _ => by_text(output).unwrap_or(FailureKind::Other),
    }
}

/// Finds out why the commands among these events failed, for those that are kept.
pub(super) fn settle(events: &mut [Event]) {
    let mut commands: HashMap<String, String> = HashMap::new();
    for event in events {
        match &mut event.0 {
            Kind::Call(CallEvent { id, action: ActionEvent::Shell { command, .. }, .. }) => {
                commands.insert(id.clone(), command.clone());
            }
            Kind::Call(call) => drop(commands.remove(&call.id)),
            Kind::Result(result) if matches!(result.end, End::Failed) && result.failure.is_none() => {
                let command = commands.get(&result.call);
                result.failure = command.map(|command| kind_of_command(command, result.exit_code, &result.output));
            }
            _ => {}
        }
    }
}

fn by_text(output: &str) -> Option<FailureKind> {
    TEXTS.iter().find(|(text, _)| output.contains(text)).map(|(_, kind)| *kind)
}

fn kind_of_command(command: &str, exit_code: Option<i32>, output: &str) -> FailureKind {
    if exit_code == Some(124) || output.starts_with("Command timed out after") {
        return FailureKind::Timeout;
    }
    if exit_code == Some(127) {
        return FailureKind::CommandNotFound;
    }
    // Not run at all: refused by the sandbox or by a rule.
    if exit_code.is_none()
        && let Some(kind @ (FailureKind::Permission | FailureKind::BadInput)) = by_text(output)
    {
        return kind;
    }
    // Claude Code puts the exit code into a line of its own above the output.
    let printed = match output.split_once('\n') {
        Some((first, rest)) if first.starts_with("Exit code ") => rest,
        None if output.starts_with("Exit code ") => "",
        _ => output,
    };
    let first = printed.lines().next().unwrap_or("");
    if first.contains("cd:") && first.contains("o such file or directory") {
        return FailureKind::FileMissing;
    }
    // What runs behind a check can be what failed: then only the check's own words count.
    let check = check_output::failure_in(command, printed)
        .or_else(|| check::classify_command(command).filter(|_| check::exit_code_is_the_checks(command)));
    match check {
        Some(CheckKind::Test) => FailureKind::Tests,
        Some(CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format) => FailureKind::Lint,
        Some(CheckKind::Build) => FailureKind::Build,
        Some(CheckKind::Told) | None => FailureKind::Command,
    }
}

//! How a call ended and what came back.

use jiff::Timestamp;

use super::fields::{ChatRecord, parts};
use crate::capture::event::{CallEnd, EventKind, ResultEvent, ends_of};
use crate::capture::events::Events;
use crate::capture::json::{Cursor, Value};
use crate::capture::values::{exit_code, owned};
use crate::record::session::FailureKind;

pub(super) fn results(record: &ChatRecord<'_>, at: Option<Timestamp>, events: &mut Events) {
    let facts = record.result.map(ToolFacts::of).unwrap_or_default();
    for part in parts(record) {
        let Some(response) = part.member("functionResponse") else { continue };
        let Some(call) = owned(response.member("id")) else { continue };
        let said = response.member("response").unwrap_or(Value::NULL);
        let error = said.member("error").and_then(Value::text);
        let is_good = facts.status == b"success" || facts.status.is_empty() && error.is_none();
        let mut made = ResultEvent::new(call, at, if is_good { CallEnd::Succeeded } else { CallEnd::Failed });
        if is_good && facts.shell.is_none() && events.is_wordless(made.call.as_bytes()) {
            events.push(EventKind::Result(Box::new(made)));
            continue;
        }
        let text = error.or_else(|| said.member("output").and_then(Value::text)).unwrap_or_default();
        end(&mut made, &facts, &text);
        events.push(EventKind::Result(Box::new(made)));
    }
}

/// What the agent says of the result of a call.
#[derive(Clone, Copy, Default)]
struct ToolFacts<'a> {
    /// `success`, `error`, `cancelled`; empty in subagents and where none of it is told.
    status: &'a [u8],
    /// `success`, `error`, `cancelled`, `not_started`.
    execution: &'a [u8],
    error: &'a [u8],
    /// Of a command.
    shell: Option<Value<'a>>,
    /// A plan that a person did not accept.
    is_refused_plan: bool,
}

impl<'a> ToolFacts<'a> {
    fn of(result: Value<'a>) -> Self {
        let mut facts = Self::default();
        let _ = result.cursor().object(|cursor: &mut Cursor<'a>, key| {
            match key {
                b"status" => facts.status = cursor.value()?.bare(),
                b"executionStatus" => facts.execution = cursor.value()?.bare(),
                b"errorType" => facts.error = cursor.value()?.bare(),
                b"resultDisplay" if cursor.starts_with(b'{') => {
                    let display = cursor.value()?;
                    match display.member("type").map(Value::bare) {
                        Some(b"shell_result") => facts.shell = Some(display),
                        Some(b"plan_summary") => {
                            facts.is_refused_plan = display.member("rejected").is_some_and(Value::is_true);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            Ok(())
        });
        facts
    }

    fn failure(&self) -> Option<FailureKind> {
        Some(match self.error {
            b"edit_no_occurrence_found" => FailureKind::EditNoMatch,
            b"edit_expected_occurrence_mismatch" => FailureKind::EditAmbiguous,
            b"edit_requires_prior_read" | b"file_changed_since_read" => FailureKind::EditStale,
            b"file_not_found" => FailureKind::FileMissing,
            b"invalid_tool_params" | b"edit_no_change" => FailureKind::BadInput,
            b"execution_denied" | b"permission_denied" => FailureKind::Permission,
            b"execution_timeout" => FailureKind::Timeout,
            _ => return None,
        })
    }
}

const NOT_ALLOWED: &str = "User did not allow tool call";

fn end(made: &mut ResultEvent, facts: &ToolFacts<'_>, text: &str) {
    let shell = QwenShell::of(facts.shell, text);
    if let Some(shell) = &shell {
        made.exit_code = shell.exit_code;
        made.process = shell.process.clone();
    }
    let is_cancelled = facts.status == b"cancelled" || text.contains("[Operation Cancelled]");
    if facts.is_refused_plan || is_cancelled && text.contains(NOT_ALLOWED) {
        made.end = CallEnd::Rejected { reason: None };
        return;
    }
    if is_cancelled {
        // It was never begun, because the person stopped what went before it.
        made.end = if facts.execution == b"not_started" { CallEnd::Collateral } else { CallEnd::Interrupted };
        return;
    }
    if made.exit_code.is_some_and(|code| code != 0) {
        made.end = CallEnd::Failed;
    }
    if matches!(made.end, CallEnd::Failed) {
        made.failure = facts.failure();
    }
    let printed = shell.map_or_else(|| text.to_owned(), |shell| shell.output);
    made.output = ends_of(printed.into());
}

/// What a command printed and how it ended.
struct QwenShell {
    exit_code: Option<i32>,
    output: String,
    /// It goes on in the background.
    process: Option<String>,
}

impl QwenShell {
    fn of(display: Option<Value<'_>>, text: &str) -> Option<Self> {
        if let Some(display) = display {
            let output = display.member("output").and_then(Value::owned).unwrap_or_default();
            return Some(Self { exit_code: exit_code(display.member("exitCode")), output, process: None });
        }
        if let Some(rest) = text.strip_prefix("Background shell started.") {
            let id = rest.split_once("id: ").and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("shell");
            return Some(Self { exit_code: None, output: String::new(), process: Some(id.to_owned()) });
        }
        // Older versions, and subagents: all of it in one text.
        let (_, rest) = text.strip_prefix("Command: ")?.split_once("\nDirectory: ")?;
        let (_, rest) = rest.split_once("\nOutput: ")?;
        let (output, rest) = rest.rsplit_once("\nError: ")?;
        let code = rest.split_once("\nExit Code: ").and_then(|(_, code)| code.lines().next()?.trim().parse().ok());
        let output = if output == "(empty)" { "" } else { output };
        Some(Self { exit_code: code, output: output.to_owned(), process: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_printed_stands_between_what_the_agent_says_of_it() {
        let text = |output: &str, code: &str| {
            format!(
                "Command: npm test\nDirectory: (root)\nOutput: {output}\nError: (none)\nExit Code: {code}\nSignal: (none)\nProcess Group PGID: (none)"
            )
        };
        for (text, expected) in [
            (text("2 passed", "0"), (Some(0), "2 passed")),
            (text("Error: x\nError: y", "1"), (Some(1), "Error: x\nError: y")),
            (text("(empty)", "(none)"), (None, "")),
        ] {
            let shell = QwenShell::of(None, &text).unwrap();
            assert_eq!((shell.exit_code, shell.output.as_str()), expected, "{text}");
        }
        let started = QwenShell::of(None, "Background shell started.\nid: bg_7\npid: 8").unwrap();
        assert_eq!(started.process.as_deref(), Some("bg_7"));
        assert!(QwenShell::of(None, "Command failed").is_none());
    }
}
